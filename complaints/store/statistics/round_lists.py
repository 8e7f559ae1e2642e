"""The lists of a report that come from rounds: what people filled in there, one row each.

Each statement returns `number`, which names the row (a complaint, a department, a project), and a column for each
column of the list. Only rounds of editions that ask for such forms are listed, so that older reports stay as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints import editions
from complaints.case.round import Subject
from complaints.clock.local_time import CHINA
from complaints.clock.periods import Period

# CH-7.5.3. A view belongs to the report of its round's month; one that came after that report was issued, to the next
# report of the project. What was handled elsewhere and has no view is listed without one.
_VIEWS = """
WITH given AS (
    SELECT one ->> 'complaint' AS number, one ->> 'view' AS view, a.by AS asked_by, a.at AS asked_at
    FROM acts AS a JOIN rounds AS r USING (key)
    CROSS JOIN LATERAL jsonb_array_elements(a.form -> 'case_views') AS one
    WHERE a.rule = 'CH-7.5.3' AND a.kind = 'discharge' AND a.recorded_at < $3 AND r.edition_name = ANY ($7)
      AND ($4::text IS NULL OR r.project = $4)
      AND (r.first_day >= $1 AND r.last_day <= $2
           OR r.last_day < $1
              AND EXISTS (SELECT FROM reports AS own WHERE own.kind = 'complaint_report' AND own.project = r.project
                          AND own.period = r.period AND own.issued_at IS NOT NULL AND own.at < a.recorded_at)
              AND NOT EXISTS (SELECT FROM reports AS said WHERE said.kind = 'complaint_report'
                              AND said.project = r.project AND said.issued_at IS NOT NULL AND said.at >= a.recorded_at
                              AND said.period_end >= r.last_day AND said.period_end < $1))
), elsewhere AS (
    SELECT s.number, s.category, c.handled_at AS handled, who.office
    FROM report_scope AS s
    JOIN complaints AS c USING (key)
    CROSS JOIN LATERAL (
        SELECT coalesce(d.department, works.department) AS office
        FROM duties AS d
        LEFT JOIN unnest($5::text[], $6::text[]) AS works(person, department) ON works.person = d.closed_by
        WHERE d.key = s.key AND d.status = 'done' AND d.closed_at < $3
          AND (d.rule LIKE 'CH-7.2.1.settle%' OR d.rule LIKE 'CH-7.2.2.%'
               OR d.rule IN ('CS-4.2.2a.carry_out', 'CR-5.3.2c', 'MC-5.2.3g'))
        ORDER BY d.closed_at DESC, d.id LIMIT 1
    ) AS who
    WHERE s.handled AND who.office <> ALL ($8::text[]) AND {asked}
)
SELECT coalesce(given.number, elsewhere.number) AS number, coalesce(elsewhere.category, c.category) AS category,
       elsewhere.office, coalesce(elsewhere.handled, c.handled_at) AS handled, given.view AS said, given.asked_by,
       given.asked_at
FROM given FULL JOIN elsewhere USING (number)
LEFT JOIN complaints AS c ON c.number = given.number
ORDER BY 1, given.asked_at
"""
_ASKED = """EXISTS (SELECT FROM rounds AS r WHERE r.rule = 'CH-7.5.3' AND r.edition_name = ANY ($7)
                    AND r.project = s.project AND r.first_day >= $1 AND r.last_day <= $2)"""

# CH-7.6: the causes that the chief engineer's office found in the period, and those whose action is still open.
_ANALYSES = """
SELECT array_to_string(ARRAY(SELECT jsonb_array_elements_text(found.cause -> 'complaints')), ' ') AS number,
       found.cause ->> 'cause_kind' AS cause_kind, found.cause ->> 'causes' AS causes,
       found.cause ->> 'measures' AS measures, found.cause ->> 'owner' AS owner,
       found.cause ->> 'complete_by' AS complete_by, CASE WHEN worked.at < $3 THEN 'closed' ELSE 'open' END AS state
FROM acts AS a JOIN rounds AS r USING (key)
CROSS JOIN LATERAL jsonb_array_elements(a.form -> 'found_causes') WITH ORDINALITY AS found(cause, nth)
LEFT JOIN projects AS p ON p.code = r.project
CROSS JOIN LATERAL (SELECT $1::date::timestamp AT TIME ZONE coalesce(p.zone, '{zone}') AS opens,
                           ($2::date + 1)::timestamp AT TIME ZONE coalesce(p.zone, '{zone}') AS ends) AS its
