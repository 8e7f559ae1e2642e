"""Complaints that come in: read, checked, taken."""
