"""Who may see what, question by question: roles, parts, superiors, deputies, projects, people complained about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from complaints import editions
from complaints.access.concern import OWNER, RoundConcern, of_case, owners
from complaints.access.policy import TALKS, Access, Sees
from complaints.access.principal import Principal
from complaints.access.roles import AREAS, ENTITLED
from complaints.base.errors import Refusal, Refused
from complaints.case.event import OfDuty
from complaints.case.file import Act, ActKind, CaseFile, Duty, JournalLine, Notice, NoticeKind
from complaints.case.reading import kinds
from complaints.case.round import Subject
from complaints.clock.calendar import from_libraries
from complaints.editions.model import RuleKind
from complaints.people.model import Absence, Directory
from complaints.people.reference import Reference
from complaints.people.roles import ROLES
from complaints.rounds.plan import owner_of
from tests import casefiles
from tests.access.table import (
    NEUTRAL,
    OWN,
    PROBE,
    case,
    directory,
    may,
    of_role,
    person,
    principals_table,
    roles_table,
    with_probe,
)
from tests.casefiles import MORNING
from tests.people import CLERK, GENERAL_MANAGER, LEADER, MANAGER, SALESPERSON, SUPERVISOR
from tests.places import ROOT

LATER = MORNING + timedelta(days=1)


def refusal(ask: Callable[[], object]) -> Refused:
    with pytest.raises(Refusal) as refused:
        ask()
    return refused.value.code


def away(who: str, deputy: str = PROBE) -> tuple[Absence, ...]:
    return (Absence(person=who, start=MORNING - timedelta(hours=1), until=LATER, deputy=deputy),)


def test_the_tables_of_the_page_are_the_answers_of_the_policy():
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert roles_table() in page
    assert principals_table() in page


def test_every_role_of_the_tables_is_one_of_the_product():
    assert set(AREAS) <= set(ROLES)
    assert {role for some in ENTITLED.values() for role in some} <= set(ROLES)


# --- cases: a part in them


@pytest.mark.parametrize("part", ["owes", "owed", "took it", "acted", "was told"])
def test_whoever_has_a_part_in_a_case_sees_it(part: str):
    file = casefiles.file()
    access = Access(person(), with_probe(), MORNING)
    assert refusal(lambda: access.open_case(of_case(file, ()))) is Refused.CASE_UNKNOWN
    owed = casefiles.duty("CR-5.2.2e", owner=PROBE)
    match part:
        case "owes":
            file = file.but(duties={owed.id: owed})
        case "owed":
            done = owed.but(status="done", closed_at=MORNING, closed_by=SUPERVISOR, act=1)
            file = file.but(duties={owed.id: done})
        case "took it":
            file = file.but(complaint=file.complaint.but(received_by=PROBE))
        case "acted":
            file = file.but(acts=(act(ActKind.REGRADE),))
        case _:
            file = file.but(notices=(told(PROBE),))
    assert access.open_case(of_case(file, ())).sees is not Sees.RESIDENT


def test_every_event_that_gives_a_duty_another_owner_is_known():
    """Each kind of event, with a word of its own in every field: if the owner changes, `owners` finds the new one."""
    owed = casefiles.duty("CR-5.2.2e", owner="be.fore")
    giving: set[str] = set()
    for kind, event in kinds().items():
        words = {name: f"{name}-x" for name in event.model_fields}
        given = {**words, "becomes": owed.but(owner="new_owner-x"), "opened": owed.but(owner="opened-x"), "redated": 0}
        one = event.model_construct(**given)
        try:
            after = one.on(owed) if isinstance(one, OfDuty) else one.opened  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]
        except (AttributeError, TypeError, ValueError):  # it reads what is no word: it is about dates
            continue
        if isinstance(after, Duty) and after.owner != "be.fore":
            giving.add(kind)
            data = {"opened": {"owner": "opened-x"}} if hasattr(one, "opened") else words
            line = JournalLine.model_construct(kind=kind, by="by-x", data=data)
            assert owners([line]) == {after.owner}, kind
    assert giving == set(OWNER)


@pytest.mark.parametrize("kind", [ActKind.COMMENT, ActKind.READ, ActKind.CONTACT, ActKind.ATTACH])
def test_what_anybody_may_add_makes_nobody_part_of_a_case(kind: ActKind):
    file = casefiles.file().but(acts=(act(kind),))
    assert refusal(lambda: Access(person(), with_probe(), MORNING).open_case(of_case(file, ()))) is Refused.CASE_UNKNOWN


def act(kind: ActKind) -> Act:
    return Act(seq=1, kind=kind, by=PROBE, at=MORNING, recorded_at=MORNING, rule="")


def told(to: str) -> Notice:
    return Notice(id=f"case/copied-1/{to}", kind=NoticeKind.COPY, to=to, duty="", rule="COPY", at=MORNING)


def test_superiors_see_what_those_below_them_owe_and_not_what_these_were_only_told():
    above = with_probe(reports_to=None)
    below = above.people[-1].but(id="be.low", reports_to=PROBE)
    lower = below.but(id="lo.wer", reports_to="be.low")
    company = above.but(people=(*above.people, below, lower))
    access = Access(person(), company, MORNING)
    for who in ("be.low", "lo.wer"):
        assert may(lambda who=who: access.open_case(case(responsible=frozenset({who}), involved=frozenset({who}))))
    assert not may(lambda: access.open_case(case(responsible=frozenset(), involved=frozenset({"be.low"}))))
    assert not may(lambda: Access(person("be.low"), company, MORNING).open_case(case(involved=frozenset({PROBE}))))


@pytest.mark.parametrize("post", ["head", "leader"])
def test_the_head_of_a_department_sees_its_cases(post: str):
    company = with_probe()
    changed = tuple(one.but(**{post: PROBE}) if one.key == "sales" else one for one in company.departments)
    access = Access(person(), company.but(departments=changed), MORNING)
    assert may(lambda: access.open_case(case(departments=frozenset({"sales"}))))
    assert not may(lambda: access.open_case(case(departments=frozenset({"finance"}))))


def test_a_role_sees_the_cases_of_its_projects_alone():
    here, there = case(), case(project="yx02")
    limited = of_role("cs_supervisor", projects=("yx02",))
    assert may(lambda: limited.open_case(there))
    assert refusal(lambda: limited.open_case(here)) is Refused.CASE_UNKNOWN
    assert refusal(lambda: limited.export_case(here)) is Refused.CASE_UNKNOWN
    assert limited.customers() == ("yx02",)
    assert refusal(lambda: limited.open_customer("c-1", "hf01")) is Refused.RECORD_UNKNOWN
    assert refusal(lambda: limited.open_report("r", Subject(project="hf01"))) is Refused.RECORD_UNKNOWN
    assert refusal(lambda: limited.open_report("r", Subject())) is Refused.RECORD_UNKNOWN  # of the whole company
    assert limited.reports().within == ("yx02",)
    assert of_role("cs_supervisor").reports().within is None
    assert refusal(lambda: limited.open_document("d", "hf01")) is Refused.RECORD_UNKNOWN


def test_a_part_in_a_case_counts_in_every_project():
    mine = case(project="hf01", involved=frozenset({PROBE}))
    assert may(lambda: of_role("cs_supervisor", projects=("yx02",)).open_case(mine))


# --- whoever is complained about


@pytest.mark.parametrize("role", ["cs_supervisor", "general_manager", "president", "admin_hr"])
def test_whoever_is_complained_about_sees_nothing_of_the_case(role: str):
    access = of_role(role)
    against = case(about=frozenset({PROBE}), involved=frozenset({PROBE}), responsible=frozenset({PROBE}))
    asks: list[Callable[[], object]] = [
        lambda: access.open_case(against),
        lambda: access.print_case(against),
        lambda: access.export_case(against),
        lambda: access.unmask_case(against, "回电"),
        lambda: access.act(ActKind.COMMENT, against),
    ]
    assert {refusal(ask) for ask in asks} == {Refused.CASE_UNKNOWN}
    assert not access.cases().sees(against)


def test_the_refusal_is_that_of_a_number_that_does_not_exist():
    with pytest.raises(Refusal) as refused:
        of_role("cs_supervisor").open_case(case(about=frozenset({PROBE})))
    assert refused.value.params == {"case": "HF01-2026-000001"}


def test_nobody_sees_a_case_by_standing_in_for_whoever_is_complained_about():
    company = with_probe().but(absences=away(SUPERVISOR))
    access = Access(person(), company, MORNING)
    assert may(lambda: access.open_case(case()))
    assert may(lambda: access.export_case(case()))
    against = case(about=frozenset({SUPERVISOR}), involved=frozenset({SUPERVISOR}))
    assert refusal(lambda: access.open_case(against)) is Refused.CASE_UNKNOWN
    involved = against.but(involved=frozenset({SUPERVISOR, PROBE}))  # a part of their own
    assert not access.open_case(involved).whole  # customer service's need to know is not theirs here
    assert refusal(lambda: access.export_case(involved)) is Refused.NOT_ENTITLED


# --- standing in


def test_a_deputy_sees_what_the_absent_person_sees_as_long_as_they_are_away():
    company = with_probe().but(absences=away(SUPERVISOR))
    during, after = Access(person(), company, MORNING), Access(person(), company, LATER)
    mine = case(project="yx02", involved=frozenset({SUPERVISOR}))
    assert may(lambda: during.open_case(mine))
    assert during.open_case(case()).whole
    assert may(during.looks)
    assert refusal(lambda: after.open_case(mine)) is Refused.CASE_UNKNOWN
    assert refusal(lambda: after.open_case(case())) is Refused.CASE_UNKNOWN
    assert refusal(after.looks) is Refused.NOT_ENTITLED


def limited(company: Directory, who: str, *projects: str, **changes: object) -> Directory:
    """The directory in which this person works for these projects only."""
    people = (one.but(projects=projects, **changes) if one.id == who else one for one in company.people)
    return company.but(people=tuple(people))


def projects_of(access: Access) -> dict[str, tuple[str, ...] | None]:
    """For each question about more than one project: the projects for which it is answered."""
    asks: dict[str, Callable[[], tuple[str, ...] | None]] = {
        "reports": lambda: access.reports().within,
        "draws": lambda: access.draws().within,
        "surveys": lambda: access.surveys().within,
        "customers": access.customers,
        "export-list": lambda: access.export_list().within,
        "holds": lambda: access.holds().within,
        "deliveries": lambda: access.deliveries().within,
        "looks": lambda: access.looks().within,
        "retention-money": access.retention_money,
    }
    found: dict[str, tuple[str, ...] | None] = {}
    for name, ask in asks.items():
        if not may(ask):
            assert refusal(ask) is Refused.NOT_ENTITLED
        elif (within := ask()) != ():  # of reports, draws and surveys those of their own rounds are left
            found[name] = within
    return found


SERVICE = ("reports", "draws", "surveys", "customers", "export-list", "holds", "deliveries", "looks")
"""The questions of customer service's supervisor."""


