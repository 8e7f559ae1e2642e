"""Rounds: duties that are owed by periods, with a chapter for each kind of work."""
