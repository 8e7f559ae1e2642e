"""Random lives of complaints: people act and err, time passes, workers crash; a plain model keeps count beside them.

The model knows little and is sure of it: which acts were accepted, in which order and by whom; how often a date was
changed; what was paid in. Everything else is what may never be (`invariants`) and may never happen (`course`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.case.attachments import attachments
from complaints.case.file import ActKind, ActReceipt, CaseFile, Duty, DutyStatus, JournalLine, LinkKind
from complaints.case.four_eyes import COUNTERSIGNATURE, PREPARATION
from complaints.people.model import Absence, DirectorySlice
from complaints.people.reference import Reference
from complaints.repairs.retention_money import balance_of
from tests.people import (
    ADMIN,
    AUDIT,
    CLERK,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    LEADER,
    MANAGER,
    PROPERTY,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)
from tests.property.course import Course
from tests.property.invariants import broken, broken_records
from tests.property.office import Office
from tests.world import LAST, OVER_AND_OVER, Case, World, is_approval

T = TypeVar("T")

TRIES = 3
"""On how many days a customer is tried before the talk may be given up (RV-4.2.tries)."""
POOLED, ALSO_HOLDS_IT = "property_company", "bai.yang"
"""A role that two people hold, so that the second may claim what went to the first."""
PEOPLE = (ADMIN, CLERK, ENGINEERING, MANAGER, PROPERTY, SALES_SUPERVISOR, SALESPERSON, SUPERVISOR)
ON_LEAVE = (
    AUDIT,
    CLERK,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    LEADER,
    MANAGER,
    PROPERTY,
    SUPERVISOR,
)
"""Who may be on leave. Several of them have deputies who also do, or decide about, their work."""
LEAVES = st.tuples(st.sampled_from(ON_LEAVE), st.sampled_from((-24, 1, 30)), st.sampled_from((26, 24 * 20)))
"""A leave: whose, from when in hours after the case begins, and for how many hours."""
AGO = st.sampled_from((timedelta(), timedelta(), timedelta(minutes=20), timedelta(hours=7)))
"""How long ago it happened that somebody reports now."""
SPANS = (timedelta(minutes=50), timedelta(minutes=3), timedelta(hours=5), timedelta(hours=26), timedelta(hours=70))
CONTRACTOR, DEPOSIT = "hongji", "10000.00"

BOTH = ["engineering", "property"]

# Answers other than the usual one, by form: each leads another way.
OTHERWISE: dict[str, list[dict[str, Any]]] = {
    "judgement": [{"nature": "malicious"}],
    "court_finding": [{"genuine": True}],
    "responsible_departments": [
        {"departments": BOTH},
        {"departments": ["property", "engineering"], "concerned": ["sales"]},
        {"departments": ["sales"]},
    ],
    "assignment": [{"people": ["guo.wei", "tang.yan"]}],
    "parties_wants": [{"media_wants": "更正报道并公开道歉"}],
    "contact": [{"agreed": False, "outcome": "客户不同意"}],
    "progress": [{"satisfied": False}],
    "adjusted_plan": [{"adjustable": False, "change": "无法再调整"}, {"change": "增加赔偿", "cost": "900000.00"}],
    "explanation": [{"understood": False, "outcome": "客户不接受"}],
    "refusal_decision": [{"follows": "new_plan", "decision": "另拟方案"}],
    "library_decision": [
        {"accepted": False, "rewrite": True, "reason": "原因分析不清"},
        {"accepted": False, "reason": "不具代表性"},
    ],
    "case_revisit": [{"satisfaction": "unsatisfied"}, {"reached": False}],
    "case_effect_revisit": [{"satisfaction": "unsatisfied"}, {"reached": False}],
    "assessment": [
        {"responsible": "others", "departments": ["engineering"]},
        {"responsible": "others", "departments": BOTH},
        {"responsible": "not_ours"},
        {"responsible": "unagreed"},
        {"responsible": "unagreed", "matters": True},
    ],
    "departments_order": [{"departments": BOTH}, {"departments": []}],
    "technical_advice": [{"our_responsibility": True}],
    "managers_step": [{"measures": "", "outcome": "", "departments": BOTH, "request": "请查明原因"}],
    "work_order": [{"departments": ["engineering"]}],
    "work_order_opinion": [{"ours": "ours_not", "measures": ""}],
    "slip": [{"departments": BOTH}],
    "emergency_command": [{"emergency": True}, {"plan_fits": False, "fitness": "没有停梯后的安置"}],
    "emergency_situation": [{"over": False, "situation": "电梯仍停用"}],
    "watch_decision": [{"decision": "regrade", "level": 1}],
    "repair_decision": [{"decision": "repair", "what": "重做防水", "done_by": "team", "reason": ""}],
    "repair_assignment": [
        {"done_by": "contractor", "because": None},
        {"paid_by": "company", "contractor": None, "because": None},
    ],
    "repair_start": [{"begun": False, "remark": "施工单位没有来"}],
    "repair_finish": [{"finished": False, "done": "材料不合格，停工"}],
    "repair_bill": [{"amount": "12000.00"}, {"amount": "0", "vouchers": [], "remark": "施工单位自费"}],
    "bill_audit": [
        {"result": "sent_back", "audited": None, "reason": "缺签收单"},
        {"result": "nothing", "audited": None, "reason": "施工单位已付"},
    ],
    "claim_pursued": [{"result": "carry_on"}, {"result": "paid", "amount": "100.00", "voucher": "收-1", "reason": ""}],
    "effect_check": [{"effective": False, "found": "又出现渗水"}],
}


@dataclass(frozen=True)
class Stage:
    """How far a complaint has come when its life begins: a duty by the rule is open, after these answers."""

    rule: str
    level: int
    answers: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    major: bool = False
    matter: str | None = None
    category: str = "engineering"
    leaves: tuple[tuple[str, int, int], ...] = ()


STAGES = {
    "plan": Stage("CR-5.2.2e", 1, {"CR-5.2.2b": {"departments": BOTH}}),
    "approval": Stage("CR-5.3.2a.1", 1, {"CR-5.2.2b": {"departments": BOTH}}),
    "execution": Stage("CR-5.3.2c", 1, {"CR-5.2.2b": {"departments": BOTH}}),
    "ladder": Stage("CH-7.2.1.settle", 3, category="sales"),
    "opinions": Stage("CH-7.2.3.opinion", 3, {"CS-4.2.1a": {"responsible": "others", "departments": BOTH}}),
    "order": Stage(
        "CS-4.2.2a.carry_out", 3, {"CS-4.2.1a": {"responsible": "unagreed"}, "CS-4.2.2a": {"departments": BOTH}}
    ),
    "meeting": Stage("CS-4.2.6.item", 2, {"CS-4.2.1a": {"responsible": "unagreed", "matters": True}}),
    "slip": Stage("MC-5.2.3f.part", 3, {"MC-5.2.2a": {"departments": BOTH}}, major=True, category="property"),
    "repair": Stage("CS-4.3.3.finish", 3, matter="repair", leaves=((CLERK, 1, 40),)),
    "repair of a major one": Stage("CS-4.3.3.finish", 3, major=True, matter="repair", category="property"),
    "bill": Stage("CS-4.3.4a", 3, matter="repair"),
    "revisit": Stage("RV-4.3", 3, leaves=((CLERK, 1, 40),)),
    "action": Stage("CH-7.6.action", 4, matter="corrective"),
}
"""Where lives begin that would hardly ever come so far by chance."""
FAR = 30
"""The number of acts after which a life begins, however far it has come."""

Picks = st.integers(min_value=0, max_value=40)
CONFIRMED = ("DROP.confirmation", "DROP.consent", "MATTER.cancel.approval", "INVALID.confirmation")


def _may_be_given_up(duty: Duty) -> bool:
    """Whether it is a talk that may be given up once the customer was tried in vain on several days (RV-4.2)."""
    return editions.newest().rule(duty.rule).unreachable is not None


def _is_asked(duty: Duty) -> bool:
    """Whether it is what the owner of another duty has asked this person for."""
    return duty.rule in (COUNTERSIGNATURE, PREPARATION)


def _is_talk(duty: Duty) -> bool:
    """Whether the duty is a talk with the customer or the media, who may not be reached."""
    return editions.newest().rule(duty.rule).contact


def _is_unanswered(duty: Duty) -> bool:
    return bool(duty.escalations) and not duty.acknowledged


def _one(of: Sequence[T], pick: int) -> T | None:
    return of[pick % len(of)] if of else None


def _next_breach(duty: Duty) -> datetime | None:
    """When the duty is late, or late by its owner's own delay; None if it is already."""
    if not duty.late:
        return duty.deadline.due
    return duty.own_due if duty.own_breach_at is None else None


