"""Decodes what people send to a case. A case that began under signing takes signed statements only.

A statement that was accepted before is not refused for having expired since: the case answers it as at first. The key
ring travels with the case, and the time is the workflow's, so a replay decides as it was decided.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Complaint, Former
from complaints.case.file import ActRequest, File
from complaints.case.recalculation import Recalculation
from complaints.case.receipts import repeated
from complaints.signing.key_ring import KeyRing
from complaints.signing.statement import (
    ActStatement,
    AgainStatement,
    OpeningStatement,
    RecalculationStatement,
    RestartStatement,
    SignedStatement,
    read,
)
from complaints.signing.verifying import Authentic, authenticate, verify
from workflows.interface import SignedAct

S = TypeVar("S", bound=SignedStatement)


class Verifier:
    """Decodes and verifies the acts that are sent to one case.

    It remembers the last one whose signature was genuine: the validator and the handler of an update ask for the same.
    A replay, which calls no validator, verifies it in the handler.
    """

    def __init__(self) -> None:
        self._last: tuple[SignedAct, KeyRing, str, Authentic[ActStatement]] | None = None

    def stated_act(self, sent: SignedAct, file: File, keys: KeyRing | None, now: datetime) -> ActRequest:
        """Return the act that was sent to the case of this file; in a case without signing, as it was sent.

        Raises `Refusal`: those of `complaints.signing.verifying`, and those of `repeated`.
        """
        if not file.signed:
            return unverified_act(sent, file.key)
        found = self._authentic(sent, keys or KeyRing(), file.key)
        if repeated(file, found.statement.act) is None:
            found.check_time(now)
        return found.statement.act

    def _authentic(self, sent: SignedAct, keys: KeyRing, case: str) -> Authentic[ActStatement]:
        if self._last is not None and self._last[:3] == (sent, keys, case):
            return self._last[3]
        found = authenticate(ActStatement, sent.text, sent.signature, keys, case)
        self._last = (sent, keys, case, found)
        return found


def unverified_act(sent: SignedAct, case: str) -> ActRequest:
    """Return the act that was sent to a case that verifies no signatures, whether or not it has one."""
    if not sent.signature:
        return sent.statement(case).act
    return _unverified(ActStatement, sent, case).act


def stated_recalculation(
    sent: Recalculation | SignedAct, file: File, keys: KeyRing | None, now: datetime
) -> Recalculation:
    """Return the recalculation that was asked for. Raises `Refusal` like `stated_act`."""
    if file.signed:
        text, signature = (sent.text, sent.signature) if isinstance(sent, SignedAct) else ("", "")
        return verify(RecalculationStatement, text, signature, keys or KeyRing(), file.key, now).recalculation
    if isinstance(sent, SignedAct):
        return _unverified(RecalculationStatement, sent, file.key).recalculation
    return sent


def stated_opening(
    sent: SignedAct | None, keys: KeyRing, case: str, received: datetime
) -> tuple[Complaint, Former | None]:
    """Return the complaint with which a case under signing begins, and what it says about the case it reopens.

    It is verified at the moment `received` when the server received it: waiting for a worker makes no complaint too
    old. Raises `Refusal` like `stated_act`.
    """
    text, signature = (sent.text, sent.signature) if sent is not None else ("", "")
    statement = verify(OpeningStatement, text, signature, keys, case, received)
    return statement.complaint, statement.former


def stated_again(sent: SignedAct | None, keys: KeyRing, round: str, received: datetime) -> AgainStatement:
    """Return the statement by which a round is begun again. Raises `Refusal` like `stated_opening`."""
    text, signature = (sent.text, sent.signature) if sent is not None else ("", "")
    return verify(AgainStatement, text, signature, keys, round, received)


def stated_restart(sent: SignedAct | None, keys: KeyRing, case: str, digest: str, received: datetime) -> str:
    """Return who has a case restarted from the state with this digest. Raises `Refusal` like `stated_opening`."""
    text, signature = (sent.text, sent.signature) if sent is not None else ("", "")
    statement = verify(RestartStatement, text, signature, keys, case, received)
    if statement.digest != digest:
        raise Refusal(Refused.INVALID, problems="carried: it differs from the signed state")
    return statement.person


def _unverified(form: type[S], sent: SignedAct, case: str) -> S:
    statement = read(form, sent.text)
    statement.check(case)
    return statement
