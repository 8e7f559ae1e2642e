"""Who may see what, as tables, by asking the policy itself. `python -m tests.access.table` prints them.

They stand in docs/access.md; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from complaints.access.concern import CaseConcern, RoundConcern
from complaints.access.policy import Access
from complaints.access.principal import Principal
from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Category, Track
from complaints.case.file import ActKind
from complaints.case.round import Subject
from complaints.people.loader import load
from complaints.people.model import Directory, Person
from complaints.people.roles import ROLES
from tests.casefiles import MORNING
from tests.places import EXAMPLE_DIRECTORY

PROBE = "pro.be"
YES, NO = "yes", "—"


def case(kind: str = "sales", **changes: Any) -> CaseConcern:
    """Return a case in which the probe has no part."""
    said: dict[str, Any] = {"key": f"case-{kind}", "number": "HF01-2026-000001", "project": "hf01"}
    said |= {"category": Category.SALES, "track": Track.ORDINARY, "level": 3, "responsible": frozenset({"he.xue"})}
    said |= {"involved": frozenset({"he.xue"})}
    return CaseConcern.model_validate(said | changes)


CASES = {
    "sales": case(),
    "crisis": case("crisis", level=1, track=Track.CRISIS),
    "legal": case("legal", level=2, track=Track.LEGAL),
    "property": case("property", category=Category.PROPERTY),
    "works": case("works", category=Category.ENGINEERING),
    "repairs": case("repairs", repairs=True),
}
"""One case of each kind that a role may be about."""


@cache
def directory() -> Directory:
    return load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), "directory.toml").but(absences=())


def with_probe(*roles: str, projects: tuple[str, ...] = (), **changes: Any) -> Directory:
    """Return the example directory with a person more, who has these roles and nobody below."""
    said: dict[str, Any] = {"id": PROBE, "name": "甲", "email": "pro.be@huafu.example", "department": "finance"}
    probe = Person(**(said | {"roles": roles, "projects": projects, "reports_to": "zhao.lei"} | changes))
    return directory().but(people=(*directory().people, probe))


def of_role(role: str, **changes: Any) -> Access:
    return Access(person(), with_probe(role, **changes), MORNING)


def person(id: str = PROBE) -> Principal:
    return Principal(kind="person", id=id, via="session")


def may(ask: Callable[[], object]) -> bool:
    """Return whether the policy does not refuse."""
    try:
        ask()
    except Refusal:
        return False
    return True


def cases_of(access: Access) -> str:
    seen = [kind for kind, one in CASES.items() if may(lambda one=one: access.open_case(one))]
    return "all" if len(seen) == len(CASES) else ", ".join(seen) or NO


def _of_a_case(access: Access, ask: Callable[[CaseConcern], object]) -> str:
    """Answer for the first case that they see without a part in it."""
    seen = next((one for one in CASES.values() if may(lambda one=one: access.open_case(one))), None)
    return YES if seen is not None and may(lambda: ask(seen)) else NO


PROJECT = Subject(project="hf01")
QUESTIONS: dict[str, Callable[[Access], str]] = {
    "cases": cases_of,
    "contacts": lambda a: _of_a_case(a, lambda one: _whole(a, one)),
    "unmask": lambda a: _of_a_case(a, lambda one: a.unmask_case(one, "回电")),
    "export a case": lambda a: _of_a_case(a, a.export_case),
    "export a list": lambda a: _yes(a.export_list),
    "reports": lambda a: _yes(lambda: a.open_report("r", PROJECT)),
    "draws": lambda a: _yes(lambda: a.open_draw("d", PROJECT)),
    "surveys": lambda a: _yes(lambda: a.open_survey("s", "hf01")),
    "customers": lambda a: _yes(lambda: a.open_customer("c", "hf01")),
    "export customers": lambda a: _yes(lambda: a.export_customers("hf01")),
    "holds": lambda a: _yes(a.holds),
    "deliveries": lambda a: _yes(a.deliveries),
    "retention money": lambda a: _yes(a.retention_money),
    "looks": lambda a: _yes(a.looks),
    "import lists": lambda a: _yes(a.import_lists),
    "book retention money": lambda a: _yes(a.book_retention_money),
    "load the directory": lambda a: _yes(a.load_directory),
    "load the calendar": lambda a: _yes(a.load_calendar),
}


def _whole(access: Access, one: CaseConcern) -> None:
    if not access.open_case(one).whole:
        raise Refusal(Refused.NOT_ENTITLED, question="contacts")


def _yes(ask: Callable[[], object]) -> str:
    return YES if may(ask) else NO


def roles_table() -> str:
    """Return the table of roles and questions, as Markdown."""
    lines = [("role", *QUESTIONS), ("---",) * (len(QUESTIONS) + 1)]
    for role in ROLES.values():
        if not role.per_department:
            access = of_role(role.key)
            lines.append((f"{role.zh} `{role.key}`", *(ask(access) for ask in QUESTIONS.values())))
    return _markdown(lines)


def principals() -> dict[str, Access]:
    """Return the answers for principals that are no people of a role."""
    backend = {"kind": "backend", "id": "crm", "via": "crm"}
    scopes = {
        "backend, `open`": {"open"},
        "backend, `read`": {"read"},
        "backend, `read` and `contacts`": {"read", "contacts"},
        "backend, `act:comment`": {"act:comment"},
    }
    found = {
        name: Access(Principal.model_validate(backend | {"scopes": frozenset(some)}), directory(), MORNING)
        for name, some in scopes.items()
    }
    resident = Principal(kind="resident", id="link-1", via="link-1")
    return {
        "colleague without a role": Access(person(), with_probe(), MORNING),
        "whoever left the directory": Access(person(), directory(), MORNING),
        "customer-service supervisor complained about": Access(person(), with_probe("cs_supervisor"), MORNING),
        **found,
        "resident of the case": Access(resident, directory(), MORNING, own_case=OWN.key),
        "resident of another case": Access(resident, directory(), MORNING, own_case="case-other"),
        "administrator": Access(Principal(kind="administrator", id="root", via="s"), directory(), MORNING),
    }


OWN = case(about=frozenset({PROBE}))
"""The case that the principals ask about: the probe is complained about in it."""
NEUTRAL = case()
ROUND = RoundConcern(key="round-1", project="hf01")
ASKED: dict[str, Callable[[Access, CaseConcern], object]] = {
    "take in": lambda a, _: a.open_complaint(),
    "list": lambda a, one: _listed(a, one),
    "open": lambda a, one: a.open_case(one),
    "contacts": _whole,
    "unmask": lambda a, one: a.unmask_case(one, "回电"),
    "print": lambda a, one: a.print_case(one),
    "export": lambda a, one: a.export_case(one),
    "comment": lambda a, one: a.act(ActKind.COMMENT, one),
    "approve": lambda a, one: a.act(ActKind.APPROVE, one),
    "rounds": lambda a, _: a.open_round(ROUND),
    "reports": lambda a, _: a.open_report("r", PROJECT),
    "draws": lambda a, _: a.open_draw("d", PROJECT),
    "surveys": lambda a, _: a.open_survey("s", "hf01"),
    "documents": lambda a, _: a.open_document("d", None),
    "library": lambda a, _: a.library(),
    "directory": lambda a, _: a.directory(),
    "customers": lambda a, _: a.open_customer("c", "hf01"),
    "looks": lambda a, _: a.looks(),
    "accounts": lambda a, _: a.accounts(),
}


def _listed(access: Access, one: CaseConcern) -> None:
    if not access.cases().sees(one):
        raise Refusal(Refused.CASE_UNKNOWN, case=one.key)


def principals_table() -> str:
    """Return the table of other principals and questions, as Markdown."""
    lines = [("principal", *ASKED), ("---",) * (len(ASKED) + 1)]
    for name, access in principals().items():
        one = OWN if "complained" in name or "resident" in name else NEUTRAL
        lines.append((name, *(_yes(partial(ask, access, one)) for ask in ASKED.values())))
    return _markdown(lines)


def _markdown(lines: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(roles_table())
    print()
    print(principals_table())
