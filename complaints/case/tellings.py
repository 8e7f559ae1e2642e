"""Tellings (decision 13): where a rule says that A tells, hands or reports to B, B gets a notice.

A rule names its addressees in `Rule.tells`. When the duty is done, each of them gets a notice of kind `handed` that
names the act; what was handed over is in the form of that act, where the case shows it. Mail never contains it.

Addressees: a role ("general_manager"); "superior" of whoever acted; "receiver" of the complaint; "department", the head
of the duty's department; "asked", the owner of the duty that this one serves; "form:<field>", the people or departments
that a field of the form names; "all:<role>", the holder of the role in every department of the case's duties.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from complaints.case.file import Act, Duty, File
from complaints.people.resolution import DirectorySlice
from complaints.people.roles import HEAD

WORDS = ("superior", "receiver", "department", "asked")
FORM, ALL = "form:", "all:"


def addressees(
    tells: tuple[str, ...], file: File, duty: Duty, act: Act, people: DirectorySlice, now: datetime
) -> tuple[str, ...]:
    """Return the ids of the people who are told by the act, each once, without the actor themself.

    An absent person is represented by the deputy, else by the superior; people complained about are told nothing.
    """
    found = dict.fromkeys(person for one in tells for person in _of(one, file, duty, act, people, now))
    return tuple(person for person in found if person != act.by and person not in file.about)


def _of(one: str, file: File, duty: Duty, act: Act, people: DirectorySlice, now: datetime) -> Iterator[str]:
    if one == "superior":
        yield from people.superiors(act.by, now, shut_out=file.about)[:1]
    elif one == "receiver":
        if file.received_by is not None:
            yield people.stand_in(file.received_by, now, shut_out=file.about).person
    elif one == "department":
        if duty.department is not None:
            yield people.who(HEAD, now, department=duty.department, shut_out=file.about).person
    elif one == "asked":
        if duty.about in file.duties:
            yield file.duties[duty.about].owner
    elif one.startswith(FORM):
        yield from _named(act.form.get(one.removeprefix(FORM)), file, people, now)
    elif one.startswith(ALL):
        for department in dict.fromkeys(other.department for other in file.duties.values() if other.department):
            yield people.who(one.removeprefix(ALL), now, department=department, shut_out=file.about).person
    else:
        yield people.who(one, now, shut_out=file.about).person


def _named(value: Any, file: File, people: DirectorySlice, now: datetime) -> Iterator[str]:
    """Yield the people whom a field of a form names: ids of people, or keys of departments, whose heads are meant."""
    keys = cast("list[Any]", value) if isinstance(value, list | tuple) else [value]
    for key in keys:
        if not isinstance(key, str):
            continue
        if people.person(key) is not None:
            yield people.stand_in(key, now, shut_out=file.about).person
        elif people.department(key) is not None:
            yield people.who(HEAD, now, department=key, shut_out=file.about).person
