"""The statements of revisits: results, lists, quotas."""

from __future__ import annotations

from complaints.clock.local_time import CHINA

_PAIRS = "(draw, customer) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
_SAID = "way, reached, satisfaction, handling, efficiency, quality, attitude, suggestions"

# The members are locked, so that two who enter a result of the same customer come one after the other.
NAMED = f"""
SELECT m.draw, m.customer, d.at, coalesce(p.zone, '{CHINA}') AS zone,
       EXISTS (SELECT FROM draw_replaced AS g WHERE g.draw = m.draw AND g.customer = m.customer) AS replaced
FROM (SELECT * FROM draw_members WHERE {_PAIRS} ORDER BY draw, nth FOR UPDATE) AS m
JOIN draws AS d ON d.id = m.draw
LEFT JOIN projects AS p ON p.code = d.project
"""
_VERSION = f"result, version, draw, customer, day, by, {_SAID}, reason, noted_by, noted_at"
RESULTS = f"SELECT {_VERSION} FROM revisit_versions WHERE {_PAIRS} ORDER BY result, version"
CORRECTED = f"""
SELECT {_VERSION} FROM revisit_versions AS v
WHERE draw = $1 AND EXISTS (SELECT FROM revisit_corrections AS c WHERE c.result = v.result)
ORDER BY result, version
"""
DRAW = "SELECT project, rule, department, person FROM draws WHERE id = $1"
ENTER = f"""
INSERT INTO revisit_results (draw, customer, day, by, {_SAID}, entered_by, entered_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
WHERE NOT EXISTS (
    SELECT FROM revisits_as_they_stand
    WHERE draw = $1 AND customer = $2 AND day = $3 AND reached = $6
)
RETURNING id
"""
CORRECT = f"""
INSERT INTO revisit_corrections (result, version, day, by, {_SAID}, reason, corrected_by, corrected_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
# Issued reports that have counted a result as it stood: of its day, made when it was there, about its draw.
COUNTED = """
SELECT r.id, r.revision
FROM reports AS r JOIN draws AS d ON d.id = $1
WHERE r.issued_at IS NOT NULL AND r.kind = ANY ($4) AND $2 BETWEEN r.period_start AND r.period_end AND r.at >= $3
  AND (r.project IS NULL OR r.project = d.project) AND (r.department IS NULL OR r.department = d.department)
  AND (r.person IS NULL OR r.person = d.person)
ORDER BY r.period_end, r.id, r.revision
"""
COMPLAINT = "SELECT number FROM complaints WHERE source = 'revisit' AND external_id = $1 || '/' || $2"
DRAWS = """
SELECT d.id, d.project, d.rule, d.period, d.subject, d.at, d.wanted, d.size, d.digest,
       count(r.result) AS done,
       count(*) FILTER (WHERE m.draw IS NOT NULL AND r.result IS NULL AND g.draw IS NULL) AS open,
       count(*) FILTER (WHERE r.satisfaction = 'unsatisfied') AS unsatisfied
FROM draws AS d
LEFT JOIN draw_members AS m ON m.draw = d.id
LEFT JOIN revisits_as_they_stand AS r ON r.draw = m.draw AND r.customer = m.customer AND r.reached
LEFT JOIN draw_replaced AS g ON g.draw = m.draw AND g.customer = m.customer
WHERE ($1::text IS NULL OR d.project = $1) AND ($2::integer IS NULL OR extract(year FROM d.ends) = $2)
  AND ($3::text IS NULL OR d.rule = $3)
