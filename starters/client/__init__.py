"""The client library: a backend imports it to open complaints and to act on them.

    >>> from datetime import datetime, timezone
    >>> from starters.client import DulySync
    >>> with DulySync.connect() as duly:
    ...     receipt = duly.open_complaint({
    ...         "source": "crm", "external_id": "4711", "project": "hf01",
    ...         "received_at": datetime.now(timezone.utc), "received_by": "zhou.min",
    ...         "channel": "phone", "category": "engineering",
    ...         "customer": "钱女士", "contact": "138 0000 0017", "matter": "地下室渗水",
    ...         "facts": {"loss": "620000", "loss_is": "actual"},
    ...     })
    ...     graded = duly.discharge(receipt.key, "CR-5.2.1a", by="li.na", form={"level": 1})
    ...     file = duly.case(receipt.key)
    >>> receipt.proposal.level, file.level, file.track.value
    (1, 1, 'crisis')

`Duly` is the client for asyncio programs. Shapes are those of `complaints.case.file` and `complaints.case.complaint`;
times are aware datetimes, money is in RMB yuan. A refused call raises `Refusal` (`complaints.base.errors`): `code` is
for programs, `starters.client.sentences.sentence` returns the sentence for people. Repeating an opening (same `source`
and `external_id`) or an act (same `act_id`) is safe: nothing is taken twice.
"""

from __future__ import annotations

from complaints.base.errors import Refusal, Refused
from starters.client.acts import Form
from starters.client.duly import Duly
from starters.client.sync import DulySync

__all__ = ["Duly", "DulySync", "Form", "Refusal", "Refused"]
