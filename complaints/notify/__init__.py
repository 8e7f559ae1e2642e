"""Channels that bring notices to people: mail, emptied from the outbox or sent directly."""
