"""The client over Temporal: cases are workflows, acts are Updates."""

from __future__ import annotations

from starters.client.temporal.attachments import TemporalAttachments
from starters.client.temporal.opening import TemporalOpenings
from starters.client.temporal.rounds import TemporalRounds


class TemporalTransport(TemporalOpenings, TemporalAttachments, TemporalRounds):
    """Cases and rounds as workflows of a Temporal server. Make it with `connect`, or on a client of the SDK."""
