"""Customers, their homes, and everything about one of them: the customer file (CS-4.1.5, CS-4.4).

Pure values. `complaints.importing` reads lists of customers; `complaints.store` stores and queries them.
"""
