"""A customer's letter as a mail message."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

from complaints.case.notices import stable_id
from complaints.survey.letters import Letter, words


def letter_message(letter: Letter, sender: str) -> EmailMessage:
    """Build the message of a letter. Its Message-ID is always the same, so that a second copy is recognised.

    Raises `ValueError` for an address that cannot stand in a header.
    """
    subject, body = words(letter)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "duly.invalid"
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(display_name=" ".join(letter.name.split()), addr_spec=letter.address)
    message["Subject"] = " ".join(subject.split())
    message["Message-ID"] = f"<{stable_id(letter.survey, letter.id)}@{domain}>"
    message["Date"] = formatdate(usegmt=True)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, charset="utf-8")
    return message
