"""PostgreSQL adapters: the read model of case files, for reading, searching and printing, and the outbox of notices.

`complaints.store.migrate` is not imported here: loading the migration libraries takes longer than reading an inbox.
"""
