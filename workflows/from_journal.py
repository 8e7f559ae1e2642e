"""Rebuilds the state that a case or a round restarts with from its journal alone, after the server has lost it."""

from __future__ import annotations

from collections.abc import Iterable

from complaints.case.complaint import Reason
from complaints.case.event import Event
from complaints.case.events import links
from complaints.case.events.case import Gathering, Merging, RepeatsFound, WatchEntered, WatchOver
from complaints.case.file import CaseFile, JournalLine
from complaints.case.messages import CaseMessage, MessageKind, corrected, message
from complaints.case.reading import read
from complaints.case.round import RoundFile
from complaints.people.reference import Reference
from workflows.interface import Carried, RoundCarried
from workflows.used_statements import used_in

# The messages that this case has sent, by the event that records each. All other link events are of received messages.
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
    """The state to restart with. `lines` is the whole journal, `file` its fold; the read model has all the lines.

    Raises `EventUnreadable` for a line that this release does not know.
    """
    events = [read(line) for line in lines]
    used = used_in(events)
    if isinstance(file, RoundFile):
        return RoundCarried(file=file, reference=reference, used=used)
    watched, letters = watched_for(events), last_words(file, events)
    return Carried(file=file, reference=reference, watched_for=watched, letters=letters, used=used)


def watched_for(events: Iterable[Event]) -> tuple[Reason, ...]:
    """The reasons last put before the supervisor (CR-5.1.3): only new ones are put before them again.

    Reasons that were undecided when another case began to lead this one are put again (`TrackRunner.gathered`).
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
    """The last message to each other case that has sent nothing since: it may not have arrived.

    A case that has received such a message ignores it (`CaseMessage.again`). A closed case has sent everything.
    """
    if file.closed:
        return ()
    said: dict[str, CaseMessage] = {}
    told: dict[str, CaseMessage] = {}
    for event in events:
        if isinstance(event, RepeatsFound):
            told |= {to: corrected(file, to, event.at, again=True) for to in event.later}
        if isinstance(event, Merging | Gathering):
            to, says = event.link.key, ASKS[type(event)]
            said[to] = message(file, says, to, event.at, by=event.by or "", again=True)
        elif (says := TELLS.get(type(event))) is not None:
            assert isinstance(event, links.OfLink)
            why = {"why": event.why} if isinstance(event, links.LinkDeclined) else {}
            said[event.case] = message(file, says, event.case, event.at, again=True, **why)
        elif isinstance(event, links.OfLink) and not isinstance(event, links.LinkUnknown):
            said.pop(event.case, None)
    return (*said.values(), *told.values())
