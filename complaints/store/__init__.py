"""The PostgreSQL side: the case files people read, search, print and keep, and the outbox of what they are told.

`complaints.store.migrate` is imported by itself: what migrates a schema takes longer to load than an inbox to read.
"""
