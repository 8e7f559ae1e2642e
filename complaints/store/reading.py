"""Queries of the read model. Each method answers one question with one statement (a whole case needs four)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from complaints.access.concern import CaseConcern, RoundConcern, of_round
from complaints.access.visibility import Visibility
from complaints.base.matching import asked, typed, words
from complaints.case import journal
from complaints.case.complaint import Complaint, Track
from complaints.case.file import CaseFile, JournalLine
from complaints.case.round import Period, RoundFile, Subject
from complaints.editions.pin import EditionPin
from complaints.store import visible
from complaints.store.cases import CaseLine, FailedDelivery, InboxItem, JournalSince, LibraryCase, OpenDuty, RoundLine
from complaints.store.database import LONG, WHOLE, Store
from complaints.store.visible import SEEN

_CASE = """c.key, c.number, c.project, c.customer, c.level, c.track, c.edition_name, c.edition_digest,
       c.rule AS of_rule, c.period, c.proposed"""

NOTICE = """jsonb_build_object('id', n.id, 'kind', n.kind, 'to', n."to", 'duty', n.duty, 'rule', n.rule, 'at', n.at,
                                'due', n.due, 'params', n.params, 'not_before', n.not_before)"""

INBOX = f"""
SELECT 'duty' AS kind, {_CASE}, d.due, d.whole AS duty, NULL::jsonb AS notice, 0 AS nth
FROM duties AS d JOIN file_heads AS c USING (key) LEFT JOIN complaints AS said USING (key)
WHERE d.status = 'open' AND d.owner = $1 {SEEN}
UNION ALL
SELECT 'escalation', {_CASE}, d.due, d.whole, NULL, 0
FROM duties AS d JOIN file_heads AS c USING (key) LEFT JOIN complaints AS said USING (key)
WHERE d.status = 'open' AND d.breached_at IS NOT NULL AND d.awaits @> ARRAY[$1] AND d.owner <> $1 {SEEN}
UNION ALL
SELECT 'notice', {_CASE}, n.due, d.whole, {NOTICE}, n.nth
FROM notices AS n JOIN file_heads AS c USING (key) LEFT JOIN duties AS d ON d.key = n.key AND d.id = n.duty
LEFT JOIN complaints AS said ON said.key = n.key
WHERE n."to" = $1 AND n.read_at IS NULL AND n.kind IN ('copy', 'closed', 'handed', 'mentioned', 'urged') {SEEN}
ORDER BY due NULLS LAST, number, kind, nth
"""

OVERDUE = f"""
SELECT {_CASE}, d.whole AS duty
FROM duties AS d JOIN file_heads AS c USING (key)
WHERE d.status = 'open' AND d.breached_at IS NOT NULL AND ($1::text IS NULL OR c.project = $1) {SEEN}
ORDER BY d.due, c.number
"""

OF_ROLES = f"""
SELECT {_CASE}, d.whole AS duty
FROM duties AS d JOIN file_heads AS c USING (key)
LEFT JOIN complaints AS said USING (key)
WHERE d.status = 'open' AND d.role = ANY ($1::text[]) AND d.owner <> $2
  AND NOT coalesce($2 = ANY (said.about || said.also_about), false) {SEEN}
ORDER BY d.due, c.number LIMIT 500
"""

CONTACTS = """LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE (form ->> 'urging')::boolean)     AS urged,
           max(at) FILTER (WHERE (form ->> 'reached')::boolean)     AS last_contact
    FROM acts WHERE acts.key = lines.key AND kind = 'contact'
) AS contacts ON true"""
"""How often the customer of each of the `lines` has urged, and when they last spoke to us besides (decision 20)."""

WATCH_LIST = f"""
SELECT lines.*, contacts.* FROM watch_list AS lines JOIN complaints AS c USING (key) {CONTACTS}
WHERE ($1::text IS NULL OR lines.project = $1) {SEEN}
ORDER BY lines.received_at DESC, lines.key
"""

ABOUT = """
SELECT key FROM complaints
WHERE (about <> '{}' OR also_about <> '{}') AND (about || also_about) @> ARRAY[$2::text]
"""
"""Keys of the complaints about a person; the words of its condition are those of the index `complaints_about`."""

LIBRARY = f"""
SELECT * FROM case_library
WHERE library_plain(concat_ws(E'\\n', number, title, course, causes, measures, lessons)) LIKE ALL ($1::text[])
  AND ($2::text IS NULL OR key NOT IN ({ABOUT}))
