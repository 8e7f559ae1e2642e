"""Drills: a scenario is played by the real workflow on the real server, apart from the real complaints."""

from __future__ import annotations

import ast
import fcntl
import hashlib
import html
import io
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import TypeAdapter
from rich.cells import cell_len
from rich.console import Console

from complaints import editions
from complaints.case.additions import Additions
from complaints.case.complaint import Complaint, Proposal
from complaints.case.file import CaseFile, Duty, JournalLine, NoticeKind
from complaints.clock import deadlines
from complaints.clock.calendar import from_libraries
from complaints.clock.limits import Elapsed, Workdays
from complaints.clock.local_time import CHINA, local
from complaints.connection.running_stack import StackInfo, find_running, read_info
from complaints.connection.settings import DRILL, ObjectPlace
from complaints.connection.temporal import connect
from complaints.forms import FORMS
from complaints.objects.store import Objects
from complaints.people.loader import load as load_directory
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from complaints.store.signing_keys import SigningKeys
from complaints.texts import LANGUAGES, known, say
from devstack import places
from starters.cli.ui.wrapped_text import wrapped
from starters.client import Duly
from starters.drill import pace, spans
from starters.drill.filling import FIXED, filled
from starters.drill.player import added
from starters.drill.scenario import VERBS, ScenarioError, ScenarioStep, load
from starters.drill.showing import MARK, STYLE, Printer
from starters.drill.timeline import TimelineEntry
from tests import casefiles
from tests.conftest import FOLDER
from tests.places import EXAMPLES, ROOT
from worker.archive_folder import put
from worker.archiving import archive, writer

SCENARIOS = EXAMPLES / "scenarios"
HEAD = 'title = { zh = "试", en = "try" }\n'


