"""The directory: reading the file with every mistake named, and finding the person for a role at a moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from complaints.clock.calendar import from_libraries
from complaints.people.loader import check, load
from complaints.people.model import Directory, DirectorySlice, NobodyLeft, UnknownProject, UnknownRole
from complaints.people.problems import DirectoryError, DirectoryProblem
from complaints.people.reference import Reference
from complaints.people.resolution import Assignee
from complaints.people.roles import ROLES
from complaints.texts import keys, known

EXAMPLE = (Path(__file__).parents[2] / "examples" / "directory.toml").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 22, 9, 4, tzinfo=ZoneInfo("Asia/Shanghai"))


def away(person: str, *, deputy: str = "", first: str = "2026-11-20", last: str = "2026-11-30") -> str:
    stands_in = f'deputy = "{deputy}"\n' if deputy else ""
    return f'\n[[absence]]\nperson = "{person}"\nfrom = {first}\nuntil = {last}\n{stands_in}'


def people(*more: str, project: str = "hf01") -> DirectorySlice:
    return load(EXAMPLE + "".join(more)).slice(project)


def without(line: str, text: str = EXAMPLE) -> str:
    assert line in text
    return text.replace(line, "", 1)


def changed(old: str, new: str, text: str = EXAMPLE) -> str:
    assert old in text
    return text.replace(old, new, 1)


# --- the example


def test_the_example_has_nothing_to_put_right():
    assert check(EXAMPLE) == []


@pytest.mark.parametrize(
    ("role", "person"),
    [
        ("cs_clerk", "zhou.min"),
        ("cs_supervisor", "li.na"),
        ("marketing_manager", "wang.qiang"),
        ("marketing_leader", "chen.jing"),
        ("general_manager", "zhao.lei"),
        ("group_marketing", "sun.hao"),
        ("group_marketing_leader", "he.ping"),
        ("president", "lin.feng"),
        ("admin_hr", "xu.fang"),
        ("legal", "gao.yuan"),
    ],
)
@pytest.mark.parametrize("project", ["hf01", "yx02"])
def test_every_role_of_the_example_is_filled_for_every_project(role: str, person: str, project: str):
    assert people(project=project).who(role, NOW) == Assignee(person=person, because="holder")


@pytest.mark.parametrize(
    ("department", "head", "leader"),
    [
        ("engineering", "liu.bo", "ma.chao"),
        ("property", "tang.yan", "ma.chao"),
        ("sales", "deng.li", "chen.jing"),
        ("marketing", "wang.qiang", "chen.jing"),
    ],
)
def test_every_department_has_its_own_head_and_leader(department: str, head: str, leader: str):
    found = people()
    assert found.who("department_head", NOW, department=department).person == head
    assert found.who("department_leader", NOW, department=department).person == leader


@pytest.mark.parametrize(
    ("person", "line"),
    [
        ("zhou.min", ("li.na", "wang.qiang", "chen.jing", "zhao.lei", "lin.feng")),
        ("liu.bo", ("ma.chao", "zhao.lei", "lin.feng")),
        ("tang.yan", ("ma.chao", "zhao.lei", "lin.feng")),
        ("deng.li", ("chen.jing", "zhao.lei", "lin.feng")),
        ("sun.hao", ("he.ping", "lin.feng")),
        ("xu.fang", ("zhao.lei", "lin.feng")),
        ("lin.feng", ()),
    ],
)
def test_a_delay_climbs_the_reporting_line_to_the_president(person: str, line: tuple[str, ...]):
    assert people().superiors(person, NOW) == line


def test_every_role_of_the_procedures_has_two_names_and_leads_up_to_the_president():
    assert set(ROLES) == {
        *("cs_clerk", "cs_supervisor", "marketing_manager", "marketing_leader", "general_manager", "department_head"),
        *("department_leader", "group_marketing", "group_marketing_leader", "president", "admin_hr", "legal"),
        *("sales_staff", "sales_supervisor", "sales_manager", "deputy_gm", "gm_office", "chief_engineer"),
        *("property_company", "engineering_materials", "audit", "finance", "development"),
        *("operations_clerk", "project_manager", "centre_head", "operations", "sales_archivist"),
        *("security_supervisor", "engineering_supervisor"),
    }
    for role in ROLES.values():
        assert role.title()
        assert role.title("en") != role.title()
        top = role
        while top.superior:
            top = ROLES[top.superior]
        assert top.key == "president"


# --- absence: the deputy, then the role above (decision 10)


def test_an_absent_holder_is_represented_by_the_deputy():
    assert people(away("li.na")).who("cs_supervisor", NOW) == Assignee(
        person="wu.jie", because="deputy", in_place_of="li.na"
    )


def test_the_deputy_of_the_absence_goes_before_the_usual_one():
    assert people(away("li.na", deputy="zhou.min")).who("cs_supervisor", NOW).person == "zhou.min"


def test_an_absent_deputy_is_represented_by_their_own_deputy():
    assert people(away("li.na"), away("wu.jie")).who("cs_supervisor", NOW) == Assignee(
        person="zhou.min", because="deputy", in_place_of="li.na"
    )


def test_with_everybody_of_a_role_away_the_role_above_takes_over():
    gone = people(away("li.na"), away("wu.jie"), away("zhou.min"))  # deputies of each other in the end
    assert gone.who("cs_supervisor", NOW) == Assignee(person="wang.qiang", because="superior", in_place_of="li.na")


def test_an_absence_includes_its_first_and_last_day_and_no_more():
    found = people(away("li.na", first="2026-11-20", last="2026-11-22"))
    moments = {
        "2026-11-19T23:59:59": "li.na",
        "2026-11-20T00:00:00": "wu.jie",
        "2026-11-22T23:59:59": "wu.jie",
        "2026-11-23T00:00:00": "li.na",
    }
    for text, person in moments.items():
        assert found.who("cs_supervisor", datetime.fromisoformat(f"{text}+08:00")).person == person, text


def test_an_absence_may_have_exact_times_with_or_without_an_offset():
    found = people(away("li.na", first="2026-11-22T09:00:00", last="2026-11-22T02:00:00Z"))  # until 10:00 in China
    assert found.who("cs_supervisor", datetime(2026, 11, 22, 0, 59, tzinfo=UTC)).person == "li.na"
    assert found.who("cs_supervisor", datetime(2026, 11, 22, 1, 0, tzinfo=UTC)).person == "wu.jie"
    assert found.who("cs_supervisor", datetime(2026, 11, 22, 2, 0, tzinfo=UTC)).person == "li.na"


def test_of_several_holders_the_first_in_the_file_who_is_there_has_it():
    assert people().holders("cs_clerk") == ("zhou.min", "wu.jie")
    assert people(away("zhou.min")).who("cs_clerk", NOW) == Assignee(person="wu.jie", because="holder")


def test_with_the_whole_line_away_a_duty_goes_to_its_holder_rather_than_to_nobody():
    gone = people(*(away(person.id) for person in people().people))
    assert gone.who("admin_hr", NOW) == Assignee(person="xu.fang", because="holder")
    assert gone.superiors("xu.fang", NOW) == ("zhao.lei", "lin.feng")


def test_the_deputy_of_an_absent_holder_holds_the_role_and_acts_for_them():
    found = people(away("li.na"))
    assert found.holds("wu.jie", "cs_supervisor", NOW)
    assert found.holds("li.na", "cs_supervisor", NOW)
    assert not people().holds("wu.jie", "cs_supervisor", NOW)
    assert not found.holds("zhou.min", "cs_supervisor", NOW)
    assert found.acts_for("wu.jie", NOW) == ("li.na",)
    assert people().acts_for("wu.jie", NOW) == ()
    assert found.holds("liu.bo", "department_head", NOW, department="engineering")
    assert not found.holds("liu.bo", "department_head", NOW, department="sales")


def test_a_named_person_who_is_away_is_represented_too():
    assert people().stand_in("liu.bo", NOW) == Assignee(person="liu.bo", because="holder")
    assert people(away("liu.bo")).stand_in("liu.bo", NOW) == Assignee(
        person="guo.wei", because="deputy", in_place_of="liu.bo"
    )
    assert people(away("guo.wei")).stand_in("guo.wei", NOW) == Assignee(
        person="liu.bo", because="superior", in_place_of="guo.wei"
    )
    assert people().stand_in("liu.bo", NOW, shut_out=frozenset({"liu.bo"})).person == "ma.chao"
    assert people().stand_in("has.left", NOW) == Assignee(person="zhao.lei", because="superior", in_place_of="has.left")


# --- people who are complained about


def test_whoever_is_complained_about_is_replaced_by_the_role_above_not_by_the_deputy():
    assert people().who("cs_supervisor", NOW, shut_out=frozenset({"li.na"})) == Assignee(
        person="wang.qiang", because="superior", in_place_of="li.na"
    )
    gone = people(away("li.na"))
    assert gone.who("cs_supervisor", NOW, shut_out=frozenset({"li.na"})).person == "wang.qiang"


def test_a_deputy_who_is_complained_about_does_not_stand_in():
    gone = people(away("li.na"))
    assert gone.who("cs_supervisor", NOW, shut_out=frozenset({"wu.jie"})).person == "wang.qiang"


def test_a_department_whose_head_is_complained_about_is_led_by_its_leader():
    found = people().who("department_head", NOW, department="engineering", shut_out=frozenset({"liu.bo"}))
    assert found == Assignee(person="ma.chao", because="superior", in_place_of="liu.bo")


def test_a_complaint_about_the_president_is_decided_by_the_highest_person_below():
    found = people().who("president", NOW, shut_out=frozenset({"lin.feng"}))
    assert found == Assignee(person="zhao.lei", because="below", in_place_of="lin.feng")


def test_only_if_all_people_are_shut_out_there_is_nobody():
    everybody = frozenset(person.id for person in people().people)
    with pytest.raises(NobodyLeft):
        people().who("cs_supervisor", NOW, shut_out=everybody)
    assert people().who("cs_supervisor", NOW, shut_out=everybody - {"guo.wei"}).person == "guo.wei"


def test_nobody_shut_out_is_ever_found_whoever_is_away():
    found = people(away("zhao.lei"), away("li.na"))
    everyone = [person.id for person in found.people]
    for one in everyone:
        for other in everyone:
            shut_out = frozenset({one, other})
            for role in ROLES:
                assert found.who(role, NOW, department="sales", shut_out=shut_out).person not in shut_out
            line = found.superiors("zhou.min", NOW, shut_out=shut_out)
            assert not shut_out & set(line)
            assert len(line) == len(set(line))
            assert "zhou.min" not in line


# --- the reporting line


def test_an_absent_superior_is_replaced_by_the_deputy_in_the_line():
    found = people(away("wang.qiang", deputy="deng.li"))
    assert found.superiors("li.na", NOW) == ("deng.li", "chen.jing", "zhao.lei", "lin.feng")


def test_a_person_who_is_the_deputy_of_their_own_superior_is_not_told_of_their_own_delay():
    assert people(away("wang.qiang")).superiors("li.na", NOW) == ("chen.jing", "zhao.lei", "lin.feng")


def test_the_line_says_until_when_it_stays_as_it_is():
    found = people(away("wang.qiang", first="2026-11-24", last="2026-11-26"))
    leave, back = found.absences[-1].start, found.absences[-1].until
    assert found.line_until("li.na", NOW) == leave
    assert found.line_until("li.na", leave) == back
    assert found.line_until("li.na", back) is None
    assert found.line_until("zhao.lei", NOW) is None, "nobody above them leaves"
    assert found.line_until("li.na", NOW, shut_out=frozenset({"wang.qiang"})) is None


def test_a_superior_who_is_complained_about_is_passed_over():
    assert people().superiors("zhou.min", NOW, shut_out=frozenset({"wang.qiang"})) == (
        "li.na",
        "chen.jing",
        "zhao.lei",
        "lin.feng",
    )


def test_nobody_is_in_the_line_twice():
    assert people(away("zhao.lei")).superiors("deng.li", NOW) == ("chen.jing", "lin.feng")


def test_the_line_of_somebody_who_has_left_begins_at_the_general_manager():
    assert people().superiors("has.left", NOW) == ("zhao.lei", "lin.feng")
    assert people().name("has.left") == "has.left"
    assert people().person("has.left") is None


# --- roles of the company's own, projects, rosters


def test_a_company_may_add_a_role_and_give_one_of_ours_another_superior():
    own = """
