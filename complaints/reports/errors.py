"""What stands in the way of a report, with a sentence that says what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from complaints.texts import say


class Hindrance(StrEnum):
    """Codes, for programs; the sentences are `report.refused.<code>`."""

    UNKNOWN = "unknown"  # there is no such report, or no such revision
    STALE = "stale"  # the revision is not the newest
    ISSUED = "issued"  # somebody issued it already
    NOT_ISSUED = "not-issued"  # only what was issued can be corrected
    STUDY_MISSING = "study-missing"  # a case study is not there, and its owner did not name it (CR-5.4.3)
    NO_REASON = "no-reason"  # a correction says why
    WRONG_PERIOD = "wrong-period"  # a monthly report of a week
    UNKNOWN_SUBJECT = "unknown-subject"  # a project, department or person that the directory does not have


class ReportRefused(Exception):
    """A report that cannot be drafted, issued or corrected like this."""

    def __init__(self, code: Hindrance, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}")

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say(f"report.refused.{self.code.value}", lang, **self.params)