LEFT JOIN LATERAL (
    SELECT min(e.at) AS at FROM acts AS e
    WHERE e.key = a.key AND e.rule = 'CH-7.6.effect' AND e.form ->> 'effective' = 'true'
      AND split_part(e.duty, '#', 1) = 'CH-7.6.effect@' || found.nth
) AS worked ON true
WHERE a.rule = 'CH-7.6.analysis' AND a.kind = 'discharge' AND a.at < least($3, its.ends)
  AND ($4::text IS NULL OR r.project = $4) AND (a.at >= its.opens OR worked.at IS NULL OR worked.at >= its.opens)
ORDER BY a.at, found.nth
"""

# CS-4.1.1: what each department handed in, week by week; departments that have handed in nothing are named.
_INFORMATION = """
SELECT r.department AS number, r.period AS week, said.form ->> 'collected' AS collected, said.form ->> 'needs' AS needs,
       said.form ->> 'own_results' AS own_results, said.by AS author, said.at AS written
FROM rounds AS r
LEFT JOIN LATERAL (
    SELECT a.form, a.by, a.at FROM acts AS a
    WHERE a.key = r.key AND a.rule = 'CS-4.1.1' AND a.kind = 'discharge' AND a.at < $3
    ORDER BY a.seq DESC LIMIT 1
) AS said ON true
WHERE r.rule = 'CS-4.1.1' AND r.edition_name = ANY ($4) AND r.first_day >= $1 AND r.last_day <= $2
ORDER BY r.department, r.first_day
"""

# CS-4.5.2: what each department's revisits by the plan have brought; departments without it are named.
_INFORMED = """
SELECT d.department AS number, (said.form ->> 'revisits')::integer AS revisits, said.form ->> 'findings' AS findings,
       said.form ->> 'needs' AS needs, said.at AS written
FROM duties AS d JOIN rounds AS r USING (key)
LEFT JOIN LATERAL (
    SELECT a.form, a.at FROM acts AS a
    WHERE a.key = d.key AND a.duty = d.id AND a.kind = 'discharge' AND a.at < $3
    ORDER BY a.seq DESC LIMIT 1
) AS said ON true
WHERE d.rule = 'CS-4.5.2' AND r.first_day >= $1 AND r.last_day <= $2
ORDER BY d.department, d.key
"""

# CS-4.5.3: what the revisits by the plan came to.
_GATHERED = """
SELECT r.period AS number, (a.form ->> 'planned')::integer AS planned, (a.form ->> 'revisits')::integer AS revisits,
       (a.form ->> 'reached_count')::integer AS reached, (a.form ->> 'satisfied_count')::integer AS satisfied,
       a.form ->> 'analysed' AS analysed
FROM acts AS a JOIN rounds AS r USING (key)
WHERE a.rule = 'CS-4.5.3' AND a.kind = 'discharge' AND a.at < $3 AND r.first_day >= $1 AND r.last_day <= $2
ORDER BY a.at, a.key
"""

# RV-6.2: the figures that were sent, beside what the records say of the revisits that the unit's people had made by
# then: those of complaints, and those of customers drawn.
_SENT_FIGURES = """
SELECT coalesce(r.department, r.project) AS number, typed.revisits AS revisits_sent, known.n AS revisits_known,
       typed.revisits - known.n AS revisits_apart, typed.reached AS reached_sent, known.reached AS reached_known,
       typed.reached - known.reached AS reached_apart, typed.satisfied AS satisfied_sent,
       known.satisfied AS satisfied_known, typed.satisfied - known.satisfied AS satisfied_apart
