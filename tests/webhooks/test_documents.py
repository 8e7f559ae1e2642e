"""The documents say which operations there are, and which problems."""

from __future__ import annotations

import re

from starters.gateway.api.webhooks import router
from starters.gateway.problems import STATUS_OF_WEBHOOKS
from tests.places import ROOT

TEXT = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
NEVER_BY_HTTP = {"webhook-kinds", "webhook-token"}
"""Kinds are choices of the body, and a token that does not count is refused before."""


def test_every_operation_is_documented():
    there = {f"{method} {route.path}" for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
    assert set(re.findall(r"^\| `((?:GET|POST|DELETE) [^`]+)` \|", TEXT, re.M)) == there


def test_every_problem_is_documented_with_its_status():
    found: dict[str, int] = {}
    for codes, status in re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| (\d{3}) \|", TEXT, re.M):
        found.update(dict.fromkeys(re.findall(r"`([a-z-]+)`", codes), int(status)))
    assert found == {code: status for code, status in STATUS_OF_WEBHOOKS.items() if code not in NEVER_BY_HTTP}
