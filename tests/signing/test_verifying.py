"""Signed statements: what was signed is accepted; whatever was changed, forged or comes at a wrong time is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Former
from complaints.case.file import ActKind
from complaints.case.recalculation import Recalculation
from complaints.case.residents import RESIDENT
from complaints.signing import jws
from complaints.signing.encoding import decoded, encoded
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import KeyRing
from complaints.signing.statement import (
    ANSWERED,
    FRAME,
    LATER,
    ActStatement,
    OpeningStatement,
    RecalculationStatement,
    SignedStatement,
)
from complaints.signing.verifying import authenticate, verify
from tests.casefiles import complaint
from tests.signing.signers import CASE, GATEWAY, NOW, RING, SECRET, VALID_FROM, act, statement

TEXT = statement().text
SIGNATURE = GATEWAY.sign(TEXT)
HEADER = {"alg": "Ed25519", "kid": GATEWAY.kid, "typ": "duly-statement"}
STRANGER = SigningKey.generate()
COMPLAINT = complaint()


def accepted(text: str = TEXT, signature: str = SIGNATURE, ring: KeyRing = RING, now: datetime = NOW) -> ActStatement:
    return verify(ActStatement, text, signature, ring, CASE, now)


def refusal(*args: Any, form: type[SignedStatement] = ActStatement, case: str = CASE, **kwargs: Any) -> Refusal:
    text, signature = args if args else (TEXT, SIGNATURE)
    with pytest.raises(Refusal) as refused:
        verify(form, text, signature, kwargs.get("ring", RING), case, kwargs.get("now", NOW))
    return refused.value


def signed(text: str) -> tuple[str, str]:
    return text, GATEWAY.sign(text)


def with_header(header: dict[str, Any] | str, text: str = TEXT) -> str:
    """The signature of the text with any header at all, made with the right key."""
    segment = encoded((header if isinstance(header, str) else json.dumps(header)).encode())
    private = urlsafe_b64decode(json.loads(SECRET)["d"] + "=")
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(f"{segment}.{encoded(text.encode())}".encode())
    return f"{segment}..{encoded(signature)}"


# --- accepted


def test_what_was_signed_is_accepted_word_for_word():
    assert accepted() == statement()
    assert accepted().act == act()


def test_a_person_reads_the_statement():
    said = json.loads(TEXT)
    assert (said["workflow_id"], said["person"], said["via"]) == (CASE, "li.na", "gateway")
    assert (said["iat"], said["exp"]) == ("2026-03-02T09:30:00Z", "2026-03-02T09:35:00Z")
    assert said["act"]["act_id"] == "a-1"
    assert said["act"]["reason"] == "请补充影响范围"
    assert "请补充影响范围" in TEXT


def test_the_text_may_be_written_in_another_way_than_ours():
    text = json.dumps(json.loads(TEXT), indent=1, sort_keys=True)
    assert text != TEXT
    assert accepted(*signed(text)) == statement()


def test_the_signature_is_that_of_rfc_7515_appendix_f():
    """Another library verifies it: the signature of `header.payload`, with the payload left out."""
    header, payload, signature = SIGNATURE.split(".")
    assert payload == ""
    assert json.loads(decoded(header) or b"") == HEADER
    public = Ed25519PublicKey.from_public_bytes(decoded(RING.keys[0].x) or b"")
    public.verify(decoded(signature) or b"", f"{header}.{encoded(TEXT.encode())}".encode())
    assert accepted(signature=with_header(HEADER)) == statement()


def test_an_opening_and_a_recalculation_are_signed_in_the_same_way():
    said: dict[str, Any] = {"workflow_id": CASE, "via": "crm", "iat": NOW, "exp": NOW + LATER}
    former = Former(number="TS-1", received_by="li.na", reason="又漏水了")
    opening = OpeningStatement(complaint=COMPLAINT, former=former, person=COMPLAINT.received_by, **said)
    assert verify(OpeningStatement, *signed(opening.text), RING, CASE, NOW) == opening
    asked = Recalculation(by="zhao.min", reason="放假通知")
    again = RecalculationStatement(recalculation=asked, person="zhao.min", **said)
    assert verify(RecalculationStatement, *signed(again.text), RING, CASE, NOW) == again


def test_the_largest_act_and_the_largest_complaint_can_be_signed():
    room = size_limits.ACT - len(act().model_dump_json().encode())
    large = act(form={**act().form, "more": "x" * (room - 20)})
    size_limits.check_act(large)
    assert accepted(*signed(statement(large).text)).act == large
    said: dict[str, Any] = {"workflow_id": CASE, "person": COMPLAINT.received_by, "via": "crm", "iat": NOW}
    text = OpeningStatement(complaint=COMPLAINT, exp=NOW + ANSWERED, **said).text
    padded = text + " " * (size_limits.COMPLAINT + FRAME - len(text.encode()))
    assert verify(OpeningStatement, *signed(padded), RING, CASE, NOW).complaint == COMPLAINT


def test_a_customer_speaks_by_their_link_alone_and_a_link_for_nobody_else():
    """Neither a backend's token nor a person's session vouches for what a customer says."""
    said = {"channel": "online", "said": "好了", "word": "satisfied", "link": "mfrggzdfmztwq"}
    asked = act(by=RESIDENT, kind=ActKind.CONTACT, duty=None, form=said, reason="", revision=None)
    by_link = statement(asked).but(person=RESIDENT, via="link mfrggzdfmztwq")
    assert accepted(*signed(by_link.text)) == by_link
    others = (
        by_link.but(via="token crm"),
        by_link.but(via="session x"),
        by_link.but(via="link anotherlinkid"),
        statement().but(via="link mfrggzdfmztwq"),
    )
    assert {refusal(*signed(one.text)).code for one in others} == {Refused.OTHER_PERSON}


# --- a changed byte


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{place}")
    else:
        yield path, value


LEAVES = dict(leaves(json.loads(TEXT)))


def test_the_statement_has_a_value_in_every_field():
    assert {path.split(".")[0] for path in LEAVES} == set(ActStatement.model_fields)
    assert {path.split(".")[1] for path in LEAVES if path.startswith("act.")} == set(type(act()).model_fields)


@pytest.mark.parametrize("path", LEAVES)
def test_a_changed_byte_in_any_field_is_found(path: str):
    value = json.dumps(LEAVES[path], ensure_ascii=False).strip('"')
    place = path.rsplit(".", 1)[-1]
    at = TEXT.index(value, TEXT.index(f'"{place}":') if not place.isdigit() else 0) + len(value) - 1
    other = TEXT[:at] + ("1" if TEXT[at] != "1" else "2") + TEXT[at + 1 :]
    assert other != TEXT
    assert refusal(other, SIGNATURE).code is Refused.SIGNATURE_INVALID


@pytest.mark.parametrize("other", [TEXT + " ", TEXT + "\n", TEXT.replace(",", ", ", 1), TEXT[:-1], "", "{}"])
def test_white_space_belongs_to_the_text(other: str):
    assert refusal(other, SIGNATURE).code is Refused.SIGNATURE_INVALID


def test_every_character_of_the_signature_matters():
    for at, letter in enumerate(SIGNATURE):
        for other in {"A", "B", "-", ".", "=", " ", chr(ord(letter) ^ 1)} - {letter}:
            forged = SIGNATURE[:at] + other + SIGNATURE[at + 1 :]
            assert refusal(TEXT, forged).code in {Refused.SIGNATURE_INVALID, Refused.KEY_UNKNOWN}
        assert refusal(TEXT, SIGNATURE[:at] + SIGNATURE[at + 1 :]).code in {
            Refused.SIGNATURE_INVALID,
            Refused.KEY_UNKNOWN,
        }


def test_unused_bits_of_the_last_character_are_not_ignored():
    """64 bytes are 86 characters of which the last one has four bits too many: 16 texts would mean one signature."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    used = letters.index(SIGNATURE[-1]) >> 4
    same = [SIGNATURE[:-1] + letter for letter in letters if letters.index(letter) >> 4 == used]
    assert len(same) == 16
    assert [one for one in same if one != SIGNATURE and refusal(TEXT, one).code is not Refused.SIGNATURE_INVALID] == []


