"""Matching keys (`complaints.base.matching`), stored in the same row as the values from which they are derived."""

from __future__ import annotations

from typing import Any

from complaints.base.matching import contact_keys, home_key, name_key, searchable


def of_complaint(
    number: str, external_id: str, customer: str, contact: str, matter: str, demand: str
) -> dict[str, Any]:
    """Return the key columns of what was taken in."""
    words = searchable(number, external_id, customer, matter, demand, contact=contact)
    return {**of_customer(customer, contact, "customer_key"), "said_words": words}


def of_building(building: str) -> dict[str, Any]:
    """Return the key columns of a complaint's building, which can be corrected."""
    return {"building_key": home_key(building), "building_words": searchable(place=building)}


def of_customer(name: str, contact: str, called: str = "name_key") -> dict[str, Any]:
    """Return the key columns that identify a person: of the name (column `called`) and of the contact data.

    Without a name (an anonymous complaint) both are empty; nobody is the same person as somebody without a name.
    """
    return {called: name_key(name), "contact_keys": list(contact_keys(contact))}
