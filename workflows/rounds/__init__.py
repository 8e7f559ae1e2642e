"""Rounds: what is owed by periods, a chapter for each kind of work."""
