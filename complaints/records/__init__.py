"""The PostgreSQL side: the case files people read, search, print and keep, and the outbox of what they are told.

`complaints.records.migrate` is imported by itself: what migrates a schema takes longer to load than an inbox to read.
"""

from complaints.records.customers import CustomerBook
from complaints.records.outbox import Outbox
from complaints.records.references import StoredReferences
from complaints.records.retention import RetentionBook
from complaints.records.store import PostgresRecords

__all__ = ["CustomerBook", "Outbox", "PostgresRecords", "RetentionBook", "StoredReferences"]
