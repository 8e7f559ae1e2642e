"""Proposes complaints for customers who are not satisfied in a routine revisit, as input for `duly open`."""

from __future__ import annotations

from collections.abc import Iterable

from complaints.revisits.forms import RevisitWay
from complaints.revisits.lines import Unsatisfied
from complaints.spreadsheets.writing import csv_text
from complaints.texts import say

SOURCE = "revisit"
COLUMNS = (
    "source",
    "external_id",
    "project",
    "received_by",
    "channel",
    "category",
    "customer",
    "contact",
    "building",
    "matter",
)
CHANNELS = {RevisitWay.TELEPHONE: "phone", RevisitWay.VISIT: "visit"}


def proposal(one: Unsatisfied, lang: str = "zh") -> dict[str, str]:
    """The complaint proposed for a customer, by the fields of an intake file.

    Its category is a guess that the receiver corrects. It has no time of receipt: the clocks begin when it is taken in.
    """
    matter = say("revisits.matter", lang, day=one.day, said=one.said or say("revisits.said-nothing", lang))
    return {
        "source": SOURCE,
        "external_id": one.external_id,
        "project": one.project,
        "received_by": one.by,
        "channel": CHANNELS.get(RevisitWay(one.way), "other"),
        "category": "service",
        "customer": one.name or one.customer,
        "contact": one.contact or one.customer,
        "building": one.home,
        "matter": matter,
    }


def written(ones: Iterable[Unsatisfied], lang: str = "zh") -> str:
    """The proposals as a CSV file for `duly open`."""
    proposals = [proposal(one, lang) for one in ones]
    return csv_text([COLUMNS, *([fields[name] for name in COLUMNS] for fields in proposals)])