def _is_pausable(duty: Duty) -> bool:
    return editions.newest().rule(duty.rule).pausable


def _has_date(duty: Duty) -> bool:
    """Whether another date can be asked for."""
    return editions.newest().rule(duty.rule).date_approval is not None


SEVERAL = {
    "responsible_departments": "several departments in a crisis",
    "slip": "several departments complained about",
    "work_order": "several departments asked for an opinion",
    "managers_step": "several departments asked for an opinion",
    "departments_order": "several departments ordered",
}


def what_happened(file: CaseFile) -> Counter[str]:
    """Count what the sample of a day has to have seen: the kinds of act, and what is rare."""
    seen = Counter(act.kind.value for act in file.acts)
    for act in file.acts:
        duty = file.duties.get(act.duty or "")
        if duty is None:
            continue
        form = editions.newest().rule(duty.rule).form or ""
        seen[SEVERAL.get(form, "")] += len(act.form.get("departments", ())) > 1
        seen[f"{act.kind.value} of {duty.rule}"] += duty.rule in CONFIRMED
        seen["somebody else for the owner"] += act.seq == duty.act and act.by not in (duty.owner, duty.withdrawable_by)
    seen["an owner in somebody's place"] = sum(
        duty.because in ("deputy", "superior", "four-eyes") for duty in file.duties.values()
    )
    return seen


@dataclass
class Expected:
    """What the model knows of a case."""

    case: Case
    acts: list[tuple[ActKind, str]] = field(default_factory=list[tuple[ActKind, str]])


