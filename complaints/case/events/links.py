"""What cases that have to do with each other make of what they are told."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import AwareDatetime

from complaints.case.event import Event, case_of
from complaints.case.file import File, Link, LinkKind
from complaints.case.messages import link


class OfLink(Event):
    """What another case says, or does not. This alone changes nothing."""

    case: str
    number: str | None = None


class _New(OfLink):
    """There is a link that was not there before."""

    link: Link

    def changes(self, file: File) -> dict[str, Any]:
        return {"links": (*case_of(file).links, self.link)}


class _Changed(OfLink):
    """The link is another now: the newest one of its kind to that case which is not over."""

    link: Link

    def changes(self, file: File) -> dict[str, Any]:
        return {"links": _with(case_of(file).links, self.link.kind, self.link.key, self.link)}


class _Gone(OfLink):
    """There is no such link any more."""

    link_kind: LinkKind

    def changes(self, file: File) -> dict[str, Any]:
        return {"links": _with(case_of(file).links, self.link_kind, self.case, None)}


def _with(links: tuple[Link, ...], kind: LinkKind, key: str, new: Link | None) -> tuple[Link, ...]:
    """The links with `new`, or nothing, in place of the newest of this kind that is not over."""
    known = [n for n, one in enumerate(links) if (one.kind, one.key, one.over) == (kind, key, None)]
    if not known:
        return links
    return (*links[: known[-1]], *((new,) if new else ()), *links[known[-1] + 1 :])


# --- merging


class LinkMerged(_New):
    """A duplicate is merged into this case."""

    kind: ClassVar[str] = "link.merged"


class LinkMergedInto(_Changed):
    """The other case has taken this one in."""

    kind: ClassVar[str] = "link.merged-into"


# --- gathering: in the case that is led


class LinkGatheredInto(_New):
    """Another case leads this one."""

    kind: ClassVar[str] = "link.gathered-into"


class LinkHandled(_Changed):
    """The leading case was handled."""

    kind: ClassVar[str] = "link.handled"


class LinkReleased(_Changed):
    """The leading case lets this one go."""

    kind: ClassVar[str] = "link.released"


class LinkEnded(_Changed):
    """This case is not handled with the other any more."""

    kind: ClassVar[str] = "link.ended"


# --- gathering: in the case that leads


class LinkGathered(_Changed):
    """The other case agrees to be led."""

    kind: ClassVar[str] = "link.gathered"
    households: int = 0


class LinkFigures(_Changed):
    """A member's figures are others now."""

    kind: ClassVar[str] = "link.figures"
    households: int = 0


class LinkLeft(_Gone):
    """A member is no longer led."""

    kind: ClassVar[str] = "link.left"


class LinkLetGo(_Changed):
    """This case, which will not be handled, lets a member go."""

    kind: ClassVar[str] = "link.let-go"


class LinkTold(_Changed):
    """This case was handled, and tells a member so."""

    kind: ClassVar[str] = "link.told"


# --- what comes to nothing


class LinkRefused(_Gone):
    """The other case does not agree."""

    kind: ClassVar[str] = "link.refused"
    why: str = ""


class LinkDeclined(OfLink):
    """This case does not agree."""

    kind: ClassVar[str] = "link.declined"
    why: str


class LinkUnknown(OfLink):
    """A word came from a case that has nothing to do with this one."""

    kind: ClassVar[str] = "link.unknown"


class LinkFailed(OfLink):
    """What this case had to say did not arrive: there is no such case, or it is closed."""

    kind: ClassVar[str] = "link.failed"
    says: str
    gone: LinkKind | None = None  # what was asked for, and waits for no answer any more
    over: AwareDatetime | None = None  # when the case that led this one ceased to

    def changes(self, file: File) -> dict[str, Any]:
        case = case_of(file)
        if self.gone is not None:
            return {"links": _with(case.links, self.gone, self.case, None)}
        if self.over is not None and (led := link(case, LinkKind.GATHERED_INTO, self.case)):
            return {"links": _with(case.links, led.kind, led.key, led.but(over=self.over, released=True))}
        return {}
