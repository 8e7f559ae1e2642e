"""The rooms of the code: no circle of imports, no development stack in production, and a client that needs little."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.places import ROOT

PRODUCTION = ("complaints", "workflows", "activities", "worker", "starters")
ROOMS = (*PRODUCTION, "devstack", "bench")


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Each module with all that it imports, for types and inside of functions too."""
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circle(imports: dict[str, set[str]]) -> list[str]:
    """A circle of imports; empty if there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as found:
        return found.args[1]
    return []


def test_nothing_imports_in_a_circle(imports: dict[str, set[str]]):
    assert circle(imports) == []


def test_a_circle_would_be_found(imports: dict[str, set[str]]):
    closed = {**imports, "complaints.base.errors": {*imports["complaints.base.errors"], "complaints.case.file"}}
    assert set(circle(closed)) >= {"complaints.base.errors", "complaints.case.file"}


def test_production_never_imports_the_development_stack_or_the_bench(imports: dict[str, set[str]]):
    outside = ("devstack", "bench")
    found = [
        f"{module} imports {other}"
        for module, others in imports.items()
        if module.startswith(PRODUCTION)
        for other in others
        if other.startswith(outside)
    ]
    assert found == []


def test_a_class_name_has_one_meaning():
    where: dict[str, list[str]] = defaultdict(list)
    for room in (*PRODUCTION, "devstack"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if path.parent.name.startswith("edition_"):  # frozen chapters have the names they had
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    where[node.name].append(path.relative_to(ROOT).as_posix())
    assert len(where) > 500
    assert {name: files for name, files in where.items() if len(files) > 1} == {}


ALONE = """
import sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Nothing())
import starters.client
from complaints.case.complaint import Complaint
from starters.client import handing_over, http, sentences
print([name for name in sys.modules if name.partition(".")[0] in ("worker", "devstack")])
"""


OURS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


def needed(name: str, found: set[str]) -> set[str]:
    """The distributions that this one needs to run here, without its extras."""
    if name in found:
        return found
    found.add(name)
    try:
        requires = OURS if name == "duly" else distribution(name).requires or []
    except PackageNotFoundError:
        return found
    for one in map(Requirement, requires):
        if one.marker is None or one.marker.evaluate({"extra": ""}):
            needed(canonicalize_name(one.name), found)
    return found


def test_the_client_needs_its_own_few_packages_and_no_worker():
    wanted = needed("duly", set())
    missing = {
        module
        for module, names in packages_distributions().items()
        if not any(canonicalize_name(name) in wanted for name in names)
    }
    assert {"asyncpg", "typer", "rich", "openpyxl", "typst", "sqlalchemy"} <= missing
    assert not {"temporalio", "pydantic"} & missing
    program = f"MISSING = {sorted(missing - set(PRODUCTION))!r}\n{ALONE}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
