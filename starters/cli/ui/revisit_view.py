"""Terminal views of draws, lists of draws, and quotas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from complaints.clock.local_time import CHINA, local
from starters.cli.ui.directory_names import Book
from starters.cli.ui.session import Session
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.revisits.lines import DrawLine, Member, QuotaLine
    from complaints.revisits.results import ResultVersion
    from starters.cli.ui.revisits import DrawSeen, FlawLine

STYLES = {"done": "ok", "tried": "soon", "replaced": "quiet", "open": ""}


def show_made(here: Session, made: DrawSeen) -> None:
    """Show a new draw: how many customers were drawn out of how many, and how that number was computed."""
    ref, size = made.draw, made.draw.size
    told = {"customers": made.quota.customers, "size": size, "digest": ref.digest[:16]}
    here.show(Prose(here.say("revisits.made", id=ref.id, **told)))
    here.show(indented(Prose(arithmetic(here, made), style="quiet")))
    if made.short:
        here.show(indented(Prose(here.say("revisits.short", wanted=made.quota.wanted, size=size), style="soon")))
    if made.left_out:
        reasons = [one.left_out.why.value for one in made.left_out if one.left_out]
        counts = {why: reasons.count(why) for why in ("complained", "asked")}
        here.show(indented(Prose(here.say("revisits.left-out", **counts), style="quiet")))


def arithmetic(here: Session, made: DrawSeen) -> str:
    """How the quota was computed, in words."""
    share, quota = made.share, made.quota
    parts: list[str] = []
    if share.everyone:
        parts.append(here.say("revisits.arithmetic-everyone"))
    elif made.supplement:
        parts.append(here.say("revisits.arithmetic-replaces", count=len(made.replaces)))
    else:
        if share.monthly:
            parts.append(here.say("revisits.arithmetic-month", customers=quota.customers, percent=share.monthly))
        if share.yearly:
            figures = {"year": quota.year, "so_far": quota.so_far, "left": quota.periods_left}
            said = here.say("revisits.arithmetic-pace", customers=quota.customers, percent=share.yearly, **figures)
            parts.append(said)
        if share.monthly and share.yearly:
            parts.append(here.say("revisits.arithmetic-greater", month=quota.month, pace=quota.pace))
    joint = "；" if here.lang == "zh" else "; "
    return here.say("revisits.arithmetic", how=joint.join(parts), wanted=quota.wanted)


def show_draw(here: Session, made: DrawSeen, book: Book) -> None:
    """Show a draw with its customers, for the people who call them, and whom the head asks in person (RV-2)."""
    show_made(here, made)
    for member in made.members:
        head = Prose(member.customer, style="name")
        head.append(f"  {member.name or here.say('revisits.gone')}", style="")
        head.append("".join(f"  {one}" for one in (member.contact, "、".join(member.homes)) if one), style="")
        if member.caller:
            head.append(f"  {here.say('revisits.in-person', name=book.name(member.caller))}", style="soon")
        here.show(head)
        here.show(indented(_came_of_it(here, member)))
        for version in member.history:
            here.show(indented(Prose(_version(here, version), style="quiet"), 6))


def _version(here: Session, one: ResultVersion) -> str:
    """One version of a corrected result: its content, who entered it, and why."""
    result, noted = one.said, local(one.noted_at, CHINA)
    answer = result.said.satisfaction
    said = here.say(f"revisits.answer.{answer.value}" if answer else "revisits.state.tried")
    parts = (str(result.day), result.by, said, result.said.reason)
    told = {"version": one.version, "said": "  ".join(part for part in parts if part)}
    key = "revisits.version" if one.reason else "revisits.version-entered"
    return here.say(key, **told, by=one.noted_by, at=f"{noted:%Y-%m-%d %H:%M}", reason=one.reason)


def _came_of_it(here: Session, member: Member) -> Prose:
    state = member.state.value
    text = Prose(here.say(f"revisits.state.{state}"), style=STYLES[state])
    if member.day:
        text.append(f"  {member.day}  {member.by}", style="quiet")
    if member.tries and state != "done":
        text.append(f"  {here.say('revisits.tries', count=member.tries)}", style="quiet")
    if member.satisfaction:
        text.append(f"  {here.say(f'revisits.answer.{member.satisfaction}')}", style=_mood(member.satisfaction))
    if member.said:
        text.append(f"  {member.said}", style="quiet")
    return text


def _mood(satisfaction: str) -> str:
    return {"satisfied": "ok", "unsatisfied": "late"}.get(satisfaction, "")


def show_line(here: Session, line: DrawLine) -> None:
    """Show one draw in a list."""
    here.show(Prose(line.id, style="name"))
    said = Prose(here.say("revisits.line", size=line.size, done=line.done, open=line.open), style="quiet")
    if line.unsatisfied:
        said.append(f" · {here.say('revisits.line-unsatisfied', count=line.unsatisfied)}", style="late")
    if line.size < line.wanted:
        said.append(f" · {here.say('revisits.short', wanted=line.wanted, size=line.size)}", style="soon")
    here.show(indented(said))


def show_quota(here: Session, lines: Iterable[QuotaLine]) -> None:
    """Show the state of the quotas, estate by estate."""
    found = list(lines)
    if not found:
        here.show(here.say("revisits.no-estates"))
    for project, of_estate in groupby(found, key=lambda line: line.project):
        rules = list(of_estate)
        estate = here.say("revisits.estate", project=project, customers=rules[0].customers)
        here.show(Prose(estate, style="name"))
        for line in rules:
            _show_rule(here, line)


def _show_rule(here: Session, line: QuotaLine) -> None:
    rule = here.say(f"revisits.rule.{line.rule.replace('.', '_')}")
    head = Prose(f"{line.rule}  {rule}")
    if line.subject != line.project:
        head.append(f"  {line.subject}", style="quiet")
    if line.behind:
        head.append(f"  {here.say('revisits.quota-behind')}", style="late")
    here.show(indented(head, 2))
    figures = {"target": line.target, "drawn": line.drawn, "done": line.done, "open": line.open}
    said = Prose(here.say("revisits.quota-line", **figures), style="quiet")
    if line.done:
        said.append(f" · {here.say('revisits.quota-satisfied', percent=100 * line.satisfied // line.done)}")
    here.show(indented(said))
    if line.missing and line.periods:
        months = ("、" if here.lang == "zh" else ", ").join(_runs(line.missing))
        here.show(indented(Prose(here.say("revisits.quota-missing", months=months), style="soon")))


def _runs(months: Sequence[str]) -> list[str]:
    """Join consecutive months of one year to ranges such as "2026-01–2026-03"."""
    runs: list[list[str]] = []
    for month in months:
        if runs and int(month[-2:]) == int(runs[-1][-1][-2:]) + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]


def show_flaws(here: Session, id: str, flaws: Sequence[FlawLine]) -> None:
    """Show that a draw is valid, or each of its flaws."""
    if not flaws:
        here.show(Prose(here.say("revisits.verified", id=id), style="ok"))
        return
    here.show(Prose(here.say("revisits.flawed", id=id, count=len(flaws)), style="late"))
    for flaw in flaws:
        here.show(indented(Prose(flaw.say)))
