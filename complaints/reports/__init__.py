"""Reports: figures of the read model for a period, as values that are counted, compared, put into words and stored.

Pure. The database counts (`complaints.store.statistics`), and `complaints.printing` renders the report.
"""
