"""Resolve a role, a project and a time to a person, with the reason.

Decision. A case carries the directory slice of its project and computes owners and superiors from it, purely. So no
lookup is needed while a clock runs, a replay finds the same people, and validator, handler and test get the same
answer.

The order (decision 10 of the procedures' common rules): a present holder of the role, first in the file first; else the
deputy of an absent holder; else the role above, up to the top; then holders who are absent without a deputy. If all of
these are shut out (a complaint about the president), the highest person who is not shut out: no person decides about
themselves, and no duty is without an owner. People who are shut out are never represented by their deputies, who answer
to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from complaints.base import Frozen
from complaints.people.entries import Absence, Contractor, Department, Person, Shift
from complaints.people.roles import GENERAL_MANAGER, HEAD, LEADER

NOBODY: frozenset[str] = frozenset()
ALONE = "alone"
"""`Assignee.because` of the top, who decides about their own work because nobody else is left."""


class UnknownRole(LookupError):
    """A role is in neither the product nor the directory: rules and directory do not match."""


class NobodyLeft(LookupError):
    """All people of the slice are shut out, or there are none."""


class Assignee(Frozen):
    """A resolved person and the reason: texts `because.<because>`.

    `because` is "holder" (also of a person who was asked for by name), "deputy" (of `in_place_of`, who is absent),
    "superior" (`in_place_of` may not act, or the role has no holder), "below" (all people above may not act),
    "on_duty" (by the roster, outside office hours) or "alone" (nobody else is left who may decide).
    """

    person: str
    because: str
    in_place_of: str | None = None


class DirectorySlice(Frozen):
    """The part of a directory for one project. All methods are pure; times are aware."""

    project: str
    people: tuple[Person, ...]
    departments: tuple[Department, ...]
    absences: tuple[Absence, ...] = ()
    shifts: tuple[Shift, ...] = ()
    contractors: tuple[Contractor, ...] = ()
    roles: dict[str, str | None]  # role → the role above it, None at the top

    # --- looking up

    def person(self, id: str) -> Person | None:
        """Return the person with this id, or None."""
        return next((person for person in self.people if person.id == id), None)

    def department(self, key: str) -> Department | None:
        """Return the department with this key, or None."""
        return next((department for department in self.departments if department.key == key), None)

    def contractor(self, key: str) -> Contractor | None:
        """Return the contractor with this key, or None if it is not responsible for works in the project."""
        return next((contractor for contractor in self.contractors if contractor.key == key), None)

    def name(self, id: str) -> str:
        """Return the person's name; the id itself for a person who is not, or no longer, in the directory."""
        person = self.person(id)
        return person.name if person else id

    def holders(self, role: str, *, department: str | None = None) -> tuple[str, ...]:
        """Return all holders of the role, in file order. Raises `UnknownRole`.

        `department` is required for roles that each department fills for itself, and ignored for all others.
        """
        if role not in self.roles:
            raise UnknownRole(f"no role {role!r}; there are {', '.join(sorted(self.roles))}")
        if role in (HEAD, LEADER):
            found = self.department(department) if department else None
            named = (found.head if role == HEAD else found.leader) if found else None
            return (named,) if named and self.person(named) else ()
        return tuple(p.id for p in self.people if role in p.roles and p.works_for(self.project))

    # --- absence

    def away(self, person: str, at: datetime) -> bool:
        """Return whether the person is absent at `at`."""
        return self._absence(person, at) is not None

    def deputy(self, person: str, at: datetime, *, shut_out: frozenset[str] = NOBODY) -> str | None:
        """Return who stands in for an absent person: the deputy, or an absent deputy's deputy; None without one.

        An absence that does not cascade (`Absence.cascades`), of either of them, ends at the first deputy.
        """
        passed = {person}
        absence = self._absence(person, at)
        while absence is not None:
            usual = self.person(absence.person)
            following = absence.deputy or (usual.deputy if usual else None)
            if following is None or following in passed | shut_out or self.person(following) is None:
                return None
            cascades, person = absence.cascades, following
            passed.add(person)
            absence = self._absence(person, at)
            if absence is not None and not (cascades and absence.cascades):
                return None
        return person if len(passed) > 1 else None

    def acts_for(self, person: str, at: datetime) -> tuple[str, ...]:
        """Return the absent people for whom this person stands in at `at`."""
        absent = dict.fromkeys(absence.person for absence in self.absences if absence.covers(at))
        return tuple(id for id in absent if self.deputy(id, at) == person)

    # --- resolution

    def who(
        self, role: str, at: datetime, *, department: str | None = None, shut_out: frozenset[str] = NOBODY
    ) -> Assignee:
        """Resolve a role at a time (see the module). Raises `UnknownRole`, and `NobodyLeft` if all are shut out."""
        nominal = next(iter(self.holders(role, department=department)), None)
        for above in self._upwards(role):
            found = self._filled(self.holders(above, department=department), at, shut_out)
            if found is not None:
                return (
                    found if above == role else Assignee(person=found.person, because="superior", in_place_of=nominal)
                )
        return self._last_resort(role, department, nominal, shut_out, at)

    def independent(
        self,
        role: str,
        at: datetime,
        *,
        department: str | None = None,
        shut_out: frozenset[str] = NOBODY,
        barred: frozenset[str] = NOBODY,
    ) -> Assignee:
        """Resolve a role without the people `barred`, who would decide about themselves (decision 12).

        The step goes to the next one up who may. Where nobody is left, the top does it, `because` "alone".
        """
        if not barred:
            return self.who(role, at, department=department, shut_out=shut_out)
        try:
            found = self.who(role, at, department=department, shut_out=shut_out | barred)
        except NobodyLeft:
            found = None
        if found is not None and found.because != "below":
            return found
        *_, top = self._upwards(role)
        last = self.who(top, at, department=department, shut_out=shut_out)
        nominal = next(iter(self.holders(role, department=department)), None)
        because = ALONE if last.person in barred else last.because
        return Assignee(person=last.person, because=because, in_place_of=nominal if nominal != last.person else None)

    def stand_in(
        self, person: str, at: datetime, *, shut_out: frozenset[str] = NOBODY, had: tuple[str, ...] = ()
    ) -> Assignee:
        """Return the person if present and not shut out; else a deputy, else a superior. Raises `NobodyLeft`.

        `had` is the former reporting line of a person who is no longer in the directory.
        """
        found = self._filled((person,) if self.person(person) else (), at, shut_out)
        if found is not None:
            return found
        line = self.superiors(person, at, shut_out=shut_out, had=had)
        if line:
            return Assignee(person=line[0], because="superior", in_place_of=person)
        if self.person(person) and person not in shut_out:
            return Assignee(person=person, because="holder")
        return self._highest(person, at, shut_out)

    def superiors(
        self, person: str, at: datetime, *, shut_out: frozenset[str] = NOBODY, had: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """Return the reporting line upwards, nearest first, without the person; empty only at the very top.

        An absent superior is replaced by the deputy; one without a deputy is skipped, unless the line would be empty.
        For a person who is no longer in the directory it is the line they `had`, reduced to people who are still
        there; if none is, it begins at the general manager.
        """
        bosses = [boss for boss in self.line(person, had) if self.person(boss) and boss not in shut_out]
        if not bosses and self.person(person) is None:
            first = self.who(GENERAL_MANAGER, at, shut_out=shut_out).person
            return (first, *self.superiors(first, at, shut_out=shut_out))
        present = [self.deputy(boss, at, shut_out=shut_out) if self.away(boss, at) else boss for boss in bosses]
        line = [id for id in dict.fromkeys(present) if id is not None and id != person]
        return tuple(line or bosses)

    def line(self, person: str, had: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the ids of the superiors upwards, ignoring absences.

        For a person who is no longer in the directory: the line they `had`, up to the first who is still there,
        followed by the current line of that superior.
        """
        if self.person(person) is not None:
            return tuple(self._line(person))
        for n, boss in enumerate(had):
            if self.person(boss) is not None:
                known = had[: n + 1]
                return (*known, *(above for above in self._line(boss) if above not in known and above != person))
        return had

    def line_until(
        self, person: str, at: datetime, *, shut_out: frozenset[str] = NOBODY, had: tuple[str, ...] = ()
    ) -> datetime | None:
        """Return when an absence next changes the reporting line; None if none does."""
        now = self.superiors(person, at, shut_out=shut_out, had=had)
        edges = sorted({edge for absence in self.absences for edge in (absence.start, absence.until) if edge > at})
        return next((edge for edge in edges if self.superiors(person, edge, shut_out=shut_out, had=had) != now), None)

    def holds(self, person: str, role: str, at: datetime, *, department: str | None = None) -> bool:
        """Return whether the person holds the role or stands in for an absent holder. Raises `UnknownRole`."""
        holders = self.holders(role, department=department)
        return person in holders or any(self.deputy(holder, at) == person for holder in holders)

    def roster(self, duty: str, at: datetime, *, shut_out: frozenset[str] = NOBODY) -> str | None:
        """Return who is on duty by the roster at `at` (the deputy if absent); None if there is no shift."""
        on_duty = tuple(shift.person for shift in self.shifts if shift.duty == duty and shift.covers(at))
        found = self._filled(on_duty, at, shut_out)
        return found.person if found else None

    # --- details

    def _absence(self, person: str, at: datetime) -> Absence | None:
        return next((absence for absence in self.absences if absence.person == person and absence.covers(at)), None)

    def _filled(self, holders: tuple[str, ...], at: datetime, shut_out: frozenset[str]) -> Assignee | None:
        """Return the first present holder, else the first deputy of an absent one, else None."""
        allowed = [holder for holder in holders if holder not in shut_out]
        for holder in allowed:
            if not self.away(holder, at):
                return Assignee(person=holder, because="holder")
        for holder in allowed:
            if (deputy := self.deputy(holder, at, shut_out=shut_out)) is not None:
                return Assignee(person=deputy, because="deputy", in_place_of=holder)
        return None

    def _last_resort(
        self, role: str, department: str | None, nominal: str | None, shut_out: frozenset[str], at: datetime
    ) -> Assignee:
        """Resolve a role if all holders up to the top are absent without a deputy, or shut out."""
        for above in self._upwards(role):
            for holder in self.holders(above, department=department):
                if holder not in shut_out:
                    because = "holder" if above == role else "superior"
                    return Assignee(person=holder, because=because, in_place_of=None if above == role else nominal)
        return self._highest(nominal, at, shut_out)

    def _highest(self, in_place_of: str | None, at: datetime, shut_out: frozenset[str]) -> Assignee:
        allowed = [id for id in self._top_down() if id not in shut_out]
        there = [id for id in allowed if not self.away(id, at)] or allowed
        if not there:
            raise NobodyLeft(f"project {self.project}: nobody is left who may act")
        return Assignee(person=there[0], because="below", in_place_of=in_place_of)

    def _upwards(self, role: str) -> Iterator[str]:
        passed: set[str] = set()
        above: str | None = role
        while above is not None and above not in passed:
            passed.add(above)
            yield above
            above = self.roles.get(above)

    def _line(self, person: str) -> Iterator[str]:
        """Yield the ids of the superiors upwards; a superior who is not in the slice ends the line."""
        passed = {person}
        here = self.person(person)
        while here is not None and here.reports_to is not None and here.reports_to not in passed:
            here = self.person(here.reports_to)
            if here is not None:
                passed.add(here.id)
                yield here.id

    def _top_down(self) -> list[str]:
        """Return all people level by level from the top, in file order within a level."""
        order = [person.id for person in self.people if person.reports_to is None]
        for boss in order:  # appended to during the iteration: breadth-first search
            order += [person.id for person in self.people if person.reports_to == boss and person.id not in order]
        return order
