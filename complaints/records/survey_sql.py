"""The statements of surveys."""

from __future__ import annotations

OPEN = """
INSERT INTO surveys (id, project, year, form, form_digest, approved_by, approval, opened_at, opened_by, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING RETURNING id
"""
INVITE = """
INSERT INTO survey_recipients (survey, nth, customer, building)
SELECT $1, row_number() OVER (ORDER BY c.id COLLATE "C"), c.id, min(h.building COLLATE "C")
FROM customers AS c JOIN homes AS h ON h.customer = c.id AND h.project = $2
WHERE c.project = $2
GROUP BY c.id
"""
OPENED = """
SELECT form_digest AS digest, form ->> 'version' AS version,
       (SELECT count(*) FROM survey_recipients WHERE survey = $1) AS recipients
FROM surveys WHERE id = $1
"""
CLOSE = "UPDATE surveys SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL RETURNING id"
FORM = "SELECT form FROM surveys WHERE id = $1"
HEAD = """
SELECT s.id, s.form, s.until, s.closed_at, p.zone
FROM surveys AS s LEFT JOIN projects AS p ON p.code = s.project
WHERE s.id = $1
"""
# Locked, so that two who enter answers of the same customer come one after the other.
HEAD_LOCKED = f"{HEAD} FOR UPDATE OF s"
_LETTER = """
SELECT r.nth, r.customer, coalesce(c.name, '') AS name, coalesce(c.contact, '') AS contact,
       coalesce((SELECT min(h.building || ' ' || h.unit) FROM homes AS h WHERE h.customer = r.customer), '') AS home
FROM survey_recipients AS r
LEFT JOIN customers AS c ON c.id = r.customer
LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE r.survey = $1 AND a.nth IS NULL AND c.id IS NOT NULL
"""
TO_INVITE = f"{_LETTER} AND r.sent_at IS NULL ORDER BY r.nth"
TO_REMIND = f"{_LETTER} AND r.sent_at IS NOT NULL ORDER BY r.nth"
KEEP_TOKENS = """
INSERT INTO survey_tokens (survey, hash, nth, issued_at) SELECT $1, *, $4 FROM unnest($2::text[], $3::integer[])
"""
SENT = "UPDATE survey_recipients SET sent_at = coalesce(sent_at, $3), refused = NULL WHERE survey = $1 AND nth = $2"
REMINDED = """
UPDATE survey_recipients SET reminded_at = $3, reminders = reminders + 1 WHERE survey = $1 AND nth = $2
"""
REFUSED = "UPDATE survey_recipients SET refused = $3 WHERE survey = $1 AND nth = $2"
BY_TOKEN = """
SELECT t.survey, r.customer FROM survey_tokens AS t JOIN survey_recipients AS r ON r.survey = t.survey AND r.nth = t.nth
WHERE t.hash = $1
"""
RECIPIENTS = """
SELECT r.nth, r.customer, a.answers
FROM survey_recipients AS r LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE r.survey = $1
"""
TOKENS = "SELECT hash, nth FROM survey_tokens WHERE survey = $1"
ANSWER = """
INSERT INTO survey_answers (survey, nth, at, via, entered_by, answers) VALUES ($1, $2, $3, $4, $5, $6)
"""
STATUS = """
SELECT s.id, s.project, s.year, s.form ->> 'version' AS form, s.until, s.opened_at, s.closed_at,
       count(r.nth) AS recipients, count(r.sent_at) AS sent, count(r.reminded_at) AS reminded,
       count(r.refused) AS refused, count(a.nth) AS answered
FROM surveys AS s
LEFT JOIN survey_recipients AS r ON r.survey = s.id
LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE $1::text IS NULL OR s.id = $1
GROUP BY s.id
ORDER BY s.year DESC, s.project
"""
SHEETS = """
SELECT r.building, a.answers
FROM survey_recipients AS r LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE r.survey = $1
ORDER BY r.nth
"""
