"""Signed statements of people: what is signed, how, and with which keys. Pure: no clock, no I/O, no Temporal."""