@settings(deadline=None, max_examples=300)  # the machine has other things to do
@given(st.data())
def test_no_change_of_a_single_byte_verifies(data: st.DataObject):
    whole = f"{TEXT}\0{SIGNATURE}".encode()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    forged = (whole[:at] + bytes([byte]) + whole[at + 1 :]).decode("utf-8", "surrogateescape")
    text, _, signature = forged.partition("\0")
    code = refusal(text, signature).code
    assert code in {Refused.SIGNATURE_INVALID, Refused.SIGNATURE_MISSING, Refused.KEY_UNKNOWN}


@settings(deadline=None)
@given(st.text(), st.text(max_size=300))
def test_nothing_made_up_verifies(text: str, signature: str):
    assert refusal(text, signature).code in {Refused.SIGNATURE_INVALID, Refused.SIGNATURE_MISSING}


# --- another header


ATTACKED = {
    "no signature": {"alg": "none"},
    "the older name": {**HEADER, "alg": "EdDSA"},
    "a shared secret": {**HEADER, "alg": "HS256"},
    "lower case": {**HEADER, "alg": "ed25519"},
    "a list of algorithms": {**HEADER, "alg": ["Ed25519"]},
    "no algorithm": {"kid": GATEWAY.kid, "typ": "duly-statement"},
    "no key": {"alg": "Ed25519", "typ": "duly-statement"},
    "a key that is no text": {**HEADER, "kid": 1},
    "another purpose": {**HEADER, "typ": "JWT"},
    "no purpose": {"alg": "Ed25519", "kid": GATEWAY.kid},
    "its own key": {**HEADER, "jwk": json.loads(STRANGER.secret())},
    "an address of keys": {**HEADER, "jku": "https://example.com/keys"},
    "an address of a certificate": {**HEADER, "x5u": "https://example.com/cert"},
    "a certificate": {**HEADER, "x5c": ["AAAA"]},
    "the payload as it is": {**HEADER, "b64": False, "crit": ["b64"]},
    "b64 without crit": {**HEADER, "b64": True},
    "something critical": {**HEADER, "crit": ["exp"], "exp": 1},
    "nothing critical": {**HEADER, "crit": []},
    "another content type": {**HEADER, "cty": "JWT"},
    "a list": "[]",
    "a text": '"Ed25519"',
    "no JSON": "{",
    "an algorithm twice": json.dumps(HEADER).replace("{", '{"alg": "none", '),
    "a key twice": json.dumps(HEADER).replace("}", f', "kid": "{STRANGER.kid}"}}'),
    "nested too deeply": "[" * 300 + "]" * 300,
}


