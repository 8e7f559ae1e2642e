"""The lists of a report: SQL over the temporary tables that `complaints.store.statistics.counting` fills for a period.

Each statement returns `number` and a column for each column of the list. People, projects and contractors are given by
their ids; the report adds their names.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.clock.periods import Period
from complaints.store.tracks import NO_COMPLAINTS

LATE = """
SELECT s.number, d.rule AS clause, d.owed_by AS owner, d.waited_for, d.due, round(d.hours, 1) AS late_by,
       CASE WHEN d.still_open THEN 'open' ELSE 'done' END
       || CASE WHEN owed.whole ? 'counted_before' OR EXISTS (
              SELECT FROM jsonb_to_recordset(c.receipts) AS earlier(received_at timestamptz)
              WHERE earlier.received_at = owed.since
          ) THEN '-counted-before' ELSE '' END AS state,  -- from a time that was corrected since (decision 23)
       d.cause
FROM report_duties AS d JOIN report_scope AS s USING (nth)
JOIN complaints AS c ON c.key = s.key
JOIN duties AS owed ON owed.key = s.key AND owed.id = d.id
WHERE d.late
ORDER BY d.hours DESC, s.number, d.id
"""

REPEATS = f"""
SELECT s.number, s.category, c.received_at AS received,
       CASE WHEN c.reopens IS NOT NULL THEN 'reopened' ELSE 'customer' END AS why,
       coalesce((SELECT old.number FROM complaints AS old WHERE old.key = c.reopens) || ' ', '')
       || coalesce((SELECT string_agg(one ->> 'number', ' ' ORDER BY one ->> 'number')
                    FROM jsonb_array_elements(c.related) AS one
                    WHERE one ->> 'why' = 'customer' AND one ->> 'key' IS DISTINCT FROM c.reopens
                      AND NOT EXISTS (SELECT FROM complaints AS old
                                      WHERE old.key = one ->> 'key' AND old.track IN {NO_COMPLAINTS})),
                   '') AS earlier,
       CASE WHEN s.open THEN 'open' ELSE 'closed' END AS state
FROM report_scope AS s JOIN complaints AS c USING (key)
WHERE s.repeat
ORDER BY c.received_at, s.number
"""

GRAVE = """
SELECT s.number, s.level, c.track, s.project, s.category, c.received_at AS received,
       CASE WHEN s.open THEN 'open' ELSE 'closed' END AS state,
       coalesce(its.late, 0)::integer AS late
FROM report_scope AS s
JOIN complaints AS c USING (key)
LEFT JOIN (SELECT nth, count(*) AS late FROM report_duties WHERE late GROUP BY nth) AS its USING (nth)
WHERE s.valid AND (s.level = '1' OR c.major) AND (s.received OR s.closed OR s.open)
ORDER BY c.received_at DESC, s.number
"""

STUDIES = """
SELECT s.number, study.form ->> 'title' AS title, study.form ->> 'causes' AS causes,
       study.form ->> 'measures' AS measures, study.form ->> 'lessons' AS lessons,
       study.by AS author, study.at AS written
FROM duties AS d
JOIN report_scope AS s USING (key)
LEFT JOIN LATERAL (
    SELECT a.form, a.by, a.at FROM acts AS a
    WHERE a.key = d.key AND a.kind = 'discharge' AND a.at < $1
      AND (a.duty = d.id OR a.rule = 'CR-5.4.3.rewrite' AND split_part(a.duty, '~', 2) = split_part(d.id, '~', 2))
    ORDER BY a.seq DESC LIMIT 1
) AS study ON true
WHERE d.rule = 'CR-5.4.3' AND d.status <> 'superseded' AND d.since < s.until AND d.due > s.opens AND d.due <= s.ends
   OR d.rule = 'CR-5.4.3' AND d.status <> 'superseded' AND d.due <= s.opens
  AND (d.closed_at IS NULL OR d.closed_at >= s.opens)
ORDER BY s.number, d.id
"""
"""The month's cases: those whose study is due in it, up to its very end, or is still owed from before; without a title
if it is not written, and with its newest words if it was sent back and written anew. A report is written before its
month is over, and studies unwritten then are missing in it.

A study is due when its edition says so: under 2026.1 at the end of the month in which the handling ended, under 2026.2
when the week after the handling is over. So one that is written early is in the report of the month of that day."""

ACTIONS = """
SELECT s.number, r.what, plan.form ->> 'causes' AS causes, plan.form ->> 'measures' AS measures,
       plan.form ->> 'owner' AS owner, plan.form ->> 'complete_by' AS complete_by,
       CASE WHEN r.open THEN 'open' ELSE 'closed' END AS state
