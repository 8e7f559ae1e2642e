"""Four eyes (decision 12): nobody reviews, approves, excuses, audits or deducts what they did themselves.

A rule names in `Rule.judges` the rules whose work it decides about, the earlier steps of its own chain among them.
Whoever did one of those in the same leg, plan revision or matter is barred from it, whatever way they came to it: as
owner, as deputy, by delegation or countersignature, or because they head two departments. So is whoever asked, by an
act, for what an approval decides. The step goes to the next one up who may (`DirectorySlice.independent`). This is the
only place that says who is barred.
"""

from __future__ import annotations

from collections.abc import Iterator

from complaints.case.file import Act, ActKind, Duty, DutyStatus, File
from complaints.editions.model import RECEIVER, Edition

FOUR_EYES = "FOUR-EYES"
"""The policy with which an edition keeps four eyes."""
DOES = (ActKind.DISCHARGE, ActKind.APPROVE, ActKind.TRY, ActKind.REVISE)
"""The kinds of act by which somebody does what a rule is about. Passing up and returning are none."""
COUNTERSIGNATURE = "COUNTERSIGN"
PREPARATION = "PREPARE"
NOBODY: frozenset[str] = frozenset()


def barred(file: File, edition: Edition, duty: Duty) -> frozenset[str]:
    """Return the people who may not decide this duty, because they would decide about themselves."""
    if FOUR_EYES not in edition.rules:
        return NOBODY
    if duty.rule == COUNTERSIGNATURE:
        asked = file.duties.get(duty.about or "")
        return barred_from_countersigning(file, edition, asked) if asked is not None else NOBODY
    return _involved(file, edition, duty) | frozenset(_countersigners(file, duty))


def barred_from_countersigning(file: File, edition: Edition, duty: Duty) -> frozenset[str]:
    """Return the people who may not countersign this duty: whoever may not decide it, and whoever signs it anyway."""
    return _involved(file, edition, duty) | {duty.owner} if FOUR_EYES in edition.rules else NOBODY


def _involved(file: File, edition: Edition, duty: Duty) -> frozenset[str]:
    judged = edition.rule(duty.rule).judges
    found = frozenset((*_doers(file, duty, judged), *_asker(file, duty), *_receiver(file, judged)))
    return found | frozenset(_beside(file, duty)) if judged else found


def _doers(file: File, duty: Duty, judged: tuple[str, ...]) -> Iterator[str]:
    """Yield whoever did what is judged, and whoever countersigned it.

    For a revision of the plan that is the same revision or, if a rule was not done for it, the last one before: an
    adjusted plan is still the plan of whoever wrote it.
    """
    if not judged:
        return
    acts = ((act.by, _signed(file, act)) for act in file.acts)
    doers = [(by, done) for by, done in acts if done is not None and done.rule in judged and _together(done, duty)]
    last: dict[str, int] = {}
    for _, done in doers:
        last[done.rule] = max(last.get(done.rule, 0), done.revision or 0)
    yield from (by for by, done in doers if (done.revision or 0) == last[done.rule])


def _signed(file: File, act: Act) -> Duty | None:
    """Return the duty that the act has signed for: what a countersignature, or preparing it, was asked for."""
    if act.kind not in DOES or act.duty is None:
        return None
    done = file.duties.get(act.duty)
    if done is not None and done.rule in (COUNTERSIGNATURE, PREPARATION):
        return file.duties.get(done.about or "")
    return done


def _together(done: Duty, duty: Duty) -> bool:
    """Whether both are about the same work: the same matter, or the same leg and no later revision of the plan."""
    if done.matter != duty.matter:
        return False
    if duty.revision is not None and done.revision is not None:
        return done.revision <= duty.revision and done.leg == duty.leg
    return duty.matter is not None or 0 in (done.leg, duty.leg) or done.leg == duty.leg


def _asker(file: File, duty: Duty) -> Iterator[str]:
    """Yield whoever asked, by an act, for what the duty decides about, and the owner for whom a deputy asked."""
    if (act := file.asked_by(duty)) is None:
        return
    yield act.by
    if (asked := file.duties.get(act.duty or "")) is not None and asked.open:
        yield asked.owner


def _receiver(file: File, judged: tuple[str, ...]) -> Iterator[str]:
    """Yield whoever took the complaint in, if that is what is judged."""
    if RECEIVER in judged and file.received_by is not None:
        yield file.received_by


def _countersigners(file: File, duty: Duty) -> Iterator[str]:
    """Yield whoever has countersigned the duty, or is asked to: nobody signs it twice."""
    for other in file.duties.values():
        if (other.rule, other.about) == (COUNTERSIGNATURE, duty.id) and other.status is not DutyStatus.SUPERSEDED:
            yield other.closed_by or other.owner


def _beside(file: File, duty: Duty) -> Iterator[str]:
    """Yield the owners of the same open step for other departments: nobody signs it twice, for two of them."""
    for other in file.duties.values():
        same_step = (other.rule, other.leg, other.revision) == (duty.rule, duty.leg, duty.revision)
        if same_step and other.department != duty.department and other.status is not DutyStatus.SUPERSEDED:
            yield other.closed_by or other.owner
