"""更改 an answer that was given earlier."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnCase
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, validated
from complaints.case.complaint import Track
from complaints.case.event import of_act
from complaints.case.events.duties import AnswerRevised
from complaints.case.file import Act, ActKind, ActRequest, CaseFile, Duty, DutyStatus
from complaints.case.port import AtWork
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from complaints.forms import FORMS
from complaints.forms.checks import CHECKS

JUDGEMENT = "CR-5.2.2a"
REVISITS = ("case_revisit", "case_effect_revisit")
"""Forms whose answers are in force until the case is archived: a customer who was satisfied may be so no longer."""

FOLLOWED_UP = (Track.CRISIS, Track.MAJOR, Track.ORDINARY)
GIVEN_ANEW: dict[str, RuleId] = {"CH-7.3.1": "CH-7.3.1.again", "MC-5.2.3f": "MC-5.2.3f.again"}
"""Rules under which an answer is given anew, by those of the first answer."""


class Revise(ActOnCase):
    """更改: change the answer to a duty that is done, on new evidence or because it was wrong, with a reason.

    For rules that the edition marks (`Rule.revisable`): the judgement, the responsible departments, an assessment, an
    order … By whoever gave the answer, the owner of the duty, their superior, or a role of `Rule.revised_by`.
    The first answer stays on record. What followed from it is done anew, as far as it is still open; what was done is
    not undone. `ActRequest.revision`, if given, is the number of the answer that the caller has read: 1 is the first.
    """

    kind = ActKind.REVISE
    needs_reason = True
    on_rounds = True

    def form_of(self, edition: Edition, rule: str) -> type[Frozen] | None:
        name = edition.rule(rule).form
        return None if name is None else FORMS[name]

    def may(self, context: ActContext[Any], request: ActRequest, at: datetime) -> AcceptedAct:
        duty = context.file.duties.get(request.duty or "")
        if duty is None:
            done = ", ".join(id for id, one in context.file.duties.items() if one.status is DutyStatus.DONE)
            raise Refusal(Refused.UNKNOWN_DUTY, duty=request.duty or "—", open=done or "—")
        rule = context.edition.rule(duty.rule)
        if duty.status is not DutyStatus.DONE or not rule.revisable:
            instead = ActKind.DISCHARGE.value if duty.open else "—"
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead=instead)
        _by_whoever_answers_for_it(context, request, duty)
        given = context.file.answers(duty)
        if request.revision not in (None, len(given)):
            raise Refusal(Refused.STALE_REVISION, given=str(request.revision), current=str(len(given)))
        if at < given[-1].at:
            raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=given[-1].at.isoformat())
        assert rule.form is not None
        form = validated(rule.form, FORMS[rule.form], request.form, context.now)
        if check := CHECKS.get(type(form)):
            check(context, form, duty, at)
        new = form.model_dump(mode="json")
        tried = any(one.get("reached") is False for one in (given[-1].form, new))
        if tried or not _is_in_force(context, duty):  # a try that reached nobody is no answer, and takes none back
            raise Refusal(Refused.ANSWER_STANDS, duty=duty.id)
        if new == given[-1].form:
            raise Refusal(Refused.NOTHING_CHANGES, act=request.kind.value)
        return AcceptedAct(duty=duty, rule=duty.rule, at=at, form=new)

    def effect(self, case: AtWork, act: Act) -> None:
        case.record(AnswerRevised(**of_act(act)))
        case.revised(case.file.duties[act.duty or ""], act)


def _is_in_force(context: ActContext[Any], duty: Duty) -> bool:
    """Whether something may still follow from the answer.

    Not once the handling is over, in another track or after a reopening, or if the rule was answered anew. What a
    customer said at a revisit may change until the case is archived (RV-4.2). The judgement by which a crisis went
    before a court, or came back from there, is in force in both tracks.
    """
    file = context.file
    alike = [
        one.id
        for one in file.duties.values()
        if (one.rule, one.department, one.matter, one.about) == (duty.rule, duty.department, duty.matter, duty.about)
    ]
    if alike[-1] != duty.id:
        return False
    if not isinstance(file, CaseFile):
        return True
    anew = GIVEN_ANEW.get(duty.rule)
    if any(one.rule == anew and one.leg == duty.leg for one in file.duties.values()):
        return False
    if context.edition.rule(duty.rule).form in REVISITS:
        return file.track in FOLLOWED_UP and duty.leg == file.leg
    if duty.matter is not None:
        return any(matter.id == duty.matter and matter.open for matter in file.matters)
    across = duty.rule == JUDGEMENT and file.track in (Track.CRISIS, Track.LEGAL)
    return not _handled(file) and (across or duty.leg in (0, file.leg))


def _handled(file: CaseFile) -> bool:
    """Whether the handling is over in the present leg; an earlier leg may have had an end of its own."""
    ended, entered = file.handled_at, file.track_since
    return ended is not None and (entered is None or ended >= entered)


def _by_whoever_answers_for_it(context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
    people, now, file = context.people, context.now, context.file
    may = {duty.owner, duty.closed_by, *people.superiors(duty.owner, now, shut_out=file.about, had=duty.superiors)}
    stands_in = may.intersection(people.acts_for(request.by, now))
    roles = [(duty.role, duty.department), *((role, None) for role in context.edition.rule(duty.rule).revised_by)]
    holds = any(role and people.holds(request.by, role, now, department=of) for role, of in roles)
    if request.by not in may and not stands_in and not holds:
        raise Refusal(Refused.NOT_YOURS, duty=duty.id, owner=people.name(duty.owner))
