"""The case library in PostgreSQL: search by words, and comparison with a given complaint.

Ranking of a search: a text must contain every word. Its score rises with the frequency of the words and falls with its
length (BM25, k1 = 1.2, b = 0.75); rare words count more. A case study's score is multiplied by 1.5.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from complaints.access.visibility import Visibility
from complaints.base.matching import typed
from complaints.library import pieces
from complaints.library.model import FoundCase, Results, Similar, Study
from complaints.store import visible
from complaints.store.database import Connection, Store
from complaints.store.visible import SEEN, Condition

K1, B = 1.2, 0.75
STUDY = 1.5
CANDIDATES = 100
MOST_WORDS = 12
RANKED = 3_000
"""Maximum number of cases that a search ranks: case studies first, then the newest. Readers never get that far."""
_DIGIT = re.compile(r"[0-9]")
BY_INDEX = "SET LOCAL enable_seqscan = off"
"""PostgreSQL estimates comparing arrays to be as cheap as comparing numbers, and would scan the whole table."""

CUT_UP = """
SELECT library_plain(word) AS word, library_pieces(word) AS pieces
FROM unnest($1::text[]) WITH ORDINALITY AS given (word, nth) ORDER BY nth
"""

# PostgreSQL's statistics on which pieces are common; empty until it has first analysed the table.
SHARES = """
SELECT noted.piece, noted.share
FROM pg_stats, LATERAL unnest(most_common_elems::text::text[], most_common_elem_freqs) AS noted (piece, share)
WHERE schemaname = current_schema() AND tablename = 'library' AND attname = 'pieces' AND noted.piece = ANY ($1::text[])
"""

SEARCH = f"""
WITH matching AS MATERIALIZED (
    SELECT key, at, count(*) OVER () AS count
    FROM library
    WHERE pieces @> $1::text[] AND plain LIKE ALL ($2::text[]) AND ($3::text IS NULL OR project = $3)
      AND (study OR NOT $4) {SEEN}
    ORDER BY study DESC, at DESC
    LIMIT {RANKED}
), measured AS (
    SELECT key, l.at, m.count, l.study, l.size / greatest(avg(l.size) OVER (), 1.0) AS length, l.plain
    FROM matching AS m JOIN library AS l USING (key)
), ranked AS (
    SELECT key, at, count,
           (SELECT sum(asked.weight * n * ({K1} + 1) / (n + {K1} * (1 - {B} + {B} * length)))
            FROM unnest($5::text[], $6::float8[]) AS asked (word, weight),
                 LATERAL (SELECT (char_length(plain) - char_length(replace(plain, word, '')))
                                 / char_length(word) AS n) AS times)
           * CASE WHEN study THEN {STUDY} ELSE 1 END AS score
    FROM measured
    ORDER BY score DESC, at DESC, key
    LIMIT $7 OFFSET $8
)
SELECT ranked.key, ranked.at, ranked.count, ranked.score, c.number, l.project, l.category, c.level,
       coalesce(taken.title, '') AS title, concat_ws(E'\n', c.matter, nullif(c.demand, ''), l.done) AS text
FROM ranked JOIN library AS l USING (key) JOIN complaints AS c USING (key)
LEFT JOIN case_library AS taken ON l.study AND taken.key = ranked.key
ORDER BY ranked.score DESC, ranked.at DESC, ranked.key
"""
"""Parameters: pieces, patterns, project or null, whether only studies, words, their weights, limit, offset."""

CANDIDATE = """
SELECT hit.key, sum(asked.weight) AS score
FROM unnest($1::text[], $2::float8[]) AS asked (piece, weight),
     LATERAL (SELECT key FROM library WHERE pieces @> ARRAY[asked.piece]) AS hit
