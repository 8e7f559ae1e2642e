"""Each kind of effect that a case or a round waits for has an activity of the worker, or is a signal."""

from __future__ import annotations

import sys
from typing import Any, cast

from activities.rounds import Ports
from complaints.case.effects import EffectKind
from tests.memory import activity_of
from worker.temporal_worker import all_activities
from workflows.tracks import TELL


def test_every_effect_has_its_activity():
    modules = [module for name, module in sys.modules.items() if name.startswith(("complaints", "workflows"))]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, EffectKind)]
    kinds = {kind.name for kind in cast("list[EffectKind[Any, Any]]", found)} - {TELL.name}
    assert {"deduct_retention", "settle_claim"} <= kinds
    nobody = cast(Any, None)
    known = {activity_of(one) for one in all_activities(nobody, nobody, nobody, nobody, Ports())}
    assert kinds <= known
