"""A case that began under signing takes signed statements only, and keeps them; an older one takes any."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.testing import ActivityEnvironment

from activities.reference import References
from complaints.base.errors import Refusal, Refused
from complaints.case.events.signing import StatementSigned
from complaints.case.file import SIGNED, ActKind, ActRequest
from complaints.case.recalculation import Recalculation
from complaints.connection.temporal import CONVERTER
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import KeyRing
from complaints.signing.proof import prove
from complaints.signing.statement import ANSWERED, ActStatement, OpeningStatement, RecalculationStatement
from complaints.signing.verifying import verify
from tests import casefiles
from tests.fakes import ExampleReferences
from tests.people import CLERK, SUPERVISOR
from tests.signing.signers import GATEWAY
from workflows import signatures
from workflows.case_runtime import CaseRuntime, new_case
from workflows.complaint import ComplaintWorkflow
from workflows.from_journal import carried_from
from workflows.interface import Carried, SignedAct, StatedAct
from workflows.signatures import stated_opening

KEY = "test-0123456789abcdef"
NOW = casefiles.MORNING
KEYS = KeyRing().adding(GATEWAY.public("gateway", NOW - timedelta(days=1)))
REPORT = ActRequest(by=CLERK, kind=ActKind.COMMENT, reason="客户又来电", form={"people": []}, act_id="c-1")


def opened(*, signed: bool = True) -> CaseRuntime:
    """A case that has just been opened."""
    reference = casefiles.reference()
    case = new_case(casefiles.complaint(), KEY, NOW, None, casefiles.edition(), reference, NOW)
    case.keys = KEYS if signed else None
    case.open(None, (SIGNED,) if signed else (), (), NOW)
    case.start(NOW)
    return case


def sent(request: ActRequest = REPORT, key: SigningKey = GATEWAY, **changes: Any) -> SignedAct:
    said: dict[str, Any] = {"workflow_id": KEY, "person": request.by, "via": "gateway", "iat": NOW}
    statement = ActStatement(**said | {"act": request, "exp": NOW + ANSWERED} | changes)
    return SignedAct(text=statement.text, signature=key.sign(statement.text))


def does(case: CaseRuntime, signed: SignedAct, now: datetime = NOW) -> Any:
    request = case.stated(signed, now)
    case.check(request, now, signed)
    return case.act(request, now, signed)


def lines(case: CaseRuntime, kind: str) -> list[dict[str, Any]]:
    return [line.data for line in case.case.lines if line.kind == kind]


# --- under signing


def test_a_signed_act_is_done_and_its_text_is_kept():
    case, signed = opened(), sent()
    receipt = does(case, signed)
    [kept] = lines(case, "statement.signed")
    assert kept == {"kind": "comment", "act": receipt.seq, "text": signed.text, "signature": signed.signature}
    assert verify(ActStatement, kept["text"], kept["signature"], KEYS, KEY, NOW).act == REPORT


OTHER = sent(REPORT.but(act_id="c-2"))
FORGED: dict[str, tuple[SignedAct, Refused]] = {
    "unsigned": (SignedAct(text=sent().text), Refused.SIGNATURE_MISSING),
    "as before": (SignedAct.of(StatedAct(case=KEY, act=REPORT, stated_at=NOW)), Refused.SIGNATURE_MISSING),
    "a space after it": (sent().but(text=sent().text + " "), Refused.SIGNATURE_INVALID),
    "a changed byte": (sent().but(text=sent().text.replace("又来电", "不来电")), Refused.SIGNATURE_INVALID),
    "another's signature": (sent().but(signature=OTHER.signature), Refused.SIGNATURE_INVALID),
    "a stranger": (sent(key=SigningKey.generate()), Refused.KEY_UNKNOWN),
    "another case": (sent(workflow_id="test-fedcba9876543210"), Refused.OTHER_CASE),
    "another person": (sent(person=SUPERVISOR), Refused.OTHER_PERSON),
    "too early": (sent(iat=NOW + timedelta(minutes=2)), Refused.SIGNED_AHEAD),
    "too late": (sent(iat=NOW - ANSWERED, exp=NOW), Refused.EXPIRED),
}


@pytest.mark.parametrize(("signed", "code"), FORGED.values(), ids=FORGED)
def test_a_forged_act_is_refused_and_nothing_changes(signed: SignedAct, code: Refused):
    case = opened()
    before = case.file
    with pytest.raises(Refusal) as refused:
        does(case, signed)
    assert refused.value.code is code
    assert case.file is before


def test_no_byte_of_a_text_is_lost_on_the_wire_or_in_the_journal():
    spaced = sent().but(text=f" {sent().text}\n")
    [payload] = CONVERTER.payload_converter.to_payloads([spaced])
    assert CONVERTER.payload_converter.from_payloads([payload], [SignedAct]) == [spaced]
    said: dict[str, Any] = {"kind": "comment", "act": 1, "text": spaced.text, "signature": "x"}
    assert StatementSigned.model_validate({"at": NOW, **said}).text == spaced.text


def test_the_same_text_again_is_answered_as_at_first_even_after_it_has_expired():
    case, signed = opened(), sent()
    first = does(case, signed)
    case = CaseRuntime.carried_on(case.carried, casefiles.edition(), NOW)  # a later run
    case.start(NOW)
    again = does(case, signed, NOW + timedelta(days=3))
    assert (again.seq, again.recorded_at) == (first.seq, first.recorded_at)
    assert len(case.file.acts) == 1
    assert len(lines(case, "statement.signed")) == 1


def test_another_act_under_the_same_id_is_refused():
    case = opened()
    does(case, sent())
    with pytest.raises(Refusal) as refused:
        does(case, sent(REPORT.but(reason="另一件事")))
    assert refused.value.code is Refused.ACT_ID_TAKEN


def test_a_text_that_was_never_accepted_is_not_accepted_later():
    with pytest.raises(Refusal) as refused:
        does(opened(), sent(), NOW + ANSWERED)
    assert refused.value.code is Refused.EXPIRED


def test_keys_travel_from_run_to_run():
    case = opened()
    carried = type(case.carried).model_validate_json(case.carried.model_dump_json())
    later = CaseRuntime.carried_on(carried, casefiles.edition(), NOW)
    later.start(NOW)
    assert later.keys == KEYS
    assert does(later, sent()).seq == 1


def test_a_newer_key_ring_is_used_and_one_that_lacks_a_key_is_not():
    case, other = opened(), SigningKey.generate()
    newer = KEYS.adding(other.public("gateway", NOW)).retiring(GATEWAY.kid, NOW + timedelta(hours=1))
    case.take_keys(newer, NOW)
    case.take_keys(newer, NOW)
    assert lines(case, "keys.changed") == [{"version": newer.version}]
    assert does(case, sent(key=other)).seq == 1
    later = NOW + timedelta(hours=1)
    with pytest.raises(Refusal) as refused:
        does(case, sent(REPORT.but(act_id="c-2"), iat=NOW, exp=later + ANSWERED), later)
    assert refused.value.code is Refused.KEY_RETIRED
    for shorter in (KeyRing(), KEYS):
        case.take_keys(shorter, NOW)
    assert case.keys == newer
    assert [line["version"] for line in lines(case, "keys.kept")] == [KeyRing().version, KEYS.version]


def test_a_case_that_has_no_keys_takes_nothing():
    """As after a restart from its journal, until it has fetched them."""
    case = opened()
    case.keys = None
    with pytest.raises(Refusal) as refused:
        does(case, sent())
    assert refused.value.code is Refused.KEY_UNKNOWN


def test_what_is_kept_beside_an_act_counts_for_the_size_of_the_case(monkeypatch: pytest.MonkeyPatch):
    room: list[int] = []
    for signed in (False, True):
        case = opened(signed=signed)
        monkeypatch.setattr(case, "fits", lambda limit: room.append(limit) or True)
        case.check(REPORT, NOW, sent())
    assert room[0] - room[1] == len(sent().model_dump_json().encode())


def test_refused_signals_are_counted_in_one_line():
    case = opened()
    case.refused_statements({}, NOW)
    assert lines(case, "statement.refused") == []
    case.refused_statements({"signature-invalid": 40, "expired": 2}, NOW)
    assert lines(case, "statement.refused") == [{"count": 42, "codes": {"expired": 2, "signature-invalid": 40}}]


def test_a_recalculation_is_signed_and_kept():
    case = opened()
    asked = Recalculation(by=SUPERVISOR, reason="放假通知")
    said: dict[str, Any] = {"workflow_id": KEY, "person": SUPERVISOR, "via": "gateway", "iat": NOW}
    statement = RecalculationStatement(recalculation=asked, exp=NOW + ANSWERED, **said)
    signed = SignedAct(text=statement.text, signature=GATEWAY.sign(statement.text))
    assert case.stated_recalculation(signed, NOW) == asked
    case.recalculate(asked, NOW, signed)
    assert lines(case, "statement.signed")[-1]["text"] == signed.text
    for forged in (asked, signed.but(signature=""), signed.but(text=signed.text.replace("放假", "加班"))):
        with pytest.raises(Refusal) as refused:
            case.stated_recalculation(forged, NOW)
        assert refused.value.code in {Refused.SIGNATURE_MISSING, Refused.SIGNATURE_INVALID}


def test_the_same_recalculation_is_answered_and_kept_once_in_any_run():
    case = opened()
    said: dict[str, Any] = {"workflow_id": KEY, "person": SUPERVISOR, "via": "gateway", "iat": NOW}
    asked = Recalculation(by=SUPERVISOR, reason="放假通知")
    statement = RecalculationStatement(recalculation=asked, exp=NOW + ANSWERED, **said)
    signed = SignedAct(text=statement.text, signature=GATEWAY.sign(statement.text))
    first = case.recalculate(asked, NOW, signed)
    for later in (case, CaseRuntime.carried_on(case.carried, casefiles.edition(), NOW), from_its_journal(case)):
        assert later.recalculate(asked, NOW, signed) == first
    assert len(lines(case, "statement.signed")) == 1


def from_its_journal(case: CaseRuntime) -> CaseRuntime:
    carried = carried_from(case.file, case.case.lines, casefiles.reference())
    assert isinstance(carried, Carried)
    later = CaseRuntime.carried_on(carried, casefiles.edition(), NOW)
    later.keys = KEYS
    return later


def test_a_signal_that_was_refused_is_not_done_when_it_comes_again():
    """Not by signal and not as an update, in no run, also if it would be allowed by then."""
    case = opened()
    asked = ActRequest(by=CLERK, kind=ActKind.URGE, duty="CR-9.9.9", act_id="u-1")
    signed = sent(asked, exp=NOW + timedelta(days=1))
    assert case.act_later(asked, NOW, signed) is None
    [refused] = lines(case, "act.refused")
    assert refused["statement"]
    before = case.file.journal_seq
    with pytest.MonkeyPatch.context() as patch:
        later = CaseRuntime.carried_on(case.carried, casefiles.edition(), NOW)
        for one in (case, later, from_its_journal(case)):
            patch.setattr(one, "may", lambda *_: pytest.fail("it is not even looked at"))
            again = one.act_later(asked, NOW, signed)
            assert again is not None
            assert again.code is Refused.EXPIRED
            for way in (one.check, one.act):
                with pytest.raises(Refusal) as no:
                    way(asked, NOW, signed)
                assert no.value.code is Refused.EXPIRED
    assert case.file.journal_seq == before
    other = sent(asked, iat=NOW + timedelta(seconds=1), exp=NOW + timedelta(days=1))
    case = opened()
    case.act_later(asked, NOW, signed)
    case.act_later(asked, NOW, other)
    assert len(lines(case, "act.refused")) == 2, "what the person signs anew is looked at anew"


def test_what_was_refused_is_carried_until_it_expires():
    case = opened()
    asked = ActRequest(by=CLERK, kind=ActKind.URGE, duty="CR-9.9.9", act_id="u-1")
    assert '"used"' not in case.carried.model_dump_json()
    case.act_later(asked, NOW, sent(asked))
    assert len(case.carried.used or ()) == 1
    case.tick(NOW + ANSWERED)
    assert case.carried.used is None


def test_an_act_by_signal_is_verified_as_of_its_arrival():
    """It may wait for a newer key ring; meanwhile it may expire, or its key be retired."""
    case, arrived = opened(), NOW + timedelta(minutes=4)
    signed = sent()
    now = NOW + ANSWERED + timedelta(minutes=1)
    case.act_later(case.stated(signed, arrived), now, signed, arrived)
    [kept] = lines(case, "statement.signed")
    assert kept["verified_at"] == arrived.isoformat()
    faults = [fault.kind for fault in prove(case.case.lines, KEYS).faults]
    assert faults == ["opening-unsigned"], "this case was opened without a signature"


@pytest.mark.parametrize("sent", [Recalculation(by=SUPERVISOR, reason="放假通知"), SignedAct(text="{}", signature="x")])
def test_a_recalculation_arrives_in_either_form(sent: Recalculation | SignedAct):
    [form] = workflow._Definition.must_from_class(ComplaintWorkflow).updates["recalculate"].arg_types or []
    [payload] = CONVERTER.payload_converter.to_payloads([sent])
    assert CONVERTER.payload_converter.from_payloads([payload], [form]) == [sent]


def test_an_opening_is_signed():
    """It holds if it was in time when the server received it, however long it waits for a worker."""
    complaint = casefiles.complaint()
    said: dict[str, Any] = {"workflow_id": KEY, "person": CLERK, "via": "crm", "iat": NOW}
    statement = OpeningStatement(complaint=complaint, exp=NOW + ANSWERED, **said)
    signed = SignedAct(text=statement.text, signature=GATEWAY.sign(statement.text))
    assert stated_opening(signed, KEYS, KEY, NOW) == (complaint, None)
    for forged in (None, signed.but(signature=""), signed.but(text=signed.text.replace("渗水", "裂缝"))):
        with pytest.raises(Refusal) as refused:
            stated_opening(forged, KEYS, KEY, NOW)
        assert refused.value.code in {Refused.SIGNATURE_MISSING, Refused.SIGNATURE_INVALID}


# --- before signing


def test_a_case_that_began_before_takes_acts_as_before():
    case = opened(signed=False)
    assert not case.file.signed
    assert does(case, SignedAct.of(StatedAct(case=KEY, act=REPORT, stated_at=NOW))).seq == 1
    assert does(case, sent(REPORT.but(act_id="c-2"))).seq == 2, "whoever signs everything need not ask first"
    assert lines(case, "statement.signed") == []
    assert case.carried.model_dump_json().find('"keys"') == -1


def test_what_a_case_that_began_before_cannot_read_is_refused():
    for signed in (SignedAct(text="好的"), sent(workflow_id="test-fedcba9876543210"), sent(person=SUPERVISOR)):
        with pytest.raises(Refusal):
            does(opened(signed=False), signed)


# --- how a case gets its keys


class Keys:
    """The key ring of an installation."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring

    async def keys(self, *, newest: bool = False) -> KeyRing:
        return self.ring


