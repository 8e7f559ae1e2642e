"""What a journal proves by itself: who did what, and every way in which somebody might have changed it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest

from complaints import texts
from complaints.acts.registry import ACTS
from complaints.base import Frozen
from complaints.case import journal as chain
from complaints.case.file import SIGNED, Act, ActKind, ActRequest, Attempt, JournalLine
from complaints.case.gates import passed
from complaints.case.recalculation import Recalculation
from complaints.case.round import Period, PeriodKind, RepeatedRound, Subject, round_key
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import KeyRing
from complaints.signing.proof import Proof, kids_in, prove, used_in
from complaints.signing.recorded import Comparison, compared
from complaints.signing.signer import Signer
from tests import casefiles
from tests.people import CLERK, PROPERTY, SUPERVISOR
from tests.signing.signers import GATEWAY
from tests.signing.test_adoption import KEY, KEYS, NOW, REPORT
from workflows.case_runtime import CaseRuntime, new_case
from workflows.interface import RoundStart, SignedAct
from workflows.rounds.opening import round_opened
from workflows.rounds.runner import RoundRunner
from workflows.rounds.runtime import RoundRuntime

SIGNER = Signer(GATEWAY, "session")


def sent(pair: tuple[str, str]) -> SignedAct:
    return SignedAct(text=pair[0], signature=pair[1])


def does(case: CaseRuntime, request: ActRequest, *, minutes: int = 0) -> None:
    at = NOW + timedelta(minutes=minutes)
    proof = sent(SIGNER.act(KEY, request, at))
    case.act(case.stated(proof, at), at, proof)


@cache
def journal(*, signed: bool = True) -> tuple[JournalLine, ...]:
    """A case that was opened, commented on, amended and recalculated."""
    complaint = casefiles.complaint()
    reference = casefiles.reference()
    case = new_case(complaint, KEY, NOW, None, casefiles.edition(), reference, NOW)
    case.keys = KEYS if signed else None
    opening = sent(SIGNER.opening(KEY, complaint, None, NOW))
    case.open(None, (SIGNED,) if signed else (), (), NOW, proof=opening, verified_at=NOW)
    case.start(NOW)
    does(case, REPORT, minutes=1)
    does(case, REPORT.but(act_id="c-2", reason="已转告项目"), minutes=2)
    asked = Recalculation(by=SUPERVISOR, reason="放假通知")
    at = NOW + timedelta(minutes=3)
    proof = sent(SIGNER.recalculation(KEY, asked, at))
    case.recalculate(case.stated_recalculation(proof, at), at, proof)
    return tuple(case.case.lines)


Change = Callable[[JournalLine], JournalLine | list[JournalLine] | None]


def rewritten(change: Change) -> list[JournalLine]:
    """The journal as somebody writes it anew who can write the whole chain: its hashes are right."""
    lines: list[JournalLine] = []
    for line in journal():
        changed = change(line)
        for new in changed if isinstance(changed, list) else [changed] if changed is not None else []:
            end = (lines[-1].seq, lines[-1].hash) if lines else (0, chain.GENESIS)
            lines.append(chain.line(*end, new.at, new.kind, new.by, new.duty, new.rule, new.data))
    return lines


def kinds(proof: Proof) -> list[str]:
    return [fault.kind for fault in proof.faults]


def said(line: JournalLine, **changes: Any) -> JournalLine:
    return line.but(data={**line.data, **changes})


def is_statement(line: JournalLine, of: int | str) -> bool:
    return line.kind == "statement.signed" and of in (line.data.get("act"), line.data.get("kind"))


def is_act(line: JournalLine, seq: int) -> bool:
    return line.kind != "statement.signed" and line.data.get("act") == seq and "recorded_at" in line.data


def test_a_whole_journal_proves_who_did_what():
    proof = prove(journal(), KEYS)
    assert proof.faults == ()
    assert proof.whole
    assert [(deed.what, deed.by, deed.act, deed.via) for deed in proof.deeds] == [
        ("opening", CLERK, None, "session"),
        ("comment", CLERK, 1, "session"),
        ("comment", CLERK, 2, "session"),
        ("recalculate", SUPERVISOR, None, "session"),
    ]
    assert {deed.kid for deed in proof.deeds} == {GATEWAY.kid} == kids_in(journal())


def test_it_needs_nothing_but_lines_that_survive_a_file():
    lines = [JournalLine.model_validate_json(line.model_dump_json()) for line in journal()]
    assert prove(lines, KeyRing.read(KEYS.written())).whole


def test_a_case_that_began_before_signing_says_so():
    proof = prove(journal(signed=False), KeyRing())
    assert (proof.signed, proof.whole, proof.faults, proof.deeds) == (False, False, (), ())


def test_a_case_that_only_claims_to_be_from_before_is_found_out():
    lines = rewritten(lambda line: None if line.kind in {"statement.signed", "gates.passed"} else line)
    assert kinds(prove(lines, KEYS)) == ["keys-before"]


def forged(line: JournalLine) -> JournalLine:
    """What somebody with another key writes in another's name."""
    if not (line.kind == "statement.signed" and line.data.get("act") == 1):
        return line
    text, signature = Signer(SigningKey.generate(), "session").act(KEY, REPORT, NOW + timedelta(minutes=1))
    return said(line, text=text, signature=signature)


