"""Matching keys (`complaints.base.matching`), stored in the same row as the values from which they are derived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from complaints.base.masking import Identity, masked_home, redacted_of
from complaints.base.matching import contact_keys, home_key, name_key, searchable


def of_complaint(
    number: str, external_id: str, customer: str, contact: str, matter: str, demand: str
) -> dict[str, Any]:
    """Return the key columns of what was taken in."""
    words = searchable(number, external_id, customer, matter, demand, contact=contact)
    return {**of_customer(customer, contact, "customer_key"), "said_words": words}


def of_masked(
    number: str, customer: str, contact: str, matter: str, demand: str, homes: Sequence[str]
) -> dict[str, Any]:
    """Return the column of the words by which somebody finds a complaint whose customer they see masked.

    They are what is shown to them: matter and demand masked, and the block of the home, which is the last of `homes`;
    so a search tells nobody more, digit by digit, than the masks do.
    """
    known = Identity(names=(customer,), contacts=(contact,), homes=tuple(homes))
    said = (redacted_of(matter, known), redacted_of(demand, known), masked_home(homes[-1]))
    return {"masked_words": searchable(number, *said)}


def of_building(building: str) -> dict[str, Any]:
    """Return the key columns of a complaint's building, which can be corrected."""
    return {"building_key": home_key(building), "building_words": searchable(place=building)}


def of_customer(name: str, contact: str, called: str = "name_key") -> dict[str, Any]:
    """Return the key columns that identify a person: of the name (column `called`) and of the contact data.

    Without a name (an anonymous complaint) both are empty; nobody is the same person as somebody without a name.
    """
    return {called: name_key(name), "contact_keys": list(contact_keys(contact))}
