"""The statements of keeping and destroying."""

from __future__ import annotations

_PAIRS = """
links AS (
    SELECT c.key AS one, unnest(array_append(ARRAY(SELECT link ->> 'key' FROM jsonb_array_elements(c.links) AS link),
                                             c.reopens)) AS other
    FROM complaints AS c WHERE c.links <> '[]' OR c.reopens IS NOT NULL
), pairs AS (
    SELECT one, other FROM links WHERE other <> '' UNION SELECT other, one FROM links WHERE other <> ''
)"""

_CASE = """
SELECT 'case' AS kind, c.key, c.number AS name, c.project, c.journal_hash AS seal, c.cursor AS lines,
       (c.closed_at AT TIME ZONE coalesce(p.zone, 'Asia/Shanghai'))::date AS since,
       coalesce(linked.others, '{}') AS links, hold_on(c) AS hold
FROM complaints AS c
LEFT JOIN projects AS p ON p.code = c.project
LEFT JOIN linked ON linked.one = c.key
"""

_REPORT = """
SELECT kept_as(report.kind), report.id, report.id, coalesce(report.project, ''),
       (array_agg(digest ORDER BY revision DESC))[1], 0,
       CASE WHEN bool_and(issued_at IS NOT NULL) AND bool_or(cases_of.open) IS NOT TRUE
            THEN coalesce(max(cases_of.closed),
                          (max(issued_at) AT TIME ZONE coalesce(max(p.zone), 'Asia/Shanghai'))::date)
       END,
       '{}', min(hold_on_report(report.project, report.cases))
FROM reports AS report
LEFT JOIN projects AS p ON p.code = report.project
LEFT JOIN LATERAL (
    SELECT bool_or(c.number IS NOT NULL AND c.closed_at IS NULL) AS open,
           max(coalesce((c.closed_at AT TIME ZONE coalesce(z.zone, 'Asia/Shanghai'))::date, gone.since)) AS closed
    FROM unnest(report.cases) AS one (number)
    LEFT JOIN complaints AS c ON c.number = one.number
    LEFT JOIN projects AS z ON z.code = c.project
    LEFT JOIN destroyed AS gone ON gone.kind = 'case' AND gone.name = one.number
) AS cases_of ON report.kind = 'register'
"""
"""A register counts from the closing of the last case in it, all others from the issue of their last revision."""

KEPT = f"""
WITH {_PAIRS},
     linked AS (SELECT one, array_agg(other ORDER BY other) AS others FROM pairs GROUP BY one)
{_CASE}
WHERE c.closed_at < $1::date OR linked.one IS NOT NULL
UNION ALL
{_REPORT}
WHERE report.id IN (SELECT id FROM reports WHERE issued_at < $1::date)
GROUP BY report.id, report.project, report.kind
"""
"""Every case that was closed before a day and every one that is linked to another, be it open; every report of which
something was issued before that day."""

KEPT_OF = f"""
WITH given AS (SELECT unnest($1::text[]) AS key),
     near AS MATERIALIZED (
         SELECT key FROM given
         UNION
         SELECT link ->> 'key' FROM given JOIN complaints AS c USING (key), jsonb_array_elements(c.links) AS link
         UNION
         SELECT c.reopens FROM given JOIN complaints AS c USING (key) WHERE c.reopens IS NOT NULL
         UNION
         SELECT c.key FROM given JOIN complaints AS c ON c.reopens = given.key
         UNION
         SELECT c.key FROM given
         JOIN complaints AS c ON c.links <> '[]' AND c.links @> jsonb_build_array(jsonb_build_object('key', given.key))
     ),
     ways AS (
         SELECT c.key AS one, link ->> 'key' AS other
         FROM near JOIN complaints AS c USING (key), jsonb_array_elements(c.links) AS link
         UNION
         SELECT c.key, c.reopens FROM near JOIN complaints AS c USING (key) WHERE c.reopens IS NOT NULL
     ),
     linked AS (SELECT one, array_agg(other ORDER BY other) AS others FROM ways GROUP BY one)
{_CASE}
WHERE c.key IN (SELECT key FROM near)
UNION ALL
{_REPORT}
WHERE report.id = ANY ($2)
GROUP BY report.id, report.project, report.kind
"""
"""The cases of a chain with whatever is linked to them by now, and these reports."""