@pytest.mark.parametrize("header", ATTACKED.values(), ids=ATTACKED)
def test_any_other_header_is_refused_although_its_signature_is_right(header: dict[str, Any] | str):
    refused = refusal(TEXT, with_header(header))
    assert refused.code is Refused.SIGNATURE_INVALID
    assert refused.params["why"] in {"header", "algorithm"}


def test_the_public_key_is_no_shared_secret():
    header = encoded(json.dumps({**HEADER, "alg": "HS256"}).encode())
    public = decoded(RING.keys[0].x) or b""
    code = hmac.new(public, f"{header}.{encoded(TEXT.encode())}".encode(), hashlib.sha256).digest()
    assert refusal(TEXT, f"{header}..{encoded(code)}").code is Refused.SIGNATURE_INVALID
    assert refusal(TEXT, f"{header}..{encoded(code * 2)}").params["why"] == "algorithm"


@pytest.mark.parametrize(
    "signature",
    [
        " ",
        "..",
        SIGNATURE.replace("..", "."),
        SIGNATURE.replace("..", f".{encoded(TEXT.encode())}."),
        SIGNATURE.split("..")[0] + "..",
        SIGNATURE.split("..")[0] + ".." + "A" * 86,
        SIGNATURE + "A",
        SIGNATURE + "==",
        SIGNATURE + "\n",
        f" {SIGNATURE}",
        SIGNATURE + "." + SIGNATURE,
        SIGNATURE.replace("..", "…"),
        json.dumps({"signatures": [{"protected": SIGNATURE.split("..")[0], "signature": SIGNATURE.split("..")[1]}]}),
    ],
)
def test_what_has_another_shape_is_refused(signature: str):
    assert refusal(TEXT, signature).code is Refused.SIGNATURE_INVALID


