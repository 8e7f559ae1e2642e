"""What keeps each rule of the procedures: takes every rule's substance away, bit by bit, and names the test that fails.

    python tests/traceability.py                      all rules; or: make traceability
    python tests/traceability.py --rule CR-5.4.1      one rule, with what the edition says of it
    python tests/traceability.py --open               only what no test notices

A rule is kept if each of its mutations (`tests/mutations/`) makes a test fail that is marked with the rule, such as
`@pytest.mark.clause("CR-5.4.1")`. Only tests that need no server and no database run. The exit code is 1 if a mutation
survives, a rule has no mutation, a test fails without any, or a mark names no rule.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # as a script, this file's folder is on the path and the product may not be

from complaints import editions  # noqa: E402
from tests import mutations  # noqa: E402
from tests.mutations import report  # noqa: E402
from tests.mutations.runner import measure  # noqa: E402
from tests.rules import documents, not_automated, rule_of  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Measure the chosen rules and print what was found."""
    every = documents()
    parser = argparse.ArgumentParser(description="Which test keeps which rule of the procedures.")
    parser.add_argument("--document", action="append", choices=sorted(every), help="only this document; repeatable")
    parser.add_argument("--rule", action="append", help="only this rule, such as CR-5.4.1; repeatable")
    parser.add_argument("--open", action="store_true", help="only what no test notices")
    parser.add_argument("--json", metavar="FILE", help="write everything to this file, too")
    parser.add_argument("--processes", type=int, default=2, help="how many run beside each other (2)")
    chosen = parser.parse_args(arguments)
    rules = [rule for document in every.values() for rule in document.rules]
    if chosen.document:
        rules = [rule for key in chosen.document for rule in every[key].rules]
    if chosen.rule:
        asked = {name: rule_of(name) for name in chosen.rule}
        if unknown := [name for name, rule in asked.items() if rule is None]:
            parser.error(f"no such rule: {', '.join(unknown)}; tests/rules.toml has them all")
        rules = [rule for rule in rules if rule in asked.values()]
    edition, wanted = editions.newest(), set(rules)
    measured = measure([one for one in mutations.every() if one.rule in wanted], processes=chosen.processes)
    found = report.kept(measured, rules, edition, not_automated())
    for one in found if chosen.rule else ():
        print(report.in_words(one, edition), end="\n\n")
    shown = [one for one in found if one.open or not chosen.open]
    print(report.table(shown, survivors_only=chosen.open))
    print(f"\nedition {edition.name}\n{report.counts(every.values(), found)}")
    print(f"{measured.seconds:.0f} s, {measured.cpu:.0f} s of processor time", file=sys.stderr)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(report.as_json(measured, found), ensure_ascii=False, indent=1), "utf-8")
    for test in measured.failing:
        print(f"fails without any mutation: {test}", file=sys.stderr)
    for mark in measured.unknown:
        print(f"no such rule: {mark}", file=sys.stderr)
    return int(bool(measured.failing or measured.unknown) or any(one.open for one in found))


if __name__ == "__main__":
    sys.exit(main())
