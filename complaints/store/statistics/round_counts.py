"""SQL that counts rounds, routine revisits and surveys. These figures have no complaints behind them."""

from __future__ import annotations

ROUNDS = """
SELECT 'rounds' AS tab, r.rule AS row, m.col, count(*) AS n, NULL::integer[] AS cases
FROM duties AS d
JOIN rounds AS r USING (key)
LEFT JOIN projects AS p ON p.code = r.project
CROSS JOIN LATERAL (
    SELECT $1::date::timestamp AT TIME ZONE coalesce(p.zone, $4) AS opens,
           least($3::timestamptz, ($2::date + 1)::timestamp AT TIME ZONE coalesce(p.zone, $4)) AS until
) AS its
CROSS JOIN LATERAL (SELECT d.closed_at IS NULL OR d.closed_at > d.due AS late) AS as_was
CROSS JOIN LATERAL (
    VALUES ('on_time', NOT as_was.late), ('late', as_was.late),
           ('still_open', as_was.late AND (d.closed_at IS NULL OR d.closed_at >= its.until))
) AS m(col, holds)
WHERE m.holds AND least(d.due, d.closed_at) >= its.opens AND least(d.due, d.closed_at) < its.until
  AND least(d.due, d.closed_at) >= $8 AND least(d.due, d.closed_at) < $9
  AND (d.status <> 'superseded' OR as_was.late)
  AND ($5::text IS NULL OR r.project = $5) AND ($6::text IS NULL OR r.department = $6)
  AND ($7::text IS NULL OR r.person = $7)
GROUP BY r.rule, m.col
"""
"""Parameters: first and last day, the report's time, zone, project, department, person, `bounds` of the period.

A round that was missed counts as late (CH-7.4.1).
"""

DRAWS = """
SELECT 'draws' AS tab, its.rule AS row, its.col, count(*) AS n, NULL::integer[] AS cases
FROM (
    SELECT d.rule, 'drawn' AS col, d.project, d.department, d.person
    FROM draws AS d JOIN draw_members AS m ON m.draw = d.id
    WHERE d.ends BETWEEN $1 AND $2 AND d.at <= $3
    UNION ALL
    SELECT d.rule, coalesce(r.satisfaction, 'unreached'), d.project, d.department, d.person
    FROM revisit_versions AS r JOIN draws AS d ON d.id = r.draw
    WHERE r.day BETWEEN $1 AND $2 AND r.noted_at <= $3
      AND NOT EXISTS (SELECT FROM revisit_corrections AS n
                      WHERE n.result = r.result AND n.version > r.version AND n.corrected_at <= $3)
) AS its
WHERE ($4::text IS NULL OR its.project = $4) AND ($5::text IS NULL OR its.department = $5)
  AND ($6::text IS NULL OR its.person = $6)
GROUP BY its.rule, its.col
"""
"""Parameters: first and last day, the report's time, project, department, person.

Counts customers drawn, and their answers (RV-5). Of a corrected result, the version counts that was the newest at the
report's time.
"""

SURVEY = """
SELECT 'survey' AS tab, s.project AS row, m.col, count(*) AS n, NULL::integer[] AS cases
FROM surveys AS s
JOIN survey_recipients AS r ON r.survey = s.id
LEFT JOIN survey_answers AS a ON (a.survey, a.nth) = (r.survey, r.nth) AND a.at < $2
CROSS JOIN LATERAL (VALUES ('recipients', true), ('sent', r.sent_at IS NOT NULL), ('answered', a.nth IS NOT NULL))
    AS m(col, holds)
WHERE m.holds AND s.year = $1 AND ($3::text IS NULL OR s.project = $3)
GROUP BY s.project, m.col
"""
"""Parameters: year, the report's time, project. Counts how many customers were asked and answered (RV-5.1)."""

MARKS = """
SELECT 'answers' AS tab, concat_ws(E'\\x1f', q.question ->> 'zh', q.question ->> 'en') AS row, q.mark AS col,
       count(*)::numeric AS n, NULL::integer[] AS cases
FROM (
    SELECT question.question, a.answers ->> (question.question ->> 'key') AS mark
    FROM surveys AS s
    CROSS JOIN LATERAL jsonb_array_elements(s.form -> 'questions') AS question(question)
    JOIN survey_answers AS a ON a.survey = s.id AND a.at < $2 AND a.answers ? (question.question ->> 'key')
    WHERE s.year = $1 AND question.question ->> 'kind' = 'scale' AND ($3::text IS NULL OR s.project = $3)
) AS q
GROUP BY 2, 3
"""
"""Parameters: year, the report's time, project. Counts each mark from 1 to 5, by question in both languages."""
