"""Dates have bounds wherever they come in: nothing that is typed by mistake stops a clock or ends a command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from complaints.acts.drop import Withdrawal
from complaints.acts.pause import Waiting
from complaints.acts.policy import ActPolicy
from complaints.acts.reschedule import NewDate
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import validated
from complaints.case.complaint import Complaint
from complaints.case.file import ActRequest
from complaints.clock import bounds
from complaints.clock.periods import Period, PeriodError
from complaints.forms import FORMS
from complaints.importing.problems import Bad
from complaints.importing.values import Surroundings, day, moment
from complaints.intake.taking import take
from complaints.people.loader import check as check_directory
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.repairs.deposits import read as read_deposits
from complaints.repairs.forms import RepairOrder
from complaints.texts import say
from starters.cli.ui import times
from starters.cli.ui.errors import Told
from starters.cli.ui.filling import typed
from starters.client.sentences import sentence
from tests.casefiles import MORNING, duty, edition, file, minutes, reference
from tests.forms import FORM
from tests.people import SUPERVISOR
from tests.places import EXAMPLE_DIRECTORY

NOW = datetime(2026, 1, 12, 4, tzinfo=UTC)
NO_DATE = "9999-12-31T23:59:59Z"  # how other systems write "no date"
BEYOND = "9999-12-31T23:59:59-08:00"  # no moment in UTC
EXTRA: dict[str, tuple[type[Frozen], dict[str, Any]]] = {
    "new_date": (NewDate, {"promised": NOW.isoformat(), "understood": True, "customers_view": "同意"}),
    "waiting": (Waiting, {"until": NOW.isoformat()}),
    "drop": (Withdrawal, {"how": "written", "said_at": NOW.isoformat()}),
}
"""Forms of acts that no duty asks for."""

FIELDS = {
    "source": "crm",
    "external_id": "4711",
    "project": "hf01",
    "received_at": "2026-01-12T09:04:00+08:00",
    "received_by": "zhou.min",
    "channel": "phone",
    "category": "engineering",
    "customer": "钱女士",
    "contact": "138 0000 0017",
    "matter": "地下室渗水",
}


def problems(**changes: Any) -> list[tuple[str | None, str]]:
    with pytest.raises(Refusal) as refused:
        take(FIELDS | changes, now=NOW)
    assert refused.value.code is Refused.INVALID
    for lang in ("zh", "en"):
        assert "{" not in sentence(refused.value, lang)
    return [(one["field"], one["key"]) for one in refused.value.params["problems"]]


# --- the definition


def test_a_date_is_possible_from_the_year_2000_until_five_years_from_now():
    assert bounds.possible(datetime(2000, 1, 1, tzinfo=UTC), NOW)
    assert not bounds.possible(datetime(1999, 12, 31, tzinfo=UTC), NOW)
    assert bounds.possible(NOW.replace(year=2031), NOW)
    assert not bounds.possible(NOW.replace(year=2031) + timedelta(seconds=1), NOW)
    assert bounds.latest(datetime(2028, 2, 29, 9, tzinfo=UTC)) == datetime(2033, 2, 28, 9, tzinfo=UTC)


@pytest.mark.parametrize("text", [NO_DATE, BEYOND, "0001-01-01T00:00:00+14:00", "9999-12-31T00:00:00+14:00"])
def test_no_date_whatever_overflows(text: str):
    assert not bounds.possible(datetime.fromisoformat(text), NOW)
    assert not bounds.possible(date.max, NOW)
    assert not bounds.possible(date.min, NOW)


# --- complaints


@pytest.mark.parametrize("text", [NO_DATE, BEYOND, "2031-01-12T12:00:01+08:00"])
def test_what_is_promised_lies_within_five_years(text: str):
    assert problems(promised=text) == [("promised", "intake.too-far")]
    assert problems(promised=datetime.fromisoformat(text))[0][0] == "promised"


@pytest.mark.parametrize(
    ("received", "key"),
    [
        ("2006-01-12T09:04:00+08:00", "intake.too-old"),
        ((NOW - timedelta(days=400, seconds=1)).isoformat(), "intake.too-old"),
        ("1999-12-31T09:04:00+08:00", "intake.bad-time"),
        ((NOW + timedelta(seconds=61)).isoformat(), "intake.future"),
        (NO_DATE, "intake.future"),
        (BEYOND, "intake.future"),
    ],
)
def test_a_complaint_was_received_within_the_last_400_days(received: str, key: str):
    assert problems(received_at=received) == [("received_at", key)]
    assert problems(received_at=datetime.fromisoformat(received))[0][0] == "received_at"


def test_at_the_bounds_a_complaint_is_taken():
    assert take(FIELDS | {"received_at": NOW - timedelta(days=400)}, now=NOW)
    assert take(FIELDS | {"received_at": NOW + timedelta(seconds=60)}, now=NOW)
    assert take(FIELDS | {"promised": NOW.replace(year=2031)}, now=NOW)


def test_a_model_that_was_made_by_a_program_is_checked_as_well():
    with pytest.raises(Refusal):
        take(Complaint.model_validate(FIELDS | {"promised": NO_DATE}), now=NOW)
    with pytest.raises(Refusal):
        take(Complaint.model_validate(FIELDS | {"received_at": "2006-01-12T09:04:00+08:00"}), now=NOW)


def test_a_refused_moment_is_told_as_the_day_that_was_typed():
    for changes in ({"received_at": "2006-01-12T00:30:00+08:00"}, {"promised": "2024-05-01T00:00:00+08:00"}):
        typed = next(iter(changes.values()))
        for given in (typed, datetime.fromisoformat(typed)):
            with pytest.raises(Refusal) as refused:
                take(FIELDS | dict.fromkeys(changes, given), now=NOW)
            assert f"“{typed}”" in sentence(refused.value, "zh")


# --- acts


def dates_of(form: type[BaseModel], filled: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the dates of a form are, as paths into what is filled in; optional ones too."""
    for name, field in form.model_fields.items():
        shape = repr(field.annotation)
        if "AwareDatetime" in shape or "datetime" in shape:
            yield (*path, name)
        elif isinstance(filled.get(name), list | tuple):
            for n, item in enumerate(filled[name]):
                if isinstance(item, dict):
                    inner = getattr(form.model_validate(filled), name)[n]
                    yield from dates_of(type(inner), item, (*path, name, n))