def doubled(line: JournalLine) -> JournalLine | list[JournalLine]:
    """The first act once more, under a number of its own."""
    if is_act(line, 1) or is_statement(line, 1):
        return [line, said(line, act=3)]
    return line


def earlier(line: JournalLine, by: timedelta = timedelta(seconds=50)) -> JournalLine:
    """An act that was done earlier; its statement stays."""
    if not is_act(line, 1):
        return line
    before = line.at - by
    return said(line, recorded_at=before.isoformat()).but(at=before)


def recalculated(line: JournalLine, by: str = CLERK, reason: str = "放假通知") -> JournalLine | list[JournalLine]:
    """A duty that somebody is said to have given another date."""
    if not is_statement(line, "recalculate"):
        return line
    [duty] = [one.data["opened"] for one in journal() if one.kind == "duty.opened"][:1]
    due = duty["deadline"]["due"]
    new: dict[str, Any] = {"reason": reason, "reference": "r", "old_due": due, "new_due": due, "becomes": duty}
    data = new | {"old_owner": duty["owner"], "new_owner": duty["owner"]}
    return [line, line.but(kind="duty.recalculated", by=by, duty=duty["id"], rule=duty["rule"], data=data)]


CHANGES: dict[str, tuple[Change, list[str]]] = {
    "an act doubled": (doubled, ["statement-twice"]),
    "a line with the number of another act": (
        lambda line: [line, said(line, reason="另一个理由")] if is_act(line, 1) else line,
        ["act-twice"],
    ),
    "the same line twice": (lambda line: [line, line] if is_act(line, 1) else line, ["act-twice"]),
    "a statement twice": (lambda line: [line, line] if is_statement(line, 1) else line, ["statement-twice"]),
    "a second opening": (lambda line: [line, line] if is_statement(line, "opening") else line, ["statement-twice"]),
    "a second recalculation": (
        lambda line: [line, line] if is_statement(line, "recalculate") else line,
        ["statement-twice"],
    ),
    "an earlier act": (earlier, ["differs"]),
    "an earlier line": (
        lambda line: line.but(at=line.at - timedelta(seconds=50)) if is_act(line, 1) else line,
        ["differs"],
    ),
    "recorded earlier": (
        lambda line: said(line, recorded_at=(line.at - timedelta(seconds=50)).isoformat()) if is_act(line, 1) else line,
        ["differs"],
    ),
    "verified later than it was recorded": (
        lambda line: (
            said(line, verified_at=(line.at + timedelta(minutes=1)).isoformat()) if is_statement(line, 2) else line
        ),
        ["verified-later"],
    ),
    "another kind of statement": (
        lambda line: said(line, kind="urge") if is_statement(line, 1) else line,
        ["differs"],
    ),
    "a statement about another duty": (
        lambda line: line.but(duty="CR-5.2.1b") if is_statement(line, 1) else line,
        ["differs"],
    ),
    "a field more in a form": (
        lambda line: said(line, form={"for_duty": "CR-5.2.1b"}) if is_act(line, 1) else line,
        ["differs"],
    ),
    "a recalculation by somebody who has asked for none": (recalculated, ["unsigned-line"]),
    "a recalculation for another reason": (
        lambda line: recalculated(line, SUPERVISOR, "另一个理由"),
        ["unsigned-line"],
    ),
    "somebody else took it in": (
        lambda line: line.but(by=SUPERVISOR) if line.kind == "case.opened" else line,
        ["differs"],
    ),
    "another reason": (lambda line: said(line, reason="另一个理由") if is_act(line, 1) else line, ["differs"]),
    "another person": (
        lambda line: line.but(by=SUPERVISOR) if is_act(line, 1) else line,
        ["differs"],
    ),
    "another form": (lambda line: said(line, form={"people": [SUPERVISOR]}) if is_act(line, 1) else line, ["differs"]),
    "a statement less": (
        lambda line: None if line.kind == "statement.signed" and line.data.get("act") == 1 else line,
        ["unsigned"],
    ),
    "an act less": (lambda line: None if is_act(line, 2) else line, ["no-act"]),
    "a changed text": (
        lambda line: (
            said(line, text=line.data["text"].replace("又来电", "不来电"))
            if line.kind == "statement.signed" and line.data.get("act") == 1
            else line
        ),
        ["statement"],
    ),
    "a foreign key": (forged, ["statement"]),
    "another complaint": (
        lambda line: (
            said(line, complaint={**line.data["complaint"], "demand": "无"}) if line.kind == "case.opened" else line
        ),
        ["differs"],
    ),
    "an opening nobody signed": (
        lambda line: None if line.kind == "statement.signed" and line.data.get("kind") == "opening" else line,
        ["opening-unsigned"],
    ),
    "another case": (lambda line: said(line, key="crm-0000000000000000") if line.seq == 1 else line, ["statement"] * 4),
    "no beginning": (lambda line: None if line.seq == 1 else line, ["no-beginning"]),
    "a later moment": (
        lambda line: (
            line.but(at=line.at + timedelta(minutes=6))
            if line.kind == "statement.signed" and line.data.get("act") == 2
            else line
        ),
        ["statement"],
    ),
}


