"""What a case or a round takes along that goes on from its journal alone, because the server has lost it."""

from __future__ import annotations

from collections.abc import Iterable

from complaints.case.complaint import Reason
from complaints.case.event import Event
from complaints.case.events import links
from complaints.case.events.case import Gathering, Merging, WatchEntered, WatchOver
from complaints.case.file import CaseFile, JournalLine
from complaints.case.messages import CaseMessage, MessageKind, message
from complaints.case.reading import read
from complaints.case.round import RoundFile
from complaints.people.reference import Reference
from workflows.interface import Carried, RoundCarried

# What this case has asked and told others, by the event that says so. All other events of links are what it has heard.
ASKS: dict[type[Event], MessageKind] = {Merging: MessageKind.MERGE, Gathering: MessageKind.GATHER}
TELLS: dict[type[Event], MessageKind] = {
    links.LinkMerged: MessageKind.AGREED,
    links.LinkGatheredInto: MessageKind.AGREED,
    links.LinkDeclined: MessageKind.REFUSED,
    links.LinkEnded: MessageKind.LEFT,
    links.LinkLetGo: MessageKind.RELEASED,
    links.LinkTold: MessageKind.HANDLED,
}


def carried_from(
    file: CaseFile | RoundFile, lines: Iterable[JournalLine], reference: Reference
) -> Carried | RoundCarried:
    """What it goes on from, with the file that these lines, its whole journal, come to; the records have all of them.

    Raises `EventUnreadable` for a line that this release does not know.
    """
    if isinstance(file, RoundFile):
        return RoundCarried(file=file, reference=reference)
    events = [read(line) for line in lines]
    return Carried(file=file, reference=reference, watched_for=watched_for(events), letters=last_words(file, events))


def watched_for(events: Iterable[Event]) -> tuple[Reason, ...]:
    """What was put before the supervisor last (CR-5.1.3): only more than that is put before them again.

    What nobody had decided when another case began to lead this one is put before them again (`Course.gathered`).
    """
    put: tuple[Reason, ...] = ()
    looking = False
    for event in events:
        match event:
            case WatchEntered():
                put, looking = event.watch, True
            case WatchOver():
                looking = False
            case links.LinkGatheredInto() if looking:
                put = ()
            case _:
                pass
    return put


def last_words(file: CaseFile, events: Iterable[Event]) -> tuple[CaseMessage, ...]:
    """What the case said to each other case last, if it has heard nothing since: that may not have arrived.

    Whoever has heard such a word passes over it (`CaseMessage.again`). A closed case has said everything.
    """
    if file.closed:
        return ()
    said: dict[str, CaseMessage] = {}
    for event in events:
        if isinstance(event, Merging | Gathering):
            to, says = event.link.key, ASKS[type(event)]
            said[to] = message(file, says, to, event.at, by=event.by or "", again=True)
        elif (says := TELLS.get(type(event))) is not None:
            assert isinstance(event, links.OfLink)
            why = {"why": event.why} if isinstance(event, links.LinkDeclined) else {}
            said[event.case] = message(file, says, event.case, event.at, again=True, **why)
        elif isinstance(event, links.OfLink) and not isinstance(event, links.LinkUnknown):
            said.pop(event.case, None)
    return tuple(said.values())