def test_whoever_stands_in_may_ask_about_the_projects_of_the_absent_person():
    """Not about those that they work for themself: for each question, and whether these are more, fewer or others."""
    held = limited(directory(), SUPERVISOR, "yx02").but(absences=away(SUPERVISOR))
    for own in ((), ("hf01",), ("hf01", "yx02")):
        probe = with_probe(projects=own).people[-1]
        access = Access(person(), held.but(people=(*held.people, probe)), MORNING)
        assert projects_of(access) == dict.fromkeys(SERVICE, ("yx02",)), own
        assert may(lambda access=access: access.export_customers("yx02"))
        assert refusal(lambda access=access: access.export_customers("hf01")) is Refused.NOT_ENTITLED
        if "hf01" not in own and own:
            assert may(lambda access=access: access.open_document("d", "yx02"))


def test_whoever_stands_in_for_somebody_of_all_projects_may_ask_about_all():
    company = with_probe(projects=("hf01",)).but(absences=away(SUPERVISOR))
    assert projects_of(Access(person(), company, MORNING)) == dict.fromkeys(SERVICE)
    assert projects_of(Access(person(), company, LATER)) == {}


def test_roles_of_their_own_count_in_their_own_projects_and_the_absent_persons_in_theirs():
    held = limited(directory(), SUPERVISOR, "yx02").but(absences=away(SUPERVISOR))
    probe = with_probe("finance", "cs_clerk", projects=("hf01",)).people[-1]
    found = projects_of(Access(person(), held.but(people=(*held.people, probe)), MORNING))
    assert found["retention-money"] == ("hf01",)
    assert found["customers"] == ("hf01", "yx02")
    assert found["reports"] == ("hf01", "yx02")
    assert found["holds"] == ("yx02",)