ORDER BY accepted_at DESC, key
"""

FAILED = f"""
SELECT d.key, c.number, d.notice, n."to", d.attempts, coalesce(d.last_error, '') AS error
FROM deliveries AS d JOIN file_heads AS c USING (key) JOIN notices AS n ON n.key = d.key AND n.id = d.notice
WHERE d.state = 'failed' {SEEN}
ORDER BY n.nth
"""

RESOLVE = """
SELECT key FROM files WHERE key = $1
UNION ALL SELECT key FROM complaints WHERE number IN (upper($1), $2) AND key <> $1
LIMIT 1
"""

READ = """
UPDATE notices SET read_at = now()
WHERE "to" = $1 AND read_at IS NULL AND key = $2 AND ($3::text[] IS NULL OR id = ANY ($3))
"""

COMPLAINTS = """
SELECT c.*, (SELECT coalesce(jsonb_agg(whole ORDER BY opened_at, id), '[]') FROM duties WHERE key = c.key) AS duties
FROM complaints AS c
"""
COMPLAINT = f"{COMPLAINTS} WHERE c.key = $1"
REGISTER = f"""
{COMPLAINTS} WHERE c.project = $1 AND c.received_at >= $2 AND c.received_at < $3 {SEEN} ORDER BY c.received_at, c.key
"""
ACTS = """
SELECT seq, kind, by, at, recorded_at, duty, rule, form, reason, revision, "to", attempt, on_behalf
FROM acts WHERE key = $1 ORDER BY seq
"""
NOTICES = """
SELECT id, kind, "to", duty, rule, at, due, params, not_before FROM notices WHERE key = $1 ORDER BY nth
"""
ACTS_OF = """
SELECT key, seq, kind, by, at, recorded_at, duty, rule, form, reason, revision, "to", attempt, on_behalf
FROM acts WHERE key = ANY ($1) ORDER BY key, seq
"""
JOURNAL = "SELECT seq, at, kind, by, duty, rule, data, prev, hash FROM journal WHERE key = $1 ORDER BY seq"
JOURNAL_AFTER = """
SELECT seq, at, kind, by, duty, rule, data, prev, hash FROM journal WHERE key = $1 AND seq > $2 ORDER BY seq LIMIT $3
"""
JOURNAL_ENDS = """
SELECT cursor, closed_at IS NOT NULL AS closed FROM complaints WHERE key = $1
UNION ALL SELECT cursor, closed_at IS NOT NULL FROM rounds WHERE key = $1
"""
CURSOR = """
SELECT cursor FROM complaints WHERE key = $1 UNION ALL SELECT cursor FROM rounds WHERE key = $1
"""
FOLLOWED_TO = """
SELECT key, followed_to FROM complaints WHERE closed_at IS NULL
UNION ALL SELECT key, followed_to FROM rounds WHERE closed_at IS NULL
"""
COMPLAINTS_ABOUT = f"SELECT key, number FROM complaints WHERE key IN ({ABOUT.replace('$2', '$1')})"
CONCERN = """
SELECT key, number, project, category, track, level, major, responsible, involved, about || also_about AS about,
       owing || also_departments || department AS departments, matters @> '[{"kind": "repair"}]' AS repairs
