"""Reports: what the records say about a period, as values that are counted, compared, put into words, and then kept.

Pure. The counting itself is done by the database (`complaints.records.statistics`), the paper by `complaints.printing`.
"""
