"""Shows closed cases that are similar to a given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.rule import Rule as Line

from starters.cli.ui.lists import reading
from starters.cli.ui.session import Session
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.case.file import CaseFile
    from complaints.library.model import Similar


PROPOSED = 3
"""Similar cases shown with a complaint that waits for its level."""


async def propose_similar(here: Session, file: CaseFile) -> None:
    """Show how complaints similar to an ungraded one were handled; nothing while the database is unreachable."""
    from complaints.base.faults import RecordsAway

    if file.level is not None or file.closed or here.json:
        return
    if not here.through_gateway and here.settings.database_url is None:
        return
    try:
        async with reading(here) as lists:
            found = await lists.similar(file.key, PROPOSED)
    except RecordsAway:
        return
    if found:
        here.show("")
        show_similar(here, found)


def show_similar(here: Session, found: tuple[Similar, ...]) -> None:
    """Show similar cases: what they were about, what was done, the outcome, the duration, the cost."""
    if not found:
        here.show(here.say("similar.none"))
        return
    here.show(Line(Prose(here.say("similar.head")), align="left", style="quiet"))
    for one in found:
        title = one.title or shortened(one.matter, 24)
        likeness = round(100 * one.likeness)
        here.show(Prose(here.say("similar.case", number=one.number, title=title, likeness=likeness), style="name"))
        here.show(indented(Prose(" · ".join(_figures(here, one)), style="quiet")))
        if one.title:
            here.show(indented(Prose(shortened(one.matter, 90))))
        if one.done:
            here.show(indented(Prose(here.say("similar.done", done=shortened(one.done, 120)))))


def _figures(here: Session, one: Similar) -> list[str]:
    from complaints import texts
    from starters.cli.ui.filling import value_words

    category = here.say(f"category.{one.category.value}")
    said = [here.say("library.study") if one.study else here.say("library.closed"), category]
    if one.level is not None:
        said.append(here.say("similar.level", level=one.level))
    said.append(here.say("similar.took", days=_days(one)))
    if one.cost:
        said.append(here.say("similar.cost", cost=f"{one.cost:,.2f}"))
    if one.loss:
        said.append(here.say("similar.loss", loss=f"{one.loss:,.0f}"))
    if one.outcome:
        known = texts.known(f"cli.outcome.{one.outcome}")
        said.append(here.say(f"outcome.{one.outcome}") if known else one.outcome)
    if one.satisfaction:
        said.append(here.say("similar.satisfaction", said=value_words(one.satisfaction, here.lang)))
    return said


def _days(one: Similar) -> str:
    """Days with one decimal, so that a case of a few hours is not shown as zero days; whole days from ten on."""
    days = one.took.total_seconds() / 86_400
    return f"{days:.0f}" if days >= 10 else f"{days:.1f}"


def shortened(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"