FROM report_matters AS r
JOIN report_scope AS s USING (nth)
LEFT JOIN LATERAL (
    SELECT a.form FROM acts AS a
    WHERE a.key = s.key AND a.rule = 'CH-7.6' AND a.kind = 'discharge' AND a.at < s.until
      AND (a.duty = 'CH-7.6' OR split_part(a.duty, '/', 1) = r.id)
    ORDER BY a.seq DESC LIMIT 1
) AS plan ON true
WHERE r.kind = 'corrective' AND (r.begun OR r.ended OR r.open)
ORDER BY s.number, r.id
"""

REGISTER = """
SELECT s.number, c.received_at AS received, c.customer, c.building, left(c.matter, 120) AS matter, s.level,
       coalesce(said.by, c.received_by) AS handler, told.date AS expected,
       coalesce(said.form ->> 'outcome', said.form ->> 'done', said.form ->> 'answer', c.outcome) AS outcome,
       CASE WHEN s.open THEN NULL ELSE coalesce(c.handled_at, c.closed_at) END AS completed,
       asked.form ->> 'satisfaction' AS view
FROM report_scope AS s
JOIN complaints AS c USING (key)
LEFT JOIN LATERAL (
    SELECT a.by, a.form FROM acts AS a
    WHERE a.key = s.key AND a.kind = 'discharge' AND a.at < $1
      AND (a.rule LIKE 'CH-7.2.1.settle%' OR a.rule LIKE 'CH-7.2.2.%'
           OR a.rule IN ('CS-4.2.2a.carry_out', 'ENQUIRY.answer'))
    ORDER BY a.seq DESC LIMIT 1
) AS said ON true
LEFT JOIN LATERAL (
    SELECT a.form FROM acts AS a
    WHERE a.key = s.key AND a.kind = 'discharge' AND a.form ? 'satisfaction' AND a.at < $1
    ORDER BY a.seq DESC LIMIT 1
) AS asked ON true
LEFT JOIN LATERAL (
    SELECT p.date FROM promises AS p WHERE p.key = s.key AND p.told_at < $1
    ORDER BY p.told_at DESC, p.before IS NOT NULL DESC, p.date DESC LIMIT 1
) AS told ON true
WHERE s.received OR s.invalid OR s.enquiry
ORDER BY c.received_at, s.number
"""

CHECK = """
SELECT s.number, s.level, s.category, left(c.matter, 60) AS matter,
       concat_ws(' ', CASE WHEN s.received THEN 'new' END, CASE WHEN s.closed THEN 'ended' END, work.state,
                 CASE WHEN acted.n > 0 THEN 'worked-on' END,
                 CASE WHEN s.received AND NOT told.once THEN 'no-date' END) AS why,
       work.due, work.owners AS owner, work.waited_for
FROM report_scope AS s
JOIN complaints AS c USING (key)
CROSS JOIN LATERAL (
    SELECT concat_ws(' ', CASE WHEN bool_or(d.due < s.until) THEN 'late' END,
                     CASE WHEN bool_or(d.due >= s.until AND d.due < s.until + interval '1 day') THEN 'due-next' END,
                     CASE WHEN bool_or(d.rule LIKE 'CH-7.2.3%') THEN 'order-out' END) AS state,
           min(d.due) AS due, string_agg(DISTINCT d.owner, ' ' ORDER BY d.owner) AS owners,
           string_agg(DISTINCT d.whole ->> 'waited_for', ' ' ORDER BY d.whole ->> 'waited_for')
               FILTER (WHERE d.due < s.until) AS waited_for
    FROM duties AS d
    WHERE d.key = s.key AND d.since < s.until AND (d.closed_at IS NULL OR d.closed_at >= s.until)
) AS work
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM acts AS a WHERE a.key = s.key AND a.at >= s.opens AND a.at < s.until
          AND (a.kind <> 'contact' OR a.form ->> 'reached' = 'false')  -- a call of the customer is no work on it
          AND a.kind NOT IN ('comment', 'copy', 'read', 'urge', 'claim', 'attach', 'detach')  -- nor what is only said
) AS acted
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM promises AS p WHERE p.key = s.key AND p.told_at < s.until) AS once
) AS told
WHERE s.received OR s.closed OR acted.n > 0 OR work.state <> ''
ORDER BY work.state LIKE '%late%' DESC NULLS LAST, work.due NULLS LAST, s.number
"""

LISTS = {
    "late_list": LATE,
    "repeats": REPEATS,
    "grave": GRAVE,
    "studies": STUDIES,
    "actions": ACTIONS,
    "register": REGISTER,
    "check": CHECK,
}


def params(name: str, period: Period, at: datetime) -> tuple[Any, ...]:
    """Return the parameters of a list's statement; most lists only need the temporary tables."""
    return (at,) if name in ("studies", "register") else ()
