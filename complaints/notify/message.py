"""A notice as a mail message."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

from complaints.case.notices import Addressed, render, stable_id


def mail_message(to: Addressed, sender: str) -> EmailMessage:
    """Build the message of a notice. Its Message-ID is always the same, so that a second copy is recognised.

    Raises `ValueError` for an address that cannot stand in a header.
    """
    words = render(to)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(display_name=" ".join(to.name.split()), addr_spec=to.email)
    message["Subject"] = " ".join(words.subject.split())
    message["Message-ID"] = f"<{stable_id(to.key, to.notice.id)}@{_domain(sender)}>"
    message["Date"] = formatdate(usegmt=True)
    message["Auto-Submitted"] = "auto-generated"  # suppresses out-of-office replies
    message["References"] = f"<{stable_id(to.key, '')}@{_domain(sender)}>"  # one thread for each case
    message.set_content(words.body, charset="utf-8")
    return message


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "duly.invalid"
