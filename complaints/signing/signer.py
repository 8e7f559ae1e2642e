"""Signs what a program sends for people whom it has recognised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from complaints.case.complaint import Complaint, Former
from complaints.case.file import ActRequest
from complaints.case.recalculation import Recalculation
from complaints.case.round import Period, RepeatedRound, Subject
from complaints.signing.statement import (
    ANSWERED,
    LATER,
    ActStatement,
    AgainStatement,
    OpeningStatement,
    RecalculationStatement,
    RestartStatement,
    SignedStatement,
)


class PrivateKey(Protocol):
    """What signs: `complaints.signing.jws.SigningKey`, or a service that keeps the key elsewhere."""

    def sign(self, text: str) -> str:
        """Return the detached signature of the text."""
        ...


@dataclass(frozen=True)
class Signer:
    """Makes and signs the statements of people. Each method returns the text and its signature.

    `via` names the program ("gateway", "drill", the name of a backend's token). It vouches that the person in whose
    name an act is has been recognised. The methods raise `Refusal` (`TOO_LARGE`). `renew` has the key looked up anew,
    after a case has said that it is retired.
    """

    key: PrivateKey
    via: str
    renew: Callable[[], Awaitable[None]] | None = None

    def act(self, case: str, act: ActRequest, now: datetime, *, later: bool = False) -> tuple[str, str]:
        """Sign an act, which needs an `act_id`; `later`: it may wait for a worker."""
        return self._signed(ActStatement(act=act, **self._frame(case, act.by, now, LATER if later else ANSWERED)))

    def opening(self, case: str, complaint: Complaint, former: Former | None, now: datetime) -> tuple[str, str]:
        """Sign a complaint. It may wait for a worker: what counts is when the server has received it."""
        frame = self._frame(case, complaint.received_by, now, ANSWERED)
        return self._signed(OpeningStatement(complaint=complaint, former=former, **frame))

    def recalculation(self, case: str, asked: Recalculation, now: datetime) -> tuple[str, str]:
        """Sign a request to recalculate."""
        return self._signed(RecalculationStatement(recalculation=asked, **self._frame(case, asked.by, now, ANSWERED)))

    def again(
        self, round: str, rule: str, period: Period, subject: Subject, again: RepeatedRound, now: datetime
    ) -> tuple[str, str]:
        """Sign that the round with this key is begun again."""
        frame = self._frame(round, again.by, now, ANSWERED)
        return self._signed(AgainStatement(rule=rule, period=period, subject=subject, again=again, **frame))

    def restart(self, case: str, digest: str, operator: str, now: datetime) -> tuple[str, str]:
        """Sign that a case or a round goes on from the state with this digest."""
        return self._signed(RestartStatement(digest=digest, **self._frame(case, operator, now, ANSWERED)))

    def _frame(self, case: str, person: str, now: datetime, holds: timedelta) -> dict[str, Any]:
        return {"workflow_id": case, "person": person, "via": self.via, "iat": now, "exp": now + holds}

    def _signed(self, statement: SignedStatement) -> tuple[str, str]:
        text = statement.text
        return text, self.key.sign(text)