def test_a_list_is_of_the_projects_in_which_its_reader_may_ask_for_it():
    """A case of another project that they have a part in is seen, and not exported in a list."""
    access = of_role("cs_supervisor", projects=("yx02",))
    mine = case(project="hf01", involved=frozenset({PROBE}))
    assert access.cases().sees(mine)
    for seen in (access.export_list(), access.holds(), access.deliveries(), access.looks()):
        assert not seen.sees(mine)
        assert seen.sees(mine.but(project="yx02"))
    assert access.looks(of=PROBE).sees(mine)


def test_a_role_without_a_holder_is_that_of_the_role_above():
    company = directory()
    without = tuple(one.but(roles=tuple(r for r in one.roles if r != "sales_archivist")) for one in company.people)
    assert refusal(lambda: Access(person("fang.yun"), company, MORNING).export_case(case())) is Refused.NOT_ENTITLED
    assert may(lambda: Access(person("fang.yun"), company.but(people=without), MORNING).export_case(case()))


def test_whoever_left_the_directory_sees_nothing():
    access = Access(person("gone"), directory(), MORNING)
    mine = case(involved=frozenset({"gone"}))
    for ask in (access.cases, access.reports, access.customers, access.directory, access.open_complaint):
        assert refusal(ask) is Refused.UNKNOWN_PERSON
    assert refusal(lambda: access.open_case(mine)) is Refused.UNKNOWN_PERSON