class Lives(RuleBasedStateMachine):
    """One life of one or two complaints. The office is set by the test that runs it."""

    office: ClassVar[Office]
    happened: ClassVar[Counter[str]] = Counter()
    """How often what happened, in the lives of this class so far."""

    def __init__(self) -> None:
        super().__init__()
        self.office.begins_anew(CONTRACTOR, DEPOSIT)
        self.building = f"{datetime.now(UTC):%m%d%H%M%S%f}栋"  # what other lives had there is no repetition
        self.world: World = self.office.world()
        self.known: list[Expected] = []
        self.turn = 0

    # --- the cases

    @initialize(
        loss=st.sampled_from((0, 90_000, 450_000, 600_000)),
        level=st.sampled_from((3, 1, 2, 4, 1, 3, None)),
        about=st.sampled_from(((), (), (), (), (SALESPERSON,), (SALES_SUPERVISOR,), (SUPERVISOR,), (ENGINEERING,))),
        major=st.booleans(),
        ahead=st.integers(min_value=0, max_value=12),
        category=st.sampled_from(("engineering", "engineering", "property", "sales")),
        leaves=st.lists(LEAVES, max_size=3),
        stage=st.sampled_from((None, None, None, *STAGES)),
        waits=st.sampled_from((0, 2, 31)),
        then=st.one_of(st.none(), Picks),
    )
    def opens(
        self,
        loss: int,
        level: int | None,
        about: tuple[str, ...],
        major: bool,
        ahead: int,
        category: str = "engineering",
        leaves: Sequence[tuple[str, int, int]] = (),
        stage: str | None = None,
        waits: int = 0,
        then: int | None = None,
    ) -> None:
        """A complaint comes in, and has got somewhere before anything happens to it."""
        if stage is not None:
            leaves = (*STAGES[stage].leaves, *leaves)
        if leaves:
            self._on_leave(leaves)
        if stage is not None:
            self._has_come_to(STAGES[stage], about)
            self.time_passes(timedelta(hours=waits))
            if then is not None:
                first = FIRST[stage]
                first[then % len(first)](self, then)
            return
        self._comes_in(loss=loss, about=about, building=self.building, department="engineering", category=category)
        if level is not None:
            self._attempt(self._grades(level, major))
            self.it_goes_on(ahead, ahead)

    def _has_come_to(self, stage: Stage, about: tuple[str, ...]) -> None:
        """Everybody has done what they owed, what can wait last, until the stage was reached."""
        self._comes_in(about=about, building=self.building, department="engineering", category=stage.category)
        self._attempt(self._grades(stage.level, stage.major))
        if stage.matter is not None:
            self._attempt(self.now.case.opens_matter(stage.matter, by=self._supervisor()))
        for _ in range(FAR):
            ready = [duty for duty in self._ready() if stage.matter is None or duty.matter is not None]
            if not ready or any(duty.rule == stage.rule for duty in self.file.open_duties):
                return
            duty = min(ready, key=lambda one: (one.rule in (*OVER_AND_OVER, *LAST), one.opened_at))
            answer = stage.answers.get(duty.rule) or self._fields(duty, 0)
            self._attempt(self.now.case.finishes(duty.id, **answer))

    def _on_leave(self, leaves: Sequence[tuple[str, int, int]]) -> None:
        """Begin the life in a world in which these people are on leave."""
        now, gone = datetime.now(UTC), list[Absence]()
        for person, after, hours in leaves:
            start = now + timedelta(hours=after)
            gone.append(Absence(person=person, start=start, until=start + timedelta(hours=hours)))
        directory = self.office.directory
        people = tuple(
            one.but(roles=(*one.roles, POOLED)) if one.id == ALSO_HOLDS_IT else one for one in directory.people
        )
        self.office.references.directory = directory.but(people=people, absences=(*directory.absences, *gone))
        self.world = self.office.world()

    @precondition(lambda self: len(self.known) == 1)
    @rule()
    def opens_another_about_the_same(self) -> None:
        self._comes_in(building=self.building, households=1)

    def _comes_in(self, **told: Any) -> None:
        async def work() -> Case:
            case = await self.world.opens(**told)
            ahead = self.known[0].case.now - case.now if self.known else timedelta()
            return await case.passes(seconds=ahead.total_seconds()) if ahead > timedelta(seconds=1) else case

        self.known.append(Expected(self.office.run(work())))

    @property
    def now(self) -> Expected:
        """The case whose turn it is."""
        return self.known[self.turn % len(self.known)]

    @property
    def file(self) -> CaseFile:
        return self.now.case.file

    # --- people

    @property
    def people(self) -> DirectorySlice:
        """The people for the case whose turn it is."""
        references = self.office.references
        return Reference.of(references.directory, self.file.place, references.calendar).directory

    @rule(pick=Picks, other=st.integers(min_value=0, max_value=5), ago=AGO)
    def somebody_does_what_they_owe(self, pick: int, other: int, ago: timedelta = timedelta()) -> None:
        if duty := self._picked(pick):
            at = max(self.now.case.now - ago, duty.since) if ago else None
            self._attempt(self._done(duty, other, at=at))

    @precondition(lambda self: bool(self._absent()))
    @rule(pick=Picks, other=st.integers(min_value=0, max_value=5))
    def a_deputy_does_it(self, pick: int, other: int) -> None:
        duty = _one(self._absent(), pick)
        if duty and (deputy := self.people.deputy(duty.owner, self.now.case.now)):
            self._attempt(self._done(duty, other, by=deputy))

    @rule(duties=st.integers(min_value=1, max_value=4), other=st.integers(min_value=0, max_value=5))
    def it_goes_on(self, duties: int, other: int) -> None:
        """Everybody does what they owe, the oldest first."""
        for _ in range(duties):
            if duty := self._picked(0):
                self._attempt(self._done(duty, other))

    @precondition(lambda self: bool(self._open(lambda duty: bool(duty.returns_to))))
    @rule(pick=Picks)
    def an_approver_returns_it(self, pick: int) -> None:
        if duty := _one(self._open(lambda duty: bool(duty.returns_to)), pick):
            self._attempt(self.now.case.returns(duty.id, duty.returns_to[pick % len(duty.returns_to)]))

    @rule(pick=Picks, by=st.sampled_from(PEOPLE))
    def somebody_else_tries(self, pick: int, by: str) -> None:
        """Nobody acts beyond their role, and a refused act leaves nothing behind.

        Of two cases, one may have something to say to the other meanwhile: then the file may change by that.
        """
        duty = self._picked(pick)
        if duty is None or by == duty.owner or self.people.away(duty.owner, self.now.case.now):
            return  # while an owner is away, others may act in their place
        self.office.run(self.now.case.rests())  # what the act before this one has led to is not this one's trace
        before, file = len(self.now.acts), self.file
        self._attempt(self._done(duty, 0, by=by))
        assert len(self.now.acts) == before, f"{by} did {duty.id}, which is {duty.owner}'s"
        assert len(self.known) > 1 or self.file == file

    @rule(pick=Picks, to=st.sampled_from(PEOPLE))
    def a_duty_is_delegated(self, pick: int, to: str) -> None:
        if duty := self._picked(pick):
            self._attempt(self.now.case.delegates(duty.id, to))

    @precondition(lambda self: bool(self._open(lambda duty: is_approval(duty.rule))))
    @rule(pick=Picks, of=st.sampled_from((*PEOPLE, LEADER)))
    def an_approver_asks_for_a_countersignature(self, pick: int, of: str) -> None:
        if duty := _one(self._open(lambda duty: is_approval(duty.rule)), pick):
            self._attempt(self.now.case.asks_countersignature(duty.id, of))

    @rule(pick=Picks, to=st.sampled_from((*PEOPLE, LEADER)))
    def somebody_is_asked_to_prepare_it(self, pick: int, to: str) -> None:
        if duty := _one(self._open(lambda duty: not is_approval(duty.rule)), pick):
            self._attempt(self.now.case.asks(duty.owner, ActKind.ENTRUST, duty.id, to=to, reason="请先办"))

    @precondition(lambda self: bool(self._open(_is_asked)))
    @rule(pick=Picks)
    def what_was_asked_of_another_is_taken_back(self, pick: int) -> None:
        if duty := _one(self._open(_is_asked), pick):
            asker = self.file.duties[duty.about or ""].owner
            self._attempt(self.now.case.asks(asker, ActKind.RECALL, duty.id, reason="不用了"))

    @rule(pick=Picks, by=st.sampled_from(PEOPLE))
    def somebody_urges(self, pick: int, by: str) -> None:
        if duty := self._picked(pick):
            self._attempt(self.now.case.asks(by, ActKind.URGE, duty.id, reason="请尽快"))
            self._attempt(self.now.case.asks(by, ActKind.CLAIM, duty.id))

    @precondition(lambda self: bool(self._open(lambda duty: duty.role == POOLED)))
    @rule(pick=Picks)
    def the_other_holder_claims(self, pick: int) -> None:
        if duty := _one(self._open(lambda duty: duty.role == POOLED), pick):
            self._attempt(self.now.case.asks(ALSO_HOLDS_IT, ActKind.CLAIM, duty.id))

    @rule(by=st.sampled_from(PEOPLE), to=st.sampled_from((*PEOPLE, LEADER)))
    def people_say_something_and_read_it(self, by: str, to: str) -> None:
        duties = dict(self.file.duties)
        self._attempt(self.now.case.asks(by, ActKind.COMMENT, reason=f"请@{to} 看一下"))
        self._attempt(self.now.case.asks(by, ActKind.COPY, form={"people": [to]}))
        self._attempt(self.now.case.asks(to, ActKind.READ))
        assert len(self.known) > 1 or self.file.duties == duties, "no clock hears of what is said"

    @precondition(lambda self: bool(self._open(lambda duty: duty.withdrawable_by is not None)))
    @rule(pick=Picks)
    def a_submission_is_taken_back(self, pick: int) -> None:
        if duty := _one(self._open(lambda duty: duty.withdrawable_by is not None), pick):
            self._attempt(self.now.case.withdraws(duty.id, by=duty.withdrawable_by or ""))

    @precondition(lambda self: bool(self._open(_is_talk)))
    @rule(pick=Picks)
    def the_customer_is_not_reached(self, pick: int) -> None:
        if duty := _one(self._open(_is_talk), pick):
            self._attempt(self.now.case.tries(duty.id))

    @precondition(lambda self: bool(self._open(_may_be_given_up)))
    @rule(pick=Picks)
    def the_customer_is_never_reached(self, pick: int) -> None:
        """Nobody is reached on several days, and the talk is put forward to be given up."""
        if (duty := _one(self._open(_may_be_given_up), pick)) is None:
            return
        for _ in range(TRIES):
            self._attempt(self.now.case.tries(duty.id))
            self._attempt(self.now.case.is_unreached(duty.id))
            self.time_passes(timedelta(days=1))
        self._all_approve(lambda one: one.rule == "RV-4.2.unreached")

    @precondition(lambda self: bool(self._open(_has_date)))
    @rule(pick=Picks, days=st.integers(min_value=1, max_value=9), decided=st.booleans())
    def another_date_is_asked_for(self, pick: int, days: int, decided: bool) -> None:
        if (duty := _one(self._open(_has_date), pick)) is None:
            return
        self._attempt(self.now.case.asks_date(duty.id, duty.deadline.due + timedelta(days=days)))
        if decided:
            self._all_approve(lambda one: one.rule == editions.newest().rule(duty.rule).date_approval)

    @precondition(lambda self: bool(self._given()))
    @rule(pick=Picks, other=st.integers(min_value=0, max_value=5), by=st.sampled_from(("", "", SUPERVISOR)))
    def an_answer_is_changed(self, pick: int, other: int, by: str) -> None:
        case, duty = self.now.case, _one(self._given()[::-1], pick)
        if duty is None:
            return
        choices = [{}, *OTHERWISE.get(editions.newest().rule(duty.rule).form or "", [])]
        form = case.filled(duty, choices[other % len(choices)])
        asked = case.asks(by or duty.owner, ActKind.REVISE, duty.id, form=form, reason="有新的证据")
        self._attempt(asked)

    @precondition(lambda self: bool(self._open(_is_unanswered)))
    @rule(pick=Picks)
    def an_escalation_is_answered(self, pick: int) -> None:
        if duty := _one(self._open(_is_unanswered), pick):
            self._attempt(self.now.case.acknowledges(duty.id, by=duty.escalations[-1].to))

    @precondition(lambda self: bool(self._open(lambda duty: duty.rule == "CH-7.3.1")))
    @rule(pick=Picks, days=st.integers(min_value=1, max_value=9))
    def a_date_is_promised_anew(self, pick: int, days: int) -> None:
        if duty := _one(self._open(lambda duty: duty.rule == "CH-7.3.1"), pick):
            self._attempt(self.now.case.reschedules(duty.deadline.due + timedelta(days=days), rule=duty.id))

    @precondition(lambda self: bool(self._open(_is_pausable)))
    @rule(pick=Picks, hours=st.integers(min_value=1, max_value=60))
    def the_customer_is_waited_for(self, pick: int, hours: int) -> None:
        case, pausable = self.now.case, self._open(_is_pausable)
        if duty := _one([one for one in pausable if one.waits(case.now)], pick):
            self._attempt(case.asks(duty.owner, ActKind.RESUME, duty.id))
        elif duty := _one(pausable, pick):
            until = (case.now + timedelta(hours=hours)).isoformat()
            self._attempt(case.asks(duty.owner, ActKind.PAUSE, duty.id, form={"until": until}, reason="等客户约时间"))

    @precondition(lambda self: bool(self._open(lambda duty: duty.passes_up)))
    @rule(pick=Picks)
    def it_is_passed_up(self, pick: int) -> None:
        if duty := _one(self._open(lambda duty: duty.passes_up), pick):
            self._attempt(self.now.case.passes_up(duty.id))

    # --- the case as a whole

    @rule(level=st.integers(min_value=1, max_value=4), major=st.booleans())
    def it_is_regraded(self, level: int, major: bool) -> None:
        form = {"level": level, "major": major}
        self._attempt(self.now.case.asks(self._supervisor(), ActKind.REGRADE, form=form, reason="情况有变"))

    @rule(
        loss=st.sampled_from((1_000, 450_000, 800_000)), injured=st.booleans(), whom=st.sampled_from(("", ENGINEERING))
    )
    def facts_change(self, loss: int, injured: bool, whom: str) -> None:
        facts: dict[str, Any] = {"loss": str(loss), "injured": injured, "our_fault": injured}
        if whom:
            facts["also_about"] = [whom]
        self._attempt(self.now.case.amends(by=self._supervisor(), **facts))

    @rule(
        category=st.sampled_from(("engineering", "sales", "property", "service")),
        channel=st.sampled_from(("phone", "letter", "visit")),
        department=st.sampled_from((None, "engineering", "property")),
        earlier=st.integers(min_value=0, max_value=90),
        innocent=st.booleans(),
    )
    def the_intake_is_corrected(
        self, category: str, channel: str, department: str | None, earlier: int, innocent: bool
    ) -> None:
        said: dict[str, Any] = {"category": category, "channel": channel}
        said |= {"department": department} if department else {}
        if earlier:
            said["received_at"] = (self.file.complaint.received_at - timedelta(minutes=earlier)).isoformat()
        if innocent and ENGINEERING in self.file.about:
            said["not_about"] = [ENGINEERING]
        self._attempt(self.now.case.amends(by=self._supervisor(), **said))

    @rule(urging=st.booleans(), reached=st.booleans())
    def the_customer_is_in_contact(self, urging: bool, reached: bool) -> None:
        self._attempt(self.now.case.is_contacted(by=self._supervisor(), urging=urging, reached=reached))

    @precondition(lambda self: len(self.file.matters) < 2)
    @rule(kind=st.sampled_from(("repair", "corrective")))
    def a_matter_is_opened(self, kind: str) -> None:
        self._attempt(self.now.case.opens_matter(kind, by=self._supervisor()))

    @precondition(lambda self: bool(self.file.matters))
    @rule(pick=Picks, decided=st.sampled_from((True, True, False)))
    def a_matter_is_cancelled(self, pick: int, decided: bool) -> None:
        if matter := _one(self.file.matters, pick):
            self._attempt(self.now.case.cancels_matter(matter.id, by=self._supervisor()))
        if decided:
            self._all_approve(lambda one: one.rule == "MATTER.cancel.approval")

    @precondition(lambda self: bool(self._open(lambda duty: duty.matter is not None)))
    @rule(duties=st.integers(min_value=1, max_value=6), other=st.integers(min_value=0, max_value=5))
    def work_goes_on_in_a_matter(self, duties: int, other: int) -> None:
        for _ in range(duties):
            if ready := [duty for duty in self._ready() if duty.matter is not None]:
                self._attempt(self._done(ready[0], other))

    @precondition(lambda self: len(self.known) == 2)
    @rule(what=st.sampled_from(("merge", "gather")))
    def two_cases_are_joined(self, what: str) -> None:
        mine, other, by = self.now.case, self.known[(self.turn + 1) % 2].case, self._supervisor()
        self._attempt(mine.merges_into(other, by=by) if what == "merge" else mine.leads(other, by=by))

    @rule(decided=st.booleans())
    def the_customer_withdraws(self, decided: bool) -> None:
        self._attempt(self.now.case.drops())
        if decided:
            self._all_approve(lambda one: one.rule.startswith("DROP."))

    @rule(decided=st.booleans())
    def it_is_found_invalid(self, decided: bool) -> None:
        self._attempt(self.now.case.is_found_invalid(by=self._supervisor()))
        if decided:
            self._all_approve(lambda one: one.rule == "INVALID.confirmation")

    @rule(content=st.integers(min_value=1, max_value=3), by=st.sampled_from(PEOPLE), of=Picks)
    def something_is_attached(self, content: int, by: str, of: int) -> None:
        duty = _one(list(self.file.duties), of) if of % 2 else None
        form: dict[str, Any] = {} if duty is None else {"for_duty": duty}
        self._attempt(self.now.case.attaches(f"paper {content}".encode(), by=by, **form))

    @precondition(lambda self: bool(attachments(self.file)))
    @rule(pick=Picks, by=st.sampled_from(PEOPLE))
    def an_attachment_is_struck_out(self, pick: int, by: str) -> None:
        if one := _one(attachments(self.file), pick):
            self._attempt(self.now.case.detaches(one.id, by=one.by if pick % 2 else by))

    @rule()
    def the_customer_only_asked_something(self) -> None:
        self._attempt(self.now.case.turns_into_an_enquiry())

    @precondition(lambda self: bool(self._open(lambda duty: duty.rule in CONFIRMED)))
    @rule(pick=Picks, returned=st.sampled_from((False, False, True)))
    def it_is_confirmed_or_not(self, pick: int, returned: bool) -> None:
        """The customer's withdrawal, that it is not valid, or the cancellation of a matter whose work has begun."""
        waiting = self._open(lambda duty: duty.rule in CONFIRMED)
        duty, case = waiting[pick % len(waiting)], self.now.case
        self._attempt(case.returns(duty.id, duty.returns_to[0]) if returned else case.approves(duty.id))

    @precondition(lambda self: bool(self.file.open_duties))
    @rule(pick=Picks, to=st.sampled_from(PEOPLE))
    def somebody_leaves(self, pick: int, to: str) -> None:
        owners = [duty.owner for duty in self.file.open_duties]
        self._attempt(self.now.case.hands_over(owners[pick % len(owners)], to, by=self._supervisor()))

    # --- what nobody decides

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: timedelta) -> None:
        for one in self.known:
            if not one.case.file.closed:
                self.office.run(one.case.passes(seconds=span.total_seconds()))

    @precondition(lambda self: any(_next_breach(duty) for duty in self.file.open_duties))
    @rule(pick=Picks, more=st.sampled_from((timedelta(minutes=1), timedelta(hours=3))))
    def somebody_is_late(self, pick: int, more: timedelta) -> None:
        """Time passes until somebody has not done in time what they owe, or what they were freed to do."""
        if duty := _one(self._open(lambda duty: _next_breach(duty) is not None), pick):
            self.passes_to_breach(duty.id, more)

    @precondition(lambda self: len(self.known) == 2)
    @rule()
    def it_is_the_other_cases_turn(self) -> None:
        self.turn += 1

    @rule(dice=st.integers(min_value=0, max_value=3))
    def it_goes_on_afresh(self, dice: int = 0) -> None:
        """Now and then: the server holds back a run that follows another, for up to a second."""
        if dice == 0 and not self.file.closed:
            self.office.run(self.now.case.goes_on_afresh())

    @rule(dice=st.integers(min_value=0, max_value=3))
    def the_worker_crashes(self, dice: int) -> None:
        if dice == 0:
            self.office.run(self.office.crash())
            for one in self.known:
                self.office.run(one.case.look())

    # --- what may never be

    @invariant()
    def nothing_is_broken(self) -> None:
        for one in self.known:
            file = one.case.file
            wrong = broken(file, self.world.references.directory, one.case.now)
            assert not wrong, wrong
            done = [(act.kind, act.by) for act in file.acts]
            assert done == one.acts, "the model has other acts"

    def teardown(self) -> None:
        for one in self.known:
            file, kept, journal = self.office.run(self._settled(one.case))
            wrong = broken_records(file, kept, list(journal))
            assert not wrong, wrong
            course = Course(editions.newest(), self.people).follow(journal)
            assert not course.found, course.found
            self.happened.update(course.happened)
            self.happened.update(what_happened(file))
        for one in self.known:
            for entry in one.case.file.links:
                assert entry.key != one.case.handle.id, f"linked to itself: {entry.kind}"
            assert sum(link.kind is LinkKind.MERGED_INTO for link in one.case.file.links) <= 1
        entries = self.office.retention.entries
        assert balance_of(entries) >= 0
        for one in self.known:
            one.case.ignores()

    # --- how

    def passes_to_breach(self, id: str, more: timedelta = timedelta(minutes=1)) -> None:
        """Let time pass until the duty, or its owner, is late, and a little more."""
        duty = self.file.duties[id]
        if duty.open and (moment := _next_breach(duty)):
            self.time_passes(max(moment - self.now.case.now, timedelta()) + more)

    def has_done(self, id: str) -> None:
        """Have the duty done by its owner."""
        self._attempt(self._done(self.file.duties[id], 0))

    def _all_approve(self, such: Callable[[Duty], bool]) -> None:
        """Have these approvals given by their owners, and those that open then."""
        for _ in range(3):
            for duty in self._open(such):
                self._attempt(self.now.case.approves(duty.id))

    def _supervisor(self) -> str:
        """Who supervises customer service in this case now."""
        return self.people.who("cs_supervisor", self.now.case.now, shut_out=self.file.about).person

    def _ready(self) -> list[Duty]:
        """The open duties of the case whose turn it is that wait for no other one."""
        return [duty for duty in self.file.open_duties if not self.file.awaited_by(duty)]

    def _picked(self, pick: int) -> Duty | None:
        ready = self._ready()
        return ready[pick % len(ready)] if ready else None

    def _open(self, such: Callable[[Duty], bool]) -> list[Duty]:
        return [duty for duty in self.file.open_duties if such(duty)]

    def _absent(self) -> list[Duty]:
        """The duties that can be done and whose owners are away."""
        people, now = self.people, self.now.case.now
        return [duty for duty in self._ready() if people.away(duty.owner, now)]

    def _given(self) -> list[Duty]:
        """The duties whose answers can be changed."""
        rule = editions.newest().rule
        done = (duty for duty in self.file.duties.values() if duty.status is DutyStatus.DONE)
        return [duty for duty in done if rule(duty.rule).revisable]

    async def _done(self, duty: Duty, other: int, by: str | None = None, at: datetime | None = None) -> ActReceipt:
        case, who = self.now.case, by or duty.owner  # by its id: `does` would take the newest by the rule
        if is_approval(duty.rule):
            return await case.asks(who, ActKind.APPROVE, duty.id, revision=duty.revision, at=at)
        form = case.filled(duty, self._fields(duty, other))
        return await case.asks(who, ActKind.DISCHARGE, duty.id, form=form, at=at)

    def _fields(self, duty: Duty, other: int) -> dict[str, Any]:
        form = editions.newest().rule(duty.rule).form or ""
        if form == "liaison_named":  # somebody of the department
            return {"person": next(one.id for one in self.people.people if one.department == duty.department)}
        choices: list[dict[str, Any]] = [{}, {}, *OTHERWISE.get(form, [])]
        return choices[other % len(choices)]

    async def _grades(self, level: int, major: bool) -> ActReceipt:
        return await self.now.case.does("CR-5.2.1a", level=level, major=major, reason="按标准判定")

    def _attempt(self, act: Coroutine[Any, Any, object]) -> None:
        """Try an act. If it is accepted the model counts it; if not, it must be for a reason that has a code."""
        before = self.file
        try:
            self.office.run(act)
        except Refusal as refusal:
            if refusal.code in (Refused.SERVER_UNREACHABLE, Refused.CASE_UNKNOWN):
                raise
            self.office.run(self.now.case.look())
        for done in self.file.acts[len(before.acts) :]:
            self.now.acts.append((done.kind, done.by))
        new = len(self.file.acts) - len(before.acts)
        assert new <= 1, f"one attempt, {new} acts"

    async def _settled(self, case: Case) -> tuple[CaseFile, CaseFile | None, Sequence[JournalLine]]:
        """The file and what the records have of it, once these have caught up.

        Looked at anew each time: what another case had to say to this one may still arrive.
        """
        until = time.monotonic() + self.office.records_follow
        while True:
            await case.look()
            kept = await self.office.records.case(case.handle.id)
            journal = await self.office.records.journal(case.handle.id)
            same = kept is not None and kept.journal_seq == len(journal) == case.file.journal_seq
            if same or time.monotonic() > until:
                return case.file, kept, journal
            await self.office.pause()


