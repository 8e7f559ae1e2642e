"""Tellings (decision 13): where a rule says that A tells, hands or reports to B, B gets a notice.

A rule names its addressees in `Rule.tells` (`complaints.editions.addressees` says which there are). When the duty is
done, each of them gets a notice of kind `handed` that names the act; what was handed over is in the form of that act,
where the case shows it. Mail never contains it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from complaints.case.file import Act, Duty, DutyStatus, File
from complaints.editions.addressees import parted
from complaints.people.resolution import DirectorySlice
from complaints.people.roles import HEAD


def addressees(
    tells: tuple[str, ...], file: File, duty: Duty, act: Act, people: DirectorySlice, now: datetime
) -> tuple[str, ...]:
    """Return the ids of the people who are told by the act, each once, without the actor themself.

    An absent person is represented by the deputy, else by the superior; people complained about are told nothing.
    """
    found = dict.fromkeys(person for one in tells for person in _Telling(file, duty, act, people, now).of(one))
    return tuple(person for person in found if person != act.by and person not in file.about)


class _Telling:
    """The context in which an addressee is looked up."""

    def __init__(self, file: File, duty: Duty, act: Act, people: DirectorySlice, now: datetime) -> None:
        self.file = file
        self.duty = duty
        self.act = act
        self.people = people
        self.now = now

    def of(self, addressee: str) -> Iterator[str]:
        prefix, argument = parted(addressee)
        match prefix:
            case "":
                yield from self._word(argument)
            case "form":
                yield from self._named(self.act.form.get(argument))
            case "all":
                departments = dict.fromkeys(other.department for other in self.file.duties.values())
                yield from (self._holder(argument, department) for department in departments if department)
            case "owners":
                for other in self._by(argument):
                    if other.revision == self.duty.revision and other.status is not DutyStatus.SUPERSEDED:
                        yield self._there(other.owner, other.superiors)
            case "done":
                for other in self._by(argument):
                    if other.status is DutyStatus.DONE and other.closed_by is not None:
                        yield self._there(other.closed_by)
            case _:
                raise ValueError(f"{self.duty.rule}: nobody is told as {addressee!r}")

    def _word(self, word: str) -> Iterator[str]:
        match word:
            case "superior":
                yield from self.people.superiors(self.act.by, self.now, shut_out=self.file.about)[:1]
            case "receiver":
                if self.file.received_by is not None:
                    yield self._there(self.file.received_by)
            case "department":
                if self.duty.department is not None:
                    yield self._holder(HEAD, self.duty.department)
            case "departments":
                yield from (self._holder(HEAD, department.key) for department in self.people.departments)
            case "asked":
                if self.duty.about in self.file.duties:
                    yield self._there(self.file.duties[self.duty.about].owner)
            case role:
                yield self._holder(role)

    def _named(self, value: Any) -> Iterator[str]:
        """Yield the people that a field of a form names: by their ids, as heads of departments, as holders of roles."""
        keys = cast("list[Any]", value) if isinstance(value, list | tuple) else [value]
        for key in keys:
            if isinstance(key, str) and self.people.person(key) is not None:
                yield self._there(key)
            elif isinstance(key, str) and self.people.department(key) is not None:
                yield self._holder(HEAD, key)
            elif isinstance(key, str) and key in self.people.roles:
                yield self._holder(key)

    def _by(self, rule: str) -> Iterator[Duty]:
        """Yield the duties by the rule, or a step of it, in the same leg and matter."""
        for other in self.file.duties.values():
            of_rule = other.rule == rule or other.rule.startswith(f"{rule}.")
            if of_rule and (other.leg, other.matter) == (self.duty.leg, self.duty.matter):
                yield other

    def _holder(self, role: str, department: str | None = None) -> str:
        return self.people.who(role, self.now, department=department, shut_out=self.file.about).person

    def _there(self, person: str, had: tuple[str, ...] = ()) -> str:
        return self.people.stand_in(person, self.now, shut_out=self.file.about, had=had).person
