"""Counts a period's statistics in the database: one statement per table, all in one snapshot.

Definitions, the same for every report. A period begins and ends by the clock of each complaint's own project; nothing
after the report's time counts. A complaint is *received* in the period in which the customer brought it, *closed* in
the period in which its case ended, *open* if it was received before the period's end and not closed by then. A duty is
counted once, in the period in which it was decided: on time when it was done, late when its limit passed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from complaints.access.visibility import Visibility
from complaints.case.round import Subject
from complaints.clock.local_time import CHINA
from complaints.clock.periods import Period, PeriodKind
from complaints.reports.counts import ListLine, PeriodStatistics, TableCounts, tallies
from complaints.reports.model import Value
from complaints.store import visible
from complaints.store.database import Connection
from complaints.store.statistics import complaint_lists as lists
from complaints.store.statistics import round_counts as more
from complaints.store.statistics import round_lists as of_rounds
from complaints.store.tracks import NO_COMPLAINTS
from complaints.store.visible import SEEN

PATIENCE = 60.0
"""Seconds for one statement: counting a year takes longer than the timeout of ordinary statements."""

TABLES = """
CREATE TEMP TABLE report_scope (
    nth integer PRIMARY KEY, key text, number text, project text, category text, channel text, level text,
    department text, received boolean, handled boolean, closed boolean, open boolean, repeat boolean, major boolean,
    valid boolean, invalid boolean, enquiry boolean,
    days numeric, opens timestamptz, until timestamptz, ends timestamptz, also text[]
) ON COMMIT DROP;
CREATE TEMP TABLE report_duties (
    nth integer, id text, rule text, role text, owner text, office text, due timestamptz, late boolean,
    still_open boolean, hours numeric, cause text, owed_by text, waited_for text
) ON COMMIT DROP;
CREATE TEMP TABLE report_matters (
    nth integer, id text, kind text, category text, contractor text, what text, begun boolean, ended boolean,
    open boolean, company_paid boolean, audited numeric, deducted numeric, shortfall numeric
) ON COMMIT DROP;
"""
EMPTY = "TRUNCATE report_scope, report_duties, report_matters"
EMPTY_OF_FEW = "DELETE FROM report_matters; DELETE FROM report_duties; DELETE FROM report_scope"
FEW = 500
"""Up to this number of complaints, the planner needs no statistics and DELETE is faster than TRUNCATE."""

SCOPE = f"""
INSERT INTO report_scope
SELECT row_number() OVER (ORDER BY c.received_at, c.key) - 1, c.key, c.number, c.project, c.category, c.channel,
       coalesce(c.level::text, 'none'), coalesce(c.department, 'none'),
       its_a.complaint AND came.here,
       its_a.complaint AND coalesce(c.handled_at >= its.opens AND c.handled_at < its.until, false),
       its_a.complaint AND coalesce(c.closed_at >= its.opens AND c.closed_at < its.until, false),
       its_a.complaint AND c.received_at < its.until AND (c.closed_at IS NULL OR c.closed_at >= its.until),
       its_a.complaint AND came.here
       AND (c.reopens IS NOT NULL
            OR c.related @> '[{{"why": "customer"}}]'
               AND EXISTS (SELECT FROM jsonb_to_recordset(c.related) AS r(key text, why text)
                           WHERE r.why = 'customer'
                             AND NOT EXISTS (SELECT FROM complaints AS old
                                             WHERE old.key = r.key AND old.track IN {NO_COMPLAINTS}))),
       its_a.complaint AND came.here AND c.major,
       its_a.complaint, came.here AND c.track = 'invalid', came.here AND c.track = 'enquiry',
       extract(epoch FROM c.handled_at - c.received_at) / 86400, its.opens, its.until, its.ends,
       c.also_departments