def _asks_date(life: Lives, pick: int) -> None:
    life.another_date_is_asked_for(pick, 3, decided=pick % 4 > 0)


def _changes(life: Lives, pick: int) -> None:
    life.an_answer_is_changed(0, 3, by="")


def _cancels(life: Lives, pick: int) -> None:
    life.a_matter_is_cancelled(pick, decided=pick % 4 > 0)


def _withdraws(life: Lives, pick: int) -> None:
    life.the_customer_withdraws(decided=pick % 4 > 0)


def _is_invalid(life: Lives, pick: int) -> None:
    life.it_is_found_invalid(decided=pick % 4 > 0)


def _recalls(life: Lives, pick: int) -> None:
    life.somebody_is_asked_to_prepare_it(pick, LEADER)
    life.what_was_asked_of_another_is_taken_back(pick)


def _people_talk(life: Lives, pick: int) -> None:
    life.people_say_something_and_read_it(SUPERVISOR, LEADER)
    life.somebody_urges(pick, MANAGER)
    life.the_customer_is_in_contact(urging=True, reached=True)


def _papers_come(life: Lives, pick: int) -> None:
    life.something_is_attached(1, SUPERVISOR, pick)
    life.an_attachment_is_struck_out(1, SUPERVISOR)


def _others_take_it_over(life: Lives, pick: int) -> None:
    life.the_other_holder_claims(pick)
    life.a_duty_is_delegated(pick, MANAGER)
    life.somebody_leaves(pick, PROPERTY)


