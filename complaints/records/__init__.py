"""The PostgreSQL side: the case files people read, search, print and keep, and the outbox of what they are told."""

from complaints.records.migrate import migrate
from complaints.records.outbox import Outbox
from complaints.records.references import StoredReferences
from complaints.records.retention import RetentionBook
from complaints.records.store import PostgresRecords

__all__ = ["Outbox", "PostgresRecords", "RetentionBook", "StoredReferences", "migrate"]
