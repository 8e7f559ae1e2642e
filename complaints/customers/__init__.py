"""Customers, their homes, and everything about one of them: the customer file (CS-4.1.5, CS-4.4).

Pure values. Lists of customers come in by `complaints.importing`, and are kept and read by `complaints.store`.
"""
