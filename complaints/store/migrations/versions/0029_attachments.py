"""Attachments (decision 19): a row for each, taken from the acts; and each content of a destroyed case is a copy to go.

The view follows the acts, so it is rebuilt, verified and destroyed with them. The index answers whether any case has a
content, which is asked before its bytes are removed.
"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("CREATE INDEX IF NOT EXISTS acts_by_content ON acts ((form ->> 'sha256')) WHERE kind = 'attach'")
    op.execute(
        """
        CREATE OR REPLACE VIEW attachments AS
        SELECT attached.key,
               'A' || attached.seq                AS id,
               attached.form ->> 'file'           AS file,
               attached.form ->> 'sha256'         AS sha256,
               (attached.form ->> 'size')::bigint AS size,
               attached.form ->> 'media_type'     AS media_type,
               attached.form ->> 'kind'           AS kind,
               attached.form ->> 'brought_by'     AS brought_by,
               attached.form ->> 'for_duty'       AS for_duty,
               attached.by                        AS by,
               attached.at                        AS at,
               attached.recorded_at               AS recorded_at,
               detached.by                        AS detached_by,
               detached.at                        AS detached_at,
               detached.reason                    AS detached_because
        FROM acts AS attached
        LEFT JOIN acts AS detached
            ON detached.key = attached.key AND detached.kind = 'detach'
           AND detached.form ->> 'attachment' = 'A' || attached.seq
        WHERE attached.kind = 'attach'
        """
    )
    op.execute("ALTER TABLE destruction_copies DROP CONSTRAINT IF EXISTS destruction_copies_copy_check")
    op.execute(
        """
        ALTER TABLE destruction_copies ADD CONSTRAINT destruction_copies_copy_check
            CHECK (copy IN ('archive', 'history', 'attachment'))
        """
    )
    op.execute("ALTER TABLE destruction_copies DROP CONSTRAINT IF EXISTS destruction_copies_pkey")
    op.execute("ALTER TABLE destruction_copies ADD PRIMARY KEY (run, kind, key, copy, place)")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION destroy(its_run text, its_kind text, its_key text) RETURNS void
        LANGUAGE plpgsql AS $$
        DECLARE
            place record;
        BEGIN
            INSERT INTO destroyed (run, kind, key, name, project, began_at, since, rule, seal, lines)
            SELECT line.run, line.kind, line.key, whole ->> 'name', whole ->> 'project', complaint.opened_at,
                   (whole ->> 'since')::date, whole ->> 'rule', line.seal, (whole ->> 'lines')::integer
            FROM destruction_lines AS line
            LEFT JOIN complaints AS complaint ON line.kind = 'case' AND complaint.key = line.key
            WHERE (line.run, line.kind, line.key) = (its_run, its_kind, its_key);
            INSERT INTO destruction_copies (run, kind, key, copy, place)
            SELECT its_run, its_kind, its_key, 'archive', file FROM archives WHERE its_kind = 'case' AND key = its_key
            UNION ALL
            SELECT its_run, its_kind, its_key, 'history', its_key
            WHERE its_kind = 'case' AND EXISTS (SELECT FROM complaints WHERE key = its_key AND imported IS NULL)
            UNION
            SELECT its_run, its_kind, its_key, 'attachment', form ->> 'sha256'
            FROM acts WHERE its_kind = 'case' AND key = its_key AND kind = 'attach';
            FOR place IN SELECT relation, "column" FROM destruction_reach WHERE kind = its_kind ORDER BY nth LOOP
                EXECUTE format('DELETE FROM %I WHERE %I = $1', place.relation, place."column") USING its_key;
            END LOOP;
        END $$
        """
    )
    op.execute(
        """
        CREATE OR REPLACE VIEW everything_set_aside AS
        SELECT part, id, why, detail, since, tries, next_try FROM set_aside
        UNION ALL
        SELECT d.channel, d.key || '/' || d.notice, 'mail', coalesce(d.last_error, ''), n.at, d.attempts,
               NULL::timestamptz
        FROM deliveries AS d JOIN notices AS n ON n.key = d.key AND n.id = d.notice WHERE d.state = 'failed'
        UNION ALL
        SELECT 'destruction', copy.run || '/' || copy.key || '/' || copy.copy
                              || CASE copy.copy WHEN 'attachment' THEN '/' || left(copy.place, 12) ELSE '' END,
               'copy', coalesce(copy.last_error, ''), run.approved_at, copy.attempts, now()
        FROM destruction_copies AS copy JOIN destruction_runs AS run ON run.id = copy.run
        WHERE copy.done_at IS NULL AND copy.attempts > 2
        """
    )
