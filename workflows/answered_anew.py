"""CH-5b, MC-4.2a: a customer who is not satisfied with the answer, or is no longer, is answered anew from above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic

from complaints.case.file import Duty
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, F, Superseded


class AnsweredAnew(Generic[F]):
    """Follows what a customer says of the answer, from the first one until the handling is over.

    `anew` owes the next answer, by somebody above whoever owed the duty; None if nobody is above. It must decide by
    what the duty records, so that a chapter that is run again finds the same answers.
    """

    def __init__(
        self, case: DutyEngine, first: OwedDuty[F], anew: Callable[[Duty, DutyAnswer[F]], OwedDuty[F] | None]
    ) -> None:
        self.case = case
        self.over = False  # set by the chapter: the handling is over, and the revisits ask
        self._answering = first
        self._anew = anew
        self._given: DutyAnswer[F] | None = None  # the answer that the customer has; None while one is owed
        self._last = False  # nobody is above whoever gave it
        self._given_up: DutyAnswer[Any] | None = None  # the approval, if the customer was not reached

    async def followed(self) -> None:
        """Have each answer that does not satisfy the customer given anew. Raises `Superseded` if it need not be."""
        leg = self.case.file.leg
        while not self._last:
            self._given = None
            try:
                given = await self._answering.answer()
            except Superseded:
                self._given_up = self.case.gave_up(self._answering.duty)
                if self._given_up is None:
                    raise
                return
            self._given = given
            await self.case.wait_until(
                lambda given=given: self.over or self.case.file.leg != leg or self._unhappy(given) is not None
            )
            unhappy = self._unhappy(given)
            if unhappy is None or self.case.file.leg != leg:
                return
            following = self._anew(self.case.file.duties[given.duty], unhappy)
            if following is None:
                self._last = True
            else:
                self._answering = following

    @property
    def rests(self) -> bool:
        """Whether the customer has an answer and no other is owed, or was not reached (RV-4.2)."""
        if self._given_up is not None:
            return True
        return self._given is not None and (self._last or self._unhappy(self._given) is None)

    @property
    def reached(self) -> bool:
        """Whether the customer heard the answer that was owed last."""
        return self._given_up is None

    @property
    def newest(self) -> DutyAnswer[Any]:
        """What was answered last, or the approval to give it up; asked for once it `rests`."""
        if self._given_up is not None:
            return self._given_up
        assert self._given is not None
        return self._versions(self._given)[-1]

    def _versions(self, given: DutyAnswer[F]) -> list[DutyAnswer[Any]]:
        return [given, *self.case.revisions(given)]

    def _unhappy(self, given: DutyAnswer[F]) -> DutyAnswer[F] | None:
        """The first version of the answer that the customer is not satisfied with."""
        return next((one for one in self._versions(given) if one.form.satisfied is False), None)
