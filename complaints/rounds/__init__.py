"""Rounds (例行工作): what is owed by day, week, month, quarter and year. Pure."""
