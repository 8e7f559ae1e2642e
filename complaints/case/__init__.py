"""The event-sourced core: a case file is the fold of its journal.

Only events (`event.py`, `events/`) change a file; `fold.apply` applies one. A journal line is an event with its number
and its hash (`fold.append`, `reading.read`). An act (`complaints/acts`) is permitted or refused by `ActPolicy` and
records events. Pure: no clock, no I/O, no Temporal.
"""