@pytest.mark.parametrize(("change", "faults"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_found_although_the_chain_is_whole(change: Change, faults: list[str]):
    proof = prove(rewritten(change), KEYS)
    assert kinds(proof) == faults
    assert not proof.whole
    for fault in proof.faults:
        assert fault.words("zh") != fault.words("en")


def test_what_the_case_fills_in_and_leaves_out_is_told_apart_from_what_was_changed():
    edition = casefiles.edition()
    mention = ActRequest(by=CLERK, kind=ActKind.COMMENT, reason="@李娜 请看", form={"people": [CLERK]}, act_id="c-9")
    attempt = Attempt(id="c-9", content=mention.content)
    act = Act(seq=1, kind=mention.kind, by=CLERK, at=NOW, recorded_at=NOW, rule="", reason=mention.reason)
    act = act.but(attempt=attempt, form={"people": [SUPERVISOR, CLERK]})
    assert compared(mention, act, NOW, edition) == Comparison(added=("form.people",))
    assert compared(mention, act.but(form={"people": [SUPERVISOR]}), NOW, edition).differ == ("form.people.0",)
    assert (
        compared(mention.but(reason="请看"), act.but(reason="请看"), NOW, edition).differ[-1].startswith("form.people")
    )


@pytest.mark.parametrize(
    ("stated", "recorded", "same"),
    [
        ("6222020200112233445", "6222020200112233446", False),
        ("0123", "123", False),
        ("2026-03-02T09:30:00Z", "2026-03-02T17:30:00+08:00", False),
        ("12", "12", True),
    ],
)
def test_texts_are_compared_as_texts(stated: str, recorded: str, same: bool):
    """Two numbers of an account differ that are one number to a computer."""
    asked = ActRequest(by=CLERK, kind=ActKind.DISCHARGE, duty="CR-5.2.1b", form={"step": stated}, act_id="d-1")
    attempt = Attempt(id="d-1", content=asked.content)
    act = Act(seq=1, kind=asked.kind, by=CLERK, at=NOW, recorded_at=NOW, duty=asked.duty, rule="CR-5.2.1b")
    act = act.but(attempt=attempt, form={"step": recorded})
    with patch.object(type(ACTS[ActKind.DISCHARGE]), "form_of", lambda *_: Text):
        assert compared(asked, act, NOW, casefiles.edition()).differ == (() if same else ("form.step",))


class Text(Frozen):
    step: str


AGAIN = RepeatedRound(nth=2, by=PROPERTY, reason="台风季提前")
YEAR, HF01 = Period.of(PeriodKind.YEAR, NOW.date()), Subject(project="hf01")
ROUND_KEY = round_key("CS-4.3.1", YEAR, HF01, 2)


def round_journal(recorded: RepeatedRound | None = AGAIN, by: str | None = PROPERTY, signed: bool = True) -> Proof:
    """What the journal of a round proves that was begun again and says so as given."""
    edition, reference = casefiles.edition(), casefiles.reference()
    start = RoundStart(rule="CS-4.3.1", period=YEAR, subject=HF01, again=AGAIN)
    opened = round_opened(start, ROUND_KEY, edition, reference, NOW).but(again=recorded, by=by)
    engine = RoundRuntime(RoundRunner(opened.begins(), edition, reference, NOW), KEYS)
    engine.work.record(opened, *passed((SIGNED,), NOW))
    if signed:
        pair = SIGNER.again(ROUND_KEY, "CS-4.3.1", YEAR, HF01, AGAIN, NOW)
        engine.keep(sent(pair), "again", by=PROPERTY, verified_at=NOW)
    return prove(engine.work.lines, KEYS)


def test_who_begins_a_round_again_is_proven():
    proof = round_journal()
    assert proof.whole
    assert [(deed.what, deed.by) for deed in proof.deeds] == [("again", PROPERTY)]
    assert kinds(round_journal(signed=False)) == ["opening-unsigned"]
    assert kinds(round_journal(AGAIN.but(reason="另一个理由"))) == ["differs"]
    assert kinds(round_journal(None, None)) == ["differs"]
    assert kinds(round_journal(by=SUPERVISOR)) == ["differs"]
    assert round_journal(None, None, signed=False).whole, "the plan begins a round"


def test_without_the_chain_a_changed_line_is_found_by_its_hash():
    lines = [said(line, reason="另一个理由") if is_act(line, 1) else line for line in journal()]
    assert kinds(prove(lines, KEYS)) == ["chain", "differs"]


def test_a_line_of_another_release_is_named():
    lines = rewritten(lambda line: line.but(kind="case.exploded") if line.kind == "keys.changed" else line)
    end = lines[-1]
    lines.append(chain.line(end.seq, end.hash, end.at, "case.exploded"))
    assert kinds(prove(lines, KEYS)) == ["unreadable"]


def test_keys_that_are_missing_or_were_retired_by_then_prove_nothing():
    assert kinds(prove(journal(), KeyRing()))[0] == "statement"
    retired = KEYS.retiring(GATEWAY.kid, NOW + timedelta(minutes=2))
    proof = prove(journal(), retired)
    assert [fault.params["code"] for fault in proof.faults] == ["key-retired"] * 2
    assert [deed.what for deed in proof.deeds] == ["opening", "comment"], "what was accepted before is proven"


def test_a_key_that_is_retired_later_proves_as_before():
    assert prove(journal(), KEYS.retiring(GATEWAY.kid, NOW + timedelta(days=1))).whole


def test_an_archive_keeps_the_keys_that_were_used_as_they_were():
    other = SigningKey.generate().public("gateway", NOW)
    ring = KEYS.adding(other).retiring(GATEWAY.kid, NOW + timedelta(days=30))
    assert used_in(journal(), ring) == KEYS
    before = KEYS.retiring(GATEWAY.kid, NOW + timedelta(minutes=1))
    assert used_in(journal(), before) == before
    assert used_in(journal(signed=False), ring) == KeyRing()


def test_every_reason_has_words():
    for code in (
        *("too-large", "invalid", "signature-missing", "signature-invalid", "key-unknown", "key-too-new"),
        *("key-retired", "signed-ahead", "expired", "other-case", "other-person"),
    ):
        assert texts.known(f"proof.why.{code}")