def forms() -> Iterator[tuple[str, type[Frozen], dict[str, Any]]]:
    for name, form in FORMS.items():
        filled = FORM.get(name)
        if filled is not None:
            yield name, form, filled(NOW) if callable(filled) else filled
    for name, (form, filled) in EXTRA.items():
        yield name, form, filled


DATED = [
    pytest.param(name, form, filled, path, id=f"{name}.{'.'.join(map(str, path))}")
    for name, form, filled in forms()
    for path in dates_of(form, filled)
]


def with_date(filled: Any, path: tuple[str | int, ...], value: str) -> Any:
    """The same, with `value` at the end of the path."""
    if not path:
        return value
    if isinstance(filled, list | tuple):
        return [with_date(one, path[1:], value) if n == path[0] else one for n, one in enumerate(filled)]
    return {**filled, path[0]: with_date(filled.get(path[0]), path[1:], value)}


def test_the_forms_with_dates_are_all_here():
    named = {str(param.id).partition(".")[0] for param in DATED}
    assert {"plan", "adjustment", "feedback_date", "repair_order", "corrective_plan", "order", "minutes"} <= named
    assert {"reception", "revisit_arranged", "meeting_minutes", "daily_check", "new_date", "waiting", "drop"} <= named
    assert set(FORMS) <= set(FORM), "a form without an example is not tried here"


@pytest.mark.parametrize("value", [NO_DATE, BEYOND, "2031-01-12T12:00:01+08:00", "1999-12-31T12:00:00+08:00"])
@pytest.mark.parametrize(("name", "form", "filled", "path"), DATED)
def test_every_date_of_every_form_has_bounds(
    name: str, form: type[Frozen], filled: dict[str, Any], path: tuple[str | int, ...], value: str
):
    validated(name, form, filled, NOW)
    with pytest.raises(Refusal) as refused:
        validated(name, form, with_date(filled, path, value), NOW)
    assert refused.value.code is Refused.FORM_INCOMPLETE
    bound = "2000-01-01" if value < "2" else "2031-01-12"
    for lang, before, after in (("zh", "早于", "晚于"), ("en", "before", "after")):
        said = sentence(refused.value, lang)
        assert bound in said
        assert (before if value < "2" else after) in said