@pytest.mark.parametrize("keys", [None, Keys(KeyRing())])
async def test_without_a_key_cases_begin_without_signing(keys: Keys | None):
    references = References(ExampleReferences(), keys=keys)
    beginning = await ActivityEnvironment().run(references.round_opening, "hf01")
    assert (beginning.gates, beginning.keys) == ((), None)
    assert "keys" not in beginning.model_dump_json()
    assert await ActivityEnvironment().run(references.key_ring, KeyRing().version) is None


async def test_with_a_key_cases_begin_under_signing():
    references = References(ExampleReferences(), keys=Keys(KEYS))
    beginning = await ActivityEnvironment().run(references.round_opening, "hf01")
    assert (beginning.gates, beginning.keys) == ((SIGNED,), KEYS)
    assert await ActivityEnvironment().run(references.key_ring, KEYS.version) is None
    assert await ActivityEnvironment().run(references.key_ring, KeyRing().version) == KEYS


def test_what_the_validator_has_verified_is_not_verified_twice_and_nothing_else_is_taken_for_it(
    monkeypatch: pytest.MonkeyPatch,
):
    case, verified = opened(), list[str]()
    genuine = signatures.authenticate

    def counted(form: Any, text: str, *more: Any) -> Any:
        verified.append(text)
        return genuine(form, text, *more)

    monkeypatch.setattr(signatures, "authenticate", counted)
    signed = sent()
    does(case, signed)
    assert verified == [signed.text]
    for forged in (signed.but(signature=OTHER.signature), signed.but(text=signed.text + " ")):
        with pytest.raises(Refusal):
            case.stated(forged, NOW)
    assert len(verified) == 3
    case.keys = KeyRing()
    with pytest.raises(Refusal):
        case.stated(signed, NOW)