def _it_is_seen_differently(life: Lives, pick: int) -> None:
    life.it_is_regraded(3, major=False)
    life.facts_change(800_000, injured=True, whom="")


def _plan_is_late_for_others(life: Lives, pick: int) -> None:
    """The plan waits for others until it is late; then its lead is free to do it, and perhaps late by themselves."""
    plan = next(duty.id for duty in life.file.open_duties if duty.rule == "CR-5.2.2e")
    life.passes_to_breach(plan)
    for _ in range(FAR):
        if plan in (duty.id for duty in life.file.open_duties) and (
            awaited := life.file.awaited_by(life.file.duties[plan])
        ):
            life.has_done(awaited[0])
    if pick % 4:
        life.passes_to_breach(plan)


def _deputy_acts(life: Lives, pick: int) -> None:
    life.time_passes(timedelta(hours=2))
    life.a_deputy_does_it(pick, 0)


def _acknowledges(life: Lives, pick: int) -> None:
    life.somebody_is_late(pick, timedelta(hours=70))
    life.an_escalation_is_answered(pick)


def _merges(life: Lives, pick: int) -> None:
    life.opens_another_about_the_same()
    life.two_cases_are_joined("merge")


def _gathers(life: Lives, pick: int) -> None:
    life.opens_another_about_the_same()
    life.two_cases_are_joined("gather")


