"""Channels that bring notices to people: mail, emptied from the outbox or sent directly."""

from complaints.notify.dispatcher import Dispatcher
from complaints.notify.mail import Mail, MailSettings

__all__ = ["Dispatcher", "Mail", "MailSettings"]