GROUP BY d.id
ORDER BY d.ends DESC, d.project, d.rule, d.subject, d.supplement
"""
MEMBERS = """
SELECT m.draw, m.customer, m.building, coalesce(c.name, '') AS name, coalesce(c.contact, '') AS contact,
       (SELECT coalesce(array_agg(h.building || ' ' || h.unit ORDER BY h.building, h.unit), '{}')
        FROM homes AS h WHERE h.customer = m.customer) AS homes,
       CASE WHEN talk.reached THEN 'done' WHEN g.draw IS NOT NULL THEN 'replaced'
            WHEN talk.day IS NOT NULL THEN 'tried' ELSE 'open' END AS state,
       (SELECT count(*) FROM revisits_as_they_stand AS r
        WHERE r.draw = m.draw AND r.customer = m.customer AND NOT r.reached) AS tries,
       talk.day, coalesce(talk.by, '') AS by, talk.satisfaction, coalesce(talk.said, '') AS said
FROM draw_members AS m
LEFT JOIN customers AS c ON c.id = m.customer
LEFT JOIN draw_replaced AS g ON g.draw = m.draw AND g.customer = m.customer
LEFT JOIN LATERAL (
    SELECT reached, day, by, satisfaction,
           concat_ws('; ', nullif(handling, ''), nullif(efficiency, ''), nullif(quality, ''), nullif(attitude, ''),
                     nullif(suggestions, '')) AS said
    FROM revisits_as_they_stand AS r
    WHERE r.draw = m.draw AND r.customer = m.customer
    ORDER BY reached DESC, day DESC
    LIMIT 1
) AS talk ON true
WHERE m.draw = $1
ORDER BY m.nth
"""
UNSATISFIED = """
SELECT r.draw, r.customer, r.day, r.by, r.way,
       concat_ws('; ', nullif(r.handling, ''), nullif(r.efficiency, ''), nullif(r.quality, ''),
                 nullif(r.attitude, ''), nullif(r.suggestions, '')) AS said,
       coalesce(c.project, d.project) AS project, coalesce(c.name, '') AS name, coalesce(c.contact, '') AS contact,
       coalesce((SELECT min(h.building || ' ' || h.unit) FROM homes AS h WHERE h.customer = r.customer), m.building)
           AS home,
       k.number
FROM revisits_as_they_stand AS r
JOIN draws AS d ON d.id = r.draw
JOIN draw_members AS m ON m.draw = r.draw AND m.customer = r.customer
LEFT JOIN customers AS c ON c.id = r.customer
LEFT JOIN complaints AS k ON k.source = 'revisit' AND k.external_id = r.draw || '/' || r.customer
WHERE r.satisfaction = 'unsatisfied' AND ($1::text IS NULL OR d.project = $1) AND ($2::text IS NULL OR r.draw = $2)
ORDER BY r.day, r.draw, m.nth
"""
CUSTOMERS = """
SELECT h.project, count(DISTINCT h.customer) AS customers
FROM homes AS h JOIN customers AS c ON c.id = h.customer AND c.project = h.project
WHERE $1::text IS NULL OR h.project = $1
GROUP BY h.project
"""
QUOTA = """
SELECT d.project, d.rule, d.subject, array_agg(DISTINCT d.period) AS periods,
       sum(d.wanted) FILTER (WHERE d.supplement = 0) AS wanted,
       sum(d.size) - sum(n.replaced) AS drawn, sum(n.done) AS done, sum(n.size - n.done - n.replaced) AS open,
       sum(n.satisfied) AS satisfied, sum(n.unsatisfied) AS unsatisfied
FROM draws AS d
CROSS JOIN LATERAL (
    SELECT count(*) AS size, count(g.draw) AS replaced, count(r.result) AS done,
           count(*) FILTER (WHERE r.satisfaction = 'satisfied') AS satisfied,
           count(*) FILTER (WHERE r.satisfaction = 'unsatisfied') AS unsatisfied
    FROM draw_members AS m
    LEFT JOIN revisits_as_they_stand AS r ON r.draw = m.draw AND r.customer = m.customer AND r.reached
    LEFT JOIN draw_replaced AS g ON g.draw = m.draw AND g.customer = m.customer
    WHERE m.draw = d.id
) AS n
WHERE extract(year FROM d.ends) = $1 AND ($2::text IS NULL OR d.project = $2)
GROUP BY d.project, d.rule, d.subject
ORDER BY d.project, d.rule, d.subject
"""
