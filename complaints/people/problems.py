"""What can be wrong with a directory file, each with its line and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from complaints.texts import say


@dataclass(frozen=True, slots=True)
class DirectoryProblem:
    """One thing to put right: `line` counts from 1, `where` names entry and field, e.g. `[[person]] li.na · email`.

    `code` is a key of the texts (`directory.problem.<code>`), `params` fill its sentence.
    """

    line: int
    where: str
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def message(self) -> str:
        """The sentence in Chinese."""
        return self.words()

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say(f"directory.problem.{self.code}", lang, **self.params)


class DirectoryError(Exception):
    """A directory that cannot be used. `problems` has everything that is wrong with it, by line."""

    def __init__(self, problems: Iterable[DirectoryProblem], filename: str = "directory.toml") -> None:
        self.filename = filename
        self.problems = tuple(problems)
        super().__init__(self.words())

    def words(self, lang: str = "zh") -> str:
        """A headline, and a line for each problem: `directory.toml:12: [[person]] li.na · email: …`."""
        head = say("directory.unusable", lang, file=self.filename, count=len(self.problems))
        lines = [f"{self.filename}:{p.line}: {p.where}: {p.words(lang)}" for p in self.problems]
        return "\n".join([head, *lines])