def test_a_signature_is_needed():
    assert refusal(TEXT, "").code is Refused.SIGNATURE_MISSING


# --- sizes


def test_what_is_too_long_is_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch):
    def read(*_: Any) -> Any:
        raise AssertionError("it was read")

    monkeypatch.setattr(jws, "decoded", read)
    monkeypatch.setattr(jws, "unambiguous", read)
    assert refusal(TEXT, "A" * 1_001).params["why"] == "length"
    assert refusal("x" * (ActStatement.limit() + 1), SIGNATURE).code is Refused.TOO_LARGE
    assert refusal("汉" * (ActStatement.limit() // 3 + 1), SIGNATURE).code is Refused.TOO_LARGE


def test_what_is_too_long_is_not_signed():
    with pytest.raises(Refusal) as refused:
        _ = statement(act(form={"more": "x" * ActStatement.limit()})).text
    assert refused.value.code is Refused.TOO_LARGE
    assert refused.value.params["most"] == "128"


# --- keys


def test_a_key_that_the_ring_lacks_is_unknown():
    refused = refusal(TEXT, STRANGER.sign(TEXT))
    assert (refused.code, refused.params["kid"]) == (Refused.KEY_UNKNOWN, STRANGER.kid)
    assert refusal(ring=KeyRing()).code is Refused.KEY_UNKNOWN


def test_a_signature_under_the_name_of_another_key_is_no_signature():
    ring = RING.adding(STRANGER.public("drill", VALID_FROM))
    forged = with_header({**HEADER, "kid": STRANGER.kid})
    assert refusal(TEXT, forged, ring=ring).code is Refused.SIGNATURE_INVALID


def test_a_retired_key_verifies_what_was_accepted_before():
    ring = RING.retiring(GATEWAY.kid, NOW + timedelta(minutes=1))
    assert accepted(ring=ring) == statement()
    assert accepted(ring=ring, now=NOW + timedelta(seconds=59)) == statement()


def test_a_retired_key_verifies_nothing_newer():
    ring = RING.retiring(GATEWAY.kid, NOW)
    assert refusal(ring=ring).code is Refused.KEY_RETIRED
    late = statement(iat=NOW + timedelta(days=1), exp=NOW + timedelta(days=1, minutes=5))
    assert refusal(*signed(late.text), ring=ring, now=late.iat).code is Refused.KEY_RETIRED


def test_a_signer_whose_clock_is_ahead_gains_no_time_for_a_retired_key():
    ring = RING.retiring(GATEWAY.kid, NOW)
    assert refusal(ring=ring, now=NOW - timedelta(seconds=30)).code is Refused.KEY_RETIRED


def test_a_stolen_key_that_is_retired_cannot_sign_for_the_past():
    """The statement is dated before the retirement, and comes after it."""
    ring = RING.retiring(GATEWAY.kid, NOW)
    dated_back = statement(iat=NOW - timedelta(minutes=2), exp=NOW + timedelta(minutes=3))
    refused = refusal(*signed(dated_back.text), ring=ring, now=NOW + timedelta(minutes=1))
    assert (refused.code, refused.params["at"]) == (Refused.KEY_RETIRED, NOW.isoformat())


def test_a_key_verifies_nothing_that_was_signed_before_it_was_valid():
    early = statement(iat=VALID_FROM - timedelta(seconds=1), exp=VALID_FROM + timedelta(minutes=4))
    refused = refusal(*signed(early.text), now=VALID_FROM)
    assert (refused.code, refused.params["at"]) == (Refused.KEY_TOO_NEW, VALID_FROM.isoformat())
    first = statement(iat=VALID_FROM, exp=VALID_FROM + ANSWERED)
    assert accepted(*signed(first.text), now=VALID_FROM) == first


# --- times


def test_a_statement_holds_until_it_expires():
    assert accepted(now=NOW + ANSWERED - timedelta(microseconds=1)) == statement()
    refused = refusal(now=NOW + ANSWERED)
    assert (refused.code, refused.params["at"]) == (Refused.EXPIRED, (NOW + ANSWERED).isoformat())


def test_clocks_may_differ_by_a_minute():
    assert accepted(now=NOW - timedelta(minutes=1)) == statement()
    refused = refusal(now=NOW - timedelta(minutes=1, microseconds=1))
    assert (refused.code, refused.params["at"]) == (Refused.SIGNED_AHEAD, NOW.isoformat())


def test_who_signed_a_statement_can_be_told_after_it_has_expired():
    """So a text that was accepted once can be answered again, and anybody can verify what the journal keeps."""
    ring = RING.retiring(GATEWAY.kid, NOW + timedelta(days=1))
    found = authenticate(ActStatement, TEXT, SIGNATURE, ring, CASE)
    assert found.statement == statement()
    assert found.key.signer == "gateway"
    found.check_time(NOW)
    with pytest.raises(Refusal):
        found.check_time(NOW + timedelta(days=2))


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(seconds=-1), LATER + timedelta(seconds=1)])
def test_a_statement_holds_for_some_days_at_most(lasts: timedelta):
    text = TEXT.replace("2026-03-02T09:35:00Z", (NOW + lasts).isoformat())
    refused = refusal(*signed(text))
    assert refused.code is Refused.INVALID
    assert "exp" in refused.params["problems"]


