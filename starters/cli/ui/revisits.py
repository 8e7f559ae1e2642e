"""Draws and results of revisits, for commands: at the gateway, as whoever is signed in; in drills in the database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.round import Period, Subject
from complaints.revisits.lines import DrawLine, Member, MemberState, QuotaLine, Unsatisfied
from complaints.revisits.model import Candidate, Draw, DrawRef, Quota, Share
from starters.cli.ui.desk import Desk, given, in_path, shaped, shaped_items
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.mistakes import Mistake, mistakes_of
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.revisits.correcting import Corrected, ResultCorrection
    from complaints.revisits.results import ResultProblem, RevisitResult
    from complaints.store.draws import DrawStore
    from complaints.store.revisits import Revisits

OFFICE_MANAGERS = "RV-5.3a"
"""The rule whose sheet asks about every area of the office's work."""

Id = Annotated[str, typer.Argument(help="option.revisits.id", metavar="DRAW")]


Project = Annotated[str | None, typer.Option(help="option.revisits.project")]


Year = Annotated[int | None, typer.Option(help="option.revisits.year", min=2000, max=2100)]


class DrawSeen(Frozen):
    """A draw as it is shown: its size, how it was computed, and the drawn customers."""

    draw: DrawRef
    rule: str
    period: str
    subject: Subject
    at: datetime
    share: Share
    supplement: int
    replaces: tuple[str, ...]
    quota: Quota
    short: int
    members: tuple[Member, ...]
    left_out: tuple[Candidate, ...]

    @property
    def to_ask(self) -> list[Member]:
        """The customers who are still to be asked."""
        return [one for one in self.members if one.state in (MemberState.OPEN, MemberState.TRIED)]


class FlawLine(Frozen):
    """A mismatch in a draw, in words."""

    code: str
    say: str


class ResultsEntered(Frozen):
    """How many results are new and how many were known; places (from 0) of those who are not satisfied."""

    entered: int = 0
    known: int = 0
    unsatisfied: tuple[int, ...] = ()


class RevisitBook(Protocol):
    """Draws, results of revisits, and who was not satisfied. What is not there, or not to be seen, is None."""

    async def draw(self, rule: str, period: Period, subject: Subject) -> DrawRef:
        """Draw the customers of a rule for a month, or find the draw."""
        ...

    async def draws(self, project: str | None, year: int | None, rule: str | None) -> Sequence[DrawLine]:
        """The draws, the newest first."""
        ...

    async def shown(self, draw: str) -> DrawSeen | None:
        """A draw with its customers."""
        ...

    async def sheet(self, draw: DrawSeen) -> str:
        """The sheet to fill in, as CSV, for those who are still to be asked."""
        ...

    async def proof(self, draw: str) -> Draw | None:
        """All that is needed to make the draw again."""
        ...

    async def flaws(self, draw: str, digest: str | None) -> Sequence[FlawLine] | None:
        """What does not fit in a draw, in itself, beside the others and with the digest that was noted."""
        ...

    async def supplement(self, draw: str) -> DrawRef | None:
        """Draw others in the place of those who cannot be asked; None while there are none."""
        ...

    async def quota(self, year: int, today: date, project: str | None) -> Sequence[QuotaLine]:
        """How each estate fulfils the year's quota."""
        ...

    async def commitment(self, project: str, year: int) -> str:
        """What the draws of an estate in a year are bound to."""
        ...

    async def enter(
        self, results: Sequence[tuple[int, RevisitResult]], by: str
    ) -> tuple[ResultsEntered | None, Sequence[Mistake]]:
        """Enter results with the lines where they stand: all or, with mistakes, none."""
        ...

    async def correct(self, asked: ResultCorrection) -> tuple[Corrected | None, Sequence[Mistake]]:
        """Add a version of a result."""
        ...

    async def unsatisfied(self, project: str | None) -> Sequence[Unsatisfied]:
        """The customers who were not satisfied."""
        ...

    async def proposals(self, project: str | None, new: Sequence[Unsatisfied]) -> str:
        """The file with which complaints of these customers are opened, as CSV."""
        ...


@asynccontextmanager
async def revisit_book(here: Session) -> AsyncGenerator[RevisitBook]:
    """Where this command finds draws and results. Raises as `Session.desk`, or `Unsettled`; in it `RecordsAway`."""
    if here.through_gateway:
        yield GatewayRevisits(here, await here.desk())
        return
    from complaints.store.draws import DrawStore
    from complaints.store.revisits import Revisits

    url = here.settings.need_database()
    async with DrawStore(url) as draws, Revisits(url) as revisits:
        yield StoredRevisits(here, draws, revisits)


