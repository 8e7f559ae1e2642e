"""Looks at cases and customers are logged; and who has a part in a case stands in its row, for lists."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"

# People who have a part in a case, and departments that owe or owed something in it, stand in its row, so that a list
# is filtered by the row alone. Whoever had a part keeps it: a duty that was delegated was theirs. The rows below a case
# do not say that, and its journal does; so a rebuilding (`complaints.store.rebuilding`) comes to the same people as the
# triggers. `OWNER` in `complaints.access.concern` has the same kinds of lines.
OWNER_OF = """
CREATE OR REPLACE FUNCTION owner_of(kind text, by text, data jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN kind IN ('duty.opened', 'duty.waived') THEN data #>> '{opened,owner}'
        WHEN kind IN ('duty.delegated', 'duty.handed-over', 'duty.taken-over', 'duty.handed-on') THEN data ->> 'to'
        WHEN kind = 'duty.recalculated' THEN data ->> 'new_owner'
        WHEN kind = 'duty.claimed' THEN by
    END
$$
"""
PARTIES = """
CREATE OR REPLACE FUNCTION parties_of(wanted text[]) RETURNS TABLE (
    key text, responsible text[], involved text[], owing text[]
) LANGUAGE sql STABLE AS $$
    SELECT part.key,
           coalesce(array_agg(DISTINCT part.person) FILTER (WHERE part.responsible AND part.person IS NOT NULL), '{}'),
           coalesce(array_agg(DISTINCT part.person) FILTER (WHERE part.person IS NOT NULL), '{}'),
           coalesce(array_agg(DISTINCT part.department) FILTER (WHERE part.department IS NOT NULL), '{}')
    FROM (
        SELECT c.key, c.received_by AS person, true AS responsible, NULL AS department
        FROM complaints AS c WHERE c.key = ANY (wanted)
        UNION ALL SELECT d.key, d.owner, true, d.department FROM duties AS d WHERE d.key = ANY (wanted)
        UNION ALL SELECT j.key, owner_of(j.kind, j.by, j.data), true, NULL FROM journal AS j
        WHERE j.key = ANY (wanted) AND owner_of(j.kind, j.by, j.data) IS NOT NULL
        UNION ALL SELECT d.key, d.closed_by, false, NULL FROM duties AS d WHERE d.key = ANY (wanted)
        UNION ALL SELECT n.key, n."to", false, NULL FROM notices AS n WHERE n.key = ANY (wanted)
        UNION ALL SELECT a.key, a.by, false, NULL FROM acts AS a
        WHERE a.key = ANY (wanted) AND a.kind NOT IN ('comment', 'copy', 'read', 'contact', 'attach')
    ) AS part
    GROUP BY part.key
$$
"""
JOIN = """
CREATE OR REPLACE FUNCTION parties_join_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE complaints AS c
    SET responsible = ARRAY(SELECT DISTINCT unnest(c.responsible || came.responsible) ORDER BY 1),
        involved = ARRAY(SELECT DISTINCT unnest(c.involved || came.involved) ORDER BY 1),
        owing = ARRAY(SELECT DISTINCT unnest(c.owing || came.owing) ORDER BY 1)
    FROM (SELECT key, {responsible} AS responsible, {involved} AS involved, {owing} AS owing
          FROM added WHERE {where} GROUP BY key) AS came
    WHERE c.key = came.key
      AND NOT (c.responsible @> came.responsible AND c.involved @> came.involved AND c.owing @> came.owing);
    RETURN NULL;
END $$
"""
NOBODY = "'{}'::text[]"
JOINS = {
    "duties": {
        "responsible": "array_agg(DISTINCT owner)",
        "involved": "array_agg(DISTINCT owner) || coalesce(array_agg(DISTINCT closed_by) "
        "FILTER (WHERE closed_by IS NOT NULL), '{}')",
        "owing": "coalesce(array_agg(DISTINCT department) FILTER (WHERE department IS NOT NULL), '{}')",
        "where": "true",
    },
    "journal": {
        "responsible": "array_agg(DISTINCT owner_of(kind, by, data))",
        "involved": "array_agg(DISTINCT owner_of(kind, by, data))",
        "owing": NOBODY,
        "where": "owner_of(kind, by, data) IS NOT NULL",
    },
    "notices": {"responsible": NOBODY, "involved": 'array_agg(DISTINCT "to")', "owing": NOBODY, "where": "true"},
    "acts": {
        "responsible": NOBODY,
        "involved": "array_agg(DISTINCT by)",
        "owing": NOBODY,
        "where": "kind NOT IN ('comment', 'copy', 'read', 'contact', 'attach')",
    },
}
RECEIVER = """
CREATE OR REPLACE FUNCTION parties_receiver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.responsible := ARRAY(SELECT DISTINCT unnest(NEW.responsible || NEW.received_by) ORDER BY 1);
    NEW.involved := ARRAY(SELECT DISTINCT unnest(NEW.involved || NEW.received_by) ORDER BY 1);
    RETURN NEW;
END $$
"""
# By pages: the planner takes the rows below a few thousand cases by their indexes, whatever it knows of the tables.
FILL = """
DO $$
DECLARE
    page text[];
    last text := '';
BEGIN
    LOOP
        page := ARRAY(SELECT key FROM complaints WHERE key > last ORDER BY key LIMIT 2000);
        EXIT WHEN page = '{}';
        UPDATE complaints AS c SET responsible = its.responsible, involved = its.involved, owing = its.owing
        FROM parties_of(page) AS its
        WHERE c.key = its.key
          AND (c.responsible, c.involved, c.owing) IS DISTINCT FROM (its.responsible, its.involved, its.owing);
        last := page[cardinality(page)];
    END LOOP;
END $$
"""


def _parties() -> None:
    op.execute(
        """
        ALTER TABLE complaints
            ADD COLUMN IF NOT EXISTS responsible text[] NOT NULL DEFAULT '{}',
            ADD COLUMN IF NOT EXISTS involved    text[] NOT NULL DEFAULT '{}',
            ADD COLUMN IF NOT EXISTS owing       text[] NOT NULL DEFAULT '{}'
        """
    )
    for function in (OWNER_OF, PARTIES, RECEIVER):
        op.execute(function)
    op.execute(FILL)
    op.execute("DROP TRIGGER IF EXISTS parties_receiver ON complaints")
    op.execute(
        """
        CREATE TRIGGER parties_receiver BEFORE INSERT OR UPDATE OF received_by ON complaints
            FOR EACH ROW EXECUTE FUNCTION parties_receiver()
        """
    )
    for table, said in JOINS.items():
        op.execute(JOIN.format(table=table, **said))
        for event in ("INSERT", "UPDATE") if table == "duties" else ("INSERT",):
            name = f"parties_join_{event.lower()}"
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            op.execute(
                f"""
                CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING NEW TABLE AS added
                    FOR EACH STATEMENT EXECUTE FUNCTION parties_join_{table}()
                """
            )
    op.execute("CREATE INDEX IF NOT EXISTS complaints_by_party ON complaints USING gin (involved)")


def upgrade() -> None:
    _parties()
    op.execute(
        """
        CREATE INDEX IF NOT EXISTS complaints_about ON complaints USING gin ((about || also_about))
        WHERE about <> '{}' OR also_about <> '{}'
        """
    )
    # It has no foreign key, so that a look at a case is written without a lock on the case; `destroy` reaches it.
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS looks (
            id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at       timestamptz NOT NULL DEFAULT now(),
            kind     text        NOT NULL CHECK (kind IN ('person', 'backend', 'resident', 'administrator')),
            who      text        NOT NULL,
            via      text        NOT NULL,
            what     text        NOT NULL,
            key      text,                     -- of a case
            project  text        NOT NULL DEFAULT '', -- of the case or the record; '': of the whole company
            number   text        NOT NULL,     -- of the case; id of a customer, a report, a draw, a survey
            why      text        NOT NULL DEFAULT '',
            CHECK (what <> 'unmask' OR why <> '')
        )
        """
    )
    op.execute("CREATE INDEX IF NOT EXISTS looks_at_case ON looks (key, id DESC) WHERE key IS NOT NULL")
    op.execute("CREATE INDEX IF NOT EXISTS looks_at_record ON looks (number, id DESC) WHERE key IS NULL")
    op.execute("CREATE INDEX IF NOT EXISTS looks_of_person ON looks (who, id DESC)")
    op.execute("CREATE INDEX IF NOT EXISTS looks_by_time ON looks (at)")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION looks_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF OLD.key IS NOT NULL AND being_destroyed('case', OLD.key)
                   OR OLD.key IS NULL AND OLD.at < now() - interval '2 years' THEN
                    RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION 'the looks only grow: % refused', TG_OP USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute("DROP TRIGGER IF EXISTS looks_only_grow ON looks")
    op.execute(
        """
        CREATE TRIGGER looks_only_grow BEFORE UPDATE OR DELETE ON looks
            FOR EACH ROW EXECUTE FUNCTION looks_only_grow()
        """
    )
    op.execute("DROP TRIGGER IF EXISTS looks_are_never_emptied ON looks")
    op.execute(
        """
        CREATE TRIGGER looks_are_never_emptied BEFORE TRUNCATE ON looks
            FOR EACH STATEMENT EXECUTE FUNCTION looks_only_grow()
        """
    )
    op.execute(
        """
        INSERT INTO destruction_reach (nth, kind, relation, "column") VALUES (58, 'case', 'looks', 'key')
        ON CONFLICT DO NOTHING
        """
    )