WHERE hit.key <> $3
GROUP BY hit.key
ORDER BY score DESC, hit.key
LIMIT $4
"""

COMPARE = f"""
SELECT c.key, c.number, c.project, c.building, c.category, c.level, c.matter, l.done, c.received_at, c.outcome,
       coalesce(c.handled_at, c.closed_at, l.at) AS over_at,
       coalesce(taken.title, '') AS title,
       like_it.likeness,
       coalesce((SELECT sum((one ->> 'audited')::numeric) FROM jsonb_array_elements(c.matters) AS one),
                (c.imported ->> 'cost')::numeric) AS cost,
       coalesce(coalesce(c.amended, c.facts) ->> 'loss', '0') AS loss,
       coalesce((SELECT a.form ->> 'satisfaction' FROM acts AS a
                 WHERE a.key = c.key AND a.form ->> 'satisfaction' IS NOT NULL ORDER BY a.seq DESC LIMIT 1),
                c.imported ->> 'satisfied') AS satisfaction
FROM library AS l
JOIN complaints AS c USING (key)
CROSS JOIN LATERAL (
    SELECT least(1, (coalesce(sum(asked.weight), 0) / greatest($4::float8, 1e-9))
           * CASE WHEN l.category = $5 THEN 1.15 ELSE 1 END) AS likeness
    FROM unnest($2::text[], $3::float8[]) AS asked (piece, weight)
    WHERE asked.piece = ANY (l.pieces)
) AS like_it
LEFT JOIN case_library AS taken ON l.study AND taken.key = c.key
WHERE l.key = ANY ($1::text[]) {SEEN}
ORDER BY like_it.likeness DESC, c.key
LIMIT 40
"""
"""Parameters: candidates, pieces, weights, sum of the weights, category."""

ASKED = "SELECT key, category, concat_ws(E'\n', nullif(matter, ''), nullif(demand, '')) AS text FROM complaints"
SHOW = f"""
SELECT l.key, c.number, l.project, l.category, c.level, l.at, l.done,
       concat_ws(E'\n', c.matter, nullif(c.demand, '')) AS matter, l.study, taken.title, taken.course,
       taken.causes, taken.measures, taken.lessons, taken.written_by, taken.written_at, taken.accepted_by,
       taken.accepted_at
FROM library AS l JOIN complaints AS c USING (key) LEFT JOIN case_library AS taken ON l.study AND taken.key = l.key
WHERE (l.key = $1 OR c.number IN (upper($1), $2)) {SEEN}
"""


class CaseLibrary(Store):
    """The library in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def search(
        self,
        text: str,
        *,
        project: str | None = None,
        studies: bool = False,
        limit: int = 20,
        offset: int = 0,
        seen: Visibility | None = None,
    ) -> Results:
        """Search the cases that contain every word of `text` (separated by spaces), the best first; none for no words.

        `studies` limits the search to cases whose case study was taken into the library; `seen` to these, and to the
        cases that may be seen.
        """
        async with self._by_index() as connection:
            cut = await connection.fetch(CUT_UP, text.split()[:MOST_WORDS])
            words = [row["word"] for row in cut if row["pieces"]]
            if not words:
                return Results()
            needed = {row["word"]: pieces.wanted(row["pieces"]) for row in cut if row["pieces"]}
            every = sorted({piece for some in needed.values() for piece in some})
            shares = await _shares(connection, every)
            # A word is as rare as the rarest of its pieces.
            weights = [pieces.weight(min(shares.get(p, pieces.UNKNOWN) for p in needed[word])) for word in words]
            patterns = [f"%{_literally(word)}%" for word in words]
            condition = _of_library(seen, 9, "library", [one for one in words if _DIGIT.search(one)])
            rows = await connection.fetch(
                condition.put_into(SEARCH),
                *(every, patterns, project, studies, words, weights, limit, offset),
                *condition.params,
            )
        found = tuple(_found(row, words) for row in rows)
        return Results(count=rows[0]["count"] if rows else 0, found=found, words=tuple(words))

    async def similar(self, key: str, limit: int = 5, *, seen: Visibility | None = None) -> tuple[Similar, ...]:
        """Return finished complaints similar to the complaint `key` (open or not); none if the key is unknown."""
        async with self._by_index() as connection:
            asked = await connection.fetchrow(f"{ASKED} WHERE key = $1", key)
            if asked is None:
                return ()
            return await _like(connection, asked["text"], asked["category"], key, limit, seen)

    async def like(
        self, text: str, category: str, limit: int = 5, *, seen: Visibility | None = None
    ) -> tuple[Similar, ...]:
        """Return finished complaints similar to a text that is no complaint yet."""
        async with self._by_index() as connection:
            return await _like(connection, text, category, "", limit, seen)

    async def show(self, number_or_key: str, *, seen: Visibility | None = None) -> Study | None:
        """Return one case of the library, by number or key; None if it is not in the library."""
        async with self._database.connection() as connection:
            condition = _of_library(seen, 3, "l")
            sql = condition.put_into(SHOW)
            row = await connection.fetchrow(sql, number_or_key.strip(), typed(number_or_key), *condition.params)
        return Study.model_validate(dict(row)) if row else None

    @asynccontextmanager
    async def _by_index(self) -> AsyncGenerator[Connection]:
        async with self._database.transaction() as connection:
            await connection.execute(BY_INDEX)
            yield connection


