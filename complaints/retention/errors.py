"""Refusals of retention and destruction, as sentences that say what to do."""

from __future__ import annotations

from typing import Any

from complaints import texts


class KeepingRefused(Exception):
    """A refusal; its sentence is the text `keeping.refused.<code>`.

    | code | when |
    |---|---|
    | `unknown-list` | there is no destruction list of this id |
    | `other-list` | the approval names another digest than the list has: another list was approved |
    | `approved-by-another` | the list was approved before, by another person |
    | `unknown-case` | a hold on a case that is not in the store |
    | `destroyed` | the case was destroyed; nothing is left to hold |
    | `unknown-project` | a hold on a project that the directory does not have |
    | `unknown-hold` | there is no hold of this id |
    | `lifted` | the hold was lifted before |
    | `no-reason` | a hold is set or lifted without a reason |
    | `names-customer` | the reason of a hold on a customer repeats what must not stay once the hold is lifted |
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}")

    def words(self, lang: str) -> str:
        """The sentence in `lang` ("zh" or "en"): what is wrong, and what to do about it."""
        return texts.say(f"keeping.refused.{self.code}", lang, **self.params)
