"""What decides who may see a case or a round: its project, what it is about, and who has to do with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from complaints.base import Frozen
from complaints.case.complaint import Category, Track
from complaints.case.file import CaseFile, File, JournalLine, MatterKind
from complaints.case.information import NO_PART
from complaints.case.round import RoundFile


class Concern(Frozen):
    """Who has to do with a case or a round."""

    key: str
    project: str = ""  # "": the whole company
    about: frozenset[str] = frozenset()  # people complained about
    responsible: frozenset[str] = frozenset()  # whoever took it in, and whoever owes or owed something in it
    involved: frozenset[str] = frozenset()  # the same, and whoever did something in it or was told of it
    departments: frozenset[str] = frozenset()  # complained about, or with a duty


class CaseConcern(Concern):
    """Who has to do with a complaint's case."""

    number: str | None = None
    category: Category
    track: Track
    level: int | None = None
    major: bool = False
    repairs: bool = False  # whether a repair is or was part of it


class RoundConcern(Concern):
    """Who has to do with a round."""

    department: str | None = None  # whose round it is
    person: str | None = None


OWNER: Mapping[str, tuple[str, ...]] = {
    "duty.opened": ("opened", "owner"),
    "duty.waived": ("opened", "owner"),
    "duty.delegated": ("to",),
    "duty.handed-over": ("to",),
    "duty.taken-over": ("to",),
    "duty.handed-on": ("to",),
    "duty.recalculated": ("new_owner",),
    "duty.claimed": (),  # whoever did it: the line's `by`
}
"""Kind of a journal line that gives a duty an owner → where in its data the owner stands."""


def owners(lines: Iterable[JournalLine]) -> frozenset[str]:
    """Return everybody who owns or owned a duty, by the journal. Migration 0037 says the same in SQL (`owner_of`)."""
    found: set[str] = set()
    for line in lines:
        if (place := OWNER.get(line.kind)) is None:
            continue
        said: object = line.data if place else line.by
        for name in place:
            said = said.get(name) if isinstance(said, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if isinstance(said, str):
            found.add(said)
    return frozenset(found)


def of_case(file: CaseFile, lines: Iterable[JournalLine]) -> CaseConcern:
    """Return who has to do with a case, as its row in the read model says it (`Reading.concern`).

    `file` is whole: as the read model has it, not one that was trimmed. `lines` are its journal: a duty that was handed
    to somebody else was its former owner's, which the file does not say.
    """
    complaint = file.complaint
    owing = {duty.department for duty in file.duties.values() if duty.department is not None}
    return CaseConcern(
        key=file.key,
        number=file.number,
        project=complaint.project,
        about=file.about,
        departments=frozenset((*complaint.departments, *owing)),
        category=complaint.category,
        track=file.track,
        level=file.level,
        major=file.major,
        repairs=any(matter.kind is MatterKind.REPAIR for matter in file.matters),
        **_people(file, owners(lines)),
    )


def of_round(file: RoundFile) -> RoundConcern:
    """Return who has to do with a round."""
    subject = file.subject
    return RoundConcern(
        key=file.key,
        project=subject.project or "",
        departments=frozenset(duty.department for duty in file.duties.values() if duty.department is not None),
        department=subject.department,
        person=subject.person,
        **_people(file),
    )


def _people(file: File, former: frozenset[str] = frozenset()) -> dict[str, frozenset[str]]:
    owning = {duty.owner for duty in file.duties.values()}
    receiver = {file.received_by} if file.received_by is not None else set[str]()
    acted = {act.by for act in file.acts if act.kind not in NO_PART}
    closed = {duty.closed_by for duty in file.duties.values() if duty.closed_by is not None}
    told = {notice.to for notice in file.notices}
    responsible = frozenset(owning | former | receiver)
    return {"responsible": responsible, "involved": frozenset(responsible | acted | closed | told)}
