"""The statements of draws: who there is, what was drawn before, and what a draw is compared with."""

from __future__ import annotations

from complaints.revisits.results import TRIES

ESTATE = "INSERT INTO draw_estates (project) VALUES ($1) ON CONFLICT DO NOTHING"
LOCK = "SELECT nth, cycle, digest FROM draw_estates WHERE project = $1 FOR UPDATE"
MOVE_ON = "UPDATE draw_estates SET nth = $2, cycle = $3, digest = $4 WHERE project = $1"
KEEP_SECRET = """
INSERT INTO draw_secrets (project, year, secret, commitment) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
SECRET = "SELECT secret, commitment FROM draw_secrets WHERE project = $1 AND year = $2"
MADE = "SELECT id, size, digest FROM draws WHERE id = $1"
DOCUMENT = "SELECT document FROM draws WHERE id = $1"

# RV-5.3: whoever owns a home of the estate. A home's complaints of the week before are its owner's, and so are those
# that came from the owner's telephone.
POPULATION = """
WITH recent AS (
    SELECT number, contact_keys, building_key AS place
    FROM complaints
    WHERE project = $1 AND received_at > $2 AND received_at <= $3
), complained AS (
    SELECT theirs.customer, called.number
    FROM (SELECT number, unnest(contact_keys) AS by_which FROM recent) AS called
    JOIN (SELECT id AS customer, unnest(contact_keys) AS by_which FROM customers WHERE project = $1) AS theirs
        USING (by_which)
    UNION ALL
    SELECT h.customer, r.number FROM recent AS r JOIN homes AS h ON h.project = $1 AND h.place = r.place
), reasons AS (
    SELECT customer, min(number) AS number FROM complained GROUP BY customer
), drawn AS (
    SELECT m.customer, max(m.cycle) AS cycle
    FROM draw_members AS m JOIN draws AS d ON d.id = m.draw
    WHERE d.project = $1
    GROUP BY m.customer
)
SELECT c.id, min(h.building COLLATE "C") AS building, c.asked_not_to_be_called AS asked,
       min(reasons.number) AS complaint, coalesce(max(drawn.cycle), 0) AS cycle
FROM customers AS c
JOIN homes AS h ON h.customer = c.id AND h.project = $1
LEFT JOIN reasons ON reasons.customer = c.id
LEFT JOIN drawn ON drawn.customer = c.id
WHERE c.project = $1
GROUP BY c.id
"""
# RV-5.2: the consultant's own customers, with or without a home so far. One who complained is theirs all the same.
OWN = """
SELECT c.id, coalesce(min(h.building COLLATE "C"), '') AS building, c.asked_not_to_be_called AS asked,
       NULL AS complaint, 0 AS cycle
FROM customers AS c
LEFT JOIN homes AS h ON h.customer = c.id AND h.project = c.project
WHERE c.consultant = $1 AND ($2::text IS NULL OR c.project = $2)
GROUP BY c.id
"""
EARLIER = """
SELECT period, sum(size - replaced)::integer AS size
FROM (
    SELECT period, starts, size, (SELECT count(*) FROM draw_replaced WHERE by_draw = draws.id) AS replaced
    FROM draws
    WHERE project = $1 AND rule = $2 AND subject = $3 AND extract(year FROM ends) = $4 AND period <> $5
) AS made
GROUP BY period, starts ORDER BY starts
"""
ADD = """
INSERT INTO draws (id, project, nth, rule, period, starts, ends, subject, department, person, supplement, at, size,
                   wanted, digest, document)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
ADD_MEMBERS = """
INSERT INTO draw_members (draw, nth, customer, building, cycle)
SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[], $5::integer[])
"""
ADD_REPLACED = """
INSERT INTO draw_replaced (draw, customer, by_draw) SELECT *, $3 FROM unnest($1::text[], $2::text[])
"""
NEXT = "SELECT max(supplement) + 1 FROM draws WHERE rule = $1 AND period = $2 AND subject = $3"
FAMILY = "SELECT id FROM draws WHERE (rule, period, subject) = (SELECT rule, period, subject FROM draws WHERE id = $1)"
COUNTS = f"""
SELECT count(*) FILTER (WHERE r.reached) AS done,
       count(*) FILTER (WHERE r.reached IS NULL AND gone.draw IS NULL) AS open,
       count(*) FILTER (WHERE r.satisfaction = 'unsatisfied') AS unsatisfied
FROM draw_members AS m
LEFT JOIN revisits_as_they_stand AS r ON r.draw = m.draw AND r.customer = m.customer AND r.reached
LEFT JOIN draw_replaced AS gone ON gone.draw = m.draw AND gone.customer = m.customer
WHERE m.draw IN ({FAMILY})
"""
# Who cannot be asked: tried often enough, asked not to be called meanwhile, or no customer of the estate any more.
UNREACHABLE = f"""
SELECT m.draw, m.customer
FROM draw_members AS m
LEFT JOIN customers AS c ON c.id = m.customer
WHERE m.draw IN ({FAMILY})
  AND NOT EXISTS (SELECT FROM draw_replaced AS g WHERE g.draw = m.draw AND g.customer = m.customer)
  AND NOT EXISTS (SELECT FROM revisits_as_they_stand AS r
                  WHERE r.draw = m.draw AND r.customer = m.customer AND r.reached)
  AND (c.id IS NULL OR c.asked_not_to_be_called
       OR NOT EXISTS (SELECT FROM homes AS h WHERE h.customer = m.customer)
       OR (SELECT count(DISTINCT r.day) FROM revisits_as_they_stand AS r
           WHERE r.draw = m.draw AND r.customer = m.customer) >= {TRIES})
ORDER BY m.draw COLLATE "C", m.nth
"""
# What a proof is compared with beside itself.
BESIDE = """
SELECT d.nth, d.digest, d.document,
       (SELECT digest FROM draws AS b WHERE b.project = d.project AND b.nth = d.nth - 1) AS before,
       (SELECT document #>> '{asking,before}' FROM draws AS a
        WHERE a.project = d.project AND a.nth = d.nth + 1) AS told,
       (SELECT commitment FROM draw_secrets AS s
        WHERE s.project = d.project AND s.year = extract(year FROM d.ends)) AS commitment,
       (SELECT coalesce(array_agg(customer ORDER BY m.nth), '{}')
        FROM draw_members AS m WHERE m.draw = d.id) AS members,
       e.nth AS newest, e.digest AS head
FROM draws AS d JOIN draw_estates AS e ON e.project = d.project
WHERE d.id = $1
"""
CYCLES = """
SELECT m.customer, max(m.cycle) AS cycle
FROM draw_members AS m JOIN draws AS d ON d.id = m.draw
WHERE d.project = $1 AND d.nth < $2
GROUP BY m.customer
"""