@pytest.mark.parametrize("at", [NO_DATE, BEYOND, "2006-01-12T09:04:00+08:00", "0001-01-01T00:00:00+14:00"])
def test_an_act_has_happened_neither_in_the_future_nor_before_its_duty(at: str):
    case, now = file(duty("CR-5.2.1b")), MORNING + minutes(3)
    request = ActRequest.model_validate(
        {"by": SUPERVISOR, "kind": "discharge", "duty": "CR-5.2.1b", "form": {"summary": "渗水"}, "at": at}
    )
    with pytest.raises(Refusal) as refused:
        ActPolicy(case, edition(), reference(), now).allow(request)
    assert refused.value.code is Refused.WRONG_TIME
    assert sentence(refused.value, "zh")


# --- files and options


def example() -> Directory:
    return load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), "directory.toml")


@pytest.mark.parametrize(("start", "until"), [("2026-01-01", "9999-12-31"), ("0001-01-01", "2026-12-31")])
@pytest.mark.parametrize("table", ['[[absence]]\nperson = "li.na"', '[[roster]]\nduty = "x"\nperson = "li.na"'])
def test_a_leave_without_an_end_is_a_problem_of_the_directory_and_no_crash(table: str, start: str, until: str):
    text = EXAMPLE_DIRECTORY.read_text(encoding="utf-8")
    [problem] = check_directory(f"{text}\n{table}\nfrom = {start}\nuntil = {until}\n")
    assert problem.code == "year"
    assert "2199" in problem.words("zh")


def test_lists_bring_old_dates_but_none_that_lies_far_ahead():
    around = Surroundings(example(), NOW)
    assert day("1998-05-01", around) == date(1998, 5, 1)
    assert moment("1998-05-01 09:00", around).date() == date(1998, 5, 1)
    for reader in (day, moment):
        for cell in ("9999-12-31", NO_DATE, "2031-02-01", "20990101"):
            with pytest.raises(Bad) as bad:
                reader(cell, around)
            assert bad.value.code == "too-far"


def test_a_deposit_was_made_in_a_year_that_there_was():
    text = b"contractor,project,amount,date,voucher\nhongji,hf01,100,9999-12-31,V1\n"
    lines, [problem] = read_deposits(text, example())
    assert (lines, problem.code) == ([], "date")


@pytest.mark.parametrize("name", ["9999-12", "9999-W52", "9999", "9999-12-31", "0001-01", "0001-01-01", "0001"])
def test_a_period_has_a_day_before_and_a_day_after_it(name: str):
    with pytest.raises(PeriodError):
        Period.named(name)


@pytest.mark.parametrize(("value", "key"), [("9999-12-31", "moment-out-of-bounds"), ("soon", "bad-moment")])
def test_a_date_typed_into_a_form_is_refused_with_its_field(value: str, key: str):
    with pytest.raises(Told) as told:
        typed(RepairOrder, [f"promised={value}"], times.CHINA)
    assert told.value.key == f"form.{key}"
    for lang in ("zh", "en"):
        said = say(f"cli.{told.value.key}", lang, **told.value.params)
        assert "“promised”" in said
        assert value in said


def test_days_and_moments_on_the_command_line_have_bounds():
    for text in ("9999-12-31", "1999-12-31"):
        with pytest.raises(Told) as told:
            times.day(text)
        assert told.value.key == "moment-out-of-bounds"
    for text in (NO_DATE, BEYOND, "0001-01-01T00:00:00+14:00", "9999-12-31 10:00"):
        with pytest.raises(Told) as told:
            times.moment(text)
        assert told.value.key == "moment-out-of-bounds"
    assert times.day("2026-01-31") == date(2026, 1, 31)
    with pytest.raises(Told, match="bad-day"):
        times.day("2026-02-30")