RUN = "SELECT * FROM destruction_runs WHERE id = $1"
RUN_OF = "SELECT * FROM destruction_runs WHERE period = $1"
RUNS = """
SELECT id, period, proposed_at, digest, approved_by, approved_at, carried_out,
       (SELECT count(*) FROM destruction_lines WHERE run = id) AS listed,
       (SELECT count(*) FROM destruction_copies WHERE run = id AND done_at IS NULL) AS outstanding
FROM destruction_runs ORDER BY period DESC
"""
PROPOSE = """
INSERT INTO destruction_runs (id, period, day, proposed_at, digest, spared) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING *
"""
PROPOSE_LINES = """
INSERT INTO destruction_lines (run, nth, kind, key, chain, seal, whole)
SELECT $1, nth, line ->> 'kind', line ->> 'key', line ->> 'chain', line ->> 'seal', line
FROM jsonb_array_elements($2) WITH ORDINALITY AS lines (line, nth)
"""
COUNTS = "SELECT kind, count(*) FROM destruction_lines WHERE run = $1 GROUP BY kind ORDER BY kind"
LINES = "SELECT whole FROM destruction_lines WHERE run = $1 ORDER BY nth"
APPROVE = "UPDATE destruction_runs SET approved_by = $2, approved_at = $3 WHERE id = $1"
WAITING = """
SELECT kind, key, chain, seal FROM destruction_lines AS line
WHERE run = $1 AND NOT EXISTS (SELECT FROM destroyed WHERE (run, kind, key) = (line.run, line.kind, line.key))
  AND NOT EXISTS (SELECT FROM destruction_left WHERE (run, kind, key) = (line.run, line.kind, line.key))
ORDER BY kind, chain, nth
"""
DESTROY = "SELECT destroy($1, $2, $3)"
LEAVE = "INSERT INTO destruction_left (run, kind, key, because) VALUES ($1, $2, $3, $4)"
GONE = "SELECT kind, name, project, since, rule, seal, lines FROM destroyed WHERE run = $1 ORDER BY kind, name"
LEFT = "SELECT because FROM destruction_left WHERE run = $1"
CERTIFY = "UPDATE destruction_runs SET carried_out = $2, certificate = $3 WHERE id = $1"
OUTSTANDING = """
SELECT copy AS copy_of, count(*), max(last_error) AS last_error
FROM destruction_copies WHERE run = $1 AND done_at IS NULL GROUP BY copy ORDER BY copy
"""
WHEREABOUTS = """
SELECT gone.*, run.approved_at FROM destroyed AS gone JOIN destruction_runs AS run ON run.id = gone.run
WHERE gone.name = upper($1) OR gone.key = $1 OR gone.name = $1 ORDER BY run.approved_at DESC LIMIT 1
"""
COPIES = """
SELECT copy.run, copy.key, copy.copy AS copy_of, copy.place, run.approved_at AS closed_before
FROM destruction_copies AS copy JOIN destruction_runs AS run ON run.id = copy.run
WHERE done_at IS NULL AND ($1::text IS NULL OR copy.run = $1)
ORDER BY attempts, copy.run, copy.key, copy.copy
"""
COPY_GONE = "UPDATE destruction_copies SET done_at = $4, last_error = NULL WHERE run = $1 AND key = $2 AND copy = $3"
COPY_STAYS = """
UPDATE destruction_copies SET attempts = attempts + 1, last_error = $4 WHERE run = $1 AND key = $2 AND copy = $3
"""
