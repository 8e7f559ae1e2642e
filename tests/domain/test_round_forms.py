"""The forms of periodic work: what they refuse, and that all of them can be filled in."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from complaints.base import Frozen
from complaints.case.file import ActKind, ActRequest
from complaints.forms import FORMS
from complaints.intake.checking import problems_of
from complaints.texts import say

DIGEST = "9f86d081884c7d65"
GIVEN: dict[str, dict[str, Any]] = {
    "daily_check": {"read_until": "2026-11-22T18:00:00+08:00", "found": ["F1-12 没有签字"]},
    "periodic_check": {"findings": "处理及时"},
    "inquiry": {
        "departments": ["engineering"],
        "received": 4,
        "still_open": 1,
        "f2_findings": "意见明确",
        "reported": "已汇报",
    },
    "customer_views": {"asked": 3, "views": "认可"},
    "register_kept": {"entries": 12},
    "information": {"collected": "咨询集中在办证"},
    "analysis": {"causes": "节点施工不细", "measures": "增加淋水试验"},
    "issued_report": {"report": "complaint_report-2026-11-hf01", "revision": 1, "named_missing": ["a-1"]},
    "visits": {"visited": 6, "findings": "满意"},
    "training_held": {"topic": "案例分析", "participants": 20},
    "inspection": {"inspected": "电梯", "findings": "正常"},
    "events": {"held": ["hf01-2026-11-20-1"], "questions": "办证时间"},
    "figures_sent": {"revisits": 10, "reached_count": 9, "satisfied_count": 9},
    "draw_results": {"draw": "d-1", "done": 4, "unreachable": 1},
    "meeting_minutes": {
        "held_at": "2026-12-02T09:00:00+08:00",
        "chair": "li.na",
        "discussed": "逐件分析",
        "resolutions": [{"what": "增加淋水试验", "owner": "liu.bo", "due": "2026-12-20T18:00:00+08:00"}],
    },
    "resolution_done": {"done": "已完成"},
    "document_version": {"document": "leaks", "version": 2, "summary": "按意见修改"},
    "destruction": {"proposal": "2026-11", "digest": DIGEST},
}


@pytest.mark.parametrize(("form", "fields"), GIVEN.items(), ids=GIVEN)
def test_a_form_of_periodic_work_needs_each_field_it_names_as_required(form: str, fields: dict[str, Any]) -> None:
    model = FORMS[form]
    model.model_validate(fields)
    for name, field in model.model_fields.items():
        if field.is_required():
            with pytest.raises(ValidationError, match=name):
                model.model_validate({key: value for key, value in fields.items() if key != name})
    with pytest.raises(ValidationError, match="nonsense"):
        model.model_validate({**fields, "nonsense": 1})


@pytest.mark.clause("RV-6.2")
@pytest.mark.parametrize(("revisits", "reached", "satisfied"), [(10, 11, 5), (10, 9, 10), (10, 5, 6)])
def test_more_satisfied_than_reached_or_more_reached_than_revisited_is_refused(
    revisits: int, reached: int, satisfied: int
) -> None:
    figures = {"revisits": revisits, "reached_count": reached, "satisfied_count": satisfied}
    with pytest.raises(ValidationError, match="satisfied_count is at most"):
        FORMS["figures_sent"].model_validate(figures)


@pytest.mark.clause("CS-4.4")
def test_a_period_without_events_needs_a_reason() -> None:
    with pytest.raises(ValidationError, match="remark says why"):
        FORMS["events"].model_validate({"questions": "办证时间"})
    FORMS["events"].model_validate({"questions": "办证时间", "remark": "疫情，逐户答复"})


@pytest.mark.clause("CH-7.4.3")
@pytest.mark.parametrize("lacking", ["what", "owner", "due"])
def test_a_resolution_has_a_matter_an_owner_and_a_date(lacking: str) -> None:
    resolution = {"what": "增加淋水试验", "owner": "liu.bo", "due": "2026-12-20T18:00:00+08:00"}
    minutes = {"held_at": "2026-12-02T09:00:00+08:00", "chair": "li.na", "discussed": "逐件分析"}
    FORMS["meeting_minutes"].model_validate({**minutes, "resolutions": [resolution]})
    del resolution[lacking]
    with pytest.raises(ValidationError, match=lacking):
        FORMS["meeting_minutes"].model_validate({**minutes, "resolutions": [resolution]})
    naive = {"what": "增加淋水试验", "owner": "liu.bo", "due": "2026-12-20T18:00:00"}
    with pytest.raises(ValidationError, match="timezone"):
        FORMS["meeting_minutes"].model_validate({**minutes, "resolutions": [naive]})


# --- what people type fits the records

LARGEST = 2**31 - 1  # an `integer` of PostgreSQL


def integers(schema: Any, at: str) -> list[tuple[str, dict[str, Any]]]:
    """Every whole number that the schema of a form asks for, and where."""
    if isinstance(schema, list):
        return [found for nth, one in enumerate(schema) for found in integers(one, f"{at}[{nth}]")]
    if not isinstance(schema, dict):
        return []
    found = [(at, schema)] if schema.get("type") == "integer" else []
    return found + [one for name, inner in schema.items() for one in integers(inner, f"{at}.{name}")]


@pytest.mark.parametrize("model", [*FORMS.values(), ActRequest], ids=lambda model: model.__name__)
def test_no_whole_number_that_people_type_is_too_great_for_the_records(model: type[Frozen]):
    for where, schema in integers(model.model_json_schema(), model.__name__):
        if not where.endswith((".seen.anyOf[0]", ".base_version.anyOf[0]")):  # compared, and kept nowhere
            assert "maximum" in schema or "enum" in schema or "const" in schema, where
            assert schema.get("maximum", 0) <= LARGEST, where


def test_some_forms_ask_for_whole_numbers():
    found = {where for form in FORMS.values() for where, _ in integers(form.model_json_schema(), form.__name__)}
    assert {"DocumentVersion.properties.version", "IssuedReport.properties.revision"} <= found


@pytest.mark.parametrize(("name", "field"), [("document_version", "version"), ("issued_report", "revision")])
def test_a_date_typed_for_a_version_is_refused_and_the_bound_is_named(name: str, field: str):
    with pytest.raises(ValidationError) as wrong:
        FORMS[name].model_validate({**GIVEN[name], field: 202611220930})
    [problem] = problems_of(wrong.value)
    assert (problem["field"], problem["key"], problem["params"]["limit"]) == (field, "intake.too-great", "1000000")
    for lang in ("zh", "en"):
        assert "1000000" in say(problem["key"], lang, **problem["params"])


def test_what_no_database_can_keep_is_left_out_of_an_act():
    form: dict[str, Any] = {"document": "plan\x00", "points": ["a\x00b", {"c": "\x00"}], "n": 3}
    act = ActRequest(by="li.na", kind=ActKind.DISCHARGE, duty="CS-4.5", form=form, reason="x\x00y")
    assert act.form == {"document": "plan", "points": ["ab", {"c": ""}], "n": 3}
    assert act.reason == "xy"


class Workers(Frozen):
    """A form with a number that has bounds."""

    workers: Annotated[int, Field(ge=1, le=500)]


@pytest.mark.parametrize(
    ("given", "key"), [(0, "too-small"), (501, "too-great"), ("abc", "bad-number"), (1.5, "bad-number")]
)
def test_a_number_out_of_its_bounds_is_refused_in_words_that_fit(given: object, key: str):
    with pytest.raises(ValidationError) as wrong:
        Workers.model_validate({"workers": given})
    [problem] = problems_of(wrong.value)
    assert (problem["field"], problem["key"]) == ("workers", f"intake.{key}")
    assert problem["params"].get("limit") == {"too-small": "1", "too-great": "500"}.get(key)
