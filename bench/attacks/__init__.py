"""Attacks on an installation, thousands of them, each of which must be refused for the reason that is expected of it.

`python -m bench.attacks` makes a locked stack of its own. What is sent bypasses our client: it goes straight to the
Temporal server, to its UI or to the gateway.
"""
