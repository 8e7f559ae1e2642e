"""Applies every mutation and runs the tests that are marked with its rule, until one of them fails.

pytest collects once, in this process; then the process forks, and each child measures a part of the rules. In a child,
a test first runs without a mutation: it must pass, and what the product reads of the edition in it is noted.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import _lru_cache_wrapper
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

from complaints import editions
from complaints.editions import loader
from complaints.editions.model import Edition, Rule
from tests.mutations.mutation import Mutation, NothingThere, wrapped
from tests.rules import is_known, rule_of

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 20.0  # seconds for a test; a mutation may keep it waiting for ever
WAITS = 3.0  # seconds for which a test waits for something to happen
OWN = ("id", "procedure", "clause", "kind", "zh", "en", "note")
"""Fields of a rule that no mutation changes."""


@dataclass
class Outcome:
    """What became of one mutation: the test that killed it, or why none did."""

    rule: str
    mutation: str
    killed_by: str | None = None
    nothing_there: str | None = None  # the product has nothing to take away
    tried: int = 0  # tests that passed in spite of it

    @property
    def open(self) -> bool:
        return self.killed_by is None


@dataclass
class Measured:
    """What the run found."""

    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    failing: list[str] = field(default_factory=list[str])  # tests that fail without any mutation
    unknown: list[str] = field(default_factory=list[str])  # clause marks that name no rule: "test: mark"
    tests: dict[str, int] = field(default_factory=dict[str, int])  # tests by rule
    seconds: float = 0
    cpu: float = 0  # seconds, of all processes


def measure(
    mutations: Sequence[Mutation], *paths: str, processes: int = 2, options: Sequence[str] = ("--fast",)
) -> Measured:
    """Measure these mutations with the tests below `paths` that pytest chooses by `options`: the fast ones.

    Changes this process: call it in one of its own.
    """
    began = time.monotonic()
    plugin = _Runner(mutations, processes)
    places = [str(ROOT / path) for path in paths or ("tests",)]
    with ExitStack() as stack:
        stack.enter_context(patch.object(sys, "stdout", said := StringIO()))
        stack.enter_context(_one_of_each_edition())
        alone = ("-p", "no:cacheprovider", "-p", "no:xdist", "-m", "clause")
        code = pytest.main([*options, *alone, *places], [plugin])
    if plugin.measured is None:
        raise RuntimeError(f"pytest ended with {code} and measured nothing:\n{said.getvalue()[-3000:]}")
    plugin.measured.seconds = time.monotonic() - began
    plugin.measured.cpu = sum(os.times()[:4])
    return plugin.measured


class _Runner:
    """The pytest plugin that runs tests under mutations, in place of pytest's own loop."""

    def __init__(self, mutations: Sequence[Mutation], processes: int) -> None:
        self._mutations = mutations
        self._processes = processes
        self._uncollected: list[str] = []
        self.measured: Measured | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._uncollected.append(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        measured = Measured(failing=self._uncollected)
        tests: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in (one for one in session.items if not is_of_older_edition(one.nodeid)):
            for mark in dict.fromkeys(mark for marker in item.iter_markers("clause") for mark in marker.args):
                if rule := rule_of(mark):
                    if item not in tests[rule]:
                        tests[rule].append(item)
                elif not is_known(mark):
                    measured.unknown.append(f"{item.nodeid}: {mark}")
        measured.tests = {rule: len(items) for rule, items in tests.items()}
        by_rule: dict[str, list[Mutation]] = defaultdict(list)
        for mutation in self._mutations:
            by_rule[mutation.rule].append(mutation)
        parts = _parts(by_rule, tests, self._processes)
        for outcomes, failing in _in_children(parts, session, tests):
            measured.outcomes += outcomes
            measured.failing = sorted({*measured.failing, *failing})
        self.measured = measured
        return True


def is_of_older_edition(test: str) -> bool:
    """Return whether a test is about an edition that no new case begins under: it keeps no rule of the newest."""
    return any(f"edition_{one.name.replace('.', '_')}" in test for one in editions.installed()[:-1])


def _parts(
    by_rule: dict[str, list[Mutation]], tests: dict[str, list[pytest.Item]], processes: int
) -> list[list[list[Mutation]]]:
    """Split the rules so that the parts have about as much to do."""
    parts: list[list[list[Mutation]]] = [[] for _ in range(processes)]
    sums = [0] * processes
    for mutations in sorted(by_rule.values(), key=lambda ones: -len(ones) * (5 + len(tests[ones[0].rule]))):
        least = sums.index(min(sums))
        parts[least].append(mutations)
        sums[least] += len(mutations) * (5 + len(tests[mutations[0].rule]))
    return [part for part in parts if part]


def _in_children(
    parts: list[list[list[Mutation]]], session: pytest.Session, tests: dict[str, list[pytest.Item]]
) -> Iterator[tuple[list[Outcome], list[str]]]:
    with tempfile.TemporaryDirectory(prefix="duly-mutations-") as folder:
        children: list[tuple[int, Path]] = []
        for n, part in enumerate(parts):
            result = Path(folder) / f"{n}.json"
            if (pid := os.fork()) == 0:
                _child(part, session, tests, result)
            children.append((pid, result))
        for pid, _ in children:
            os.waitpid(pid, 0)
        for pid, result in children:
            if not result.exists():
                raise RuntimeError(f"process {pid}, which measured a part of the rules, ended without a result")
            content = json.loads(result.read_text(encoding="utf-8"))
            yield [Outcome(**one) for one in content["outcomes"]], content["failing"]


def _child(part: list[list[Mutation]], session: pytest.Session, tests: dict[str, list[pytest.Item]], to: Path) -> None:
    """Measure a part of the rules, write the outcomes to a file and end the process, without pytest's own endings."""
    code = 1
    try:
        bench = Bench(session)
        outcomes = [one for mutations in part for one in bench.of_rule(mutations, tests[mutations[0].rule])]
        written = to.with_suffix(".part")
        content = {"outcomes": [asdict(one) for one in outcomes], "failing": sorted(bench.failing)}
        written.write_text(json.dumps(content), encoding="utf-8")
        written.rename(to)
        code = 0
    except BaseException as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.__stderr__)
        raise
    finally:
        os._exit(code)


