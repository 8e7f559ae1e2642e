"""Events of linked cases: how a case reacts to messages from another case."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import AwareDatetime

from complaints.case.event import Event, case_of
from complaints.case.file import File, Link, LinkKind, Related
from complaints.case.messages import link


class OfLink(Event):
    """An event about another case. The base class changes nothing in the file."""

    case: str
    number: str | None = None


class _New(OfLink):
    """A link was added."""

    link: Link

    def changes(self, file: File) -> dict[str, Any]:
        return {"links": (*case_of(file).links, self.link)}


class _Changed(OfLink):
    """`link` replaces the newest link of its kind to that case that is not over."""

    link: Link

    def changes(self, file: File) -> dict[str, Any]:
        return {"links": _with(case_of(file).links, self.link.kind, self.link.key, self.link)}


class _Gone(OfLink):
    """The newest link of this kind to that case that is not over was removed."""

    link_kind: LinkKind

    def changes(self, file: File) -> dict[str, Any]:
        return {"links": _with(case_of(file).links, self.link_kind, self.case, None)}


def _with(links: tuple[Link, ...], kind: LinkKind, key: str, new: Link | None) -> tuple[Link, ...]:
    """Return the links with `new` (None: removed) in place of the newest of this kind and key that is not over."""
    known = [n for n, one in enumerate(links) if (one.kind, one.key, one.over) == (kind, key, None)]
    if not known:
        return links
    return (*links[: known[-1]], *((new,) if new else ()), *links[known[-1] + 1 :])


# --- merging


class LinkMerged(_New):
    """A duplicate was merged into this case."""

    kind: ClassVar[str] = "link.merged"


class LinkMergedInto(_Changed):
    """The other case took this one in."""

    kind: ClassVar[str] = "link.merged-into"


# --- gathering: events of a member


class LinkGatheredInto(_New):
    """Another case leads this one from now on."""

    kind: ClassVar[str] = "link.gathered-into"


class LinkHandled(_Changed):
    """The leading case reported that it was handled."""

    kind: ClassVar[str] = "link.handled"


class LinkReleased(_Changed):
    """The leading case released this one."""

    kind: ClassVar[str] = "link.released"


class LinkEnded(_Changed):
    """This case left the leading case and is handled by itself again."""

    kind: ClassVar[str] = "link.ended"


# --- gathering: events of the leading case


class LinkGathered(_Changed):
    """The other case agreed to be led."""

    kind: ClassVar[str] = "link.gathered"
    households: int = 0


class LinkFigures(_Changed):
    """A member reported changed figures."""

    kind: ClassVar[str] = "link.figures"
    households: int = 0


class LinkLeft(_Gone):
    """A member left."""

    kind: ClassVar[str] = "link.left"


class LinkLetGo(_Changed):
    """This case will not be handled, so it released a member."""

    kind: ClassVar[str] = "link.let-go"


class LinkTold(_Changed):
    """This case was handled and tells a member so."""

    kind: ClassVar[str] = "link.told"


# --- refusals and failures


class LinkRefused(_Gone):
    """The other case refused the request."""

    kind: ClassVar[str] = "link.refused"
    why: str = ""


class LinkDeclined(OfLink):
    """This case refused the other case's request."""

    kind: ClassVar[str] = "link.declined"
    why: str


class LinkUnknown(OfLink):
    """A message came from a case that is not linked to this one."""

    kind: ClassVar[str] = "link.unknown"


class LinkFailed(OfLink):
    """A message of this case was not delivered: the other case does not exist, or is closed."""

    kind: ClassVar[str] = "link.failed"
    says: str
    gone: LinkKind | None = None  # kind of the pending link whose request failed
    over: AwareDatetime | None = None  # when the leading case ceased to lead this one

    def changes(self, file: File) -> dict[str, Any]:
        case = case_of(file)
        if self.gone is not None:
            return {"links": _with(case.links, self.gone, self.case, None)}
        if self.over is not None and (led := link(case, LinkKind.GATHERED_INTO, self.case)):
            return {"links": _with(case.links, led.kind, led.key, led.but(over=self.over, released=True))}
        return {}


# --- related complaints


class _NotRelated(OfLink):
    def changes(self, file: File) -> dict[str, Any]:
        return {"related": tuple(one for one in case_of(file).related if one.key != self.case)}


class EarlierInvalid(_NotRelated):
    """RV-4.1a: an earlier complaint of the same customer or building was found not valid, so it makes none a repeat."""

    kind: ClassVar[str] = "link.earlier-invalid"


class EarlierCorrected(_NotRelated):
    """CR-5.1.2: an earlier complaint was corrected (decision 18) and is of another customer and place than this one."""

    kind: ClassVar[str] = "link.earlier-corrected"


class EarlierFound(OfLink):
    """CR-5.1.2: an earlier complaint, corrected (decision 18), is of this one's customer, or place and subject."""

    kind: ClassVar[str] = "link.earlier-found"
    related: Related

    def changes(self, file: File) -> dict[str, Any]:
        others = (one for one in case_of(file).related if one.key != self.case)
        return {"related": (self.related, *others)}