FROM complaints AS c
LEFT JOIN projects AS p ON p.code = c.project
CROSS JOIN LATERAL (
    SELECT $1::date::timestamp AT TIME ZONE coalesce(p.zone, $8) AS opens,
           least($3::timestamptz, ($2::date + 1)::timestamp AT TIME ZONE coalesce(p.zone, $8)) AS until,
           ($2::date + 1)::timestamp AT TIME ZONE coalesce(p.zone, $8) AS ends
) AS its
CROSS JOIN LATERAL (SELECT c.received_at >= its.opens AND c.received_at < its.until AS here) AS came
CROSS JOIN LATERAL (SELECT c.track NOT IN {NO_COMPLAINTS} AS complaint) AS its_a
WHERE (c.received_at < $5 AND (c.closed_at IS NULL OR c.closed_at >= $4)
       AND c.received_at < its.until AND (c.closed_at IS NULL OR c.closed_at >= its.opens)
       OR c.key IN (SELECT key FROM retention_entries WHERE kind <> 'deposit' AND day BETWEEN $1 AND $2)
       OR c.key IN (SELECT d.key FROM duties AS d
                    WHERE d.rule = 'CR-5.4.3' AND d.due >= $4 AND d.due <= $5 AND d.since < its.until
                      AND d.due > its.opens AND d.due <= its.ends AND d.key = c.key))
  AND ($6::text IS NULL OR c.project = $6)
  AND ($7::text IS NULL OR c.department = $7 OR $7 = ANY (c.also_departments)
       OR EXISTS (SELECT FROM duties AS d WHERE d.key = c.key AND d.department = $7))
  AND ($9::text IS NULL OR c.received_by = $9
       OR EXISTS (SELECT FROM duties AS d WHERE d.key = c.key AND $9 IN (d.owner, d.whole ->> 'waited_for')))
  {SEEN}
"""
"""Parameters: first and last day, the report's time, `bounds` of the period, project, department, zone, person.

What is no complaint (the tracks `invalid` and `enquiry`, RV-4.1a) is only in a figure of its own: neither received nor
closed, repeated, handled, open or major. An earlier one makes no complaint a repeated one.

A complaint that was closed before the period is there for the sake of a case study that is due in it (CR-5.4.3), or of
retention money.
"""

DUTIES = """
INSERT INTO report_duties
SELECT s.nth, d.id, d.rule, d.role, answers.person, coalesce(works.department, 'none'), d.due, as_was.late,
       as_was.late AND (d.closed_at IS NULL OR d.closed_at >= s.until),
       extract(epoch FROM least(d.closed_at, s.until) - d.due) / 3600,
       coalesce(said.cause, CASE WHEN answers.waited THEN 'waited:' || d.role ELSE 'role:' || d.role END),
       d.owner, CASE WHEN answers.waited THEN answers.person END
FROM duties AS d
JOIN report_scope AS s USING (key)
CROSS JOIN LATERAL (SELECT d.closed_at IS NULL OR d.closed_at > d.due AS late) AS as_was
CROSS JOIN LATERAL (
    SELECT waited, CASE WHEN waited THEN d.whole ->> 'waited_for' ELSE d.owner END AS person
    FROM (SELECT as_was.late AND d.whole ? 'waited_for' AS waited) AS its
) AS answers
LEFT JOIN unnest($3::text[], $4::text[]) AS works(person, department) ON works.person = answers.person
LEFT JOIN LATERAL (
    SELECT 'said:' || nullif(coalesce(nullif(a.reason, ''), a.form ->> 'remark'), '') AS cause
    FROM acts AS a
    WHERE as_was.late AND d.closed_at < s.until AND a.key = d.key AND a.seq = (d.whole ->> 'act')::integer
) AS said ON true
WHERE least(d.due, d.closed_at) >= $1 AND least(d.due, d.closed_at) < $2
  AND least(d.due, d.closed_at) >= s.opens AND least(d.due, d.closed_at) < s.until
  AND (d.status <> 'superseded' OR as_was.late)
  AND (s.valid OR d.rule ~ '^(INVALID|ENQUIRY|RV-4)')
"""
"""Parameters: `bounds` of the period, people, their departments. PostgreSQL's `least` ignores NULL.

Of what is no complaint, only the duties of the enquiry or of the decision count. What is late counts for whoever is
answerable: the person who was waited for, else the owner (decision 14). `owner` is that person, `owed_by` the duty's
own.
"""

MATTERS = """
INSERT INTO report_matters
SELECT s.nth, m.id, m.kind, s.category, coalesce(m.contractor, 'team'), m.what,
       m.since >= s.opens AND m.since < s.until,
       coalesce(m.ended_at >= s.opens AND m.ended_at < s.until, false),
       m.since < s.until AND (m.ended_at IS NULL OR m.ended_at >= s.until),
       m.company_paid, m.audited, m.deducted, m.shortfall
FROM report_scope AS s
JOIN complaints AS c USING (key)
CROSS JOIN LATERAL jsonb_to_recordset(c.matters) AS m(
    id text, kind text, what text, contractor text, since timestamptz, ended_at timestamptz, company_paid boolean,
    audited numeric, deducted numeric, shortfall numeric, outcome text
)
WHERE c.matters <> '[]' AND m.outcome IS DISTINCT FROM 'cancelled' AND m.outcome IS DISTINCT FROM 'invalid'
"""
"""Work that was begun by mistake, or for what was found not valid before it was done, is none (RV-4.1a)."""

LIVES = """
SELECT d.tab, d.row, m.col, count(*) AS n, array_agg(s.nth) AS cases
FROM report_scope AS s
CROSS JOIN LATERAL (VALUES ('all', 'all'), ('category', s.category), ('level', s.level), ('channel', s.channel),
                           ('project', s.project), ('department', s.department)
                    UNION SELECT 'department', one FROM unnest(s.also) AS one) AS d(tab, row)