def save(file: Path, content: str) -> None:
    """Write a UTF-8 file. Raises `Told` if that fails."""
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as problem:
        raise Told("no-file", file=file, problem=problem.strerror or "") from problem


async def shown(book: RevisitBook, draw: str) -> DrawSeen:
    """A draw with its customers. Raises `Told` for one that is not there."""
    found = await book.shown(draw)
    if found is None:
        raise Told("revisits.unknown", id=draw)
    return found


def whole(noted: str | None, made: Draw) -> str | None:
    """The noted digest, completed if it is a correct prefix of at least 16 characters, as lists show it."""
    return made.digest if noted and len(noted) >= 16 and made.digest.startswith(noted) else noted


def flaw_lines(made: Draw, digest: str | None, lang: str) -> list[FlawLine]:
    """What does not fit in a draw that is given as a whole."""
    from complaints.revisits.checking import problems

    return [FlawLine(code=one.code, say=one.words(lang)) for one in problems(made, whole(digest, made))]


def mistake(problem: ResultProblem, lang: str) -> Mistake:
    """A mistake in results, in words."""
    return Mistake(line=problem.line, say=problem.words(lang))


class GatewayRevisits:
    """Draws and results as the gateway shows them to its person."""

    def __init__(self, here: Session, desk: Desk) -> None:
        self._here = here
        self._desk = desk

    async def draw(self, rule: str, period: Period, subject: Subject) -> DrawRef:
        said = {"rule": rule, "period": period.name, **subject.model_dump(exclude_none=True)}
        return shaped_items([(await self._desk.ask("POST", "/draws", json=said)).json()["draw"]], DrawRef)[0]

    async def draws(self, project: str | None, year: int | None, rule: str | None) -> Sequence[DrawLine]:
        return await self._desk.pages("/draws", "draws", DrawLine, project=project, year=year, rule=rule)

    async def shown(self, draw: str) -> DrawSeen | None:
        return await self._desk.known(f"/draws/{in_path(draw)}", DrawSeen, Refused.RECORD_UNKNOWN)

    async def sheet(self, draw: DrawSeen) -> str:
        answer = await self._desk.ask("GET", f"/draws/{in_path(draw.draw.id)}/sheet")
        return answer.content.decode("utf-8-sig")

    async def proof(self, draw: str) -> Draw | None:
        return await self._desk.known(f"/draws/{in_path(draw)}/proof", Draw, Refused.RECORD_UNKNOWN)

    async def flaws(self, draw: str, digest: str | None) -> Sequence[FlawLine] | None:
        try:
            answer = await self._desk.ask(
                "GET", f"/draws/{in_path(draw)}/verification", params=given({"digest": digest})
            )
        except Refusal as refusal:
            if refusal.code is Refused.RECORD_UNKNOWN:
                return None
            raise
        found: list[dict[str, str]] = answer.json()["flaws"]
        return [FlawLine(code=one["code"], say=one["detail"]) for one in found]

    async def supplement(self, draw: str) -> DrawRef | None:
        made: Any = (await self._desk.ask("POST", f"/draws/{in_path(draw)}/supplement")).json()["supplement"]
        return shaped_items([made], DrawRef)[0] if made is not None else None

    async def quota(self, year: int, today: date, project: str | None) -> Sequence[QuotaLine]:
        said = given({"year": year, "project": project})
        return shaped_items((await self._desk.ask("GET", "/draws/quota", params=said)).json()["lines"], QuotaLine)

    async def commitment(self, project: str, year: int) -> str:
        answer = await self._desk.ask("POST", "/draws/commitments", json={"project": project, "year": year})
        return str(answer.json()["commitment"])

    async def enter(
        self, results: Sequence[tuple[int, RevisitResult]], by: str
    ) -> tuple[ResultsEntered | None, Sequence[Mistake]]:
        from complaints.revisits.sheet import fields_of
        from complaints.spreadsheets.writing import csv_text
        from starters.client.http.problems import GatewayProblem

        if not results:  # a list without lines is none
            return ResultsEntered(), ()
        sheet = [fields_of(one) for _, one in results]
        names = list(dict.fromkeys(name for line in sheet for name in line))
        text = csv_text([names, *([line.get(name, "") for name in names] for line in sheet)])
        said = {"content": text.encode(), "headers": {"content-type": "text/csv"}}
        try:
            answer = await self._desk.ask("POST", "/revisits/results/file", wait=60, **said)
        except GatewayProblem as problem:
            lines = [None, None, *(line or None for line, _ in results)]  # by line of the text that was sent
            return None, [one.but(line=lines[one.line or 0]) for one in mistakes_of(problem)]
        return shaped(answer, ResultsEntered), ()

    async def correct(self, asked: ResultCorrection) -> tuple[Corrected | None, Sequence[Mistake]]:
        from complaints.revisits.correcting import Corrected
        from starters.client.http.problems import GatewayProblem

        said = asked.model_dump(mode="json", exclude={"by"}, exclude_none=True)
        try:
            answer = await self._desk.ask("POST", "/revisits/results/corrections", json=said)
        except GatewayProblem as problem:
            return None, mistakes_of(problem)
        return shaped(answer, Corrected), ()

    async def unsatisfied(self, project: str | None) -> Sequence[Unsatisfied]:
        return await self._desk.pages("/revisits/unsatisfied", "customers", Unsatisfied, project=project)

    async def proposals(self, project: str | None, new: Sequence[Unsatisfied]) -> str:
        answer = await self._desk.ask("GET", "/revisits/unsatisfied/file", params=given({"project": project}))
        return answer.content.decode("utf-8-sig")


