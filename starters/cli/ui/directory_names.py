"""Directory look-ups of the commands: names by id, time zones by project."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from complaints.base.faults import RecordsAway
from complaints.connection.settings import Unsettled
from complaints.people.entries import RESIDENT
from complaints.texts import say
from starters.cli.ui.desk import Desk, shaped_items
from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session
from starters.cli.ui.times import CHINA

if TYPE_CHECKING:
    from complaints.case.stand_ins import StandIn
    from complaints.clock.calendar import Calendar
    from complaints.intake.checking import Known
    from complaints.people.model import Directory


class Book:
    """Names and zones. Without a directory (none loaded, or the database unreachable): the ids, and China's time."""

    def __init__(self, directory: Directory | None = None) -> None:
        self._directory = directory
        self._names = {one.id: one.name for one in directory.people} if directory else {}
        self._departments = {one.key: one.name for one in directory.departments} if directory else {}
        self._contractors = {one.key: one.name for one in directory.contractors} if directory else {}
        self._zones = {one.code: one.zone for one in directory.projects} if directory else {}
        self._projects = {one.code: one.name for one in directory.projects} if directory else {}

    @property
    def directory(self) -> Directory | None:
        return self._directory

    def person(self, id: str | None) -> str:
        """A person's name with the id that commands take: `李娜 (li.na)`."""
        if not id:
            return "—"
        if id == RESIDENT:
            return say("complainant.themself", "zh")
        return f"{self._names[id]} ({id})" if id in self._names else id

    def name(self, id: str | None) -> str:
        """A person's name without the id, where space is short."""
        return self._names.get(id or "", id or "—")

    def represented_by(self, person: str) -> tuple[str, ...]:
        """The ids of the people who are absent now and for whom this person stands in."""
        return self._directory.slice("").acts_for(person, datetime.now(UTC)) if self._directory else ()

    def signed(self, by: str | None, stand_in: StandIn | None, lang: str) -> str:
        """A person's name with the id, and the name of the person for whom they acted."""
        from complaints.case import stand_ins

        return stand_ins.signed(self.person(by), stand_in, lang, self.name)

    def department(self, key: str) -> str:
        """A department's name by key."""
        return self._departments.get(key, key)

    def contractor(self, key: str) -> str:
        """A contractor's name by key."""
        return self._contractors.get(key, key)

    def project(self, code: str) -> str:
        """A project's name by code."""
        return self._projects.get(code, code)

    def zone(self, project: str) -> str:
        """The project's time zone, an IANA name."""
        return self._zones.get(project, CHINA)

    def known(self) -> Known | None:
        """The ids and names that a complaint may refer to; None without a directory to check them against."""
        from complaints.intake.checking import Known

        if self._directory is None:
            return None
        names = list(self._names.values())
        return Known(
            projects=frozenset(self._zones),
            people=frozenset(self._names),
            departments=frozenset(self._departments),
            zones=self._zones,
            named={
                "project": {one.name: one.code for one in self._directory.projects},
                "received_by": {name: id for id, name in self._names.items() if names.count(name) == 1},
                "department": {name: key for key, name in self._departments.items()},
            },
        )

    @property
    def people(self) -> dict[str, str]:
        """Names of people by id."""
        return self._names


async def open_book(session: Session) -> Book:
    """The directory in force; if the database is unreachable, an empty book and a note to the user."""
    from complaints.people.loader import load
    from complaints.people.own_absences import with_own

    if session.through_gateway:
        return Book(await _from_gateway(await session.desk()))
    try:
        async with session.records() as records:
            stored, own = await records.directory(), await records.absences()
    except (RecordsAway, Unsettled):
        session.note(session.say("book.away"))
        return Book()
    return Book(with_own(load(stored[1], "directory"), own) if stored else None)


async def _from_gateway(desk: Desk) -> Directory:
    """The directory as colleagues see it: without absences and shifts."""
    from complaints.people.entries import Contractor, Department, Person, Project
    from complaints.people.model import Directory
    from complaints.people.roles import Role

    company: dict[str, Any] = (await desk.ask("GET", "/directory")).json()
    people = await desk.pages("/people", "people", dict[str, Any])
    return Directory(
        projects=tuple(shaped_items(company["projects"], Project)),
        departments=tuple(shaped_items(company["departments"], Department)),
        contractors=tuple(shaped_items(company["contractors"], Contractor)),
        roles=tuple(shaped_items(company["roles"], Role)),
        people=tuple(shaped_items([one["person"] for one in people], Person)),
    )


async def in_force(here: Session) -> tuple[Directory, Calendar]:
    """The directory and calendar in force. Raises `Told` until both were loaded."""
    from complaints.people.loader import load
    from complaints.people.own_absences import with_own

    async with here.records() as records:
        stored = await records.stored()
    if stored is None:
        raise Told("up.no-directory")
    return with_own(load(stored.directory, "directory.toml"), stored.absences), stored.calendar