# --- what is stated


def test_a_statement_is_for_one_case():
    refused = refusal(case="crm-fedcba9876543210")
    assert (refused.code, refused.params["signed"]) == (Refused.OTHER_CASE, CASE)


def test_a_statement_is_in_the_name_of_whoever_made_it():
    refused = refusal(*signed(statement(act(by="zhao.min")).text))
    assert refused.code is Refused.OTHER_PERSON
    assert (refused.params["person"], refused.params["by"]) == ("li.na", "zhao.min")


def test_an_act_without_an_id_could_be_sent_twice():
    text = TEXT.replace('"act_id":"a-1",', "")
    assert text != TEXT
    assert "act.act_id is missing" in refusal(*signed(text)).params["problems"]


@pytest.mark.parametrize(
    ("text", "problem"),
    {
        "a name twice": (TEXT.replace('"person":"li.na"', '"person":"zhao.min","person":"li.na"'), "twice"),
        "a name twice in the form": (TEXT.replace('"households":12', '"households":1,"households":12'), "twice"),
        "a field more": (TEXT.replace('"via"', '"admin":true,"via"'), "admin"),
        "a field less": (TEXT.replace('"via":"gateway",', ""), "via"),
        "no time zone": (TEXT.replace("2026-03-02T09:30:00Z", "2026-03-02T09:30:00"), "iat"),
        "no number": (TEXT.replace('"households":12', '"households":NaN'), "NaN"),
        "no JSON": ("好的", "text"),
        "nested too deeply": (TEXT.replace('"households":12', '"households":' + "[" * 5_000 + "]" * 5_000), "text"),
        "a number without end": (TEXT.replace('"households":12', '"households":' + "9" * 5_000), "text"),
    }.values(),
)
def test_what_is_signed_and_no_statement_is_refused_all_the_same(text: str, problem: str):
    assert text != TEXT
    refused = refusal(*signed(text))
    assert refused.code is Refused.INVALID
    assert problem in refused.params["problems"]


def test_one_kind_of_statement_is_not_taken_for_another():
    for form in (OpeningStatement, RecalculationStatement):
        assert refusal(form=form).code is Refused.INVALID
    asked = Recalculation(by="li.na", reason="放假通知")
    said: dict[str, Any] = {"workflow_id": CASE, "person": "li.na", "via": "gateway", "iat": NOW}
    text = RecalculationStatement(recalculation=asked, exp=NOW + ANSWERED, **said).text
    assert refusal(*signed(text)).code is Refused.INVALID