CROSS JOIN LATERAL (VALUES ('received', s.received), ('handled', s.handled), ('closed', s.closed), ('open', s.open),
                           ('repeat', s.repeat), ('major', s.major), ('invalid', s.invalid),
                           ('enquiry', s.enquiry)) AS m(col, holds)
WHERE m.holds
GROUP BY d.tab, d.row, m.col
UNION ALL
SELECT 'all', 'all', 'days', round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days)::numeric, 1), array_agg(nth)
FROM report_scope WHERE handled HAVING count(*) > 0
"""

CLAUSES = """
SELECT g.tab, g.row, m.col, count(*) AS n, array_agg(DISTINCT d.nth) AS cases
FROM report_duties AS d
CROSS JOIN LATERAL (VALUES ('clauses', d.rule), ('offices', d.office)) AS g(tab, row)
CROSS JOIN LATERAL (VALUES ('on_time', NOT d.late), ('late', d.late), ('still_open', d.still_open)) AS m(col, holds)
WHERE m.holds
GROUP BY g.tab, g.row, m.col
UNION ALL
SELECT g.tab, g.row, 'hours', round(percentile_cont(0.5) WITHIN GROUP (ORDER BY d.hours)::numeric, 1), NULL
FROM report_duties AS d CROSS JOIN LATERAL (VALUES ('clauses', d.rule), ('offices', d.office)) AS g(tab, row)
WHERE d.late
GROUP BY g.tab, g.row
UNION ALL
SELECT 'causes', d.cause, 'late', count(*), array_agg(DISTINCT d.nth)
FROM report_duties AS d
WHERE d.late
GROUP BY 2
"""

REVISITS = """
SELECT 'revisits' AS tab, q.row, q.col, count(*) AS n, array_agg(DISTINCT s.nth) AS cases
FROM acts AS a
JOIN report_scope AS s USING (key)
CROSS JOIN LATERAL (
    SELECT CASE WHEN a.rule LIKE 'CR-5.4.2%' THEN 'crisis' WHEN a.rule LIKE 'CS-4.2.3%' THEN 'effect'
                WHEN a.rule ~ '^(RV-4|MERGED[.]revisit)' THEN 'handling'
                WHEN a.rule = 'CS-4.3.5.finish' AND a.form ->> 'signed' = 'true' THEN 'handling' END AS row,
           CASE WHEN a.rule = 'CS-4.3.5.finish' THEN 'signed'
                ELSE coalesce(a.form ->> 'satisfaction', 'unreached') END AS col
) AS q
WHERE a.kind = 'discharge' AND a.at >= $1 AND a.at < $2 AND a.at >= s.opens AND a.at < s.until AND q.row IS NOT NULL
GROUP BY q.row, q.col
"""

DATES = """
SELECT 'dates' AS tab, q.row, 'count' AS col, count(*) AS n, array_agg(DISTINCT s.nth) AS cases
FROM acts AS a
JOIN report_scope AS s USING (key)
JOIN duties AS d ON d.key = a.key AND d.id = a.duty
CROSS JOIN LATERAL (
    SELECT coalesce((
        SELECT CASE change.nth WHEN 1 THEN 'first' ELSE 'second' END
        FROM jsonb_array_elements(d.whole -> 'changes') WITH ORDINALITY AS change(what, nth)
        WHERE (change.what ->> 'at')::timestamptz = a.at
        LIMIT 1
    ), 'refused') AS row
) AS q
WHERE a.kind = 'reschedule' AND a.at >= $1 AND a.at < $2 AND a.at >= s.opens AND a.at < s.until
GROUP BY q.row
"""

MATTER_COUNTS = """
SELECT g.tab, g.row, m.col, count(*) AS n, array_agg(DISTINCT r.nth) AS cases
FROM report_matters AS r
CROSS JOIN LATERAL (SELECT CASE r.kind WHEN 'repair' THEN 'repairs' ELSE 'corrective' END AS tab,
                           CASE r.kind WHEN 'repair' THEN r.contractor ELSE r.category END AS row) AS g
CROSS JOIN LATERAL (VALUES ('begun', r.begun), ('ended', r.ended), ('open', r.open),
                           ('company_paid', r.ended AND r.company_paid)) AS m(col, holds)
