"""The arithmetic of signing in: passwords, throttling, lifetimes, tokens, codes, claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import texts
from complaints.accounts import claims, credentials, device_codes, lifetimes, passwords, scopes, throttling
from complaints.accounts.claims import ClaimProblem
from complaints.accounts.credentials import CredentialKind
from complaints.accounts.device_codes import PollAnswer
from complaints.accounts.errors import AccountRefused
from complaints.accounts.lifetimes import LIFETIMES, SessionOver
from complaints.accounts.model import ApiToken, DeviceGrant, OpenSession, SessionKind, SignInMeans
from complaints.case.file import ActKind
from tests.places import ROOT

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def refused(call: Any) -> str:
    with pytest.raises(AccountRefused) as caught:
        call()
    for lang in ("zh", "en"):
        assert caught.value.words(lang)
    return caught.value.code


def test_every_refusal_is_documented_and_has_a_sentence() -> None:
    keys = {key.removeprefix("accounts.refused.") for key in texts.keys("accounts.refused.")}
    documented = (ROOT / "complaints" / "accounts" / "errors.py").read_text(encoding="utf-8")
    assert {key for key in keys if f"`{key}`" not in documented} == set()


# --- passwords


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Kurz3!xyzab", "password-short"),
        ("短" * 11, "password-short"),
        ("x" * 129, "password-long"),
        ("aaaaaaaaaaaaaaaa", "password-easy"),
        ("abababababababab", "password-easy"),
        ("password1234567890", "password-easy"),
        ("qwertyuiop12345", "password-easy"),
        ("poiuytrewq09876", "password-easy"),
        ("1qaz2wsx3edc4rfv", "password-easy"),
        ("li.na-li.na-li.na", "password-easy"),
        ("LiNaLiNa2026LiNa", "password-easy"),
        ("李娜李娜李娜李娜密码密码", "password-easy"),
        ("woaini1314520duly", "password-easy"),
    ],
)
def test_a_password_that_can_be_guessed_is_refused(password: str, code: str) -> None:
    assert refused(lambda: passwords.check_new(password, account="li.na", name="李娜")) == code


@pytest.mark.parametrize(
    "password", ["tram lagoon velvet", "kq7 Rmv2 zWd9", "梨花院落溶溶月柳絮池塘淡淡风", "x" * 3 + "tuba-window-fern"]
)
def test_length_alone_is_enough(password: str) -> None:
    passwords.check_new(password, account="li.na", name="李娜", before="another one, quite long")


def test_the_old_password_is_not_a_new_one_however_it_is_typed() -> None:
    before = "tram lagoon velvet"
    full_width = "".join(chr(ord(one) + 0xFEE0) if one != " " else "\u3000" for one in before)
    assert passwords.prepared(full_width) == before
    for same in (before, full_width):
        assert refused(lambda same=same: passwords.check_new(same, account="li.na", before=before)) == "password-same"


@given(st.binary(min_size=passwords.GENERATED_BYTES, max_size=passwords.GENERATED_BYTES))
def test_a_generated_password_is_a_hundred_bits_in_four_groups(random: bytes) -> None:
    made = passwords.generated(random)
    groups = made.split("-")
    assert [len(group) for group in groups] == [5, 5, 5, 5]
    value = sum(passwords.ALPHABET.index(one) << 5 * nth for nth, one in enumerate("".join(groups)))
    assert value == int.from_bytes(random) & (1 << 100) - 1


def test_a_generated_password_does_not_wait_for_ever() -> None:
    assert not passwords.is_generated_over(NOW, NOW + passwords.GENERATED_FOR - SECOND)
    assert passwords.is_generated_over(NOW, NOW + passwords.GENERATED_FOR)
    with pytest.raises(ValueError, match="random bytes"):
        passwords.generated(b"short")


# --- throttling


def failing(count: int) -> list[datetime]:
    """So many failures in a row, the last of them now, each as soon as it is taken."""
    found: list[datetime] = []
    now = NOW
    for _ in range(count):
        hindered = throttling.of_account(found, now)
        now = hindered.until if hindered else now
        found.append(now)
    return found


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (14, 900), (15, 3600), (16, 3600)],
)
def test_each_further_failure_makes_the_account_wait_longer(failures: int, wait: int) -> None:
    found = failing(failures)
    now = found[-1] if found else NOW
    hindered = throttling.of_account(found, now)
    assert (hindered.seconds(now) if hindered else 0) == wait
    assert (hindered is not None and hindered.locked) is (failures >= throttling.LOCK_AFTER)
    if hindered:
        assert throttling.of_account(found, now + wait * SECOND - timedelta(milliseconds=1)) is not None
        assert throttling.of_account(found, now + wait * SECOND) is None


def test_nobody_guesses_more_than_forty_times_a_day() -> None:
    tries, now = [], NOW
    while now < NOW + DAY:
        hindered = throttling.of_account(tries, now)
        if hindered is None:
            tries.append(now)
        else:
            now = hindered.until
    assert len(tries) <= 40


def test_failures_of_yesterday_do_not_count() -> None:
    assert throttling.of_account([NOW] * 20, NOW + throttling.COUNTED) is None


def test_an_address_waits_whatever_names_it_tried() -> None:
    found = [NOW + nth * SECOND for nth in range(throttling.BY_ADDRESS)]
    assert throttling.of_address(found[:-1], found[-1]) is None
    hindered = throttling.of_address(found, found[-1])
    assert hindered is not None
    assert hindered.until == NOW + throttling.ADDRESS_WINDOW
    assert throttling.of_address(found, hindered.until) is None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "unknown"),
    ],
)
def test_what_counts_as_one_address(address: str, key: str) -> None:
    assert throttling.address_key(address) == key


def test_a_name_is_counted_however_it_is_typed_and_not_kept() -> None:
    assert throttling.account_key(" Li.Na ") == throttling.account_key("li.na")
    assert "li.na" not in throttling.account_key("li.na")
    assert throttling.account_key("\ud800")  # what cannot be encoded is counted too


# --- sessions


def session(**changes: Any) -> OpenSession:
    said: dict[str, Any] = {
        "id": "s1",
        "person": "li.na",
        "administrator": False,
        "kind": SessionKind.BROWSER,
        "means": SignInMeans.PASSWORD,
        "begun_at": NOW,
        "seen_at": NOW,
        "in_directory": True,
        "directory": "D-1",
    }
    return OpenSession.model_validate({**said, **changes})


@pytest.mark.parametrize(
    ("changes", "later", "why"),
    [
        ({}, timedelta(0), None),
        ({}, 4 * HOUR - SECOND, None),
        ({}, 4 * HOUR, SessionOver.IDLE),
        ({"seen_at": NOW + 11 * HOUR}, 12 * HOUR - SECOND, None),
        ({"seen_at": NOW + 11 * HOUR}, 12 * HOUR, SessionOver.ABSOLUTE),
        ({"kind": "command"}, 6 * DAY, None),
        ({"kind": "command"}, 7 * DAY, SessionOver.IDLE),
        ({"kind": "command", "seen_at": NOW + 29 * DAY}, 30 * DAY, SessionOver.ABSOLUTE),
        ({"ended_at": NOW}, SECOND, SessionOver.ENDED),
        ({"in_directory": False}, SECOND, SessionOver.LEFT),
        ({"disabled": True}, SECOND, SessionOver.DISABLED),
        ({"administrator": True, "in_directory": False}, SECOND, None),
        ({"administrator": True}, SECOND, SessionOver.PROMOTED),
        ({"means": "practice"}, SECOND, None),
        ({"means": "practice", "directory": "D-2"}, SECOND, SessionOver.PRACTICE),
    ],
)
def test_what_ends_a_session_and_when(changes: dict[str, Any], later: timedelta, why: SessionOver | None) -> None:
    assert lifetimes.why_over(session(**changes), NOW + later, "D-1") is why


def test_without_a_practice_password_no_session_of_one_counts() -> None:
    practised = session(means="practice", directory=None)
    assert lifetimes.why_over(practised, NOW, "D-1") is SessionOver.PRACTICE
    assert lifetimes.why_over(session(means="practice"), NOW, None) is SessionOver.PRACTICE


def test_the_last_use_is_written_once_a_minute() -> None:
    assert not lifetimes.is_to_touch(session(), NOW + MINUTE - SECOND)
    assert lifetimes.is_to_touch(session(), NOW + MINUTE)
    assert lifetimes.ends_at(session()) == NOW + LIFETIMES[SessionKind.BROWSER].absolute


# --- credentials


RANDOM = st.binary(min_size=credentials.RANDOM_BYTES, max_size=credentials.RANDOM_BYTES)


@given(st.sampled_from(CredentialKind), RANDOM)
def test_a_credential_is_recognised_for_its_own_use_only(kind: CredentialKind, random: bytes) -> None:
    made = credentials.minted(kind, random)
    assert made.text.startswith(f"duly_{kind}_{made.id}_")
    assert credentials.digest_if(made.text, kind) == made.digest
    assert credentials.digest_if(made.text, *(other for other in CredentialKind if other is not kind)) is None
    assert made.text not in repr(made)
    assert made.digest not in repr(made)
    for changed in (made.text.upper(), made.text + "\n", " " + made.text, made.text[:-1], made.text + "0"):
        assert credentials.digest_if(changed, kind) is None


@given(RANDOM, st.integers(0, 95), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567_"))
def test_a_changed_character_is_noticed_without_the_database(random: bytes, at: int, character: str) -> None:
    text = credentials.minted(CredentialKind.BACKEND, random).text
    changed = text[:at] + character + text[at + 1 :]
    assert (credentials.digest_if(changed, CredentialKind.BACKEND) is not None) is (changed == text)


@given(st.text(max_size=300) | st.none())
def test_anything_else_is_no_credential(text: str | None) -> None:
    assert credentials.digest_if(text, *CredentialKind) is None


def test_two_credentials_differ_in_every_part() -> None:
    one, other = (credentials.minted(CredentialKind.BACKEND, bytes([n]) * 40) for n in (1, 2))
    assert not {one.id, one.digest, one.text} & {other.id, other.digest, other.text}
    with pytest.raises(ValueError, match="random bytes"):
        credentials.minted(CredentialKind.BACKEND, b"short")


# --- scopes and tokens


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (["open"], "open"),
        (["act:return,approve", "read", "open"], "open read act:approve,return"),
        (["act:comment", "act:approve"], "act:approve,comment"),
        (["contacts", "read"], "read contacts"),
    ],
)
def test_scopes_are_read_as_they_are_written(said: list[str], line: str) -> None:
    found = scopes.parsed(said)
    assert scopes.written(found) == line
    assert scopes.parsed(line.split()) == found


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([], "token-scopes"),
        (["admin"], "scope-unknown"),
        (["act:"], "scope-unknown"),
        (["act:*"], "scope-unknown"),
        (["act:approve,steal"], "scope-unknown"),
        (["OPEN"], "scope-unknown"),
        (["open read"], "scope-unknown"),
        ([""], "scope-unknown"),
    ],
)
def test_a_scope_that_does_not_exist_is_refused(said: list[str], code: str) -> None:
    assert refused(lambda: scopes.parsed(said)) == code


def test_every_kind_of_act_has_a_scope() -> None:
    assert scopes.parsed([f"act:{kind.value}" for kind in ActKind]) == {f"act:{kind.value}" for kind in ActKind}


@pytest.mark.parametrize(
    ("name", "days", "code"),
    [("", 1, "token-name"), (" \t", 1, "token-name"), ("x" * 81, 1, "token-name"), ("a\x00b", 1, "token-name"),
     ("crm", 0, "token-days"), ("crm", 367, "token-days")],
)  # fmt: skip
def test_a_token_has_a_name_and_an_end(name: str, days: int, code: str) -> None:
    assert refused(lambda: scopes.check_token(name, days)) == code


def test_a_token_counts_until_it_is_revoked_or_has_expired() -> None:
    said = {"id": "t", "name": "crm", "scopes": {"open"}, "created_by": "ops", "created_at": NOW}
    token = ApiToken.model_validate({**said, "expires_at": NOW + DAY})
    assert scopes.check_token("  CRM  of\nsales ", 30) == "CRM of sales"
    assert token.counts(NOW + DAY - SECOND)
    assert not token.counts(NOW + DAY)
    assert not token.but(revoked_at=NOW).counts(NOW)


# --- devices


@given(st.integers(0, device_codes.CODES - 1))
def test_a_code_is_read_however_it_is_typed(number: int) -> None:
    code = device_codes.user_code(number)
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert device_codes.read_user_code(typed) == code


@pytest.mark.parametrize("typed", ["", "ABCD-EFGH", "BCDF-GHJ", "BCDF-GHJKL", "<script>", "BCDFGHJ1", "B" * 5000])
def test_what_cannot_be_a_code(typed: str) -> None:
    assert device_codes.read_user_code(typed) is None


@pytest.mark.parametrize(
    ("changes", "later", "told"),
    [
        ({}, 0, PollAnswer.PENDING),
        ({"polled_at": NOW}, 4, PollAnswer.SLOW_DOWN),
        ({"polled_at": NOW}, 5, PollAnswer.PENDING),
        ({"person": "li.na"}, 1, PollAnswer.APPROVED),
        ({"person": "li.na", "polled_at": NOW}, 1, PollAnswer.APPROVED),
        ({"person": "li.na", "used": True}, 1, PollAnswer.EXPIRED),
        ({"denied": True}, 1, PollAnswer.DENIED),
        ({"person": "li.na"}, 600, PollAnswer.EXPIRED),
        ({}, 600, PollAnswer.EXPIRED),
    ],
)
def test_what_a_device_is_told(changes: dict[str, Any], later: int, told: PollAnswer) -> None:
    said = {"user_code": "BCDF-GHJK", "address": "127.0.0.1", "created_at": NOW}
    grant = DeviceGrant.model_validate({**said, "expires_at": NOW + device_codes.LIFETIME, **changes})
    assert device_codes.answer(grant, NOW + later * SECOND) is told
    assert device_codes.answer(None, NOW) is PollAnswer.EXPIRED


# --- claims


PEOPLE = {
    "li.na": "li.na@example.com",
    "wang.qiang": "wang.qiang@example.com",
    "sun.hao": "",
}


@pytest.mark.parametrize(
    ("said", "claim", "person"),
    [
        ({"email": "Li.Na@Example.com", "email_verified": True}, "email", "li.na"),
        ({"email": "li.na@example.com", "email_verified": False}, "email", ClaimProblem.UNVERIFIED),
        ({"email": "li.na@example.com"}, "email", ClaimProblem.UNVERIFIED),
        ({"email": "li.na@example.com", "email_verified": "true"}, "email", ClaimProblem.UNVERIFIED),
        ({"email": "nobody@example.com", "email_verified": True}, "email", ClaimProblem.NOBODY),
        ({"email": "", "email_verified": True}, "email", ClaimProblem.MISSING),
        ({}, "email", ClaimProblem.MISSING),
        ({"email": ["li.na@example.com"], "email_verified": True}, "email", ClaimProblem.UNUSABLE),
        ({"email": "x" * 201, "email_verified": True}, "email", ClaimProblem.UNUSABLE),
        ({"email": "li.na@example.com\n", "email_verified": True}, "email", ClaimProblem.UNUSABLE),
        ({"sub": "wang.qiang"}, "sub", "wang.qiang"),
        ({"sub": "WANG.QIANG"}, "sub", ClaimProblem.NOBODY),
        ({"preferred_username": "li.na"}, "preferred_username", "li.na"),
        ({"preferred_username": 7}, "preferred_username", ClaimProblem.UNUSABLE),
    ],
)  # fmt: skip
def test_whom_the_identity_provider_speaks_of(said: dict[str, Any], claim: str, person: str | ClaimProblem) -> None:
    value = claims.wanted(said, claim)
    assert (value if isinstance(value, ClaimProblem) else claims.person_of(value, claim, PEOPLE)) == person


def test_one_address_of_two_people_names_nobody() -> None:
    people = {"li.na": "office@example.com", "wang.qiang": "OFFICE@example.com"}
    assert claims.person_of("office@example.com", "email", people) is ClaimProblem.SEVERAL
