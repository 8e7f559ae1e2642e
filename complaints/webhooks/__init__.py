"""Webhooks: what a case tells the programs of others, and how that is signed, addressed and sent again. Pure."""