# --- contacts


def whole(file: CaseFile, who: str, at: object = MORNING, **changes: object) -> bool:
    company = directory().but(**changes)
    edition = editions.newest()
    return Access(person(who), company, MORNING).open_case(of_case(file, ()), file, edition).whole


@pytest.mark.parametrize("rule", ["CR-5.3.1", "CR-5.4.2a", "RV-4.3", "CS-4.3.5.start", "CH-7.1.1", "CS-4.2.3"])
def test_whoever_owes_a_talk_with_the_customer_sees_their_contacts(rule: str):
    talk = casefiles.duty(rule, owner=MANAGER)
    file = casefiles.file().but(duties={talk.id: talk})
    assert whole(file, MANAGER)
    assert not whole(file.but(duties={talk.id: talk.but(owner=LEADER)}), MANAGER)
    over = talk.but(status="done", closed_at=MORNING, closed_by=MANAGER, act=1)
    assert not whole(file.but(duties={talk.id: over}), MANAGER)


def test_another_duty_does_not_show_them():
    review = casefiles.duty("CR-5.2.1c.review", owner=MANAGER)
    assert not whole(casefiles.file().but(duties={review.id: review}), MANAGER)


def test_whoever_stands_in_for_the_owner_of_a_talk_sees_them():
    talk = casefiles.duty("CR-5.3.1", owner=MANAGER)
    file = casefiles.file().but(duties={talk.id: talk})
    assert not whole(file, LEADER)
    assert whole(file, LEADER, absences=away(MANAGER, LEADER))
    against = file.but(also_about=(MANAGER,))
    assert not whole(against, LEADER, absences=away(MANAGER, LEADER))


def test_whoever_took_the_complaint_sees_them_while_it_is_open():
    file = casefiles.file().but(complaint=casefiles.complaint().but(received_by=SALESPERSON))
    assert whole(file, SALESPERSON)
    assert not whole(file.but(closed_at=MORNING), SALESPERSON)
    assert whole(file.but(closed_at=MORNING), CLERK)


def test_every_talk_of_an_edition_is_known():
    """A rule with a form that says whether the customer was reached is a talk, and so is one that `contact` marks."""
    from complaints.forms import FORMS

    for edition in editions.installed():
        rules = [
            rule for rule in edition.rules.values() if rule.kind is RuleKind.DUTY and rule.every is None and rule.form
        ]
        talks = {one.id for one in rules if {"reached", "way"} <= set(FORMS[one.form or ""].model_fields)}
        assert talks <= TALKS
        known = {one.id for one in edition.rules.values()}
        if edition.name == editions.newest().name:
            assert {"RV-4.3", "CR-5.4.2a", "CR-5.4.2b", "CS-4.2.3"} <= talks
            assert len(TALKS - known) <= 1, TALKS - known  # WITHDRAWN.confirmation is of 2026.1