class StoredRevisits:
    """Draws and results of the database."""

    def __init__(self, here: Session, draws: DrawStore, revisits: Revisits) -> None:
        self._here = here
        self._draws = draws
        self._revisits = revisits

    async def draw(self, rule: str, period: Period, subject: Subject) -> DrawRef:
        return await self._draws.draw(rule, period, subject, datetime.now(UTC))

    async def draws(self, project: str | None, year: int | None, rule: str | None) -> Sequence[DrawLine]:
        return await self._revisits.draws(project, year, rule)

    async def shown(self, draw: str) -> DrawSeen | None:
        made = await self._draws.read(draw)
        if made is None:
            return None
        asking = made.asking
        return DrawSeen(
            draw=made.ref,
            rule=asking.rule,
            period=asking.period.name,
            subject=asking.subject,
            at=asking.at,
            share=asking.share,
            supplement=asking.supplement,
            replaces=asking.replaces,
            quota=made.quota,
            short=made.short,
            members=tuple(await self._revisits.members(draw)),
            left_out=tuple(made.left_out),
        )

    async def sheet(self, draw: DrawSeen) -> str:
        from complaints.revisits.sheet import written

        book = await open_book(self._here)
        lines = [
            {
                "draw": draw.draw.id,
                "customer": one.customer,
                "name": one.name,
                "contact": one.contact,
                "home": "、".join(one.homes),
                "caller": book.name(one.caller) if one.caller else "",
            }
            for one in draw.to_ask
        ]
        return written(lines, self._here.lang, areas=draw.rule == OFFICE_MANAGERS)

    async def proof(self, draw: str) -> Draw | None:
        return await self._draws.read(draw)

    async def flaws(self, draw: str, digest: str | None) -> Sequence[FlawLine] | None:
        found = await self._draws.verify(draw)
        if found is None:
            return None
        made = await self._draws.read(draw) if digest is not None and not found else None
        if made is not None:
            return flaw_lines(made, digest, self._here.lang)
        return [FlawLine(code=one.code, say=one.words(self._here.lang)) for one in found]

    async def supplement(self, draw: str) -> DrawRef | None:
        return await self._draws.supplement(draw, datetime.now(UTC))

    async def quota(self, year: int, today: date, project: str | None) -> Sequence[QuotaLine]:
        return await self._revisits.quota(year, today, project)

    async def commitment(self, project: str, year: int) -> str:
        return await self._draws.commitment(project, year)

    async def enter(
        self, results: Sequence[tuple[int, RevisitResult]], by: str
    ) -> tuple[ResultsEntered | None, Sequence[Mistake]]:
        entered = await self._revisits.enter([one for _, one in results], by, datetime.now(UTC))
        if entered.problems:
            lines = [problem.but(line=results[place][0] or None) for place, problem in entered.problems.items()]
            return None, [mistake(one, self._here.lang) for one in lines]
        said = {"entered": entered.entered, "known": entered.known, "unsatisfied": tuple(entered.unsatisfied)}
        return ResultsEntered.model_validate(said), ()

    async def correct(self, asked: ResultCorrection) -> tuple[Corrected | None, Sequence[Mistake]]:
        corrected = await self._revisits.correct(asked, datetime.now(UTC))
        if corrected.problem is not None:
            return None, [mistake(corrected.problem, self._here.lang)]
        return corrected, ()

    async def unsatisfied(self, project: str | None) -> Sequence[Unsatisfied]:
        return await self._revisits.unsatisfied(project)

    async def proposals(self, project: str | None, new: Sequence[Unsatisfied]) -> str:
        from complaints.revisits.proposing import written

        return written(new, self._here.lang)
