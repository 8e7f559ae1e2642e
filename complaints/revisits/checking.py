"""Verifies a draw: makes it again from its own document, and compares each part.

A forger who changes one part and adjusts every dependent figure produces a consistent draw, but with another digest. So
the digest is compared with one that is kept elsewhere: the round's journal, the read model, the draw that came after
it.
"""

from __future__ import annotations

from complaints.base import Frozen
from complaints.revisits.drawing import draw, population_digest
from complaints.revisits.model import Draw
from complaints.revisits.order import leads_to, seed
from complaints.revisits.quota import ever, quota
from complaints.texts import say


class Flaw(Frozen):
    """One mismatch: `code` of the text `draw.flaw.<code>`, the value found and the value expected."""

    code: str
    found: str = ""
    should: str = ""

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say(f"draw.flaw.{self.code}", lang, found=self.found, should=self.should)


def problems(found: Draw, digest: str | None = None, commitment: str | None = None) -> tuple[Flaw, ...]:
    """Return every mismatch; none for an honest draw.

    `digest` is the digest noted when the draw was made, `commitment` the one published before the year.
    """
    asking, again = found.asking, draw(found.asking)
    flaws: list[Flaw] = []

    def compare(code: str, stands: object, should: object) -> None:
        if stands != should:
            flaws.append(Flaw(code=code, found=_short(stands), should=_short(should)))

    compare("id", found.id, again.id)
    if not ever(asking.rule):
        flaws.append(Flaw(code="rule", found=asking.rule))
    elif asking.share not in ever(asking.rule):
        compare("share", asking.share, ever(asking.rule)[-1])
    compare("population", found.population_digest, population_digest(asking.population))
    compare("quota", found.quota, quota(asking))
    if asking.link is not None:
        compare("link", leads_to(asking.link, asking.period), asking.commitment)
        compare("seed", found.seed, seed(again.id, asking.link))
    compare("spread", found.parts, again.parts)
    compare("chosen", [one.model_dump() for one in found.chosen], [one.model_dump() for one in again.chosen])
    compare("cycle", (found.cycle_after, found.short), (again.cycle_after, again.short))
    if digest is not None:
        compare("digest", found.digest, digest)
    if commitment is not None and not asking.share.everyone:  # a list has no commitment
        compare("commitment", asking.commitment, commitment)
    return tuple(flaws)


def _short(value: object) -> str:
    """Shorten a value, enough to find it; a list of customers is not repeated in full."""
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
