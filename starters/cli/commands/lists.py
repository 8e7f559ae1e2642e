"""`duly inbox`, `duly search`, `duly watch`: a person's inbox, all cases, cases that may become a crisis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.duty_line import level_words, standing, told
from starters.cli.ui.errors import Told
from starters.cli.ui.lists import Lists, reading
from starters.cli.ui.options import As
from starters.cli.ui.session import Session, session
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.store.cases import CaseLine, InboxItem, OpenDuty


def register(app: typer.Typer) -> None:
    app.command("inbox", help="help.inbox", rich_help_panel="panel.cases")(inbox)
    app.command("search", help="help.search", rich_help_panel="panel.cases")(search)
    app.command("watch", help="help.watch", rich_help_panel="panel.cases")(watch)


def inbox(
    context: typer.Context,
    by: As,
    pool: Annotated[bool, typer.Option("--pool", help="option.inbox.pool")] = False,
) -> None:
    here = session(context)

    async def work() -> None:
        person = await here.who(by)
        async with reading(here) as lists:
            if pool:
                await _pool(here, lists, person)
                return
            items = await lists.inbox(person)
        here.data(items)
        if not here.json:
            Inbox(here, await open_book(here), person).show(items)

    here.run(work())


async def _pool(here: Session, lists: Lists, person: str) -> None:
    """Show the duties that the person may claim: those of a role of theirs that another holder of it has."""
    items = await lists.claimable(person)
    here.data(items)
    if not here.json:
        Inbox(here, await open_book(here), person).pool(items)


def search(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Argument(help="option.search.text")] = None,
    project: Annotated[str | None, typer.Option(help="option.search.project")] = None,
    level: Annotated[int | None, typer.Option(help="option.search.level", min=1, max=4)] = None,
    track: Annotated[str | None, typer.Option(help="option.search.track", metavar="TRACK")] = None,
    status: Annotated[str | None, typer.Option(help="option.search.status", metavar="open|closed")] = None,
    limit: Annotated[int, typer.Option(help="option.search.limit", min=1, max=1000)] = 20,
    offset: Annotated[int, typer.Option(help="option.search.offset", min=0)] = 0,
) -> None:
    here = session(context)

    async def work() -> None:
        from complaints.case.complaint import Track

        if track is not None and track not in set(Track):
            raise Told("not-one-of", value=track, choices=", ".join(Track))
        if status is not None and status not in ("open", "closed"):
            raise Told("not-one-of", value=status, choices="open, closed")
        words = " ".join(text or [])
        wanted = Track(track) if track else None
        async with reading(here) as lists:
            lines = await lists.search(words, project, level, wanted, status, limit=limit + 1, offset=offset)
        here.data(lines[:limit])
        if not lines:
            here.show(here.say("search.nothing"))
        await show_lines(here, lines[:limit])
        if len(lines) > limit:
            here.show(Prose(here.say("search.more", offset=offset + limit), style="quiet"))

    here.run(work())


def watch(
    context: typer.Context,
    project: Annotated[str | None, typer.Option(help="option.search.project")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        async with reading(here) as lists:
            lines = await lists.watchlist(project)
        here.data(lines)
        if not lines:
            here.show(here.say("watch.nothing"))
        await show_lines(here, lines)

    here.run(work())


async def show_lines(here: Session, lines: list[CaseLine]) -> None:
    if here.json or not lines:
        return
    book = await open_book(here)
    for line in lines:
        show_line(here, book, line)


def show_line(here: Session, book: Book, line: CaseLine) -> None:
    from complaints.case.complainant import complainant
    from complaints.grading import words

    zone, say = book.zone(line.project), here.say
    head = Prose(line.number, style="name")
    level = level_words(here, line.level, line.proposed)
    head.append(f"  {level} · {say(f'track.{line.track.value}')} · {complainant(line.customer, here.lang)}", style="")
    if line.building:
        head.append(f" · {line.building}", style="")
    here.show(head)
    state = (
        say("state.closed", at=stamp(line.closed_at, zone))
        if line.closed_at
        else say("line.open", count=line.open_duties)
    )
    below = Prose(f"{stamp(line.received_at, zone)} {say(f'category.{line.category.value}')} · {state}", style="quiet")
    if line.overdue:
        below.append(f" · {say('line.overdue', count=line.overdue)}", style="late")
    if line.waiting_on:
        below.append(" · " + say("line.waiting", people="、".join(book.name(id) for id in line.waiting_on)))
    if line.urged:
        below.append(f" · {say('line.urged', count=line.urged)}", style="soon")
    if line.last_contact:
        below.append(f" · {say('line.last-contact', at=stamp(line.last_contact, zone))}", style="quiet")
    here.show(indented(below))
    for reason in line.watch if line.watched else ():
        here.show(indented(Prose(say("line.watched", reason=words(reason, here.lang)), style="soon")))


class Inbox:
    """The duties, escalations and notices of one person, the most urgent first."""

    def __init__(self, here: Session, book: Book, person: str) -> None:
        self.here = here
        self.book = book
        self.person = person
        self._as = "" if here.through_gateway else f" --as {person}"

    def show(self, items: list[InboxItem]) -> None:
        mine = [item for item in items if item.kind == "duty" and item.instead_of is None]
        climbed = [item for item in items if item.kind == "escalation"]
        told = [item for item in items if item.kind == "notice"]
        late = sum(item.duty is not None and item.duty.late for item in mine)
        name, say = self.book.person(self.person), self.here.say
        head = Prose(say("inbox.head", person=name, count=len(mine)), style="name")
        if late:
            head.append(say("inbox.late", count=late), style="late")
        self.here.show(head)
        self._by_case(mine)
        for absent in dict.fromkeys(item.instead_of for item in items if item.instead_of is not None):
            theirs = [item for item in items if item.instead_of == absent]
            said = say("inbox.for", person=self.book.person(absent), count=len(theirs))
            self.here.show("", Prose(said, style="name"))
            self._by_case(theirs)
        if climbed:
            self.here.show("", Prose(say("inbox.climbed", count=len(climbed)), style="name"))
            self._by_case(climbed)
        if told:
            self.here.show("", Prose(say("inbox.told", count=len(told)), style="name"))
        for item in told:
            self._told(item)
        if mine or climbed:
            self._how((mine or climbed)[0], "do" if mine else "acknowledge")

    def pool(self, items: list[OpenDuty]) -> None:
        """Show what the person may claim, the soonest due first, and the command for the first."""
        from complaints.store.cases import InboxItem

        say = self.here.say
        self.here.show(Prose(say("inbox.pool", person=self.book.person(self.person), count=len(items)), style="name"))
        self._by_case([InboxItem(kind="pool", due=one.duty.deadline.due, **one.model_dump()) for one in items])
        for one in items[:1]:
            command = f"duly claim {one.number} {one.duty.id}{self._as}"
            self.here.show("", Prose(say("inbox.claim", command=command), style="quiet"))

    def _how(self, item: InboxItem, verb: str) -> None:
        """Show the command for the first item, ready to copy."""
        assert item.duty is not None
        approval = self._rule(item)
        verb = "approve" if verb == "do" and approval is not None and approval.kind == "approval" else verb
        command = f"duly {verb} {item.number} {item.duty.id}{self._as}"
        self.here.show("", Prose(self.here.say("inbox.how", command=command), style="quiet"))

    def _rule(self, item: InboxItem) -> Any:
        from complaints import editions

        assert item.duty is not None
        edition = {(one.name, one.digest): one for one in editions.installed()}.get(
            (item.edition.name, item.edition.digest)
        )
        return edition.rules.get(item.duty.rule) if edition else None

    def _case(self, item: InboxItem) -> str:
        if item.track is None:  # a round: its key is readable
            return item.key
        from complaints.case.complainant import complainant

        level = level_words(self.here, item.level, item.proposed)
        return f"{item.number} · {level} · {complainant(item.customer, self.here.lang)}"

    def _by_case(self, items: list[InboxItem]) -> None:
        """Show items grouped by case, the case with the most urgent duty first."""
        cases: dict[str, list[InboxItem]] = {}
        for item in items:  # already sorted by due moment
            cases.setdefault(item.key, []).append(item)
        for together in cases.values():
            self.here.show(self._case(together[0]))
            for item in together:
                self._owed(item)

    def _owed(self, item: InboxItem) -> None:
        assert item.duty is not None
        state, style = standing(self.here, self.book, item.duty)
        whose = "" if item.kind == "duty" else f"{self.book.person(item.duty.owner)} · "
        rule = self._rule(item)
        head = Prose(item.duty.id, style="name")
        if item.duty.revision is not None:
            head.append(f" {self.here.say('revision', revision=item.duty.revision)}", style="quiet")
        head.append(f"  {rule.says(self.here.lang) if rule else ''}", style="")
        self.here.show(indented(head, 2), indented(Prose.assemble(whose, (state, style)), 6))

    def _told(self, item: InboxItem) -> None:
        assert item.notice is not None
        notice, zone = item.notice, self.book.zone(item.project)
        said = told(self.here, notice, self.book.name, lambda moment: stamp(moment, zone))
        self.here.show(f"{stamp(notice.at, zone)} {said}  {self._case(item)}")