FROM complaints WHERE key = ANY (ARRAY[$1, (SELECT key FROM complaints WHERE number IN (upper($1), $2) LIMIT 1)])
ORDER BY key <> $1 LIMIT 1
"""
JOURNAL_END = """
SELECT cursor, journal_hash FROM complaints WHERE key = $1
UNION ALL SELECT cursor, journal_hash FROM rounds WHERE key = $1
"""
ROUND = """
SELECT r.*, (SELECT coalesce(jsonb_agg(whole ORDER BY opened_at, id), '[]') FROM duties WHERE key = r.key) AS duties
FROM rounds AS r WHERE r.key = $1
"""
ROUND_LINES = f"""
SELECT r.key, r.rule, r.period, r.project, r.department, r.person, r.opens_at, r.opened_at, r.closed_at, r.outcome,
       r.report ->> 'id' AS report, first.due AS due, first.owner, d.open_duties, d.late
FROM rounds AS r
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status = 'open')         AS open_duties,
           count(*) FILTER (WHERE breached_at IS NOT NULL) AS late
    FROM duties WHERE duties.key = r.key
) AS d ON true
LEFT JOIN LATERAL (
    SELECT due, owner FROM duties WHERE duties.key = r.key AND duties.rule = r.rule ORDER BY opened_at, id LIMIT 1
) AS first ON true
WHERE r.last_day >= $1 AND r.first_day <= $2 AND ($3::text IS NULL OR r.rule = $3)
  AND (NOT $4 OR r.closed_at IS NULL) {SEEN}
