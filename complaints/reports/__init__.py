"""Reports: what the records say about a period, as values that are counted, compared, put into words, and then kept.

Pure. The database counts (`complaints.store.statistics`), and `complaints.printing` puts the report on paper.
"""
