"""What a contractor has paid of a claim, and what of it is waived, lowers what is claimed (CS-4.3.4b)."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"

KINDS = "'deposit', 'deduction', 'claim', 'recovery', 'waiver'"


def upgrade() -> None:
    op.execute("ALTER TABLE retention_entries DROP CONSTRAINT retention_entries_kind_check")
    op.execute(f"ALTER TABLE retention_entries ADD CONSTRAINT retention_entries_kind_check CHECK (kind IN ({KINDS}))")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION retention_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            wrong record;
        BEGIN
            WITH moved AS (
                SELECT contractor, project, id, balance,
                       CASE kind WHEN 'deposit' THEN amount WHEN 'deduction' THEN -amount ELSE 0 END AS change,
                       CASE WHEN kind = 'claim' THEN amount WHEN kind IN ('recovery', 'waiver') THEN -amount ELSE 0 END
                           AS claim
                FROM entered
            ), added AS (
                UPDATE retention_accounts AS account
                SET balance = account.balance + change, claimed = account.claimed + claim
                FROM (
                    SELECT contractor, project, sum(change) AS change, sum(claim) AS claim FROM moved GROUP BY 1, 2
                ) AS sums
                WHERE account.contractor = sums.contractor AND account.project = sums.project
                RETURNING account.contractor, account.project, account.balance - sums.change AS before
            )
            SELECT * INTO wrong
            FROM (
                SELECT id, moved.balance,
                       before + sum(change) OVER (PARTITION BY contractor, project ORDER BY id) AS now_there
                FROM moved JOIN added USING (contractor, project)
            ) AS entries
            WHERE balance <> now_there
            ORDER BY id
            LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'the balance after this entry is %, not %', wrong.now_there, wrong.balance
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
