"""Problems of a directory file, each with its line and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from complaints.texts import say


@dataclass(frozen=True, slots=True)
class DirectoryProblem:
    """One problem: `line` counts from 1; `where` names entry and field, such as `[[person]] li.na · email`.

    `code` is the key of a text (`directory.problem.<code>`), `params` are its fields.
    """

    line: int
    where: str
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def message(self) -> str:
        """The problem's sentence in Chinese."""
        return self.words()

    def words(self, lang: str = "zh") -> str:
        """Return the problem's sentence in `lang` ("zh" or "en")."""
        return say(f"directory.problem.{self.code}", lang, **self.params)


class DirectoryError(Exception):
    """The directory is unusable; `problems` lists everything wrong with it, by line."""

    def __init__(self, problems: Iterable[DirectoryProblem], filename: str = "directory.toml") -> None:
        self.filename = filename
        self.problems = tuple(problems)
        super().__init__(self.words())

    def words(self, lang: str = "zh") -> str:
        """Return a headline and a line for each problem: `directory.toml:12: [[person]] li.na · email: …`."""
        head = say("directory.unusable", lang, file=self.filename, count=len(self.problems))
        lines = [f"{self.filename}:{p.line}: {p.where}: {p.words(lang)}" for p in self.problems]
        return "\n".join([head, *lines])
