"""Load an edition from a folder of TOML files, or report all its problems."""

from __future__ import annotations

import hashlib
import json
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from complaints.editions.check import check_together
from complaints.editions.model import CHAPTERS, Edition, Rule, RuleKind, RulePlace
from complaints.editions.parse import RuleFile, parse
from complaints.editions.problems import EditionError, EditionProblem


def load(folder: Path | Traversable) -> Edition:
    """Load the edition in `folder`: its `*.toml` files, one per procedure. Raises `EditionError` with every problem."""
    documents, problems = _read(folder)
    if problems:
        raise EditionError(str(folder), problems)
    return _edition(folder.name, documents)


def check(folder: Path | Traversable, like: Edition | None = None) -> list[EditionProblem]:
    """Return all problems of the edition in `folder`; empty if it is usable.

    With `like` (the edition it was copied from), also report the rules of `like` that it lacks: chapters look rules up
    by id, so a company may change owners, limits and contents, but may omit only criteria and major rules by facts.
    """
    documents, problems = _read(folder)
    if like and not problems:
        mine = _edition(folder.name, documents)
        first = documents[0].file
        problems += [
            EditionProblem(
                places[0].file if (places := _places_of(mine, rule)) else first, 1, "rule-gone", {"rule": rule.id}
            )
            for rule in like.rules.values()
            if rule.id not in mine.rules and not _by_facts(rule)
        ]
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.code))


def _by_facts(rule: Rule) -> bool:
    """Return whether the code finds the rule by its kind, never by its id."""
    return rule.kind is RuleKind.CRITERION or (rule.kind is RuleKind.MAJOR and bool(rule.figures.facts))


def _places_of(edition: Edition, rule: Rule) -> list[RulePlace]:
    return [edition.places[id] for id, other in edition.rules.items() if other.procedure == rule.procedure]


def _read(folder: Path | Traversable) -> tuple[tuple[RuleFile, ...], list[EditionProblem]]:
    problems: list[EditionProblem] = []
    if not folder.is_dir():
        return (), [EditionProblem(folder.name, 1, "folder-missing", {"folder": str(folder)})]
    documents: list[RuleFile] = []
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if not item.name.endswith(".toml"):
            continue
        try:
            text = item.read_text(encoding="utf-8")
        except UnicodeDecodeError as fault:
            problems.append(EditionProblem(item.name, 1, "not-toml", {"detail": str(fault)}))
            continue
        if document := parse(item.name, text, problems):
            documents.append(document)
    if not documents and not problems:
        problems.append(EditionProblem(folder.name, 1, "folder-empty", {"folder": str(folder)}))
    return tuple(documents), problems + check_together(folder.name, tuple(documents))


def _edition(name: str, documents: tuple[RuleFile, ...]) -> Edition:
    entries = [entry for document in documents for entry in document.entries]
    rules = {entry.rule.id: entry.rule for entry in entries if entry.rule}
    places = {entry.rule.id: RulePlace(entry.file, entry.line()) for entry in entries if entry.rule}
    procedures = {document.procedure.key: document.procedure for document in documents if document.procedure}
    return Edition(
        name,
        _digest(documents),
        MappingProxyType(procedures),
        MappingProxyType(rules),
        MappingProxyType(places),
        next(
            (str(document.header["chapters"]) for document in documents if "chapters" in document.header), CHAPTERS[0]
        ),
    )


def _digest(documents: tuple[RuleFile, ...]) -> str:
    """Return the SHA-256 (hex) of the content as canonical JSON, ignoring comments, layout, file names and order.

    It covers the raw TOML values, not the parsed rules: a later release that knows more fields must still find the
    editions that running cases are pinned to.
    """
    content: dict[str, Any] = {
        "editions": {str(document.header["procedure"]): document.header for document in documents},
        "rules": {
            str(entry.raw["id"]): {**entry.raw, "procedure": document.header["procedure"]}
            for document in documents
            for entry in document.entries
        },
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