def test_a_look_at_contacts_needs_a_part_or_a_role_and_a_reason():
    mine = case(involved=frozenset({PROBE}))
    access = Access(person(), with_probe(), MORNING)
    assert access.unmask_case(mine, "客户要求回电").whole
    assert refusal(lambda: access.unmask_case(mine, "  ")) is Refused.LOOK_NEEDS_REASON
    assert refusal(lambda: of_role("audit").unmask_case(case(repairs=True), "核对")) is Refused.NOT_ENTITLED
    assert of_role("development").unmask_customer("c", "hf01", "问卷").whole
    assert refusal(lambda: of_role("development").unmask_customer("c", "hf01", "")) is Refused.LOOK_NEEDS_REASON


def test_a_consultant_sees_their_own_customers():
    access = of_role("sales_staff")
    assert access.open_customer("c-1", "hf01", consultant=PROBE).whole
    assert refusal(lambda: access.open_customer("c-2", "hf01", consultant="he.xue")) is Refused.RECORD_UNKNOWN
    assert refusal(lambda: access.open_customer("c-3", "hf01")) is Refused.RECORD_UNKNOWN


def test_customers_files_show_contacts_to_whoever_speaks_to_customers():
    assert of_role("cs_clerk").open_customer("c-1", "hf01").whole
    assert not of_role("marketing_manager").open_customer("c-1", "hf01").whole
    assert not of_role("marketing_manager").print_customer("c-1", "hf01").whole


# --- rounds and what belongs to them


def test_rounds_are_seen_by_parts_departments_projects_and_the_person_whose_they_are():
    access = of_role("cs_clerk", projects=("hf01",))
    assert may(lambda: access.open_round(RoundConcern(key="r", project="hf01")))
    assert not may(lambda: access.open_round(RoundConcern(key="r", project="yx02")))
    assert not may(lambda: access.open_round(RoundConcern(key="r")))  # of the whole company
    assert may(lambda: of_role("cs_clerk").open_round(RoundConcern(key="r")))
    assert may(lambda: access.open_round(RoundConcern(key="r", involved=frozenset({PROBE}))))
    nobody = Access(person(), with_probe(), MORNING)
    assert may(lambda: nobody.open_round(RoundConcern(key="r", project="hf01", person=PROBE)))
    assert not may(lambda: nobody.open_round(RoundConcern(key="r", project="hf01", person="he.xue")))
    assert may(
        lambda: Access(person("deng.li"), directory(), MORNING).open_round(RoundConcern(key="r", person="he.xue"))
    )
    assert may(
        lambda: Access(person("dong.mei"), directory(), MORNING).open_round(RoundConcern(key="r", department="finance"))
    )


def test_whoever_makes_the_revisits_of_a_draw_sees_whom_to_call():
    own = Subject(project="hf01", person=PROBE)
    its_round = RoundConcern(key="r", project="hf01", person=PROBE)
    access = of_role("sales_staff")
    assert access.open_draw("d", own, its_round).whole
    assert access.export_draw("d", own, its_round).whole
    assert refusal(lambda: access.open_draw("d", Subject(project="hf01"))) is Refused.RECORD_UNKNOWN
    assert not of_role("gm_office").open_draw("d", Subject(project="hf01")).whole
    assert refusal(lambda: of_role("gm_office").export_draw("d", Subject(project="hf01"))) is Refused.NOT_ENTITLED


def test_a_report_is_read_by_whoever_has_to_do_with_its_round():
    access = Access(person(), with_probe(), MORNING)
    its_round = RoundConcern(key="r", project="hf01", involved=frozenset({PROBE}))
    assert may(lambda: access.open_report("r", Subject(project="hf01"), its_round))
    assert may(lambda: access.export_report("r", Subject(project="hf01"), its_round))
    assert not may(lambda: access.open_report("r", Subject(project="hf01"), its_round.but(involved=frozenset())))
    assert refusal(lambda: of_role("cs_clerk").export_report("r", Subject(project="hf01"))) is Refused.NOT_ENTITLED


# --- other principals


def backend(*scopes: str) -> Access:
    return Access(Principal(kind="backend", id="crm", scopes=frozenset(scopes), via="crm"), directory(), MORNING)


