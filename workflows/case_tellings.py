"""Who hears of what somebody did in a case or round (decision 13)."""

from __future__ import annotations

from typing import Any

from complaints.case import duties, requests, tellings
from complaints.case.events.duties import NoticeCopied, NoticeHanded
from complaints.case.file import Act, ActKind, Duty, FileT, NoticeKind
from complaints.editions.rule_ids import RuleId
from workflows.case_clocks import CaseClocks
from workflows.duty_terms import DutyAnswer


class CaseTellings(CaseClocks[FileT]):
    """Sends notices of acts to the people whom the rules name, each once."""

    def tell_addressees(self, duty: Duty, act: Act) -> None:
        """Tell whoever the duty's rule names of the act that did it; and of a decision, whoever asked for it."""
        asker = self._asker(duty, act)
        self._hand(duty, act, asker, moment="decided")
        tells = self.edition.rule(duty.rule).tells
        if tells and act.kind in (ActKind.DISCHARGE, ActKind.APPROVE):
            people = tellings.addressees(tells, self.file, duty, act, self.reference.directory, self.now)
            self._hand(duty, act, tuple(person for person in people if person not in asker))

    def _asker(self, duty: Duty, act: Act) -> tuple[str, ...]:
        """Return whoever asked for what `act` decides. A date that was asked for has a notice of its own."""
        asked = self.file.asked_by(duty)
        if asked is None or asked.kind is ActKind.ASK_DATE:
            return ()
        return requests.asker(self.file, self.edition, self.reference.directory, duty, self.now, act.by)

    def tell_changed(self, duty: Duty, act: Act) -> None:
        """Tell of a changed answer whoever the rule tells of an answer, and whoever was told of the one before it."""
        if tells := self.edition.rule(duty.rule).tells:
            people, now = self.reference.directory, self.now
            had = (one.to for one in self.file.notices if one.id.startswith(f"{duty.id}/handed-"))
            there = (people.stand_in(person, now, shut_out=self.shut_out).person for person in had)
            told = (*tellings.addressees(tells, self.file, duty, act, people, now), *there)
            self._hand(duty, act, tuple(person for person in dict.fromkeys(told) if person != act.by))

    def hand(self, answer: DutyAnswer[Any], *people: str) -> None:
        """Send these people, once, what the answer has handed over, unless the rule's tellings have.

        Somebody who was absent when the answer was given is represented, like whoever a rule tells.
        """
        directory, at, moment = self.reference.directory, answer.act.recorded_at, f"handed-{answer.act.seq}"
        there = (directory.stand_in(person, at, shut_out=self.shut_out).person for person in people)
        told = {notice.to for notice in self.file.notices if notice.id.startswith(f"{answer.duty}/{moment}/")}
        new = tuple(person for person in dict.fromkeys(there) if person not in told and person != answer.act.by)
        self._hand(self.file.duties[answer.duty], answer.act, new)

    def _hand(self, duty: Duty, act: Act, people: tuple[str, ...], moment: str = "handed") -> None:
        if not people:
            return
        moment, now = f"{moment}-{act.seq}", self.now
        told = tuple(
            duties.notice(duty, NoticeKind.HANDED, moment, to, now, act=str(act.seq), by=act.by) for to in people
        )
        self.record(NoticeHanded(at=now, duty=duty.id, rule=duty.rule, act=act.seq, notices=told))

    def tell(self, duty_id: str, rule_id: RuleId, *, department: str | None = None, **params: str) -> None:
        """Send a copy notice about a duty, once, to the holder of the role that the policy `rule_id` names.

        `department` selects the holder of a role that every department fills for itself.
        """
        duty, now = self.file.duties[duty_id], self.now
        about = {"department": department} if department else {}
        told = (one for one in self.file.notices if one.id.startswith(f"{duty_id}/{rule_id}/"))
        if any(one.params.get("department") == department for one in told):
            return  # it was sent already, even if the role has another holder by now
        role = self.edition.rule(rule_id).owner
        to = self.reference.directory.who(role, now, department=department, shut_out=self.shut_out).person
        notice = duties.notice(duty, NoticeKind.COPY, rule_id, to, now, **params, **about)
        if all(known.id != notice.id for known in self.file.notices):
            self.record(NoticeCopied(at=now, duty=duty.id, rule=rule_id, to=to, params=params, notices=(notice,)))
