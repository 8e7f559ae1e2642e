"""Prints the receipt of an opened complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starters.cli.ui.directory_names import Book
from starters.cli.ui.duty_line import announced
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.case.file import OpenReceipt


def show_receipt(here: Session, book: Book, receipt: OpenReceipt, *, brief: bool = False) -> None:
    """Print number, proposed level, what the intake lacks and, unless `brief`, the first duties with due moments."""
    from complaints import editions
    from complaints.grading import words

    name = receipt.number or receipt.key
    lacks = here.say("join").join(here.say(f"lacks.{one}") for one in receipt.lacks)
    if brief:
        key = "open.brief" if receipt.new else "open.there"
        here.show(here.say(key, name=name, level=receipt.proposal.level))
        if lacks:
            here.show(here.say("open.incomplete-brief", lacks=lacks))
        return
    here.show(here.say("open.done" if receipt.new else "open.there", name=name))
    if receipt.number is None:
        here.show(here.say("open.number-follows"))
    if lacks:
        here.show(here.say("open.incomplete", lacks=lacks))
    reasons = here.say("join").join(words(reason, here.lang).rstrip("。.") for reason in receipt.proposal.grounds)
    here.show(here.say("open.proposal", level=receipt.proposal.level, reasons=reasons or "—"))
    for duty in receipt.duties:
        rule = editions.newest().rules.get(duty.rule)
        here.show(announced(here, book, duty, rule.says(here.lang) if rule else duty.rule))
    here.show(here.say("open.next", name=name))
