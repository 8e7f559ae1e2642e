"""The directory's check names the people who could only ever approve their own work (decision 12)."""

from __future__ import annotations

from complaints import editions
from complaints.case.deciding_alone import DecidesAlone, deciding_alone
from complaints.people.loader import load
from complaints.people.model import Directory
from tests.places import ROOT

EXAMPLE = (ROOT / "examples" / "directory.toml").read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> Directory:
    """The example's directory with these pieces of its text exchanged."""
    text = EXAMPLE
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return load(text)


def found(directory: Directory) -> dict[tuple[str, str], DecidesAlone]:
    alone = deciding_alone(directory, editions.newest())
    return {(one.person, rule): one for one in alone for rule in one.rules}


def test_whoever_signs_for_two_of_the_last_steps_is_named_with_the_departments() -> None:
    """For the group's marketing department its head and the leader above are among the five who sign the plan."""
    alone = found(load(EXAMPLE))
    assert set(alone) == {("lin.feng", "CR-5.3.2a.4"), ("lin.feng", "CR-5.3.2a.5")}
    assert alone["lin.feng", "CR-5.3.2a.4"].departments == ("group_marketing",)
    assert alone["lin.feng", "CR-5.3.2a.5"].departments == ("executive", "group_marketing")
    assert alone["lin.feng", "CR-5.3.2a.5"].projects == ("hf01", "yx02")


def test_one_person_with_every_role_above_is_named_for_every_department() -> None:
    """A small company: the leader in charge of marketing is its general manager and its president as well."""
    small = changed(
        ('roles = ["general_manager"]', "roles = []"),
        ('roles = ["president"]', 'roles = []\nreports_to = "chen.jing"'),
        (
            'roles = ["marketing_leader", "deputy_gm"]\nreports_to = "zhao.lei"',
            'roles = ["marketing_leader", "deputy_gm", "general_manager", "president"]',
        ),
    )
    last = found(small)["chen.jing", "CR-5.3.2a.5"]
    assert last.departments == tuple(department.key for department in small.departments)
    assert last.name == "陈静"


def test_nobody_is_named_while_somebody_above_is_independent() -> None:
    """The general manager's approval of customer service's judgement is above whoever judged."""
    assert not [rule for _, rule in found(load(EXAMPLE)) if rule.startswith("CS-")]


def test_absences_are_left_out_of_account() -> None:
    """Whoever is on leave today comes back: the check is about what could never be."""
    away = EXAMPLE + '\n[[absence]]\nperson = "zhao.lei"\nfrom = 2026-01-01\nuntil = 2030-01-01\n'
    assert found(load(away)) == found(load(EXAMPLE))


def test_an_edition_without_four_eyes_warns_of_nobody() -> None:
    before = next(edition for edition in editions.installed() if edition.name == "2026.1")
    assert deciding_alone(load(EXAMPLE), before) == []
