"""What a customer said of each area of the office's work (RV-5.3a), beside the questions of every routine revisit."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    for table in ("revisit_results", "revisit_corrections"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS areas jsonb NOT NULL DEFAULT '{{}}'")
    op.execute(
        """
        CREATE OR REPLACE VIEW revisit_versions AS
        SELECT id AS result, 1 AS version, draw, customer, day, by, way, reached, satisfaction, handling, efficiency,
               quality, attitude, suggestions, '' AS reason, entered_by AS noted_by, entered_at AS noted_at, areas
        FROM revisit_results
        UNION ALL
        SELECT c.result, c.version, r.draw, r.customer, c.day, c.by, c.way, c.reached, c.satisfaction, c.handling,
               c.efficiency, c.quality, c.attitude, c.suggestions, c.reason, c.corrected_by, c.corrected_at, c.areas
        FROM revisit_corrections AS c JOIN revisit_results AS r ON r.id = c.result
        """
    )
    op.execute(
        """
        CREATE OR REPLACE VIEW revisits_as_they_stand AS
        SELECT v.* FROM revisit_versions AS v
        WHERE NOT EXISTS (SELECT FROM revisit_corrections AS n WHERE n.result = v.result AND n.version > v.version)
        """
    )
