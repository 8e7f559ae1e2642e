"""Alembic's environment: it runs on the connection of `complaints.store.migrate`, in that module's transaction."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
