"""Webhooks: the addresses that are told of cases, and the outbox of what they are told.

The secret of a webhook is in neither table: it is derived from a key that the database never has.
"""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"

STATEMENTS = (
    """
    CREATE TABLE IF NOT EXISTS webhooks (
        id               text PRIMARY KEY,
        token            text        NOT NULL REFERENCES api_tokens (id),
        url              text        NOT NULL,
        kinds            text[]      NOT NULL CHECK (kinds <> '{}'),
        key_id           text        NOT NULL,    -- fingerprint of the key from which its secret is derived
        created_by       text        NOT NULL,
        created_at       timestamptz NOT NULL,
        failures         integer     NOT NULL DEFAULT 0,  -- in a row
        failing_since    timestamptz,
        paused_until     timestamptz,             -- nothing is sent before, whatever is due
        disabled_at      timestamptz,
        disabled_because text CHECK (disabled_because IN ('gone', 'failing')),
        lease            text,                    -- of the worker that sends to it now
        leased_until     timestamptz,
        CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
    )
    """,
    "CREATE INDEX IF NOT EXISTS webhooks_token ON webhooks (token)",
    """
    CREATE TABLE IF NOT EXISTS webhook_deliveries (
        nth          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id           text        NOT NULL UNIQUE, -- from the webhook and the journal's line: the same for ever
        webhook      text        NOT NULL,        -- no reference: removing one must make no case wait, or fail
        key          text        NOT NULL,        -- of the case
        kind         text        NOT NULL CHECK (kind IN ('opening', 'stage', 'breach', 'closing')),
        at           timestamptz NOT NULL,
        data         jsonb       NOT NULL,        -- nothing about the customer
        state        text        NOT NULL DEFAULT 'pending'
                     CHECK (state IN ('pending', 'delivered', 'failed', 'withheld')),
        created_at   timestamptz NOT NULL DEFAULT now(),
        attempts     integer     NOT NULL DEFAULT 0,
        first_try    timestamptz,
        last_try     timestamptz,
        next_try     timestamptz NOT NULL DEFAULT now(),
        last_fault   text,
        last_status  integer,
        delivered_at timestamptz
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_due ON webhook_deliveries (webhook, next_try)
    WHERE state = 'pending'
    """,
    "CREATE INDEX IF NOT EXISTS webhook_deliveries_failed ON webhook_deliveries (webhook) WHERE state = 'failed'",
    "CREATE INDEX IF NOT EXISTS webhook_deliveries_of ON webhook_deliveries (webhook, nth DESC)",
    "CREATE INDEX IF NOT EXISTS webhook_deliveries_key ON webhook_deliveries (key)",
    "CREATE INDEX IF NOT EXISTS webhook_deliveries_old ON webhook_deliveries (created_at) WHERE state <> 'pending'",
    """
    INSERT INTO destruction_reach (nth, kind, relation, "column") VALUES (5, 'case', 'webhook_deliveries', 'key')
    ON CONFLICT DO NOTHING
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
