"""The engine: a case is the fold of its journal.

An event (`event.py`, `events/`) is the only way anything changes; `fold.apply` is what it changes; a journal line is an
event with its number and its seal (`fold.append`, `reading.read`). What people do is an act (`acts/`): the desk
(`desk.py`) allows it or refuses it, and it records events. Pure: no clock, no I/O, no Temporal.
"""