WHERE m.holds
GROUP BY g.tab, g.row, m.col
UNION ALL
SELECT 'repairs', r.contractor, m.col, sum(m.amount), array_agg(DISTINCT r.nth)
FROM report_matters AS r
CROSS JOIN LATERAL (VALUES ('audited', r.audited), ('deducted', r.deducted), ('shortfall', r.shortfall))
    AS m(col, amount)
WHERE r.kind = 'repair' AND r.ended AND m.amount > 0
GROUP BY r.contractor, m.col
"""

MONEY = """
SELECT 'retention' AS tab, e.contractor AS row, m.col, sum(m.n) AS n, array_agg(DISTINCT s.nth) AS cases
FROM retention_entries AS e
LEFT JOIN report_scope AS s USING (key)
CROSS JOIN LATERAL (VALUES (CASE e.kind WHEN 'claim' THEN 'claims' WHEN 'deduction' THEN 'deductions' END, 1::numeric),
                           (CASE e.kind WHEN 'claim' THEN 'claimed' WHEN 'deduction' THEN 'deducted'
                                        WHEN 'recovery' THEN 'recovered' WHEN 'waiver' THEN 'waived' END, e.amount)
                   ) AS m(col, n)
WHERE m.col IS NOT NULL AND e.day BETWEEN $1 AND $2 AND ($3::text IS NULL OR e.project = $3)
  AND ($4::boolean OR s.nth IS NOT NULL)
