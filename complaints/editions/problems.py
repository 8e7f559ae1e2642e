"""Problems of an edition, with messages that name file, line and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from complaints.texts import say


@dataclass(frozen=True, slots=True)
class EditionProblem:
    """One problem. `code` is the key of a text (`edition.problem.<code>`), `params` are its fields."""

    file: str
    line: int
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])

    def words(self, lang: str = "zh") -> str:
        """Return `crisis.toml:12: …` in `lang` ("zh" or "en")."""
        return f"{self.file}:{self.line}: {say(f'edition.problem.{self.code}', lang, **self.params)}"


class EditionError(Exception):
    """The edition is unusable; `problems` lists everything found, by file and line."""

    def __init__(self, folder: str, problems: Iterable[EditionProblem]) -> None:
        self.folder = folder
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.code)))
        super().__init__(f"{self.words('zh')}\n{self.words('en')}")

    def words(self, lang: str = "zh") -> str:
        """Return a headline and a line for every problem."""
        head = say("edition.unusable", lang, folder=self.folder, count=len(self.problems))
        return "\n".join([head, *(problem.words(lang) for problem in self.problems)])


class EditionMissing(LookupError):
    """A case is pinned to an edition that is not installed here. The message says what to install, and where."""

    def __init__(self, name: str, digest: str, installed: Iterable[tuple[str, str]]) -> None:
        self.name = name
        self.digest = digest
        self.installed = tuple(installed)
        super().__init__(f"{self.words('zh')}\n{self.words('en')}")

    def words(self, lang: str = "zh") -> str:
        """Return what is missing and what to do about it, in `lang` ("zh" or "en")."""
        have = ", ".join(f"{name} ({digest[:12]})" for name, digest in self.installed) or "—"
        text = say("edition.missing", lang, name=self.name, digest=self.digest, have=have)
        if any(name == self.name for name, _ in self.installed):  # same name, other content: it was edited
            text += say("edition.changed", lang, name=self.name)
        return text
