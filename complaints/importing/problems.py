"""Problems of a list, by line and column, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from complaints.texts import say


@dataclass(frozen=True, slots=True)
class ListProblem:
    """One problem to correct, with the text `importing.problem.<code>`.

    `line` is the line as the spreadsheet counts it (0: the file as a whole), `column` the heading as the file has it.
    """

    line: int
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])
    column: str = ""

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en"), with the column before it."""
        said = say(f"importing.problem.{self.code}", lang, **self.params)
        return say("importing.at-column", lang, column=self.column, said=said) if self.column else said


class Bad(ValueError):
    """Raised for a cell that cannot be accepted, with the code of its problem."""

    def __init__(self, code: str, /, **params: str) -> None:
        self.code = code
        self.params = params
        super().__init__(code)


class LeftEmpty(Bad):
    """Raised for a cell whose value the field cannot hold: the line is accepted without it, and this is reported."""