GROUP BY e.contractor, m.col
"""

TREND = """
SELECT (moment.at AT TIME ZONE coalesce(p.zone, $6))::date AS day, moment.col, count(*)::integer AS n
FROM (
    SELECT project, received_at AS at, 'received' AS col FROM complaints AS c
    WHERE c.received_at >= $1 AND c.received_at < $2 AND c.track NOT IN {NO_COMPLAINTS} AND {its}
    UNION ALL
    SELECT project, closed_at, 'closed' FROM complaints AS c
    WHERE c.closed_at >= $1 AND c.closed_at < $2 AND c.track NOT IN {NO_COMPLAINTS} AND {its}
) AS moment
LEFT JOIN projects AS p ON p.code = moment.project
WHERE moment.at < $7
GROUP BY 1, 2
""".format(
    NO_COMPLAINTS=NO_COMPLAINTS,
    its="""($3::text IS NULL OR c.project = $3)
      AND ($4::text IS NULL OR c.department = $4 OR $4 = ANY (c.also_departments)
           OR EXISTS (SELECT FROM duties AS d WHERE d.key = c.key AND d.department = $4))
      AND ($5::text IS NULL OR c.received_by = $5
           OR EXISTS (SELECT FROM duties AS d WHERE d.key = c.key AND d.owner = $5))"""
    + SEEN,
)

_ROOM = timedelta(days=1)
MUST_HAVE = {"studies": "title", "views": "said"}
"""List → column. A line without a value in it is missing in the report: its owner names it, or gives what is."""


class Counting:
    """Counts the statistics of periods within one transaction of `connection`, and so in one snapshot.

    `offices` maps people's ids to their departments: duties are counted by the owner's department. `sales` are the
    departments that sell: what others have handled is handled elsewhere (CH-7.5.3). `seen` limits the complaints to
    those that may be seen; rounds, draws and surveys are counted whole.
    """

    def __init__(
        self,
        connection: Connection,
        subject: Subject,
        at: datetime,
        offices: Mapping[str, str] | None = None,
        sales: Collection[str] = (),
        seen: Visibility | None = None,
    ) -> None:
        self._connection = connection
        self._subject = subject
        self._at = at
        self._offices = dict(offices or {})
        self._seen = seen
        self._sales = sales
        self._complaints: int | None = None  # in the temporary tables; None until these exist

    async def of(self, period: Period, wanted: Sequence[str] = ()) -> PeriodStatistics:
        """Return all figures of a period, and the lists that are `wanted`."""
        early, late = bounds(period)
        subject = self._subject
        everything = subject.department is None and subject.person is None
        rows = [
            *(await self._lives(early, late) if await self._prepare(period) else ()),
            *await self._fetch(MONEY, period.start, period.end, subject.project, everything),
            *await self._others(period),
        ]
        cases: list[str] = [row["number"] for row in await self._fetch("SELECT number FROM report_scope ORDER BY nth")]
        missing: set[str] = set()
        found: dict[str, list[ListLine]] = {}
        for name in wanted:
            if name in of_rounds.LISTS:
                asked = of_rounds.Asked(period, self._at, subject, self._offices, self._sales)
                of_round = of_rounds.params(name, asked)
                read = await self._fetch(of_rounds.LISTS[name], *of_round) if of_round is not None else []
            else:
                read = await self._fetch(lists.LISTS[name], *lists.params(name, period, self._at))
            found[name] = [ListLine(row["number"], _values(row)) for row in read]
            lacks = MUST_HAVE.get(name)
            missing |= {row["number"] for row in read if lacks is not None and row[lacks] is None}
        return PeriodStatistics(cases=cases, tallies=tallies(rows), lists=found, missing=sorted(missing))

    async def _lives(self, early: datetime, late: datetime) -> list[Any]:
        """Count the complaints, their duties, revisits, changed dates, and matters."""
        return [
            *await self._fetch(LIVES),
            *await self._fetch(CLAUSES),
            *await self._fetch(REVISITS, early, late),
            *await self._fetch(DATES, early, late),
            *await self._fetch(MATTER_COUNTS),
        ]

    async def _others(self, period: Period) -> list[Any]:
        """Count rounds and routine revisits, and for a year also its surveys."""
        days, subject = (period.start, period.end, self._at), self._subject
        whose = (subject.project, subject.department, subject.person)
        rounds = await self._fetch(more.ROUNDS, *days, CHINA, *whose, *bounds(period))
        rows = [*rounds, *await self._fetch(more.DRAWS, *days, *whose)]
        if period.kind is PeriodKind.YEAR:
            asked = (period.start.year, self._at, subject.project)
            rows += [*await self._fetch(more.SURVEY, *asked), *await self._fetch(more.MARKS, *asked)]
        return rows

    async def trend(self, periods: Sequence[Period]) -> TableCounts:
        """Count received and closed complaints by period; `periods` follow each other."""
        subject = self._subject
        early, late = bounds(periods[0])[0], bounds(periods[-1])[1]
        asked = (subject.project, subject.department, subject.person, CHINA, self._at)
        sums: dict[tuple[str, str], int] = {}
        condition = visible.of_cases(self._seen, 8)
        for row in await self._fetch(condition.put_into(TREND), early, late, *asked, *condition.params):
            period = next((one for one in periods if one.contains(row["day"])), None)
            if period is not None:
                place = (period.name, row["col"])
                sums[place] = sums.get(place, 0) + row["n"]
        return (
            tallies({"tab": "trend", "row": row, "col": col, "n": n, "cases": ()} for (row, col), n in sums.items())[
                "trend"
            ]
            if sums
            else TableCounts()
        )

    async def _prepare(self, period: Period) -> int:
        """Fill the temporary tables with a period's complaints, duties and matters. Return the number of complaints."""
        if self._complaints is None:
            await self._connection.execute(TABLES, timeout=PATIENCE)
        elif self._complaints:
            few = self._complaints <= FEW
            await self._connection.execute(EMPTY_OF_FEW if few else EMPTY, timeout=PATIENCE)
        early, late = bounds(period)
        subject = self._subject
        whose = (subject.project, subject.department, CHINA, subject.person)
        condition, days = visible.of_cases(self._seen, 10), (period.start, period.end)
        sql = condition.put_into(SCOPE)
        count = await self._execute(sql, *days, self._at, early, late, *whose, *condition.params)
        self._complaints = count
        if count > FEW:
            await self._connection.execute("ANALYZE report_scope", timeout=PATIENCE)
        if count:
            await self._execute(DUTIES, early, late, list(self._offices), list(self._offices.values()))
            await self._execute(MATTERS)
        if count > FEW:
            await self._connection.execute("ANALYZE report_duties, report_matters", timeout=PATIENCE)
        return count

    async def _fetch(self, sql: str, *params: Any) -> list[Any]:
        return await self._connection.fetch(sql, *params, timeout=PATIENCE)

    async def _execute(self, sql: str, *params: Any) -> int:
        """Execute an INSERT and return how many rows it inserted."""
        return int((await self._connection.execute(sql, *params, timeout=PATIENCE)).split()[-1])


def bounds(period: Period) -> tuple[datetime, datetime]:
    """Return UTC instants that enclose the period in every time zone, so that queries can use an index."""
    return _utc(period.start) - _ROOM, _utc(period.end) + 2 * _ROOM


def _utc(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _values(row: Mapping[str, Any]) -> dict[str, Value]:
    return {name: _value(value) for name, value in row.items() if name != "number"}


def _value(value: Any) -> Value:
    """Convert a value of a row to the form in which a report stores it."""
    match value:
        case None | int() | str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return str(value)
