"""The key ring: keys are added and retired, never removed, and their ids are computed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import MOST_KEYS, KeyRing, thumbprint
from tests.signing.signers import GATEWAY, NOW, RING, SECRET, VALID_FROM

OTHER = SigningKey.generate()
TWO = RING.adding(OTHER.public("drill", NOW))


def test_the_id_of_a_key_is_its_thumbprint():
    """RFC 8037, appendix A.3."""
    assert thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert GATEWAY.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_ring_is_read_as_it_was_written():
    ring = TWO.retiring(OTHER.kid, NOW + timedelta(days=1))
    assert KeyRing.read(ring.written()) == ring
    assert KeyRing.read(ring.written()).version == ring.version


def test_a_ring_is_a_json_web_key_set():
    first = json.loads(RING.written())["keys"][0]
    assert first["kty"] == "OKP"
    assert (first["crv"], first["alg"], first["use"]) == ("Ed25519", "Ed25519", "sig")
    assert first["kid"] == GATEWAY.kid
    assert json.loads(SECRET)["x"] == first["x"]
    assert json.loads(SECRET)["d"] not in RING.written()


def test_every_change_gives_another_version():
    versions = [ring.version for ring in (KeyRing(), RING, TWO, TWO.retiring(OTHER.kid, NOW))]
    assert len(set(versions)) == 4


def test_a_key_is_found_by_its_id():
    assert TWO.key(OTHER.kid) == TWO.keys[1]
    assert TWO.key("unknown") is None


def test_no_key_is_added_twice():
    with pytest.raises(Refusal, match="two keys with one kid"):
        RING.adding(GATEWAY.public("gateway", NOW))


def test_a_retired_key_stays_in_the_ring():
    ring = TWO.retiring(GATEWAY.kid, NOW)
    assert [key.kid for key in ring.keys] == [GATEWAY.kid, OTHER.kid]
    key = ring.key(GATEWAY.kid)
    assert key is not None
    assert not key.retired(NOW - timedelta(microseconds=1))
    assert key.retired(NOW)


def test_a_retired_key_does_not_come_back():
    ring = RING.retiring(GATEWAY.kid, NOW)
    with pytest.raises(Refusal) as refused:
        ring.retiring(GATEWAY.kid, NOW + timedelta(days=1))
    assert refused.value.code is Refused.INVALID
    assert ring.retiring(GATEWAY.kid, NOW) == ring
    earlier = ring.retiring(GATEWAY.kid, NOW - timedelta(days=1))  # it turns out that it was stolen yesterday
    assert earlier.keys[0].retired_at == NOW - timedelta(days=1)


def test_only_a_key_of_the_ring_is_retired_and_not_before_it_was_valid():
    with pytest.raises(Refusal) as refused:
        RING.retiring(OTHER.kid, NOW)
    assert refused.value.code is Refused.KEY_UNKNOWN
    with pytest.raises(Refusal, match="retired before it was valid"):
        RING.retiring(GATEWAY.kid, VALID_FROM - timedelta(seconds=1))


def test_a_ring_continues_an_older_one_by_adding_and_retiring_alone():
    retired = TWO.retiring(OTHER.kid, NOW + timedelta(days=1))
    for newer in (RING, TWO, retired, retired.retiring(OTHER.kid, NOW)):
        assert newer.continues(RING)
        assert newer.continues(KeyRing())
    assert retired.continues(TWO)
    assert not TWO.continues(retired)  # a key came back
    assert not RING.continues(TWO)  # a key is gone
    assert not retired.continues(retired.retiring(OTHER.kid, NOW))  # a key is valid longer than it was
    later = RING.keys[0].but(valid_from=NOW)
    assert not RING.but(keys=(later,)).continues(RING)  # a key's time was changed


SAME = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"
"""The key of the ring, with other unused bits in the last character."""


def changed(**changes: Any) -> str:
    members = json.loads(RING.written())["keys"][0]
    return json.dumps({"keys": [{**members, **changes}]})


@pytest.mark.parametrize(
    "text",
    {
        "no JSON": "{",
        "no ring": "[]",
        "another thumbprint": changed(kid=OTHER.kid),
        "another key": changed(x=json.loads(OTHER.secret())["x"]),
        "a short key": changed(x="AAAA", kid=thumbprint("AAAA")),
        "two texts for one key": changed(x=SAME, kid=thumbprint(SAME)),
        "another curve": changed(crv="Ed448"),
        "another algorithm": changed(alg="EdDSA"),
        "a private key": changed(d=json.loads(SECRET)["d"]),
        "no time zone": changed(valid_from="2026-01-01T00:00:00"),
        "a name twice": RING.written().replace('"keys"', '"keys": [], "keys"'),
    }.items(),
    ids=lambda item: item[0],
)
def test_what_is_no_ring_is_refused(text: tuple[str, str]):
    with pytest.raises(Refusal) as refused:
        KeyRing.read(text[1])
    assert refused.value.code is Refused.INVALID
    assert json.loads(SECRET)["d"] not in str(refused.value)


def test_a_ring_has_a_largest_size():
    ring = json.dumps({"keys": json.loads(RING.written())["keys"] * (MOST_KEYS + 1)})
    with pytest.raises(Refusal, match=str(MOST_KEYS)):
        KeyRing.read(ring)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        RING.keys[0].model_dump_json(),
        SECRET.replace("Ed25519", "X25519"),
        SECRET.replace('"x":"11q', '"x":"12q'),
        '{"kty":"oct","k":"AAAA"}',
    ],
)
def test_what_is_no_private_key_signs_nothing(text: str):
    with pytest.raises(ValueError, match="no private Ed25519 key") as refused:
        SigningKey.read(text)
    assert json.loads(SECRET)["d"] not in str(refused.value)


def test_a_private_key_is_kept_by_its_signer_and_shown_to_nobody():
    assert SigningKey.read(OTHER.secret()).kid == OTHER.kid
    assert json.loads(OTHER.secret())["d"] not in repr(OTHER)
