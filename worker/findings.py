"""What was looked at and how it stands, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingState(StrEnum):
    """How a finding stands."""

    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its state, what was found, and what to do where something should be done."""

    name: str
    state: FindingState
    zh: str
    en: str
    todo_zh: str = ""
    todo_en: str = ""

    @property
    def ok(self) -> bool:
        """Whether Duly can work with it as it is; a warning does not stand in the way."""
        return self.state is not FindingState.MISSING

    def words(self, language: str) -> str:
        """What was found, and what to do."""
        found, todo = (self.en, self.todo_en) if language.startswith("en") else (self.zh, self.todo_zh)
        joint = ". " if language.startswith("en") else "。"
        return found + joint + todo if todo else found
