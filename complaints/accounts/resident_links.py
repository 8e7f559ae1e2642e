"""Personal links of customers: how long one counts, and whose it is."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from complaints.base import Frozen
from complaints.base.matching import name_key

DAYS, MOST_DAYS = 90, 366
"""For how long a link counts unless another number of days is asked for, and at most."""
MOST_LINKS = 10
"""Links of one case that may count at the same time."""


class ResidentLink(Frozen):
    """A customer's link to their case. The link itself is known to the customer only."""

    id: str
    key: str  # of the case
    customer: str  # `customer_digest` of whoever it was made for
    made_by: str
    made_via: str
    made_at: datetime
    expires_at: datetime
    revoked_by: str | None = None
    revoked_via: str | None = None
    revoked_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Return whether the link is accepted at `now`. At the moment of its end it is not any more."""
        return self.revoked_at is None and now < self.expires_at

    def is_for(self, key: str, customer: str) -> bool:
        """Return whether the case with this key is still that of the customer for whom the link was made.

        After a correction of who complains it is somebody else's, and its content is not for whoever has the link.
        """
        return self.key == key and self.customer == customer_digest(key, customer)


def customer_digest(key: str, customer: str) -> str:
    """Return a digest of the customer of a case, however the name is typed; "" is an anonymous one."""
    return sha256(f"{key}\0{name_key(customer)}".encode()).hexdigest()
