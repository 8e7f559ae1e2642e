"""A case study that was sent back is in the library as it was written anew (CR-5.4.3, CR-5.4.4)."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute(
        """
        CREATE OR REPLACE VIEW case_library AS
        SELECT accepted.key, c.number, c.project, c.category, c.level,
               study.form ->> 'title'    AS title,
               study.form ->> 'course'   AS course,
               study.form ->> 'causes'   AS causes,
               study.form ->> 'measures' AS measures,
               study.form ->> 'lessons'  AS lessons,
               study.by                  AS written_by,
               study.at                  AS written_at,
               accepted.by               AS accepted_by,
               accepted.at               AS accepted_at
        FROM (
            SELECT DISTINCT ON (key) key, seq, by, at, form
            FROM acts
            WHERE rule = 'CR-5.4.4' AND kind = 'discharge'
            ORDER BY key, seq DESC
        ) AS accepted
        JOIN complaints AS c USING (key)
        JOIN LATERAL (
            SELECT form, by, at
            FROM acts
            WHERE acts.key = accepted.key AND acts.rule IN ('CR-5.4.3', 'CR-5.4.3.rewrite')
              AND acts.kind = 'discharge' AND acts.seq < accepted.seq
            ORDER BY acts.seq DESC
            LIMIT 1
        ) AS study ON true
        WHERE (accepted.form ->> 'accepted')::boolean
        """
    )
