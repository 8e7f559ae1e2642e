"""Who complains, and about whom, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from complaints.texts import say

if TYPE_CHECKING:  # commands that complete a word have no time to import it
    from complaints.case.file import CaseFile


class Names(Protocol):
    """What people and departments are called where it is shown."""

    def person(self, id: str) -> str: ...
    def department(self, key: str) -> str: ...


def complainant(customer: str, lang: str = "zh") -> str:
    """Return the customer's name, or in `lang` ("zh" or "en") that they are anonymous."""
    return customer or say("complainant.anonymous", lang)


def complained_about(file: CaseFile, names: Names, lang: str = "zh") -> str:
    """Return the departments and the people complained about, those outside the directory included; "" if nobody."""
    said = file.complaint
    departments = (names.department(key) for key in said.departments)
    people = (names.person(id) for id in sorted(file.about))
    return say("sheet.and", lang).join([*departments, *people, *(str(one) for one in said.outsiders)])
