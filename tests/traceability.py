"""Finds where each rule of the procedures is: in an edition, in the code that uses it, in the tests that show it.

Run it as a script for the table, or call `trace` from a test. A rule is covered if an edition has it, code uses it and
a test is marked with it, or if `not_automated.toml` gives the reason why not. Code uses a duty by its id in a string; a
comment that mentions the id is enough only for criteria and policies, which code applies by their figures or in its
shape. A step such as CR-5.3.2a.1 covers its rule, CR-5.3.2a.

    python tests/traceability.py [--document CR] [--open] [--require CR]
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # as a script, this file's folder is on the path and the product may not be

from complaints import editions  # noqa: E402

CODE = ("complaints", "workflows", "activities", "worker", "starters")
NOT_CODE = ROOT / "complaints" / "editions"  # the data itself does not prove a use
NAMED = re.compile(r"(?<![\w-])([A-Z]{2}-\d[0-9A-Za-z_]*(?:\.[0-9A-Za-z_]+)*)")


@dataclass(slots=True)
class Trace:
    """The places where one rule was found, as "file:line"."""

    rule: str
    data: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)  # code whose strings are the id
    mentions: list[str] = field(default_factory=list)  # comments and docstrings
    owed: bool = False  # an edition has it as a duty or an approval
    tests: list[str] = field(default_factory=list)
    reason: str | None = None  # why it is not automated

    @property
    def code(self) -> list[str]:
        """The places that prove that code uses the rule: for duties and approvals only real uses."""
        return self.uses if self.owed else [*self.uses, *self.mentions]

    @property
    def missing(self) -> list[str]:
        """What the rule lacks; empty if it is covered."""
        if self.reason is not None:
            doubled = self.data and self.code and self.tests
            return ["listed as not automated, but it is"] if doubled else [] if self.reason.strip() else ["reason"]
        parts = {"edition": self.data, "code": self.code, "test": self.tests}
        return [name for name, places in parts.items() if not places]


def documents() -> dict[str, tuple[str, ...]]:
    """Return the rules of every document, by its key."""
    content = tomllib.loads((ROOT / "tests" / "rules.toml").read_text(encoding="utf-8"))
    return {key: tuple(document["rules"]) for key, document in content.items()}


def trace(rules: Iterable[str]) -> list[Trace]:
    """Return a trace for each rule, in the given order."""
    traces = {rule: Trace(rule) for rule in rules}
    for name, kind, place in _in_editions():
        if rule := covered(name, traces):
            traces[rule].data.append(place)
            traces[rule].owed |= kind in ("duty", "approval")
    for name, used, place in _in_code():
        if rule := covered(name, traces):
            (traces[rule].uses if used else traces[rule].mentions).append(place)
    for name, place in _in_tests():
        if rule := covered(name, traces):
            traces[rule].tests.append(place)
    for rule, entry in _not_automated().items():
        if rule in traces:
            traces[rule].reason = str(entry.get("reason", ""))
    return list(traces.values())


def unknown() -> list[str]:
    """Return rules in test marks or in `not_automated.toml` that no document has: misspelt, they prove nothing."""
    all_rules = {rule for rules in documents().values() for rule in rules}
    marked = [(name, place) for name, place in _in_tests() if re.fullmatch(NAMED, name)]
    listed = [(name, "tests/not_automated.toml") for name in _not_automated()]
    return [f"{place}: {name}" for name, place in (*marked, *listed) if covered(name, all_rules) is None]


def covered(name: str, rules: Iterable[str]) -> str | None:
    """Return the rule that `name` stands for: itself, or the rule of which it is a step; None if there is none."""
    known = set(rules)
    while name not in known:
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return name


def _in_editions() -> Iterator[tuple[str, str, str]]:
    """Yield (id, kind, place) of every rule of the editions that come with the product."""
    for edition in editions.installed():
        for rule in edition.rules.values():
            yield rule.id, rule.kind.value, f"complaints/editions/{edition.name}/{edition.places[rule.id]}"


def _in_code() -> Iterator[tuple[str, bool, str]]:
    """Yield (name, whether it is a string that code works with, place) wherever code names something like a rule."""
    for path in sorted(path for name in CODE for path in (ROOT / name).rglob("*.py")):
        if NOT_CODE in path.parents:
            continue
        text = path.read_text(encoding="utf-8")
        used = set(_strings(ast.parse(text, str(path))))
        for number, line in enumerate(text.splitlines(), start=1):
            for name in dict.fromkeys(NAMED.findall(line)):
                yield name, (name, number) in used, f"{path.relative_to(ROOT)}:{number}"


def _strings(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield (name, line) of names that are a whole string or begin an f-string. Docstrings never match: sentences."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = NAMED.match(node.value)
            if found and node.value in (found[1], found[1] + "."):
                yield found[1], node.lineno


def _in_tests() -> Iterator[tuple[str, str]]:
    """Yield (rule, place) of marks such as `@pytest.mark.clause("CR-5.2.1b")` or `@clause("CR-5.2.1b")`."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called != "clause":
                continue
            for given in node.args:
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value, f"{path.relative_to(ROOT)}:{node.lineno}"


def _not_automated() -> dict[str, dict[str, str]]:
    return tomllib.loads((ROOT / "tests" / "not_automated.toml").read_text(encoding="utf-8"))


def table(traces: Iterable[Trace]) -> str:
    """Return the table as text: one line per rule, with the first place of each kind and the number of others."""
    rows = [("rule", "edition", "code", "test", "open")]
    for one in traces:
        open_ = ", ".join(one.missing) or (f"not automated: {one.reason}" if one.reason is not None else "")
        rows.append((one.rule, _first(one.data), _first(one.code), _first(one.tests), open_))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join([*(row[i].ljust(widths[i]) for i in range(4)), row[4]]).rstrip() for row in rows)


def _first(places: list[str]) -> str:
    return "—" if not places else places[0] + (f" (+{len(places) - 1})" if len(places) > 1 else "")


def main(arguments: list[str] | None = None) -> int:
    """Print the table. Return 1 if a rule of a required document is open, or if a name is misspelt."""
    every = documents()
    parser = argparse.ArgumentParser(description="Which rule is in which edition, code and test.")
    parser.add_argument("--document", action="append", choices=sorted(every), help="only this document; repeatable")
    parser.add_argument("--open", action="store_true", help="only rules with something missing")
    parser.add_argument(
        "--require", action="append", default=[], choices=sorted(every), help="fail if one of these is open"
    )
    chosen = parser.parse_args(arguments)
    found = {one.rule: one for one in trace(rule for rules in every.values() for rule in rules)}
    traces = {key: [found[rule] for rule in rules] for key, rules in every.items()}
    shown = [one for key in chosen.document or every for one in traces[key] if one.missing or not chosen.open]
    print(table(shown))
    for key, ones in traces.items():
        print(f"{key}: {sum(not one.missing for one in ones)} of {len(ones)} rules covered")
    misspelt = unknown()
    for line in misspelt:
        print(f"no such rule: {line}", file=sys.stderr)
    return int(bool(misspelt) or any(one.missing for key in chosen.require for one in traces[key]))


if __name__ == "__main__":
    sys.exit(main())
