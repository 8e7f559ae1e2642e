"""Refusals of reports, each with a sentence that says what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from complaints.texts import say


class Hindrance(StrEnum):
    """Codes for programs; the sentences are the texts `report.refused.<code>`."""

    UNKNOWN = "unknown"  # there is no such report or revision
    STALE = "stale"  # the revision is not the newest
    ISSUED = "issued"  # it was issued already
    NOT_ISSUED = "not-issued"  # only an issued report can be corrected
    STUDY_MISSING = "study-missing"  # a case study is missing, and the report's owner did not name it (CR-5.4.3)
    NO_REASON = "no-reason"  # a correction needs a reason
    WRONG_PERIOD = "wrong-period"  # a kind of report for a period it does not exist for: a monthly report of a week
    UNKNOWN_SUBJECT = "unknown-subject"  # a project, department or person that the directory does not have


class ReportRefused(Exception):
    """A report cannot be drafted, issued or corrected as asked."""

    def __init__(self, code: Hindrance, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}")

    def words(self, lang: str = "zh") -> str:
        """Return the sentence in `lang` ("zh" or "en")."""
        return say(f"report.refused.{self.code.value}", lang, **self.params)