def test_a_backend_does_what_its_scopes_say():
    assert refusal(lambda: backend("open").open_case(NEUTRAL)) is Refused.SCOPE_MISSING
    assert refusal(lambda: backend("read").open_complaint()) is Refused.SCOPE_MISSING
    assert refusal(lambda: backend("read", "act:comment").act(ActKind.APPROVE, NEUTRAL)) is Refused.SCOPE_MISSING
    assert may(lambda: backend("act:approve").act(ActKind.APPROVE, NEUTRAL))


@pytest.mark.parametrize("scopes", [("read",), ("read", "open", "act:comment")])
def test_a_backend_without_the_scope_gets_contacts_in_no_way(scopes: tuple[str, ...]):
    access = backend(*scopes)
    subject = Subject(project="hf01")
    its_round = RoundConcern(key="r", project="hf01", person="crm", involved=frozenset({"crm"}))
    shown = [
        access.open_case(NEUTRAL),
        access.print_case(NEUTRAL),
        access.open_round(its_round),
        access.open_report("r", subject, its_round),
        access.open_draw("d", subject, its_round),
        access.open_survey("s", "hf01"),
        access.open_customer("c", "hf01", consultant="crm"),
    ]
    assert not any(one.whole for one in shown)
    for ask in (
        lambda: access.export_case(NEUTRAL),
        lambda: access.unmask_case(NEUTRAL, "回电"),
        lambda: access.export_draw("d", subject),
        lambda: access.export_survey("s", "hf01"),
        lambda: access.export_customers("hf01"),
        lambda: access.unmask_customer("c", "hf01", "回电"),
    ):
        assert refusal(ask) is Refused.SCOPE_MISSING
    assert backend("read", "contacts").open_case(NEUTRAL).whole
    assert backend("read", "contacts").export_case(NEUTRAL).whole


def test_an_administrator_manages_accounts_and_nothing_else():
    """Also one whose account is called like a person of the directory."""
    access = Access(Principal(kind="administrator", id=GENERAL_MANAGER, via="s"), directory(), MORNING)
    mine = case(involved=frozenset({GENERAL_MANAGER}))
    assert may(access.accounts)
    for ask in (
        access.cases,
        lambda: access.open_case(mine),
        lambda: access.export_case(mine),
        lambda: access.act(ActKind.APPROVE, mine),
        access.open_complaint,
        access.reports,
        access.customers,
        access.library,
        access.looks,
        lambda: access.looks(of=GENERAL_MANAGER),
        access.holds,
        access.deliveries,
        access.retention_money,
        lambda: access.export_customers("hf01"),
    ):
        assert refusal(ask) is Refused.ADMINISTRATOR
    assert refusal(Access(person(SUPERVISOR), directory(), MORNING).accounts) is Refused.NOT_ENTITLED


def test_a_resident_sees_their_own_case_as_it_is_meant_for_them():
    def resident(own: str | None) -> Access:
        return Access(Principal(kind="resident", id="l", via="l"), directory(), MORNING, own_case=own)

    assert resident(NEUTRAL.key).open_case(NEUTRAL).sees is Sees.RESIDENT
    assert refusal(lambda: resident("case-other").open_case(NEUTRAL)) is Refused.CASE_UNKNOWN
    assert refusal(lambda: resident(None).open_case(NEUTRAL)) is Refused.CASE_UNKNOWN
    own = resident(NEUTRAL.key)
    for ask in (
        lambda: own.print_case(NEUTRAL),
        lambda: own.export_case(NEUTRAL),
        lambda: own.unmask_case(NEUTRAL, "我的"),
        lambda: own.act(ActKind.COMMENT, NEUTRAL),
        own.reports,
        own.library,
        own.customers,
        own.export_list,
        own.directory,
        own.looks,
        own.open_complaint,
    ):
        assert refusal(ask) is Refused.NOT_ENTITLED


def test_everybody_may_list_their_own_looks():
    access = Access(person(), with_probe(), MORNING)
    assert may(lambda: access.looks(of=PROBE))
    assert refusal(lambda: access.looks(of=SUPERVISOR)) is Refused.NOT_ENTITLED
    assert refusal(access.looks) is Refused.NOT_ENTITLED


# --- what people do besides acts on cases


