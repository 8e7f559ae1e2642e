"""Rounds (例行工作): duties owed by day, week, month, quarter or year. Pure."""
