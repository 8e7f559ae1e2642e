"""Bodies of acts: one model for each kind of act, put together of what the kind says of itself (`complaints.acts`).

They have the fields of `ActRequest`. The form of an act is checked by the case, which knows its edition; here it is
only described.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import AfterValidator, Field, SkipValidation, StringConstraints, create_model

from complaints import editions
from complaints.acts.act import ActOnDuty, KindOfAct
from complaints.acts.registry import ACTS
from complaints.base import size_limits
from complaints.base.fields import Key, Nth
from complaints.case.file import ActKind, DutyId
from starters.gateway.api import act_examples
from starters.gateway.api.models import ApiBody, Instant

WITH_OTHER_PERSON = (ActKind.DELEGATE, ActKind.COUNTERSIGN, ActKind.ENTRUST, ActKind.HAND_OVER)
WITH_OTHER_CASE = (ActKind.MERGE, ActKind.GATHER)
WITH_STEP = (ActKind.RETURN,)
NAMES_A_DUTY = (ActKind.REVISE,)
"""Kinds of act on a case that name a duty all the same."""
FORM_OF_RULE = (ActKind.DISCHARGE, ActKind.REVISE)
"""Kinds whose form is that of the duty's rule."""
BODILESS = (ActKind.ATTACH,)
"""Kinds that are no act of this operation: attachments are sent with their bytes."""

Reason = Annotated[str, StringConstraints(max_length=size_limits.WORDS)]
To = Annotated[str, StringConstraints(max_length=80)]
Seq = Annotated[int, Field(ge=0, le=1_000_000_000)]


class ActBodyBase(ApiBody):
    """What every act has."""

    kind: str
    by: Key | None = Field(default=None, description="In whose name a backend acts; a person acts in their own.")
    at: Instant | None = Field(default=None, description="When it happened, if earlier than now.")
    reason: Reason = ""
    revision: Nth | None = Field(default=None, description="The revision that was read: approvals need it.")
    seen: Seq | None = Field(default=None, description="Last journal line that you have: the answer has those after.")
    base_version: Seq | None = Field(default=None, description="As `If-Match`: refused if the case has gone on.")


def _is_object(form: Any) -> Any:
    if not isinstance(form, dict):
        raise ValueError("an object is wanted")
    return form  # pyright: ignore[reportUnknownVariableType]


FreeForm = Annotated[dict[str, Any], Field(max_length=200)]


def _form(kind: KindOfAct) -> tuple[Any, Any] | None:
    """Return type and default of the form of a kind of act; None if it has none."""
    if kind.kind in FORM_OF_RULE:
        said = "The form of the duty's rule: `GET /api/v1/forms` lists them, and `Duty.form` names it."
        return FreeForm, Field(default_factory=dict, description=said)
    form = kind.form_in(editions.newest())
    if form is None:
        return None
    needed = any(field.is_required() for field in form.model_fields.values())
    described = Annotated[form, SkipValidation, AfterValidator(_is_object)]
    return described, ... if needed else Field(default_factory=dict)


def _body(kind: KindOfAct) -> type[ActBodyBase]:
    name = "".join(part.title() for part in kind.kind.value.split("-")) + "Act"
    fields: dict[str, Any] = {"kind": (Literal[kind.kind.value], ...)}  # pyright: ignore[reportInvalidTypeArguments]
    if isinstance(kind, ActOnDuty) or kind.kind in NAMES_A_DUTY:
        fields["duty"] = (DutyId, Field(description="Id of the duty.", min_length=1))
    if kind.kind in WITH_OTHER_PERSON:
        fields["to"] = (Key, Field(description="Id of the other person."))
    if kind.kind in WITH_OTHER_CASE:
        fields["to"] = (To, Field(description="Number or key of the other case.", min_length=1))
    if kind.kind in WITH_STEP:
        fields["to"] = (To, Field(description="The step to return it to, one of `Duty.returns_to`.", min_length=1))
    if kind.kind in WITH_OTHER_CASE:
        fields["form"] = (FreeForm, Field(default_factory=dict, description="Filled in here: leave it out."))
    elif (form := _form(kind)) is not None:
        fields["form"] = form
    if kind.needs_reason:
        fields["reason"] = (Reason, Field(default="", description="Needed."))
    made: Any = create_model(name, __base__=ActBodyBase, __module__=__name__, __doc__=_doc(kind), **fields)
    return made


def _doc(kind: KindOfAct) -> str:
    return (type(kind).__doc__ or "").split("\n\n")[0].strip()


BODIES = {kind: _body(act) for kind, act in ACTS.items() if kind not in BODILESS}
"""Kind of act → its body."""

if TYPE_CHECKING:
    ActBody = ActBodyBase
else:
    ActBody = Annotated[Union[tuple(BODIES.values())], Field(discriminator="kind")]  # noqa: UP007 (made of a list)

EXAMPLES: dict[str, Any] = {
    kind.value: {"summary": kind.value, "value": {"kind": kind.value, **act_examples.ACTS[kind]}} for kind in BODIES
}
