"""`/api/v1/forms`: the forms with which duties are discharged, as JSON schemas."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from complaints.base.errors import Refusal, Refused
from complaints.forms import FORMS
from starters.gateway.api.call import Call
from starters.gateway.api.documented import documented
from starters.gateway.api.models import ApiAnswer

router = APIRouter(prefix="/api/v1/forms", tags=["acts"])

GRADING: dict[str, Any] = FORMS["grading"].model_json_schema()
FormKey = Annotated[str, Path(min_length=1, max_length=60, description="Key of the form.", examples=["grading"])]


class FormKeys(ApiAnswer):
    """The keys of all forms."""

    forms: list[str]


class FormSchema(ApiAnswer):
    """A form: its key, and the JSON schema of its fields."""

    key: str
    form: dict[str, Any]


@router.get("", **documented("List the forms of duties.", {"forms": ["grading", "record"]}))
async def list_forms(call: Call) -> FormKeys:
    """List the keys of the forms. An edition says which rule has which (`Duty.rule`)."""
    call.access.directory()
    return FormKeys(forms=sorted(FORMS))


@router.get("/{form}", **documented("Describe a form.", {"key": "grading", "form": GRADING}, "record-unknown"))
async def describe_form(call: Call, form: FormKey) -> FormSchema:
    """Describe the fields of a form by their JSON schema."""
    call.access.directory()
    if form not in FORMS:
        raise Refusal(Refused.RECORD_UNKNOWN, record=form)
    return FormSchema(key=form, form=FORMS[form].model_json_schema())