WRITES: dict[str, Callable[[Access], object]] = {
    "begin a round": lambda a: a.begin_round(editions.newest().rule("CH-7.4.1"), Subject(), reference()),
    "draw": lambda a: a.make_draw(Subject(project="hf01")),
    "enter results": lambda a: a.enter_results("d", Subject(project="hf01")),
    "run a survey": lambda a: a.run_survey("hf01"),
    "write a document": lambda a: a.write_document("d", None),
    "add an event": lambda a: a.add_event("hf01"),
    "hold": lambda a: a.set_hold("hf01"),
    "hold a case": lambda a: a.set_hold(case=NEUTRAL),
    "propose": lambda a: a.propose_destruction(),
    "book money": lambda a: a.book_retention_money(),
    "import": lambda a: a.import_lists(),
    "directory": lambda a: a.load_directory(),
    "calendar": lambda a: a.load_calendar(),
    "absence": lambda a: a.absences(),
}


def reference() -> Reference:
    return Reference.of(directory(), "", from_libraries((2026,)))


@pytest.mark.parametrize("what", WRITES)
def test_what_only_people_do_is_done_by_no_other_principal(what: str):
    """No scope of a backend is about it, an administrator does none of it, a resident neither."""
    ask = WRITES[what]
    assert refusal(lambda: ask(backend("read", "contacts", "open", "act:comment"))) is Refused.NOT_ENTITLED
    assert refusal(lambda: ask(backend("open"))) is Refused.SCOPE_MISSING
    administrator = Access(Principal(kind="administrator", id="root", via="s"), directory(), MORNING)
    assert refusal(lambda: ask(administrator)) is Refused.ADMINISTRATOR
    resident = Access(Principal(kind="resident", id="l", via="l"), directory(), MORNING, own_case=OWN.key)
    assert refusal(lambda: ask(resident)) is Refused.NOT_ENTITLED
    assert refusal(lambda: ask(Access(person("gone"), directory(), MORNING))) is Refused.UNKNOWN_PERSON


def test_a_colleague_writes_documents_and_events_and_sets_absences_and_nothing_else():
    access = Access(person(), with_probe(), MORNING)
    free = {"write a document", "add an event", "absence"}
    assert {what for what, ask in WRITES.items() if may(lambda ask=ask: ask(access))} == free


def test_a_round_is_begun_by_its_owner_and_their_superiors():
    rule, daily = editions.newest().rule("CH-7.4.1"), Subject()
    owner = owner_of(rule, daily, reference(), MORNING)
    above = next(one.reports_to for one in directory().people if one.id == owner)
    assert above is not None
    for who in (owner, above):
        assert may(lambda who=who: Access(person(who), directory(), MORNING).begin_round(rule, daily, reference()))
    refused = Access(person(), with_probe("audit"), MORNING)
    assert refusal(lambda: refused.begin_round(rule, daily, reference())) is Refused.NOT_YOURS


def test_a_consultant_draws_among_their_own_customers_and_so_does_whoever_is_above():
    own = Subject(project="hf01", person="he.xue")
    boss = next(one.reports_to for one in directory().people if one.id == "he.xue")
    assert boss is not None
    for who in ("he.xue", boss):
        assert may(lambda who=who: Access(person(who), directory(), MORNING).make_draw(own))
    assert refusal(lambda: Access(person(), with_probe(), MORNING).make_draw(own)) is Refused.NOT_ENTITLED


def test_what_is_of_the_whole_company_is_done_by_who_works_for_all_projects():
    limited_to = Access(person(), with_probe("admin_hr", projects=("yx02",)), MORNING)
    for ask in (limited_to.load_directory, limited_to.load_calendar, limited_to.propose_destruction):
        assert refusal(ask) is Refused.NOT_ENTITLED
    assert refusal(limited_to.set_hold) is Refused.NOT_ENTITLED  # on a customer of any project
    assert refusal(lambda: limited_to.set_hold("hf01")) is Refused.NOT_ENTITLED
    assert may(lambda: limited_to.set_hold("yx02"))
    assert limited_to.certificates() == ("yx02",)
    importing = Access(person(), with_probe("cs_supervisor", projects=("yx02",)), MORNING)
    assert importing.import_lists() == ("yx02",)


def test_nobody_holds_a_case_about_them():
    access = Access(person(), with_probe("cs_supervisor"), MORNING)
    assert refusal(lambda: access.set_hold(case=OWN)) is Refused.CASE_UNKNOWN
