"""Rules and chapters made for one test: the newest edition with rules besides, and a chapter of its own that owes them.

    toy.rule("TOY.work", owner="finance", hours=4)
    toy.chapter(working)
    case = await world.opens(loss=600_000).graded(1)

The chapter takes the place of the crisis track, which knows no night. So a test of the engine does not change with the
procedures.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

import pytest

from complaints import editions
from complaints.case.complaint import Track
from complaints.editions.model import Rule
from workflows.chapters import BY_EDITION
from workflows.duty_engine import DutyEngine

Work = Callable[[DutyEngine[Any]], Coroutine[Any, Any, None]]


class Toys:
    """Changes the newest edition, and its crisis track, until the end of the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.edition = editions.newest()

    def rule(self, id: str, *, hours: float = 4, **fields: Any) -> Rule:
        """Add a rule, or replace one of the same id: a duty of the general manager within `hours` unless said."""
        limit = {"kind": "elapsed", "minutes": round(hours * 60)}
        given: dict[str, Any] = {"kind": "duty", "owner": "general_manager", "limit": limit, "anchor": "event"} | fields
        rule = Rule.model_validate({"id": id, "procedure": "HOUSE", "zh": id, "en": id, **given})
        self.puts(rule)
        return rule

    def approval(self, id: str, **fields: Any) -> Rule:
        return self.rule(id, kind="approval", **fields)

    def changes(self, id: str, **fields: Any) -> None:
        """Change fields of a rule."""
        self.puts(self.edition.rule(id).model_copy(update=fields))

    def lacks(self, *ids: str) -> None:
        """Leave rules out."""
        self._is({id: rule for id, rule in self.edition.rules.items() if id not in ids})

    def puts(self, *rules: Rule) -> None:
        self._is({**self.edition.rules, **{rule.id: rule for rule in rules}})

    def chapter(self, work: Work, **chapters: Any) -> None:
        """Have `work` in the place of the crisis track; `chapters` are other fields of `Chapters`."""

        async def crisis(case: DutyEngine[Any]) -> None:
            await work(case)

        usual = BY_EDITION[self.edition.chapters]
        changed = replace(usual, tracks={**usual.tracks, Track.CRISIS: crisis}, **chapters)
        self._patch.setitem(BY_EDITION, self.edition.chapters, changed)

    def _is(self, rules: dict[str, Rule]) -> None:
        said = repr(sorted((id, rule.model_dump_json()) for id, rule in rules.items()))
        digest = blake2b(said.encode(), digest_size=32).hexdigest()
        self.edition = replace(self.edition, digest=digest, rules=MappingProxyType(rules))
        shelf = editions._SHELF
        self._patch.setitem(shelf._editions, (self.edition.name, digest), self.edition)
        self._patch.setattr(shelf, "newest", lambda: self.edition)
