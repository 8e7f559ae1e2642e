"""Acts on a duty's date and on its way up the ladder. Each checks the request and answers with the form to be kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from complaints.errors import Refusal, Refused
from complaints.model import ActKind, ActRequest, Duty

if TYPE_CHECKING:
    from complaints.acts.desk import Desk


def pass_up(desk: Desk, request: ActRequest, duty: Duty, at: datetime) -> dict[str, Any]:
    """上交 (CH-7.2.2): what the owner cannot solve goes to the next step, with 工作处理单 in the reason."""
    if not duty.passes_up:
        raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
    return desk.no_form(request)


ON_DATES: dict[ActKind, Callable[[Desk, ActRequest, Duty, datetime], dict[str, Any]]] = {ActKind.PASS_UP: pass_up}
