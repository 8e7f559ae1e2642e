"""Channels that deliver notices to people: mail, sent from the outbox or directly."""