def duly(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from starters.cli import main; main()", *arguments]
    unset = {"TEMPORAL_ADDRESS", "DATABASE_URL", "DULY_DRILL_DATABASE_URL", "DULY_LANG", "TEMPORAL_NAMESPACE"}
    given = {name: value for name, value in os.environ.items() if name not in unset}
    return subprocess.run(
        command, cwd=ROOT, env={**given, **env}, capture_output=True, text=True, timeout=240, check=False
    )


def played(scenario: str, *, alone: bool = False) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Events and summary of a scenario, a file or one of the examples, on the stack of the tests.

    A scenario with people on leave is played `alone`: all drills of the stack have one directory.
    """
    home = f"{os.environ[FOLDER]}/home"
    with open(f"{os.environ[FOLDER]}/drills", "w") as drills:
        fcntl.flock(drills, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        done = duly("drill", scenario, "--json", "--lang", "en", DULY_HOME=home)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    proven(result["summary"]["key"], DULY_HOME=home)
    return result["events"], result["summary"]


def proven(what: str, **env: str) -> None:
    """Everything that people did in a drill is signed, by the clock of its case, and recorded as it was signed."""
    said = duly("--namespace", DRILL, "--json", "journal", "verify", what, **env)
    assert said.stdout, said.stderr
    proof = json.loads(said.stdout)
    assert [fault["say"] for fault in proof["faults"]] == []
    assert (said.returncode, proof["signed"]) == (0, True)
    assert {deed["via"] for deed in proof["deeds"]} <= {"drill", "local"}


def told(events: list[dict[str, Any]], kind: str) -> list[tuple[str, str | None]]:
    """Who and which rule, for all events of a kind."""
    return [(event["who"], event["rule"]) for event in events if event["kind"] == kind]


# --- the stories


async def test_a_week_of_crisis_ends_in_the_archive_with_one_breach_a_return_and_an_adjusted_plan(
    stack: StackInfo,
) -> None:
    events, summary = played(str(SCENARIOS / "crisis.toml"))
    assert told(events, "breached") == [("sun.hao", "CR-5.3.2a.3")]
    assert told(events, "escalated") == [("he.ping", "CR-5.3.2a.3")]
    assert told(events, "acknowledged") == [("he.ping", "CR-5.3.2a.3")]
    assert told(events, "returned") == [("lin.feng", "CR-5.3.2a.5")]
    assert told(events, "refused") == [("liu.bo", "CR-5.2.2e")]
    assert told(events, "superseded") == [("ma.chao", "CR-5.3.2c"), ("li.na", "CR-5.3.2c.track")]
    texts = [event["text"] for event in events if event["rule"] == "CR-5.3.2a.5" and event["kind"] == "approved"]
    assert len(texts) == 1
    assert "revision 2" in texts[0]
    assert (summary["closed"], summary["outcome"], summary["late"], summary["open"]) == (True, "solved", 1, 0)
    assert TypeAdapter(timedelta).validate_python(summary["virtual"]) > timedelta(days=6)
    assert summary["journal"] > 100
    await _only_among_the_drills(stack, summary["key"])


async def _only_among_the_drills(stack: StackInfo, key: str) -> None:
    await migrate(stack.database_url)
    real, drill = PostgresRecords(stack.database_url, size=1), PostgresRecords(stack.drill_database_url, size=1)
    try:
        assert await real.resolve(key) is None
        file = await drill.case(key)
        assert file is not None
        assert file.closed
        assert [act.revision for act in file.acts if (act.rule, act.kind) == ("CR-5.3.2a.3", "approve")] == [1, 2]
    finally:
        await real.close()
        await drill.close()


def test_two_departments_two_parties_a_leader_on_leave_and_a_plan_dearer_than_approved(stack: StackInfo) -> None:
    events, summary = played("crisis-two-departments", alone=True)
    assert told(events, "breached") == [("deng.li", "CR-5.2.2d")]
    assert told(events, "refused") == [("zhao.lei", "CR-5.3.2a.1")], "the deputy wrote the plan"
    done = told(events, "done")
    assert ("tang.yan", "CR-5.2.2e.part") in done
    assert {who for who, rule in done if rule == "CR-5.2.2d.person"} == {"guo.wei", "jiang.hua"}
    assert ("li.na", "CR-5.3.1.media") in done
    approvals = [rule for _, rule in told(events, "approved") if rule and rule.startswith("CR-5.3.2a")]
    assert approvals.count("CR-5.3.2a.1") == 4, "two leaders, and both again for the dearer plan"
    assert approvals.count("CR-5.3.2a.5") == 2
    assert "liu.bo" not in {who for who, rule in told(events, "approved") if rule and rule.startswith("CR-5.3.2a")}
    assert ("liu.bo", "CR-5.3.2c.date") in told(events, "approved"), "the deputy decides about the other department"
    assert [who for who, rule in done if rule == "CR-5.4.1"] == ["liu.bo", "tang.yan"]
    assert "CR-5.4.3.rewrite" in {rule for _, rule in done}
    assert (summary["closed"], summary["outcome"], summary["late"], summary["open"]) == (True, "solved", 1, 0)


def test_a_malicious_defamation_goes_to_court_and_nobody_makes_a_plan(stack: StackInfo) -> None:
    events, summary = played("legal")
    assert summary["outcome"] == "court"
    done = [rule for _, rule in told(events, "done")]
    assert [rule for rule in done if rule and rule.startswith("CR-5.2.2a")] == [
        "CR-5.2.2a",
        "CR-5.2.2a.filing",
        "CR-5.2.2a.court",
        "CR-5.2.2a.outcome",
    ]
    assert ("gao.yuan", "CR-5.2.2a.outcome") in told(events, "delegated")
    assert "CR-5.2.2e" not in {event["rule"] for event in events}


def test_a_breach_nobody_answers_climbs_to_the_president_and_is_told_again_a_day_later(stack: StackInfo) -> None:
    events, summary = played(str(SCENARIOS / "nobody-answers.toml"))
    climb = [event for event in events if event["kind"] == "escalated"]
    assert [event["who"] for event in climb] == ["wang.qiang", "chen.jing", "zhao.lei", "lin.feng", "lin.feng"]
    times = [datetime.fromisoformat(event["at"]) for event in climb]
    assert [at - times[0] for at in times] == [
        *(timedelta(minutes=10 * n) for n in range(4)),
        timedelta(minutes=30, hours=24),
    ]
    breach = next(event for event in events if event["kind"] == "breached")
    assert any("10 min of clock time" in note for note in breach["notes"])
    assert "Copied: xu.fang." in breach["notes"]
    assert (summary["closed"], summary["late"]) == (False, 1)


def test_an_ordinary_complaint_is_promised_another_date_and_repaired_at_the_contractors_cost(stack: StackInfo) -> None:
    events, summary = played("repair")
    assert told(events, "rescheduled") == [("zhou.min", "CH-7.3.1")]
    assert told(events, "matter") == [("li.na", None)]
    booked = next(event for event in events if event["kind"] == "deducted")
    assert "hongji" in booked["text"]
    done = [rule for _, rule in told(events, "done")]
    assert done.count("CH-7.2.3.opinion") == 2
    assert (
        done.index("CS-4.3.3.finish") < done.index("CH-7.3.1") < done.index("CS-4.3.4b") < done.index("CH-8.1.archive")
    )
    assert (summary["closed"], summary["outcome"], summary["late"], summary["open"]) == (True, "answered", 0, 0)
    assert unworded(events) == []


def test_a_major_complaint_misses_its_ten_minutes_and_is_led_corrected_and_learnt_from(stack: StackInfo) -> None:
    events, summary = played("major")
    assert told(events, "breached") == [("xie.ling", "MC-5.2.1"), ("xie.ling", "MC-5.2.2a")]
    assert told(events, "escalated") == [("tang.yan", "MC-5.2.1"), ("tang.yan", "MC-5.2.2a")]
    assert told(events, "acknowledged") == [("tang.yan", "MC-5.2.2a")]
    done = told(events, "done")
    for one in (("bai.yang", "MC-4.1"), ("tang.yan", "CH-7.6.action"), ("song.jie", "MC-5.2.4c")):
        assert one in done
    assert (summary["closed"], summary["outcome"], summary["late"], summary["open"]) == (True, "solved", 2, 0)
    assert unworded(events) == []


def unworded(events: list[dict[str, Any]]) -> list[str]:
    """Lines that show only the name of what happened, because nobody has put it into words."""
    return [event["text"] for event in events if event["kind"] == "other"]


async def test_a_working_day_of_mistakes_mended_papers_a_repair_and_a_withdrawal(
    stack: StackInfo, tmp_path: Path
) -> None:
    events, summary = played("working-day")
    assert unworded(events) == []
    assert told(events, "refused") == [
        ("wu.jie", None),  # the photograph is there already
        ("liu.bo", "CH-7.2.3.opinion"),  # guo.wei has not reported yet
        ("li.na", "CH-7.2.3.opinion"),  # urged once today
        ("zhou.min", "DROP.confirmation"),  # who put the withdrawal down
    ]
    assert told(events, "breached") == []
    _moved_by_the_corrections(events)
    _told_among_colleagues(events)
    _repaired_and_paid_for(events)
    _withdrawn_by_the_customer(events)
    assert (summary["closed"], summary["outcome"], summary["late"], summary["open"]) == (True, "withdrawn", 0, 0)
    assert (summary["notices"]["urged"], summary["notices"]["mentioned"]) == (2, 1)
    await _opens_without_duly(stack, summary["key"], tmp_path)


def _moved_by_the_corrections(events: list[dict[str, Any]]) -> None:
    [corrected] = [event for event in events if event["kind"] == "amended"]
    assert corrected["notes"] == [
        "contact: 138 0000 7010 → 138 0000 7016",
        "category: Customer service → Engineering quality",
        "department complained about: sales → engineering",
    ]
    assert ("li.na", "CS-4.3.3.decision") in told(events, "owed"), "it is about the product now"
    assert told(events, "revised") == [("zhou.min", "CS-4.2.1a")]
    dropped = told(events, "superseded")
    assert ("zhou.min", "CH-7.2.1.settle") in dropped, "the first assessment led there"
    parts = [who for who, rule in told(events, "owed") if rule == "CS-4.2.2a.carry_out"]
    assert parts == ["liu.bo", "tang.yan"]


def _told_among_colleagues(events: list[dict[str, Any]]) -> None:
    assert told(events, "commented") == [("zhou.min", "COMMENT")]
    assert told(events, "copied-to") == [("li.na", "COPY")]
    assert told(events, "read") == [("ma.chao", "COPY")]
    by_the_customer, by_a_colleague = (
        next(event for event in events if event["kind"] == kind) for kind in ("contacted", "urged")
    )
    assert (by_the_customer["who"], by_the_customer["notes"]) == ("wu.jie", ["Told: zhou.min."])
    assert (by_a_colleague["who"], by_a_colleague["notes"]) == ("zhou.min", ["Told: tang.yan."])
    assert told(events, "entrusted") == [("liu.bo", "CH-7.2.3.opinion")]
    done = told(events, "done")
    assert done.index(("guo.wei", "PREPARE")) < done.index(("liu.bo", "CH-7.2.3.opinion"))
    assert told(events, "recalled") == [("li.na", "COUNTERSIGN")]


def _repaired_and_paid_for(events: list[dict[str, Any]]) -> None:
    assert [event["text"].split(",")[0] for event in events if event["kind"] == "matter"] == ["R1", "R2"]
    over = [event["text"] for event in events if event["kind"] == "matter-over"]
    assert ["cancelled" in text for text in over] == [True, False]
    bills = [rule for _, rule in told(events, "done") if rule in ("CS-4.3.4a.bill", "CS-4.3.4a")]
    assert bills == ["CS-4.3.4a.bill", "CS-4.3.4a"] * 2
    audits = [event["text"] for event in events if event["kind"] == "done" and event["rule"] == "CS-4.3.4a"]
    assert ["sent back" in audits[0], "audited" in audits[1]] == [True, True]
    booked = next(event for event in events if event["kind"] == "deducted")
    assert booked["notes"] == ["Not enough there: 2400.00 yuan still to be claimed"]
    tries = [event["at"][:10] for event in events if event["kind"] == "tried"]
    assert len(set(tries)) == 3


def _withdrawn_by_the_customer(events: list[dict[str, Any]]) -> None:
    [said] = [event for event in events if event["kind"] == "dropped"]
    assert said["notes"] == ["Evidence: Attachment neighbours-statement.txt; Fang Ru was there"]
    assert ("li.na", "DROP.confirmation") in told(events, "approved")
    dropped = told(events, "superseded")
    assert {("zhou.min", "CH-7.3.1"), ("liu.bo", "CS-4.2.2a.carry_out")} <= set(dropped)
    assert told(events, "claimed") == [("wu.jie", "RV-4.3")]
    assert [who for who, rule in told(events, "done") if rule == "RV-4.3"] == ["wu.jie"]
    assert told(events, "done")[-1] == ("li.na", "WITHDRAWN.archive")
    assert [event["text"].partition(" (")[0] for event in events if event["kind"] == "attached"] == [
        "Attached: customers-letter.txt",
        "Attached: kitchen-ceiling.jpg",
        "Attached: parking-space.jpg",
        "Attached: neighbours-statement.txt",
    ]
    [struck] = [event["text"] for event in events if event["kind"] == "detached"]
    assert "parking-space.jpg" in struck


async def _opens_without_duly(stack: StackInfo, key: str, folder: Path) -> None:
    """The archive of the case: what anybody finds in it who has an unpacker, a browser and `sha256sum`."""
    place = Path(os.environ[FOLDER]) / "home" / "attachments" / DRILL
    records, client = PostgresRecords(stack.drill_database_url, size=1), await connect(stack.temporal_address, DRILL)
    try:
        async with SigningKeys(stack.drill_database_url, size=1) as keys:
            made = await archive(records, client, key, "en", keys)
    finally:
        await records.close()
    assert made is not None
    put(folder / "case.zip", writer(made, Objects.at(ObjectPlace(folder=place))))
    proven(str(folder / "case.zip"), DULY_HOME=str(folder))  # neither a server nor a database is there
    with zipfile.ZipFile(folder / "case.zip") as packed:
        packed.extractall(folder / "open")
    opened = folder / "open"
    page = html.unescape((opened / "index.html").read_text(encoding="utf-8"))
    brought = {
        name: next((opened / "attachments").glob(f"{id}.*")).read_bytes()
        for id, name in re.findall(r"\b(A[1-9][0-9]*) ([a-z-]+\.(?:txt|jpg))<", page)
    }
    papers = SCENARIOS / "papers"
    assert brought == {file.name: file.read_bytes() for file in papers.iterdir()}, "the struck out one, too"
    assert b"Example Phones" in brought["kitchen-ceiling.jpg"]
    lines = (opened / "CHECKSUMS.sha256").read_text(encoding="utf-8").splitlines()
    sums = {name: sum for sum, _, name in (line.partition("  ") for line in lines)}
    there = {str(file.relative_to(opened)): file for file in opened.rglob("*") if file.is_file()}
    assert sums == {
        name: hashlib.sha256(file.read_bytes()).hexdigest()
        for name, file in there.items()
        if name != "CHECKSUMS.sha256"
    }
    for said in (
        *("138 0000 7016", "138 0000 7010", "It belongs to another complaint", "I take the complaint back"),
        "It is the second day",
        *(hashlib.sha256(body).hexdigest() for body in brought.values()),
    ):
        assert said in page
    assert set(re.findall(r'(?:href|src)="([^"#:]+)"', page)) <= set(there), "every link leads to a file of the archive"
    assert (opened / "forms" / "all.pdf").read_bytes()[:5] == b"%PDF-"


def test_a_story_may_pass_a_complaint_up_the_ladder(stack: StackInfo, tmp_path: Path) -> None:
    head = f'{HEAD}complaint = {{ about = [], facts = {{}}, received_by = "he.xue" }}\n'
    steps = """
[[step]]
does = "CR-5.2.1a"
form = { level = 3, reason = { zh = "一般", en = "ordinary" } }

[[step]]
everybody = "until CH-7.2.1.settle"

[[step]]
passes_up = "CH-7.2.1.settle"
reason = { zh = "超出权限", en = "beyond me" }

[[step]]
does = "CH-7.2.2.supervisor"

[[step]]
everybody = "until RV-4.3"
"""
    file = tmp_path / "mine.toml"
    file.write_text(f"{head}{steps}", encoding="utf-8")
    events, _ = played(str(file))
    assert told(events, "passed-up") == [("he.xue", "CH-7.2.1.settle")]
    assert told(events, "handed-on") == [("fang.yun", "CH-7.3.1")]
    assert unworded(events) == []


@pytest.mark.usefixtures("servers")
@pytest.mark.long(20)
def test_the_demo_starts_what_it_needs_shows_the_story_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = duly("demo", DULY_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert max(cell_len(line) for line in done.stdout.splitlines()[:-1]) <= 80  # the last line is an address
    for words in ("逾期", "▲升级", "知悉", "←退回", "×拒绝", "客户不满意", "结案", "链条完整", "环境"):
        assert words in done.stdout
    assert done.stdout.splitlines()[-1].startswith("http://127.0.0.1:")
    assert find_running(tmp_path) is None
    info = read_info(tmp_path)
    assert info is not None
    assert not [name for name, child in info.children.items() if places.find(child)]
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(one.info["cmdline"] or [])]


def test_a_story_may_regrade_withdraw_and_ask_for_a_countersignature(stack: StackInfo, tmp_path: Path) -> None:
    steps = """
[[step]]
does = "CR-5.2.1a"
after = "5 min"
form = { level = 2, reason = { zh = "先按二级", en = "level 2 for now" } }

[[step]]
regrades = 1
by = "li.na"
after = "5 min"
reason = { zh = "损失扩大", en = "the loss has grown" }

[[step]]
everybody = "until CR-5.3.2a.1"

[[step]]
withdraws = "CR-5.3.2a.1"
by = "ma.chao"
after = "5 min"
reason = { zh = "方案漏项", en = "something is missing" }

[[step]]
everybody = "until CR-5.3.2a.2"

[[step]]
countersigns = "CR-5.3.2a.2"
to = "xu.fang"
reason = { zh = "请会签", en = "please sign first" }

[[step]]
approves = "CR-5.3.2a.2"
refused = "not-ready"

[[step]]
everybody = "until CR-5.3.2a.3"
"""
    file = tmp_path / "mine.toml"
    file.write_text(f"{HEAD}{steps}", encoding="utf-8")
    events, summary = played(str(file))
    assert [event["who"] for event in events if event["kind"] == "regraded"] == ["li.na"]
    assert told(events, "withdrawn") == [("ma.chao", "CR-5.3.2a.1")]
    assert told(events, "countersign") == [("chen.jing", "CR-5.3.2a.2")]
    assert told(events, "refused") == [("chen.jing", "CR-5.3.2a.2")]
    order = [rule for _, rule in told(events, "done") + told(events, "approved") if rule == "COUNTERSIGN"]
    assert order == ["COUNTERSIGN"]
    assert (summary["closed"], summary["level"]) == (False, 1)


# --- scenarios that cannot be played say where and what to do


@pytest.mark.parametrize("name", sorted(path.name for path in SCENARIOS.glob("*.toml")))
def test_the_scenarios_of_the_product_fit_its_newest_edition(name: str) -> None:
    text = (SCENARIOS / name).read_text(encoding="utf-8")
    scenario = load(text, name, editions.newest())
    assert text.splitlines()[scenario.lines[0] - 1] == "[[step]]"


@pytest.mark.parametrize(
    ("steps", "line", "words"),
    [
        ('[[step]]\ndoes = "CR-9.9"', 4, "没有规则"),
        ('[[step]]\ndoes = "CR-5.1.4"\nwait = "5 min"', 3, "只能有一个动作"),
        ('[[step]]\nafter = "5 min"', 3, "只能有一个动作"),
        ('[[step]]\nwait = "5 parsecs"', 4, "不是时长"),
        ('[[step]]\n\ndoes = "CR-5.2.1a"\nform = { levl = 1 }', 6, "levl"),
        ('[[step]]\nreturns = "CR-5.3.2a.5"\nto = "CR-5.2.2e"', 3, "reason"),
        ('[[step]]\nacknowledges = "CR-5.2.1b"', 3, "by"),
        ('[[step]]\neverybody = "until lunch time"', 3, "to the end"),
        ('[[step]]\neverybody = "for ever"', 3, "不是时长"),
        ('[[step]]\ndose = "CR-5.1.4"', 4, "拼写"),
        ('[[step]]\nopens = "repair"\nby = "tang.yan"\nform = { wat = "x" }', 6, "wat"),
        ('[[step]]\nreschedules = "CH-7.3.1"', 3, "reason"),
        ('[[step]]\nurges = "CH-7.3.1"\nreason = "!"', 3, "by"),
        ('[[step]]\nentrusts = "CH-7.3.1"\nreason = "!"', 3, "to"),
        ('[[step]]\namends = true\nby = "li.na"\nreason = "!"\nform = { phone = "1" }', 7, "phone"),
        ('[[step]]\ndrops = "by pigeon"', 4, "oral"),
        ('starts = "noon"\n[[step]]\nwait = "1 min"', 3, "Monday 09:04"),
        ("[[step]\n", 3, ""),
        ("", 1, "[[step]]"),
    ],
)
def test_a_mistake_in_a_scenario_is_named_with_file_and_line(steps: str, line: int, words: str) -> None:
    with pytest.raises(ScenarioError) as wrong:
        load(f"{HEAD}\n{steps}", "mine.toml", editions.newest())
    assert wrong.value.problems[0].line == line
    assert f"mine.toml:{line}: " in wrong.value.words()
    assert words in wrong.value.words()


def test_a_step_that_cannot_happen_stops_the_drill_with_its_line_and_leaves_no_open_case(
    stack: StackInfo, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'{HEAD}\n[[step]]\nwait = "1 min"\n\n[[step]]\napproves = "CR-5.3.2a.3"\n', encoding="utf-8")
    done = duly("drill", str(file), DULY_HOME=f"{os.environ[FOLDER]}/home")
    assert done.returncode == 2
    said = done.stderr.replace("\n", "")
    assert "mine.toml:6" in said
    assert "CR-5.2.1a" in said  # what is open instead
    assert "until CR-5.3.2a.3" in said  # what to write


def test_every_verb_is_a_field_of_a_step() -> None:
    assert set(VERBS) <= set(ScenarioStep.model_fields)


def test_a_scenario_that_names_no_file_of_that_name_says_so(stack: StackInfo, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'{HEAD}\n[[step]]\nattaches = "none.jpg"\nby = "zhou.min"\n', encoding="utf-8")
    done = duly("drill", str(file), DULY_HOME=f"{os.environ[FOLDER]}/home")
    assert (done.returncode, "none.jpg" in done.stderr, "mine.toml:3" in done.stderr) == (2, True, True)
    file.write_text(f'{HEAD}\n[[step]]\ndetaches = "none.jpg"\nby = "zhou.min"\nreason = "!"\n', encoding="utf-8")
    done = duly("drill", str(file), DULY_HOME=f"{os.environ[FOLDER]}/home")
    assert (done.returncode, "none.jpg" in done.stderr) == (2, True)


# --- small things


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("25 min", timedelta(minutes=25)),
        ("4 h 15 min", timedelta(hours=4, minutes=15)),
        ("1 day 2 h", timedelta(days=1, hours=2)),
        ("38 days", timedelta(days=38)),
    ],
)
def test_lengths_of_time_are_written_as_people_write_them(text: str, length: timedelta) -> None:
    assert spans.span(text) == length


def test_a_story_begins_on_the_coming_weekday_by_the_projects_clock() -> None:
    sunday_night = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # Monday 00:30 in China
    assert f"{spans.coming('Monday 09:04', sunday_night, CHINA):%Y-%m-%d %H:%M}" == "2026-11-23 09:04"
    monday_noon = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    assert f"{spans.coming('Monday 09:04', monday_noon, CHINA):%Y-%m-%d %H:%M}" == "2026-11-30 09:04"


def test_a_promise_may_be_written_relative_to_the_story() -> None:
    now = datetime(2026, 11, 25, 1, 56, tzinfo=UTC)
    assert spans.is_later("in 5 days at 18:00")
    assert not spans.is_later("in the cellar")
    assert f"{spans.later('in 5 days at 18:00', now, CHINA):%Y-%m-%d %H:%M}" == "2026-11-30 18:00"


def _duty(limit: Elapsed | Workdays, since: datetime) -> Duty:
    deadline = deadlines.deadline(limit, "approval", since, calendar=from_libraries([2026]))
    return Duty(id="X", rule="X", leg=1, role="", owner="li.na", since=since, opened_at=since, deadline=deadline)


def test_people_sleep_when_the_limit_lets_them_and_do_not_when_it_does_not() -> None:
    evening = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # Tuesday 21:00 in China
    calm = local(pace.moment(_duty(Elapsed(hours=24), evening), 0, evening, 0.25), CHINA)
    assert f"{calm:%d %H:%M}" == "25 08:30"
    urgent = local(pace.moment(_duty(Elapsed(hours=4), evening), 0, evening, 0.25), CHINA)
    assert f"{urgent:%d %H:%M}" == "24 22:00"


def test_what_is_owed_in_working_days_is_not_done_on_a_sunday() -> None:
    friday = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    done = local(pace.moment(_duty(Workdays(n=2), friday), 0, friday, 0.5), CHINA)
    assert f"{done:%a %H:%M}" == "Mon 08:30"


def test_lines_fit_their_columns_and_never_begin_with_a_full_stop() -> None:
    text = "期限为4小时，按实际时间连续计算，夜间和节假日也计入。因此最晚应在 2026年11月24日（周二）17:51 前完成。"
    for width in range(12, 80):
        lines = wrapped(text, width)
        assert all(cell_len(line) <= width for line in lines)
        assert not [line for line in lines if line[0] in "，。）"]
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(("seen", "shown"), [(4, [5, 6]), (3, [1, 2, 3, 4, 5, 6]), (6, [])])
async def test_lines_of_an_earlier_run_are_not_lost_when_the_case_goes_on_in_another(
    seen: int, shown: list[int]
) -> None:
    """The present run has the lines from 5 on; whoever has seen as far as line 3 lacks one of the run before."""
    at = datetime(2026, 12, 25, tzinfo=UTC)
    lines = [JournalLine(seq=n, at=at, kind="case.read", prev="", hash="") for n in range(1, 7)]
    file = casefiles.file().but(journal_seq=6)

    class Client(Duly):
        def __init__(self) -> None:
            pass

        async def since(self, key: str, after: int) -> Additions:
            return Additions(after=after, file=file, lines=tuple(line for line in lines[4:] if line.seq > after))

        async def remembered(self, key: str) -> Additions:
            return Additions(after=0, file=file, lines=tuple(lines))

    assert [line.seq for line in (await added(Client(), "drill-1", seen)).lines] == shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_mark_fits_its_column(lang: str) -> None:
    texts = tomllib.loads((ROOT / "starters" / "drill" / "texts.toml").read_text(encoding="utf-8"))
    marks = {name: said[lang] for name, said in texts["drill"]["mark"].items()}
    assert {name: mark for name, mark in marks.items() if cell_len(mark) > MARK[lang]} == {}


def test_every_kind_of_notice_has_words_for_the_summary() -> None:
    assert [kind for kind in NoticeKind if not known(f"drill.notice.{kind}")] == []


def test_what_happened_on_an_earlier_day_is_shown_with_its_date() -> None:
    out = io.StringIO()
    printer = Printer(Console(file=out, width=80), "en", CHINA)
    for day in (25, 18):
        printer.entry(TimelineEntry(datetime(2026, 12, day, 3, 15, tzinfo=UTC), "done", "li.na", "it has worked"))
    assert [line[:5] for line in out.getvalue().splitlines() if "it has worked" in line] == ["11:15", "12-18"]


def test_every_scenario_is_named_in_the_help_of_the_command() -> None:
    offered = {name: re.split(r"[^a-z-]+", say("cli.option.drill.scenario", name)) for name in LANGUAGES}
    for path in SCENARIOS.glob("*.toml"):
        assert all(path.stem in names for names in offered.values()), path.stem


def _named_in_the_drill() -> Iterator[tuple[str, str]]:
    """Every call in the drill's code whose first argument is a text written out: who is called, with what."""
    for path in (ROOT / "starters" / "drill").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr=name) | ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]
                ):
                    yield name, text