[[role]]
key = "service_centre"
zh = "服务中心"
en = "service centre"
superior = "cs_supervisor"

[[role]]
key = "legal"
zh = "法务部"
en = "legal"
superior = "president"
"""
    text = changed('roles = ["cs_clerk"]', 'roles = ["cs_clerk", "service_centre"]') + own
    found = load(text).slice("hf01")
    assert found.who("service_centre", NOW).person == "zhou.min"
    assert found.who("service_centre", NOW, shut_out=frozenset({"zhou.min"})).person == "li.na"
    assert found.who("legal", NOW, shut_out=frozenset({"gao.yuan"})).person == "lin.feng"
    assert load(text).role("legal").title() == "法务部"  # type: ignore[union-attr]


def test_an_unknown_role_is_an_error_that_lists_the_roles():
    with pytest.raises(UnknownRole, match="cs_supervisor"):
        people().who("janitor", NOW)


def test_a_department_role_without_its_department_goes_to_the_role_above():
    assert people().who("department_head", NOW).person == "zhao.lei"
    assert people().who("department_head", NOW, department="no.such").person == "zhao.lei"


def test_a_slice_has_the_people_of_the_project_and_those_they_lead_to():
    text = changed(
        'roles = ["cs_clerk"]\nreports_to = "li.na"\ndeputy = "zhou.min"',
        'roles = ["cs_clerk"]\nreports_to = "li.na"\ndeputy = "zhou.min"\nprojects = ["yx02"]',
    )
    hf, yx = load(text).slice("hf01"), load(text).slice("yx02")
    assert hf.holders("cs_clerk") == ("zhou.min",)
    assert yx.holders("cs_clerk") == ("zhou.min", "wu.jie")
    assert hf.person("wu.jie") is not None  # deputy of zhou.min: must be found
    assert hf.person("luo.xin") is not None  # deputy of the sales head, works for the other project only
    with pytest.raises(UnknownProject, match="hf01, yx02"):
        load(text).slice("zz99")


def test_people_of_another_project_without_any_connection_are_left_out():
    text = without('deputy = "luo.xin"\n')
    assert load(text).slice("hf01").person("luo.xin") is None
    assert load(text).slice("yx02").person("luo.xin") is not None


def test_the_roster_says_who_is_on_duty_at_a_moment():
    shift = """