class Bench:
    """Runs tests under mutations in this process."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._passed: dict[pytest.Item, float] = {}  # seconds without a mutation
        self._reads: dict[pytest.Item, frozenset[str]] = {}
        self._caches = _caches()
        self.failing: set[str] = set()
        _is_quick()

    def of_rule(self, mutations: Iterable[Mutation], tests: Sequence[pytest.Item]) -> Iterator[Outcome]:
        """Yield the outcome of each mutation of one rule, whose tests these are."""
        for test in tests:
            if test not in self._passed and test.nodeid not in self.failing:
                self._run_as_it_is(test)
        order = sorted((test for test in tests if test in self._passed), key=self._passed.__getitem__)
        for mutation in mutations:
            outcome = Outcome(mutation.rule, mutation.name)
            try:
                killer = self._killer(mutation, order, outcome)
            except NothingThere as fault:
                outcome.nothing_there = str(fault)
            else:
                if killer is not None:
                    outcome.killed_by = killer.nodeid
                    order.remove(killer)  # it may kill the next one too
                    order.insert(0, killer)
            yield outcome

    def _killer(self, mutation: Mutation, tests: Sequence[pytest.Item], outcome: Outcome) -> pytest.Item | None:
        for test in tests:
            if mutation.read is not None and mutation.read not in self._reads[test]:
                continue
            with self._applied(mutation):
                passed = self._run(test)
            if not passed:
                return test
            outcome.tried += 1
        if not tests:
            with self._applied(mutation):
                pass  # it can be applied, at least
        return None

    @contextmanager
    def _applied(self, mutation: Mutation) -> Iterator[None]:
        self._forget()
        try:
            with ExitStack() as stack:
                try:
                    stack.enter_context(mutation.apply())
                except NothingThere:
                    raise
                except Exception as fault:
                    raise NothingThere(f"it cannot be applied: {type(fault).__name__}: {fault}") from fault
                stack.enter_context(_without_recalculation())
                yield
        finally:
            self._forget()

    def _run_as_it_is(self, test: pytest.Item) -> None:
        self._forget()
        began = time.monotonic()
        with _noted() as reads:
            passed = self._run(test)
        if passed:
            self._passed[test] = time.monotonic() - began
            self._reads[test] = frozenset(reads)
        else:
            self.failing.add(test.nodeid)

    def _run(self, test: pytest.Item) -> bool:
        """Run a test, and return whether it passed. All fixtures but those of the session are made anew."""
        with _no_longer_than(LONGEST):
            reports = runtestprotocol(test, log=False, nextitem=self._session)  # type: ignore[arg-type]
        return all(report.passed for report in reports)

    def _forget(self) -> None:
        """Begin as in a new process: no cache holds what follows from an edition, and rounds begin in early years."""
        for cached in self._caches:
            cached.cache_clear()
        if (stage := sys.modules.get("tests.rounds.stage")) is not None:
            vars(stage)["_years"] = itertools.count(2031, 4)


@contextmanager
def _noted() -> Iterator[set[str]]:
    """Collect what the product reads of the rules of editions: "CR-3.1a.figures"."""
    reads: set[str] = set()
    product = tuple(
        str(ROOT / name) + os.sep for name in ("complaints", "workflows", "activities", "worker", "starters")
    )
    editions = str(ROOT / "complaints" / "editions") + os.sep

    def noting(rule: Rule, name: str) -> Any:
        value = object.__getattribute__(rule, name)
        if name[0] != "_" and name not in OWN:
            reader = sys._getframe(1).f_code.co_filename
            if reader.startswith(product) and not reader.startswith(editions):
                reads.add(f"{object.__getattribute__(rule, '__dict__')['id']}.{name}")
        return value

    with patch.object(Rule, "__getattribute__", noting, create=True):
        yield reads


def _one_of_each_edition() -> Any:
    """Let tests that load an edition get the installed one, which is the one that mutations change."""
    installed = {one.digest: one for one in editions.installed()}

    def same(original: Any, name: str, documents: Any) -> Edition:
        loaded: Edition = original(name, documents)
        known = installed.get(loaded.digest)
        return known if known is not None and known.name == name else loaded

    return wrapped(loader, "_edition", same)


def _without_recalculation() -> Any:
    """Leave out the harness's check that a recalculation by the edition would change nothing."""
    from tests.world import World

    return patch.object(World, "recalculated", lambda *_: ())


def _is_quick() -> None:
    """Let nothing be waited for longer than needed, and hypothesis look no further than its first failure."""
    import tests.world

    settings.register_profile(
        "mutations", deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate]
    )
    settings.load_profile("mutations")
    tests.world.PATIENCE = WAITS


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    def over(*_: Any) -> None:
        pytest.fail(f"longer than {seconds:.0f} s", pytrace=False)

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


PRODUCT = ("complaints", "workflows", "activities", "worker", "starters")
PURE = (
    "complaints.people.loader",
    "complaints.base.matching",
    "complaints.printing",
    "starters.cli",
    "complaints.texts",
)
"""Modules whose caches depend on no rule."""


def _caches() -> list[_lru_cache_wrapper[Any]]:
    """Return the caches of the product and of the tests that may hold what follows from an edition."""
    found: dict[int, _lru_cache_wrapper[Any]] = {}
    for name, module in list(sys.modules.items()):
        if not name.startswith((*PRODUCT, "tests")) or name.startswith((*PURE, "tests.mutations")):
            continue
        with suppress(Exception):
            for value in list(vars(module).values()):
                if isinstance(value, _lru_cache_wrapper) and not str(value.__module__).startswith(PURE):
                    found[id(value)] = value
    return list(found.values())