def _waits_for_the_customer(life: Lives, pick: int) -> None:
    for _ in range(2):
        life.the_customer_is_waited_for(pick, 20)


FIRST: dict[str, tuple[Callable[[Lives, int], None], ...]] = {
    "plan": (_plan_is_late_for_others, _changes, _people_talk),
    "approval": (
        lambda life, pick: life.a_submission_is_taken_back(pick),
        lambda life, pick: life.an_approver_asks_for_a_countersignature(pick, LEADER if pick % 4 else PROPERTY),
        lambda life, pick: life.an_approver_returns_it(pick),
    ),
    "execution": (_asks_date, _recalls, _it_is_seen_differently),
    "ladder": (
        lambda life, pick: life.it_is_passed_up(pick),
        _waits_for_the_customer,
        lambda life, pick: life.the_customer_is_not_reached(pick),
    ),
    "opinions": (
        _changes,
        lambda life, pick: life.a_date_is_promised_anew(pick, 3),
        lambda life, pick: life.the_customer_only_asked_something(),
    ),
    "order": (_changes, _asks_date, lambda life, pick: life.the_customer_is_never_reached(pick)),
    "meeting": (_asks_date, _withdraws, _is_invalid),
    "slip": (_withdraws, _changes),
    "repair": (_cancels, _asks_date, _others_take_it_over),
    "repair of a major one": (_cancels,),
    "bill": (_acknowledges, _merges, _gathers),
    "revisit": (_deputy_acts, _papers_come),
    "action": (_asks_date,),
}
"""What may happen first at a stage: acts that are rare elsewhere."""


def first_steps(life: type[Lives], part: int, parts: int) -> None:
    """Have everything happen at its stage that may happen there first, in a life of its own; a `part` of them."""
    every = [(stage, nth) for stage in STAGES for nth in range(len(FIRST[stage]))]
    for stage, nth in every[part::parts]:
        one, pick = life(), next(n for n in range(nth, 40, len(FIRST[stage])) if n % 4 > 0)
        one.opens(loss=0, level=None, about=(), major=False, ahead=0, stage=stage, then=pick)
        one.nothing_is_broken()
        one.it_goes_on(4, 0)
        one.nothing_is_broken()
        one.teardown()
