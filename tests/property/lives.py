"""Random lives of complaints: people act and err, time passes, workers crash; a plain model keeps count beside them.

The model knows little and is sure of it: which acts were accepted, in which order and by whom; how often a date was
changed; what was paid in. Everything else is what may never be (`invariants`).
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActReceipt, CaseFile, Duty, JournalLine, LinkKind
from complaints.repairs.retention_money import balance_of
from tests.people import ADMIN, CLERK, ENGINEERING, MANAGER, PROPERTY, SALES_SUPERVISOR, SALESPERSON, SUPERVISOR
from tests.property.invariants import broken, broken_records
from tests.property.office import Office
from tests.world import Case, World, is_approval

PEOPLE = (ADMIN, CLERK, ENGINEERING, MANAGER, PROPERTY, SALES_SUPERVISOR, SALESPERSON, SUPERVISOR)
SPANS = (timedelta(minutes=3), timedelta(minutes=50), timedelta(hours=5), timedelta(hours=26))
CONTRACTOR, DEPOSIT = "hongji", "10000.00"

# Answers other than the usual one, by form: each leads another way.
OTHERWISE: dict[str, list[dict[str, Any]]] = {
    "judgement": [{"nature": "malicious"}],
    "contact": [{"agreed": False, "outcome": "客户不同意"}],
    "progress": [{"satisfied": False}],
    "adjustment": [{"adjustable": False, "change": "无法再调整"}],
    "case_revisit": [{"satisfaction": "unsatisfied"}, {"reached": False}],
    "assessment": [
        {"responsible": "others", "departments": ["engineering"]},
        {"responsible": "not_ours"},
        {"responsible": "unagreed", "departments": ["engineering", "property"]},
    ],
    "watch_decision": [{"decision": "regrade", "level": 1}],
    "repair_decision": [{"decision": "repair", "what": "重做防水", "done_by": "team", "reason": ""}],
    "repair_assignment": [
        {"done_by": "contractor", "because": None},
        {"paid_by": "company", "contractor": None, "because": None},
    ],
    "repair_bill": [{"amount": "12000.00"}, {"amount": "0", "vouchers": [], "remark": "施工单位自费"}],
    "bill_audit": [
        {"result": "sent_back", "audited": None, "reason": "缺签收单"},
        {"result": "nothing", "audited": None, "reason": "施工单位已付"},
    ],
    "claim_pursued": [{"result": "carry_on"}, {"result": "paid", "amount": "100.00", "voucher": "收-1", "reason": ""}],
    "effect_check": [{"effective": False, "found": "又出现渗水"}],
}

Picks = st.integers(min_value=0, max_value=40)


@dataclass
class Expected:
    """What the model knows of a case."""

    case: Case
    acts: list[tuple[ActKind, str]] = field(default_factory=list[tuple[ActKind, str]])


class Lives(RuleBasedStateMachine):
    """One life of one or two complaints. The office is set by the test that runs it."""

    office: ClassVar[Office]

    def __init__(self) -> None:
        super().__init__()
        self.world: World = self.office.world()
        self.known: list[Expected] = []
        self.turn = 0

    # --- the cases

    @initialize(
        loss=st.sampled_from((0, 90_000, 450_000, 600_000)),
        level=st.sampled_from((None, 1, 2, 3, 4)),
        about=st.sampled_from(((), (SALESPERSON,), (SALES_SUPERVISOR,), (SUPERVISOR,), (ENGINEERING,))),
        major=st.booleans(),
        ahead=st.integers(min_value=0, max_value=12),
    )
    def opens(self, loss: int, level: int | None, about: tuple[str, ...], major: bool, ahead: int) -> None:
        """A complaint comes in, and has got somewhere before anything happens to it."""
        self._open(loss=loss, about=about, building="3栋", department="engineering")
        if level is not None:
            self._attempt(self._grades(level, major))
            self.it_goes_on(ahead, ahead)

    @precondition(lambda self: len(self.known) == 1)
    @rule()
    def opens_another_about_the_same(self) -> None:
        self._open(building="3栋", households=1)

    def _open(self, **told: Any) -> None:
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

    @rule(pick=Picks, other=st.integers(min_value=0, max_value=5))
    def somebody_does_what_they_owe(self, pick: int, other: int) -> None:
        if duty := self._picked(pick):
            self._attempt(self._done(duty, other))

    @rule(duties=st.integers(min_value=1, max_value=4), other=st.integers(min_value=0, max_value=5))
    def it_goes_on(self, duties: int, other: int) -> None:
        """Everybody does what they owe, the oldest first."""
        for _ in range(duties):
            if duty := self._picked(0):
                self._attempt(self._done(duty, other))

    @rule(pick=Picks)
    def an_approver_returns_it(self, pick: int) -> None:
        if (duty := self._picked(pick)) and duty.returns_to:
            to = duty.returns_to[pick % len(duty.returns_to)]
            self._attempt(self.now.case.returns(duty.id, to))

    @rule(pick=Picks, by=st.sampled_from(PEOPLE))
    def somebody_else_tries(self, pick: int, by: str) -> None:
        """Nobody acts beyond their role, and a refused act leaves nothing behind.

        Of two cases, one may have something to say to the other meanwhile: then the file may change by that.
        """
        duty = self._picked(pick)
        if duty is None or by == duty.owner:
            return
        before, file = len(self.now.acts), self.file
        self._attempt(self._done(duty, 0, by=by))
        assert len(self.now.acts) == before, f"{by} did {duty.id}, which is {duty.owner}'s"
        assert len(self.known) > 1 or self.file == file

    @rule(pick=Picks, to=st.sampled_from(PEOPLE))
    def a_duty_is_delegated(self, pick: int, to: str) -> None:
        if duty := self._picked(pick):
            self._attempt(self.now.case.delegates(duty.id, to))

    @rule(pick=Picks)
    def an_escalation_is_answered(self, pick: int) -> None:
        late = [duty for duty in self.file.open_duties if duty.escalations and not duty.acknowledged]
        if late:
            duty = late[pick % len(late)]
            self._attempt(self.now.case.acknowledges(duty.id, by=duty.escalations[-1].to))

    @rule(pick=Picks, days=st.integers(min_value=1, max_value=9))
    def a_date_is_promised_anew(self, pick: int, days: int) -> None:
        dated = [duty for duty in self.file.open_duties if duty.rule == "CH-7.3.1"]
        if dated:
            duty = dated[pick % len(dated)]
            self._attempt(self.now.case.reschedules(duty.deadline.due + timedelta(days=days), rule=duty.id))

    @rule(pick=Picks, hours=st.integers(min_value=1, max_value=60))
    def the_customer_is_waited_for(self, pick: int, hours: int) -> None:
        if duty := self._picked(pick):
            case = self.now.case
            if duty.waits(case.now):
                self._attempt(case.asks(duty.owner, ActKind.RESUME, duty.id))
            else:
                until = (case.now + timedelta(hours=hours)).isoformat()
                wait = case.asks(duty.owner, ActKind.PAUSE, duty.id, form={"until": until}, reason="等客户约时间")
                self._attempt(wait)

    @rule(pick=Picks)
    def it_is_passed_up(self, pick: int) -> None:
        steps = [duty for duty in self.file.open_duties if duty.passes_up]
        if steps:
            self._attempt(self.now.case.passes_up(steps[pick % len(steps)].id))

    # --- the case as a whole

    @rule(level=st.integers(min_value=1, max_value=4), major=st.booleans())
    def it_is_regraded(self, level: int, major: bool) -> None:
        form = {"level": level, "major": major}
        self._attempt(self.now.case.asks(SUPERVISOR, ActKind.REGRADE, form=form, reason="情况有变"))

    @rule(
        loss=st.sampled_from((1_000, 450_000, 800_000)), injured=st.booleans(), whom=st.sampled_from(("", ENGINEERING))
    )
    def facts_change(self, loss: int, injured: bool, whom: str) -> None:
        facts: dict[str, Any] = {"loss": str(loss), "injured": injured, "our_fault": injured}
        if whom:
            facts["also_about"] = [whom]
        self._attempt(self.now.case.amends(**facts))

    @rule(kind=st.sampled_from(("repair", "corrective")))
    def a_matter_is_opened(self, kind: str) -> None:
        if len(self.file.matters) < 2:
            self._attempt(self.now.case.opens_matter(kind))

    @rule(pick=Picks)
    def a_matter_is_cancelled(self, pick: int) -> None:
        if matters := self.file.matters:
            self._attempt(self.now.case.cancels_matter(matters[pick % len(matters)].id))

    @rule(what=st.sampled_from(("merge", "gather")))
    def two_cases_are_joined(self, what: str) -> None:
        if len(self.known) == 2:
            mine, other = self.now.case, self.known[(self.turn + 1) % 2].case
            self._attempt(mine.merges_into(other) if what == "merge" else mine.leads(other))

    @rule()
    def the_customer_withdraws(self) -> None:
        self._attempt(self.now.case.drops())

    @rule(person=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE))
    def somebody_leaves(self, person: str, to: str) -> None:
        self._attempt(self.now.case.hands_over(person, to))

    # --- what nobody decides

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: timedelta) -> None:
        for one in self.known:
            if not one.case.file.closed:
                self.office.run(one.case.passes(seconds=span.total_seconds()))

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
            assert broken(file, self.world.references.directory, one.case.now) == []
            done = [(act.kind, act.by) for act in file.acts]
            assert done == one.acts, "the model has other acts"

    def teardown(self) -> None:
        for one in self.known:
            file, kept, journal = self.office.run(self._settled(one.case))
            assert broken_records(file, kept, list(journal)) == []
        for one in self.known:
            for entry in one.case.file.links:
                assert entry.key != one.case.handle.id, f"linked to itself: {entry.kind}"
            assert sum(link.kind is LinkKind.MERGED_INTO for link in one.case.file.links) <= 1
        entries = self.office.retention.entries
        assert balance_of(entries) >= 0
        for one in self.known:
            one.case.ignores()

    # --- how

    def _picked(self, pick: int) -> Duty | None:
        waiting = {duty.id for duty in self.file.open_duties}
        ready = [duty for duty in self.file.open_duties if not waiting & set(duty.needs)]
        return ready[pick % len(ready)] if ready else None

    async def _done(self, duty: Duty, other: int, by: str | None = None) -> ActReceipt:
        case = self.now.case
        if is_approval(duty.rule):
            return await case.approves(duty.id, by=by)
        form = editions.newest().rule(duty.rule).form
        choices: list[dict[str, Any]] = [{}, {}, *OTHERWISE.get(form or "", [])]
        fields = choices[other % len(choices)]
        return await case.does(duty.id, by=by, **fields)

    async def _grades(self, level: int, major: bool) -> ActReceipt:
        return await self.now.case.does("CR-5.2.1a", level=level, major=major, reason="按标准判定")

    def _attempt(self, act: Coroutine[Any, Any, ActReceipt]) -> None:
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