def _of_library(seen: Visibility | None, first: int, row: str, numbers: Sequence[str] = ()) -> Condition:
    """Return the condition on a row of `library`: a study, or a case that may be seen; nothing about the reader.

    `numbers` are words with digits, which a reader finds only where the complaint shows them: a library that knows
    homes and telephone numbers would tell them digit by digit.
    """
    if seen is None or (seen.kind == "all" and not numbers):
        return Condition("true", [])
    cases, study = visible.of_cases(seen, first, "seen"), f"{row}.study"
    about = visible.not_about(seen, first + len(cases.params), "seen")
    params: list[Any] = [*cases.params, *about.params]
    shown = "true"
    if numbers:
        params.append([f"%{_literally(one)}%" for one in numbers])
        shown = f"seen.masked_words LIKE ALL (${first + len(params) - 1}::text[])"
    sql = f"""EXISTS (SELECT FROM complaints AS seen
        WHERE seen.key = {row}.key AND {about.sql} AND {shown} AND ({study} OR {cases.sql}))"""
    return Condition(sql, params)


async def _like(
    connection: Connection, text: str, category: str, key: str, limit: int, seen: Visibility | None
) -> tuple[Similar, ...]:
    """Find candidates by the rare pieces, then compare each of them piece by piece."""
    cut = await connection.fetchrow(CUT_UP, [text])
    shares = await _shares(connection, cut["pieces"])
    said = cut["pieces"] if seen is None else [one for one in cut["pieces"] if not _DIGIT.search(one)]
    weights = pieces.compared(said, shares)
    if not weights:
        return ()
    rare = pieces.looked_up(weights, shares)
    hits = await connection.fetch(CANDIDATE, list(rare), [weights[piece] for piece in rare], key, CANDIDATES)
    candidates = [row["key"] for row in hits]
    total = sum(weights.values())
    condition = _of_library(seen, 6, "l")
    compared = (candidates, list(weights), list(weights.values()), total, category)
    rows = await connection.fetch(condition.put_into(COMPARE), *compared, *condition.params)
    return pieces.proposed((Similar.model_validate(dict(row)) for row in rows), limit)


async def _shares(connection: Connection, of: list[str]) -> dict[str, float]:
    rows: list[Any] = await connection.fetch(SHARES, of)
    return {row["piece"]: row["share"] for row in rows}


def _found(row: Any, words: list[str]) -> FoundCase:
    fields = {name: value for name, value in dict(row).items() if name not in ("count", "text")}
    return FoundCase(**fields, text=pieces.snippet(row["text"], words))


def _literally(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