ORDER BY r.opens_at DESC, r.rule, r.key
"""
ROUND_OF = {
    "report": "SELECT key FROM rounds WHERE report ->> 'id' = $1 ORDER BY opened_at LIMIT 1",
    "survey": "SELECT key FROM rounds WHERE data ->> 'survey' = $1 ORDER BY opened_at LIMIT 1",
    "draw": """
        SELECT r.key FROM rounds AS r JOIN draws AS f ON f.id = r.draw ->> 'id'
        JOIN draws AS d ON (d.rule, d.period, d.subject) = (f.rule, f.period, f.subject)
        WHERE d.id = $1 ORDER BY r.opened_at LIMIT 1
    """,
}
"""The round for which a report, a survey or a draw was made; a supplement is of the round of the draw it adds to."""
SEEN_ONES = "SELECT files.key FROM files WHERE files.key = ANY ($1::text[]) AND {condition}"
OF_LEVEL = """
(c.level = ${0} OR c.level IS NULL AND c.imported IS NULL AND (c.proposal ->> 'level')::smallint = ${0})
"""
Row = Mapping[str, Any]


class Reading(Store):
    """Queries of the read model. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def complaints_about(self, person: str) -> frozenset[str]:
        """Return keys and numbers of the complaints about a person, which nothing they see may name."""
        rows = await self._rows(COMPLAINTS_ABOUT, person)
        return frozenset(row[name] for row in rows for name in ("key", "number"))

    async def concern(self, number_or_key: str) -> CaseConcern | None:
        """Return who has to do with a case, as `sees` and lists know it; None if unknown.

        It is what `of_case` says of the file with its journal.
        """
        rows = await self._rows(CONCERN, number_or_key.strip(), typed(number_or_key))
        if not rows:
            return None
        fields = dict(rows[0])
        return CaseConcern.model_validate(fields | {"departments": [one for one in fields["departments"] if one]})

    async def sees(self, seen: Visibility, key: str) -> bool:
        """Return whether the case or round with this key is seen, by the condition that filters lists."""
        condition = visible.of_files(seen, 2, "files.key")
        return bool(await self._rows(f"SELECT FROM files WHERE key = $1 AND {condition.sql}", key, *condition.params))

    async def seen_ones(self, seen: Visibility, keys: Collection[str]) -> frozenset[str]:
        """Return which of the cases and rounds with these keys are seen."""
        condition = visible.of_files(seen, 2, "files.key")
        sql = SEEN_ONES.format(condition=condition.sql)
        return frozenset(row["key"] for row in await self._rows(sql, list(keys), *condition.params, within=LONG))

    async def round_of(self, kind: Literal["report", "draw", "survey"], id: str) -> RoundConcern | None:
        """Return who has to do with the round for which a report, a draw or a survey was made; None without one."""
        rows = await self._rows(ROUND_OF[kind], id)
        file = await self.round(rows[0]["key"]) if rows else None
        return of_round(file) if file is not None else None

    async def inbox(self, person: str, seen: Visibility | None = None) -> list[InboxItem]:
        """Return the inbox of `person`, by due time: open duties, unanswered escalations, unread notices.

        With `seen`, which is that of whoever reads it: the person themself, or somebody who stands in for them.

        The notices are those for information (copies, mentions, what was handed over, closed duties) and the
        urging; all others are represented by their duty. The act `read` marks them as read.
        """
        own = seen is None or seen.person == person  # they have a part in whatever their own inbox shows
        condition = visible.not_about(seen, 2, "said") if own else visible.of_files(seen, 2, "c.key")
        rows = await self._rows(condition.put_into(INBOX), person, *condition.params)
        return [
            InboxItem(kind=row["kind"], due=row["due"], duty=row["duty"], notice=row["notice"], **_case(row))
            for row in rows
        ]

    async def read(self, person: str, key: str, notices: list[str] | None = None) -> None:
        """Mark these notices of a case, or all of them, as read by `person`."""
        async with self._database.connection() as connection:
            await connection.execute(READ, person, key, notices)

    async def search(
        self,
        text: str = "",
        project: str | None = None,
        level: int | None = None,
        track: Track | None = None,
        status: str | None = None,
        limit: int = 50,
        offset: int = 0,
        seen: Visibility | None = None,
        *,
        key: str | None = None,
        part: str | None = None,
        after: tuple[datetime, str] | None = None,
    ) -> list[CaseLine]:
        """Find complaints that contain each word of `text`.

        Searched are number, external id, customer, contact, building, matter and demand. Words are matched as
        substrings, Chinese or not, in any spelling (see `complaints.base.matching`). A telephone number or a home is
        found in every way of writing it. `status` is "open" or "closed". The newest come first. `level` is the level of
        graded complaints, and the proposed level of the others. `seen` limits them to those that may be listed; but
        where customers are masked (`Visibility.unmasked`), only what is shown is searched: number, block, and masked
        matter and demand.
        `key` is the one case that is looked for, `part` a person who has a part in the cases. `after` goes on after the
        line with this time of receipt and this key.
        """
        wanted: dict[str, Any] = {"project": project, "level": level, "track": track, "status": status, "key": key}
        found, params = _searched(text, wanted, seen)
        if part is not None:
            params.append([part])
            found += f" AND c.involved @> ${len(params)}::text[]"
        if after is not None:
            params += after
            at, last_key = f"${len(params) - 1}::timestamptz", f"${len(params)}::text"
            found += f" AND (c.received_at < {at} OR (c.received_at = {at} AND c.key > {last_key}))"
        last = len(params)
        sql = f"""
            SELECT lines.*, contacts.* FROM (
                SELECT key FROM complaints AS c WHERE {found}
                ORDER BY c.received_at DESC, c.key LIMIT ${last + 1} OFFSET ${last + 2}
            ) AS found JOIN case_lines AS lines USING (key) {CONTACTS}
            ORDER BY lines.received_at DESC, lines.key
        """
        rows = await self._rows(sql, *params, limit, offset, within=LONG)
        return [CaseLine.model_validate(dict(row)) for row in rows]

    async def count(
        self,
        text: str = "",
        project: str | None = None,
        level: int | None = None,
        track: Track | None = None,
        status: str | None = None,
        seen: Visibility | None = None,
    ) -> int:
        """Return how many complaints `search` finds."""
        found, params = _searched(text, {"project": project, "level": level, "track": track, "status": status}, seen)
        rows = await self._rows(f"SELECT count(*) AS n FROM complaints AS c WHERE {found}", *params, within=LONG)
        return rows[0]["n"]

    async def overdue(self, project: str | None = None, seen: Visibility | None = None) -> list[OpenDuty]:
        """Return all open duties whose limit has passed, the longest overdue first."""
        condition = visible.of_files(seen, 2, "c.key")
        rows = await self._rows(condition.put_into(OVERDUE), project, *condition.params, within=LONG)
        return [OpenDuty(duty=row["duty"], **_case(row)) for row in rows]

    async def of_roles(self, roles: Collection[str], but: str, seen: Visibility | None = None) -> list[OpenDuty]:
        """Return the open duties that somebody has by one of these roles, save those of the person `but`; by due time.

        Of complaints about that person there are none. At most 500.
        Which of them that person may claim is for `complaints.case.pools` to say.
        """
        condition = visible.of_files(seen, 3, "c.key")
        rows = await self._rows(condition.put_into(OF_ROLES), list(roles), but, *condition.params, within=LONG)
        return [OpenDuty(duty=row["duty"], **_case(row)) for row in rows]

    async def watchlist(self, project: str | None = None, seen: Visibility | None = None) -> list[CaseLine]:
        """Return open complaints that may become a crisis (CR-5.1.3), the newest first."""
        condition = visible.of_cases(seen, 2)
        rows = await self._rows(condition.put_into(WATCH_LIST), project, *condition.params, within=LONG)
        return [CaseLine.model_validate(dict(row)) for row in rows]

    async def library(self, text: str = "", seen: Visibility | None = None) -> list[LibraryCase]:
        """Return cases of the company's case library (CR-5.4.4) whose study contains every word of `text`.

        Every person may learn from a study that was taken in, but for whoever the complaint was about.
        """
        patterns, reader = [_pattern(words(word)) for word in text.split()], seen.person if seen else None
        rows = await self._rows(LIBRARY, patterns, reader, within=LONG)
        return [LibraryCase.model_validate(dict(row)) for row in rows]

    async def failed_deliveries(self, seen: Visibility | None = None) -> list[FailedDelivery]:
        """Return the notices that the mail gateway permanently refused."""
        condition = visible.of_files(seen, 1, "d.key")
        rows = await self._rows(condition.put_into(FAILED), *condition.params)
        return [FailedDelivery.model_validate(dict(row)) for row in rows]

    async def resolve(self, number_or_key: str) -> str | None:
        """Return the key of the complaint with this number, or of the case or round with this key; None if unknown."""
        rows = await self._rows(RESOLVE, number_or_key.strip(), typed(number_or_key))
        return rows[0]["key"] if rows else None

    async def case(self, number_or_key: str) -> CaseFile | None:
        """Return the case file as the read model has it, open or closed; None if unknown.

        The complaint is as it was corrected, but for its facts, whose corrections are in `amended`; proposal, level and
        duties are current.
        """
        key = await self.resolve(number_or_key)
        if key is None:
            return None
        async with self._database.connection() as connection:
            complaint = await connection.fetchrow(COMPLAINT, key)
            if complaint is None:
                return None
            acts = await connection.fetch(ACTS, key)
            notices = await connection.fetch(NOTICES, key)
        return _case_file(complaint, [dict(row) for row in acts], [dict(row) for row in notices])

    async def round(self, key: str) -> RoundFile | None:
        """Return the file of a round as the read model has it, open or closed; None if unknown."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(ROUND, key)
            if row is None:
                return None
            acts = await connection.fetch(ACTS, key)
            notices = await connection.fetch(NOTICES, key)
        return _round_file(row, [dict(one) for one in acts], [dict(one) for one in notices])

    async def rounds(
        self,
        since: date,
        until: date,
        rule: str | None = None,
        only_open: bool = False,
        seen: Visibility | None = None,
    ) -> list[RoundLine]:
        """Return the rounds whose periods touch the days from `since` to `until`, the newest first."""
        condition = visible.of_rounds(seen, 5)
        sql = condition.put_into(ROUND_LINES)
        rows = await self._rows(sql, since, until, rule, only_open, *condition.params, within=LONG)
        return [RoundLine.model_validate(dict(row)) for row in rows]

    async def register(
        self, project: str, since: datetime, until: datetime, *, seen: Visibility | None = None
    ) -> list[CaseFile]:
        """Return the case files of a project's complaints received from `since` until just before `until`, in order.

        Their notices are left out, because no register shows them.
        """
        async with self._database.connection(LONG) as connection:
            condition = visible.of_cases(seen, 4)
            register = condition.put_into(REGISTER)
            complaints = await connection.fetch(register, project, since, until, *condition.params)
            found = await connection.fetch(ACTS_OF, [row["key"] for row in complaints])
        acts: dict[str, list[dict[str, Any]]] = {}
        for row in found:
            acts.setdefault(row["key"], []).append({name: value for name, value in row.items() if name != "key"})
        return [_case_file(row, acts.get(row["key"], []), []) for row in complaints]

    async def cursor(self, key: str) -> int:
        """Return the seq of the last stored journal line of a case or round; 0 also if it is not stored yet."""
        rows = await self._rows(CURSOR, key)
        return rows[0]["cursor"] if rows else 0

    async def followed_to(self) -> dict[str, datetime | None]:
        """Return the checkpoint of every open case and round: start of the last workflow task whose lines are here."""
        return {row["key"]: row["followed_to"] for row in await self._rows(FOLLOWED_TO, within=LONG)}

    async def journal(self, key: str) -> list[JournalLine]:
        """Return the journal of a case from its first line."""
        return [JournalLine.model_validate(dict(row)) for row in await self._rows(JOURNAL, key)]

    async def journal_since(self, key: str, after: int, limit: int) -> JournalSince:
        """Return the lines of a case's or a round's journal after line `after`, and where it ends."""
        async with self._database.connection() as connection:
            lines = await connection.fetch(JOURNAL_AFTER, key, after, limit)
            end = await connection.fetchrow(JOURNAL_ENDS, key)
        found = tuple(JournalLine.model_validate(dict(row)) for row in lines)
        last, closed = (end["cursor"], end["closed"]) if end is not None else (0, False)
        return JournalSince(lines=found, last=last, closed=closed)

    async def verify_journal(self, key: str, end: tuple[int, str] | None = None) -> int:
        """Verify a case's whole journal and return its number of lines. Raises `JournalBroken`.

        `end` is the `(seq, hash)` of the last line as the workflow knows it. By default it is the end that the case's
        own row has, so that lines cut off the end are detected, too.
        """
        lines = await self.journal(key)
        journal.verify(lines)
        if end is None:
            kept = await self._rows(JOURNAL_END, key)
            end = (kept[0]["cursor"], kept[0]["journal_hash"]) if kept else (0, journal.GENESIS)
        found = (lines[-1].seq, lines[-1].hash) if lines else (0, journal.GENESIS)
        if found != end:
            raise journal.JournalBroken(
                min(found[0], end[0]) + 1, f"it ends at line {found[0]}, line {end[0]} was written"
            )
        return len(lines)

    async def _rows(self, sql: str, *params: Any, within: float = WHOLE) -> list[Row]:
        async with self._database.connection(within) as connection:
            return await connection.fetch(sql, *params)


def _case(row: Row) -> dict[str, Any]:
    case = {name: row[name] for name in ("key", "number", "project", "customer", "level", "proposed", "track")}
    of_round = {"rule": row["of_rule"], "period": row["period"]}
    return {**case, **of_round, "edition": EditionPin(name=row["edition_name"], digest=row["edition_digest"])}


def _round_file(row: Row, acts: list[dict[str, Any]], notices: list[dict[str, Any]]) -> RoundFile:
    same = ("key", "rule", "again", "opens_at", "opened_at", "leg", "report", "draw", "data", "outcome", "gates")
    times: dict[str, datetime | None] = {name: row[name] for name in ("counted_at", "closed_at")}
    return RoundFile.model_validate(
        {
            **{name: row[name] for name in same},
            **times,
            "period": Period.named(row["period"]),
            "subject": Subject(project=row["project"], department=row["department"], person=row["person"]),
            "edition": EditionPin(name=row["edition_name"], digest=row["edition_digest"]),
            "duties": {duty["id"]: duty for duty in row["duties"]},
            "acts": acts,
            "notices": notices,
            "journal_seq": row["cursor"],
            "journal_hash": row["journal_hash"],
        }
    )


def _case_file(row: Row, acts: list[dict[str, Any]], notices: list[dict[str, Any]]) -> CaseFile:
    said = {name: row[name] for name in Complaint.model_fields if name != "anonymous"}
    said["anonymous"] = not said["customer"]
    same = ("key", "number", "proposal", "watch", "related", "level", "track", "leg", "revision", "outcome", "plans")
    since = ("amended", "also_about", "major", "handled_at", "matters", "links", "gates", "unsolved", "month_over")
    urgency = ("received_on_duty", "urgent_since", "proposed_urgent", "corrected", "receipts", "repeats_of")
    times: dict[str, datetime | None] = {name: row[name] for name in ("opened_at", "closed_at", "track_since")}
    return CaseFile.model_validate(
        {
            **{name: row[name] for name in (*same, *since, *urgency)},
            **times,
            "complaint": said,
            "edition": EditionPin(name=row["edition_name"], digest=row["edition_digest"]),
            "duties": {duty["id"]: duty for duty in row["duties"]},
            "acts": acts,
            "notices": notices,
            "journal_seq": row["cursor"],
            "journal_hash": row["journal_hash"],
        }
    )


def _searched(text: str, wanted: Mapping[str, Any], seen: Visibility | None) -> tuple[str, list[Any]]:
    """Return the condition of a search on a complaint `c`, and its parameters."""
    given = {column: value for column, value in wanted.items() if value is not None}
    patterns, sought = _sought(text, len(given) + 1, seen)
    tests = [
        OF_LEVEL.format(nth) if column == "level" else f"c.{column} = ${nth}" for nth, column in enumerate(given, 1)
    ]
    condition = visible.of_cases(seen, len(given) + len(patterns) + 1)
    tests += [*sought, *([condition.sql] if seen is not None else [])]
    return " AND ".join(tests) or "true", [*given.values(), *patterns, *condition.params]


def _sought(text: str, first: int, seen: Visibility | None) -> tuple[list[Any], list[str]]:
    """Return a search's parameters, numbered from `first` on, and one SQL condition per search term."""
    params: list[Any] = []
    tests: list[str] = []

    def place(value: Any) -> str:
        params.append(value)
        return f"${first + len(params) - 1}"

    terms = asked(text)
    unmasked = None if seen is None else seen.unmasked
    within = f"c.project = ANY ({place(list(unmasked))}::text[])" if terms and unmasked else ""
    for ways in terms:
        either: list[str] = []
        for way in ways:
            patterns = [place(_pattern(part)) for part in way]
            whole, masked = (_every(column, patterns) for column in ("c.searchable", "c.masked_words"))
            if unmasked is None:
                either.append(whole)
            else:
                either += [masked, f"{whole} AND {within}"] if within else [masked]
        tests.append(f"({' OR '.join(either)})")
    return params, tests


def _every(column: str, patterns: Iterable[str]) -> str:
    return " AND ".join(f"{column} LIKE {pattern}" for pattern in patterns)


def _pattern(word: str) -> str:
    """Return a LIKE pattern that finds `word` anywhere, with the word's own wildcards escaped."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
