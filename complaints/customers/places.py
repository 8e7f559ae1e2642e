"""When two ways of writing mean the same home or the same telephone number.

The records say it in SQL (`plain_place`, `plain_contact` of the migrations), lists are compared here before they get
there; a test holds the two against each other.
"""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"(?:[ \t\n\r\f\v#/.,、，_—－-]|号楼|单元|栋|幢|座|号|楼|室|房)+")
_SPACING = re.compile(r"[ \t\n\r\f\v()+.-]")


def plain_place(place: str) -> str:
    """A home without what people put between its numbers: "3栋 2单元 1201室" is "3-2-1201". Names of blocks stay."""
    return _BETWEEN.sub("-", place.lower()).strip("-")


def plain_contact(contact: str) -> str:
    """A telephone number however somebody spaced it."""
    return _SPACING.sub("", contact.lower())
