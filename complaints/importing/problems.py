"""What can be wrong with a list, by line and column, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from complaints.texts import say


@dataclass(frozen=True, slots=True)
class ListProblem:
    """One thing to put right: its line as the spreadsheet counts it (0: the file as a whole), the column as the file
    calls it, and a text `importing.problem.<code>`."""

    line: int
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])
    column: str = ""

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en"), with the column before it."""
        said = say(f"importing.problem.{self.code}", lang, **self.params)
        return say("importing.at-column", lang, column=self.column, said=said) if self.column else said


class Bad(ValueError):
    """A cell that cannot be taken: the code of its problem."""

    def __init__(self, code: str, /, **params: str) -> None:
        self.code = code
        self.params = params
        super().__init__(code)


class LeftEmpty(Bad):
    """A cell that says nothing which the field could hold: the line is taken without it, and that is told."""