FROM rounds AS r
LEFT JOIN projects AS p ON p.code = r.project
LEFT JOIN LATERAL (
    SELECT (a.form ->> 'revisits')::integer AS revisits, (a.form ->> 'reached_count')::integer AS reached,
           (a.form ->> 'satisfied_count')::integer AS satisfied, a.at, a.by
    FROM acts AS a
    WHERE a.key = r.key AND a.rule = r.rule AND a.kind = 'discharge' AND a.at < $3
    ORDER BY a.seq DESC LIMIT 1
) AS typed ON true
LEFT JOIN unnest($5::text[], $6::text[]) AS its(person, department) ON its.person = typed.by
CROSS JOIN LATERAL (SELECT coalesce(r.department, its.department) AS department,
                           r.first_day::timestamp AT TIME ZONE coalesce(p.zone, '{zone}') AS opens,
                           least(coalesce(typed.at, $3), $3,
                                 (r.last_day + 1)::timestamp AT TIME ZONE coalesce(p.zone, '{zone}')) AS until) AS unit
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS n, count(*) FILTER (WHERE made.satisfaction IS NOT NULL)::integer AS reached,
           count(*) FILTER (WHERE made.satisfaction = 'satisfied')::integer AS satisfied
    FROM (
        SELECT a.by, a.form ->> 'satisfaction' AS satisfaction, c.project
        FROM acts AS a JOIN complaints AS c USING (key)
        WHERE a.kind = 'discharge' AND a.rule ~ '^(CR-5[.]4[.]2|CS-4[.]2[.]3|RV-4|MERGED[.]revisit)' AND a.form ? 'way'
          AND a.at >= unit.opens AND a.at < unit.until
        UNION ALL
        SELECT v.by, v.satisfaction, d.project
        FROM revisits_as_they_stand AS v JOIN draws AS d ON d.id = v.draw
        WHERE v.day >= r.first_day AND v.day <= (unit.until AT TIME ZONE coalesce(p.zone, '{zone}'))::date
          AND v.noted_at < unit.until
    ) AS made
    JOIN unnest($5::text[], $6::text[]) AS works(person, department) ON works.person = made.by
    WHERE works.department = unit.department AND (r.project IS NULL OR made.project IN (r.project, ''))
) AS known
WHERE r.rule IN ('RV-6.2', 'RV-6.2.site') AND r.edition_name = ANY ($7) AND r.first_day >= $1 AND r.last_day <= $2
  AND ($4::text IS NULL OR r.project = $4)
ORDER BY r.rule, 1
"""

# RV-2: the heads' own share of the routine revisits, and how many they have made.
_HEADS = """
SELECT d.department AS number, r.rule AS clause, d.owner, (r.draw ->> 'size')::integer AS drawn,
       ceil((r.draw ->> 'size')::numeric * $5::integer / 100)::integer AS share_in_person,
       (SELECT count(*) FROM revisits_as_they_stand AS v JOIN draws AS w ON w.id = v.draw
        WHERE (w.rule, w.period, w.subject) = (its.rule, its.period, its.subject) AND v.by = d.owner AND v.reached
          AND v.noted_at < $3)::integer AS made_in_person,
       CASE WHEN d.closed_at < $3 THEN 'done' ELSE 'open' END AS state
FROM duties AS d
JOIN rounds AS r USING (key)
JOIN draws AS its ON its.id = r.draw ->> 'id'
WHERE d.rule = 'RV-2' AND r.first_day >= $1 AND r.last_day <= $2 AND d.opened_at < $3
  AND ($4::text IS NULL OR r.project = $4)
ORDER BY d.department, r.rule, r.key
"""

LISTS = {
    "views": _VIEWS.format(asked="true"),
    "case_views": _VIEWS.format(asked=_ASKED),
    "analyses": _ANALYSES.replace("{zone}", CHINA),
    "information": _INFORMATION,
    "informed": _INFORMED,
    "gathered": _GATHERED,
    "sent_figures": _SENT_FIGURES.replace("{zone}", CHINA),
    "heads": _HEADS,
}
COMPANY_ONLY = frozenset({"information", "informed", "gathered"})
"""Lists of the whole company's work: a report of one project, department or person has none of them."""
IN_PERSON = "RV-2"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is about: a period, its report's time, and whose; who works where, and which departments sell."""

    period: Period
    at: datetime
    subject: Subject
    offices: Mapping[str, str]
    sales: Collection[str]


def params(name: str, asked: Asked) -> tuple[Any, ...] | None:
    """Return the parameters of a list's statement; None if the report has no such list."""
    subject = asked.subject
    days = (asked.period.start, asked.period.end, asked.at)
    if name in COMPANY_ONLY:
        if subject.project or subject.department or subject.person:
            return None
        return (*days, _naming("CS-4.1.1", "weekly_information")) if name == "information" else days
    if subject.department or subject.person:
        return None
    if name == "heads":
        rule = editions.newest().rules.get(IN_PERSON)
        return (*days, subject.project, rule.figures.percent or 0 if rule is not None else 0)
    offices = (list(asked.offices), list(asked.offices.values()))
    if name in ("views", "case_views"):
        return (*days, subject.project, *offices, _naming("CH-7.5.3", "case_views"), list(asked.sales))
    if name == "analyses":
        return (*days, subject.project)
    return (*days, subject.project, *offices, _telling("RV-6.2"))


def _naming(rule: str, form: str) -> list[str]:
    """The names of the editions under which the rule has this form."""
    return [one.name for one in editions.installed() if rule in one.rules and one.rules[rule].form == form]


def _telling(rule: str) -> list[str]:
    """The names of the editions under which the rule tells somebody what was filled in."""
    return [one.name for one in editions.installed() if rule in one.rules and one.rules[rule].tells]
