"""The findings of `duly doctor`, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingState(StrEnum):
    """The state of a finding."""

    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One checked thing: its state, what was found, and what to do, if anything."""

    name: str
    state: FindingState
    zh: str
    en: str
    todo_zh: str = ""
    todo_en: str = ""

    @property
    def ok(self) -> bool:
        """Whether Duly can work with it as it is; it can despite a warning."""
        return self.state is not FindingState.MISSING

    def words(self, language: str) -> str:
        """The text of the finding: what was found, and what to do."""
        found, todo = (self.en, self.todo_en) if language.startswith("en") else (self.zh, self.todo_zh)
        joint = ". " if language.startswith("en") else "。"
        return found + joint + todo if todo else found