[[roster]]
duty = "security_shift_leader"
person = "shen.yu"
from = 2026-11-22T18:00:00+08:00
until = 2026-11-23T08:00:00+08:00
"""
    evening = datetime(2026, 11, 22, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert people(shift).roster("security_shift_leader", evening) == "shen.yu"
    assert people(shift).roster("security_shift_leader", NOW) is None
    assert people(shift).roster("fire_watch", evening) is None
    assert people(shift, away("shen.yu", deputy="guo.wei")).roster("security_shift_leader", evening) == "guo.wei"


# --- what a complaint carries


def test_a_reference_is_small_survives_its_json_and_has_a_version_of_its_content():
    calendar = from_libraries((2026, 2027))
    reference = Reference.of(load(EXAMPLE), "hf01", calendar)
    text = reference.model_dump_json()
    assert Reference.model_validate_json(text) == reference
    assert reference.zone == "Asia/Shanghai"
    assert len(text) < 10_000
    assert "null" not in reference.directory.model_dump_json(exclude={"roles"})
    assert Reference.of(load(EXAMPLE), "hf01", calendar).version == reference.version
    assert Reference.of(load(EXAMPLE + away("li.na")), "hf01", calendar).version != reference.version
    assert Reference.of(load(EXAMPLE), "hf01", from_libraries((2026,))).version != reference.version


def test_the_whole_directory_survives_its_json():
    whole = load(EXAMPLE)
    assert Directory.model_validate_json(whole.model_dump_json()) == whole


# --- mistakes in the file


def line_of(needle: str, text: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


def found(text: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.line) for problem in check(text)]


@pytest.mark.parametrize(
    ("old", "new", "code", "at"),
    [
        ('id = "guo.wei"', 'id = "resident"', "id-reserved", 'id = "resident"'),
        ('roles = ["legal"]', 'roles = ["legal", "lawyer"]', "role-unknown", 'roles = ["legal", "lawyer"]'),
        ('roles = ["legal"]', 'roles = ["legal", "legal"]', "listed-twice", 'roles = ["legal", "legal"]'),
        ('roles = ["legal"]', 'roles = ["legal", "department_head"]', "role-of-department", 'roles = ["legal", "depa'),
        ('department = "sales"', 'department = "sails"', "department-unknown", 'department = "sails"'),
        ('head = "deng.li"', 'head = "deng.lee"', "person-unknown", 'head = "deng.lee"'),
        ('reports_to = "ma.chao"', 'reports_to = "ma.qiao"', "person-unknown", 'reports_to = "ma.qiao"'),
        ('deputy = "guo.wei"', 'deputy = "guo.way"', "person-unknown", 'deputy = "guo.way"'),
        ('deputy = "guo.wei"', 'deputy = "liu.bo"', "own-deputy", 'deputy = "liu.bo"\n\n[[person]]\nid = "guo.wei"'),
        ('projects = ["yx02"]', 'projects = ["yx03"]', "project-unknown", 'projects = ["yx03"]'),
        ('projects = ["yx02"]', 'projects = "yx02"', "not-ids", 'projects = "yx02"'),
        ('id = "guo.wei"', 'id = "Guo Wei"', "not-id", 'id = "Guo Wei"'),
        ('code = "yx02"', 'code = "hf01"', "twice", 'code = "hf01"\nname = "云溪'),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Shanghi"', "not-zone", 'zone = "Asia/Shanghi"'),
        ('kind = "sales"', 'kind = "shop"', "not-kind", 'kind = "shop"'),
        ('name = "李娜"', 'name = ""', "not-text", 'name = ""'),
        ('email = "li.na@huafu.example"', 'email = "li.na@huafu"', "not-mail", 'email = "li.na@huafu"'),
        ('email = "li.na@huafu.example"', 'email = "li na@huafu.cn"', "not-mail", 'email = "li na@huafu.cn"'),
        ('email = "li.na@huafu.example"', 'email = "a@x.cn\\r\\nBcc: b@x.cn"', "not-mail", 'email = "a@x.cn'),
        ('name = "李娜"', 'name = "李娜"\nphone = "1"', "field-unknown", 'phone = "1"'),
        ("until = 2020-02-14", "until = 2020-02-02", "reversed", "until = 2020-02-02"),
        ("from = 2020-02-03", 'from = "2020-02-03"', "not-time", 'from = "2020-02-03"'),
        ('reports_to = "zhao.lei"\ndeputy = "wang.qiang"', 'deputy = "wang.qiang"', "no-superior", None),
        ('person = "wang.qiang"', 'person = "wang.jiang"', "person-unknown", 'person = "wang.jiang"'),
        ('deputy = "li.na"\n\n[[roster]]', 'deputy = "wang.qiang"\n\n[[roster]]', "own-deputy", None),
    ],
)
def test_each_mistake_is_found_once_with_its_line(old: str, new: str, code: str, at: str | None):
    text = changed(old, new)
    problems = [problem for problem in check(text) if problem.code == code]
    assert len(problems) == 1, check(text)
    if at is not None:
        assert problems[0].line == line_of(at, text)


def test_a_missing_field_is_reported_at_its_entry():
    text = without('email = "li.na@huafu.example"\n')
    assert [(p.code, p.params["field"]) for p in check(text)] == [("field-missing", "email")]
    assert check(text)[0].line == line_of('[[person]]\nid = "li.na"', text)
    assert check(text)[0].where == "[[person]] li.na"


def test_an_absence_without_an_end_is_refused():
    text = without("until = 2020-02-14\n")
    assert found(text) == [("no-end", line_of("[[absence]]", text))]


def test_the_same_id_twice_names_the_first_line():
    text = changed('id = "wu.jie"', 'id = "zhou.min"').replace('deputy = "wu.jie"', 'deputy = "li.na"')
    problem = next(p for p in check(text) if p.code == "twice")
    assert problem.params["line"] == str(line_of('[[person]]\nid = "zhou.min"', text))


def test_a_circle_of_superiors_is_reported_once_and_in_full():
    text = changed('reports_to = "chen.jing"\ndeputy = "li.na"', 'reports_to = "li.na"\ndeputy = "li.na"')
    circles = [problem for problem in check(text) if problem.code == "circle"]
    assert [problem.params["circle"] for problem in circles] == ["li.na → wang.qiang → li.na"]
    alone = changed('reports_to = "li.na"', 'reports_to = "zhou.min"')
    assert [p.params["circle"] for p in check(alone) if p.code == "circle"] == ["zhou.min → zhou.min"]


def test_a_role_that_nobody_holds_is_an_error():
    text = changed('roles = ["president"]', "roles = []")
    problems = {(p.code, p.params.get("id")) for p in check(text)}
    assert ("unfilled", "president") in problems
    assert any("总裁" in p.message for p in check(text))


@pytest.mark.clause("CH-8.1")
def test_a_directory_without_an_archivist_can_be_loaded_and_the_supervisor_keeps_the_records():
    text = changed('roles = ["sales_staff", "sales_archivist"]', 'roles = ["sales_staff"]')
    assert check(text) == []
    assigned = load(text).slice("").who("sales_archivist", NOW)
    assert (assigned.person, assigned.because) == ("fang.yun", "superior")


def test_a_role_that_nobody_holds_for_one_project_is_reported_at_the_project():
    text = changed('roles = ["legal"]', 'roles = ["legal"]\nprojects = ["hf01"]')
    assert found(text) == [("unfilled-here", line_of('[[project]]\ncode = "yx02"', text))]


def test_roles_above_each_other_are_a_circle():
    own = '\n[[role]]\nkey = "president"\nzh = "总裁"\nen = "president"\nsuperior = "general_manager"\n'
    assert ("circle", line_of('superior = "general_manager"', EXAMPLE + own)) in found(EXAMPLE + own)


def test_all_mistakes_are_reported_at_once_by_line():
    text = EXAMPLE
    for old, new in [
        ('name = "华府一期"', "name = 1"),
        ('department = "property"', 'department = "estate"'),
        ('email = "deng.li@huafu.example"', 'email = "deng.li"'),
        ("until = 2020-02-14\n", ""),
    ]:
        text = changed(old, new, text)
    assert [code for code, _ in found(text)] == ["not-text", "department-unknown", "not-mail", "no-end"]
    with pytest.raises(DirectoryError) as refused:
        load(text, "people.toml")
    assert len(refused.value.problems) == 4
    for lang in ("zh", "en"):
        lines = refused.value.words(lang).splitlines()
        assert len(lines) == 5
        assert all(re.match(r"people\.toml:\d+: ", line) for line in lines[1:])


def test_a_text_that_is_no_toml_is_reported_with_its_line():
    broken = EXAMPLE + '\n[[person]\nid = "x"\n'
    assert found(broken) == [("not-toml", line_of("[[person]\n", broken))]


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "person = 1\n", "[person]\nid = 'x'\n", "[[animal]]\nid = 'cat'\n"]
)
def test_an_empty_or_strange_file_is_refused_without_an_accident(text: str):
    problems = check(text)
    assert problems
    for problem in problems:
        assert problem.words("zh")
        assert problem.words("en")


def test_lines_are_right_after_comments_strings_and_lists_over_several_lines():
    text = changed(
        'roles = ["legal"]',
        "# [[person]] in a comment\nroles = [\n  # ]\n  \"legal\",\n]\nnickname = '''\n[[person]]\nid = \"x\"\n'''",
    )
    text = changed('email = "sun.hao@huafu.example"', 'email = "sun.hao"', text)
    assert found(text) == [
        ("field-unknown", line_of("nickname", text)),
        ("not-mail", line_of('email = "sun.hao"', text)),
    ]


def test_every_kind_of_problem_has_its_sentence():
    folder = Path(__file__).parents[2] / "complaints" / "people"
    names = ("rows.py", "checks.py", "../case/departures.py")
    sources = "".join((folder / name).read_text(encoding="utf-8") for name in names)
    for key in keys("directory.problem."):
        assert f'"{key.removeprefix("directory.problem.")}"' in sources, key
    for because in ("holder", "deputy", "superior", "below"):
        assert known(f"because.{because}")
    assert DirectoryProblem(1, "x", "none", {"table": "person"}).message


HAD = ("li.na", "wang.qiang", "chen.jing", "zhao.lei", "lin.feng")


def left(*gone: str) -> DirectorySlice:
    found = people()
    return found.but(people=tuple(person for person in found.people if person.id not in gone))


@pytest.mark.parametrize(
    ("gone", "line"),
    [
        (("zhou.min",), HAD),
        (("zhou.min", "li.na"), HAD[1:]),
        (("zhou.min", "li.na", "wang.qiang"), HAD[2:]),
        (("zhou.min", *HAD[:3]), HAD[3:]),
    ],
)
def test_the_line_of_somebody_who_left_is_the_one_they_had_as_far_as_it_is_there(
    gone: tuple[str, ...], line: tuple[str, ...]
):
    assert left(*gone).superiors("zhou.min", NOW, had=HAD) == line
    assert left(*gone).stand_in("zhou.min", NOW, had=HAD) == Assignee(
        person=line[0], because="superior", in_place_of="zhou.min"
    )


def test_the_line_of_somebody_who_left_follows_the_present_superiors_of_who_is_still_there():
    moved = left("zhou.min")
    moved = moved.but(people=tuple(one.but(reports_to="ma.chao") if one.id == "li.na" else one for one in moved.people))
    assert moved.superiors("zhou.min", NOW, had=HAD) == ("li.na", "ma.chao", "zhao.lei", "lin.feng")


def test_the_line_of_somebody_who_left_without_anybody_they_knew_begins_at_the_general_manager():
    assert left("zhou.min").superiors("zhou.min", NOW, had=("gone.too",)) == ("zhao.lei", "lin.feng")
    assert left("zhou.min").superiors("zhou.min", NOW, shut_out=frozenset({"li.na"}), had=HAD) == HAD[1:]


def test_the_superiors_of_somebody_who_is_there_are_those_of_the_directory():
    assert people().superiors("zhou.min", NOW, had=("ma.chao",)) == HAD
