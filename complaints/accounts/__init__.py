"""Accounts, sessions, tokens: the rules of signing in. Pure: no clock, no I/O, no randomness of its own."""