def test_every_word_of_the_drill_is_in_the_catalogue() -> None:
    before = {
        "_stuck": "drill.stuck.",
        "_wrong": "drill.wrong.",
        "_plain": "drill.",
        "_acted": "drill.act.",
        "Told": "cli.",
    }
    for name, text in _named_in_the_drill():
        if name == "say":  # the catalogue's own, the timeline's, the command's
            assert any(known(f"{start}{text}") for start in ("", "drill.", "cli.")), text
        elif name in before:
            assert known(f"{before[name]}{text}"), text
    plain = ("numbered", "watched", "reference", "cancellation", "regraded", "other")
    plain += ("handled", "reopened", "reopens", "waived", "dated")
    plain += ("passed-up", "rescheduled", "handed-on", "matter", "matter-over", "deducted")
    marks = {f"drill.mark.{kind}" for kind in (*STYLE, *plain)}
    assert [key for key in sorted(marks) if not known(key)] == []
    assert [form for form in FIXED if form not in FORMS] == []


def test_people_of_a_drill_can_fill_in_every_form_they_may_meet() -> None:
    directory = load_directory((EXAMPLES / "directory.toml").read_text(encoding="utf-8"))
    complaint = json.loads((EXAMPLES / "crisis.json").read_text(encoding="utf-8"))
    at = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
    complaint["received_at"] = at
    file = CaseFile(
        key="drill-0000000000000000",
        complaint=Complaint.model_validate(complaint),
        edition=editions.newest().pin,
        opened_at=at,
        proposal=Proposal(level=1),
    )
    of_acts = {rule.form for rule in editions.newest().rules.values() if rule.kind == "policy"}
    for lang in ("zh", "en"):
        for name, form in FORMS.items():
            if name in of_acts:  # nobody owes these
                continue
            form.model_validate(filled(name, {}, file, directory, at, CHINA, lang))
