"""`duly revisits` and `duly survey` as people type them in a drill, on eighty columns, in both languages."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from starters.cli.app import run
from tests.store.residents import done, settled

Shell = Callable[..., Awaitable[tuple[int, str, str]]]
DRAW = "RV-5.3b-2026-12-hf01"


@pytest.fixture
async def duly(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    await settled(url, "hf01", 12, 8)
    for name, value in {"DULY_DRILL_DATABASE_URL": url, "TEMPORAL_ADDRESS": "127.0.0.1:1", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    for name in ("DULY_LANG", "DULY_AS", "DULY_SMTP_URL", "TEMPORAL_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    async def shell(*arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(run, ["--namespace", "drill", *arguments])
        said = capsys.readouterr()
        if "--json" not in arguments:
            assert all(cell_len(line) <= 80 for line in (said.out + said.err).splitlines()), said.out
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return shell


async def data(duly: Shell, *arguments: str) -> Any:
    code, out, err = await duly(*arguments, "--json")
    assert code == 0, out + err
    return json.loads(out)


def filled(sheet: Path, answers: list[tuple[str, str]]) -> None:
    """Type way and satisfaction into the lines of a sheet; to the other questions nothing was said."""
    lines = list(csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines()))
    for line, (way, satisfaction) in zip(lines[1:], answers, strict=False):
        line[lines[0].index("回访方式")], line[lines[0].index("满意度")] = way, satisfaction
        for question in ("处理方式", "效率", "质量", "态度", "建议") if satisfaction != "未联系上" else ():
            line[lines[0].index(question)] = "未表示"
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)


@pytest.mark.clause("RV-5.3b", "RV-5.3d")
async def test_a_month_from_the_draw_to_the_quota(duly: Shell, tmp_path: Path):
    code, out, _ = await duly("revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    assert (code, "20 户中抽中 10 户" in out) == (0, True)
    again = await data(duly, "revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    assert (again["id"], again["size"]) == (DRAW, 10)
    members = (await data(duly, "revisits", "show", DRAW))["members"]
    assert (await duly("revisits", "show", DRAW, "--sheet", "名单.csv"))[0] == 0
    filled(tmp_path / "名单.csv", [("电话", "满意"), ("上门", "不满意"), ("电话", "未联系上")])
    assert (await duly("revisits", "import", "名单.csv", "--as", "shen.yu"))[1].startswith("登记 3 户")
    assert await data(duly, "revisits", "import", "名单.csv", "--as", "shen.yu") == {
        "entered": 0,
        "known": 3,
        "unsatisfied": 1,
    }
    one = members[3]["customer"]
    code, out, _ = await duly(
        *("revisits", "result", DRAW, one, "--as", "shen.yu", "--satisfaction", "neutral", "--not-said", "--lang", "en")
    )
    assert (code, out) == (0, "1 entered, 0 entered before.\n")
    states = [line["state"] for line in (await data(duly, "revisits", "show", DRAW))["members"]]
    assert states == ["done", "done", "tried", "done", *["open"] * 6]
    [line] = await data(duly, "revisits", "list", "--rule", "RV-5.3b")
    assert (line["done"], line["open"], line["unsatisfied"]) == (3, 7, 1)
    lines = await data(duly, "revisits", "quota", "--year", "2026")
    assert [(one["rule"], one["target"], one["drawn"]) for one in lines] == [
        ("RV-5.3a", 12, 0),
        ("RV-5.3b", 10, 10),
        ("RV-5.3c", 12, 0),
    ]
    for lang in ("zh", "en"):
        for arguments in (("list",), ("show", DRAW), ("quota",), ("unsatisfied",), ("commitment", "hf01", "2027")):
            assert (await duly("revisits", *arguments, "--lang", lang))[0] == 0
    assert (await duly("revisits", "unsatisfied", "--write", "不满意.csv"))[0] == 0
    assert f"{DRAW}/{members[1]['customer']}" in (tmp_path / "不满意.csv").read_text(encoding="utf-8")


@pytest.mark.clause("RV-4.2")
@pytest.mark.clause("RV-5.3a")
async def test_every_question_has_an_answer_or_not_said_and_the_manager_asks_about_all_work(
    duly: Shell, tmp_path: Path
):
    await data(duly, "revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    [first, *_] = [one["customer"] for one in (await data(duly, "revisits", "show", DRAW))["members"]]
    asked = ("revisits", "result", DRAW, first, "--as", "shen.yu", "--satisfaction", "满意", "--quality", "好")
    for lang, named in (("zh", "处理方式、效率、态度、建议"), ("en", "handling, efficiency, attitude, suggestions")):
        code, out, _ = await duly(*asked, "--lang", lang)
        assert (code, named in " ".join(out.split()).replace("、 ", "、")) == (2, True), out
    (tmp_path / "old.csv").write_text(
        f"draw,customer,by,way,satisfaction\n{DRAW},{first},shen.yu,电话,满意\n", encoding="utf-8"
    )
    code, out, _ = await duly("revisits", "import", "old.csv", "--as", "shen.yu", "--lang", "en")
    assert (code, "old.csv:2" in out, "handling" in out) == (2, True, True), out
    office = "RV-5.3a-2026-12-hf01"
    await data(duly, "revisits", "draw", "RV-5.3a", "2026-12", "--project", "hf01")
    [member] = (await data(duly, "revisits", "show", office))["members"]
    assert (await duly("revisits", "show", office, "--sheet", "名单.csv"))[0] == 0
    head = (tmp_path / "名单.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert head.endswith("安全秩序,环境卫生,绿化养护,设施设备,客户服务,收费")
    all_said = ("--satisfaction", "未表示", *(f"--{one}={one}" for one in ("handling", "efficiency", "quality")))
    all_said = (*all_said, "--attitude", "好", "--suggestions", "多装路灯")
    mine = ("revisits", "result", office, member["customer"], "--as", "shen.yu", *all_said)
    code, out, _ = await duly(*mine, "--area", "security=门禁失灵", "--lang", "en")
    assert (code, "charges" in out) == (2, True)
    assert (await duly(*mine, "--area", "weather=雨"))[0] == 2
    assert (await duly(*mine, "--area", "security=门禁失灵", "--not-said"))[0] == 0
    [member] = (await data(duly, "revisits", "show", office))["members"]
    assert (member["satisfaction"], member["state"]) == ("not_said", "done")
    assert member["said"].endswith("多装路灯; 门禁失灵"), "what was not said is left out"


@pytest.mark.clause("RV-5.3b")
async def test_a_mistyped_result_is_corrected_and_shown_with_all_that_was_said(duly: Shell, tmp_path: Path):
    await data(duly, "revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    [first, second, *_] = [one["customer"] for one in (await data(duly, "revisits", "show", DRAW))["members"]]
    await duly("revisits", "result", DRAW, first, "--as", "shen.yu", "--satisfaction", "satisfied", "--not-said")
    correct = ("revisits", "correct", DRAW, first, "--as", "tang.yan", "--reason", "录错一行", "--lang", "en")
    code, out, _ = await duly(*correct, "--satisfaction", "不满意", "--quality", "渗水")
    assert (code, f"The result of customer {first} is corrected: this is version 2." in out) == (0, True)
    assert "duly revisits unsatisfied" in out
    assert "says so already (version 2)" in (await duly(*correct, "--satisfaction", "不满意"))[1]
    for lang, words in (("zh", ("第 1 版", "第 2 版", "录错一行")), ("en", ("version 1", "version 2", "tang.yan"))):
        shown = (await duly("revisits", "show", DRAW, "--lang", lang))[1]
        assert [word for word in words if word not in shown] == []
    [member, *_] = (await data(duly, "revisits", "show", DRAW))["members"]
    assert [(one["version"], one["noted_by"]) for one in member["history"]] == [(1, "shen.yu"), (2, "tang.yan")]
    assert (member["satisfaction"], member["said"], member["by"]) == ("unsatisfied", "渗水", "shen.yu")
    for lang in ("zh", "en"):
        for wrong, told in (
            ((), "--satisfaction"),
            (("--quality", "x", "--reason", " "), "--reason"),
            (("--quality", "x", "--version", "1"), "tang.yan"),
            (("--quality", "x", "--of", "2026-11-31"), "2026-11-31"),
            (("--quality", "x", "--as", "zhou.min"), "zhou.min"),
            (("--quality", "x", "--as", "Nobody!"), "by"),
            (("--quality", "x" * 9999), "quality"),
        ):
            code, out, err = await duly(*correct, *wrong, "--lang", lang)
            assert (code, told in out + err) == (2, True), (wrong, out, err)
        code, out, _ = await duly(*correct[:3], second, *correct[4:], "--quality", "x", "--lang", lang)
        assert (code, second in out) == (2, True)


@pytest.mark.clause("RV-5.3d")
async def test_a_proof_is_verified_with_and_without_the_records(duly: Shell, url: str, tmp_path: Path):
    ref = await data(duly, "revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    assert (await duly("revisits", "export", DRAW, "draw.json"))[0] == 0
    for proof in (DRAW, "draw.json"):
        for noted in ((), ("--digest", ref["digest"]), ("--digest", ref["digest"][:16])):
            assert await data(duly, "revisits", "verify", proof, *noted) == {"id": DRAW, "holds": True, "flaws": []}
        code, out, _ = await duly("revisits", "verify", proof, "--digest", "0" * 64)
        assert (code, "摘要" in out) == (2, True)
    file = tmp_path / "draw.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["chosen"][0], content["chosen"][1] = content["chosen"][1], content["chosen"][0]
    file.write_text(json.dumps(content), encoding="utf-8")
    code, out, _ = await duly("revisits", "verify", "draw.json", "--json")
    assert (code, [one["code"] for one in json.loads(out)["flaws"]]) == (2, ["chosen"])
    await done(url, "ALTER TABLE draws DISABLE TRIGGER USER")
    await done(url, "UPDATE draws SET digest = 'x'")
    assert (await duly("revisits", "verify", DRAW))[0] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("draw", "RV-6.1", "2026-12", "--project", "hf01"), "RV-5.3a"),
        (("draw", "RV-5.3a", "2026-W40", "--project", "hf01"), "2026-11"),
        (("draw", "RV-5.3a", "winter", "--project", "hf01"), "2026-11"),
        (("draw", "RV-5.3a", "2026-12"), "--project"),
        (("draw", "RV-5.2", "2026-12"), "--person"),
        (("show", "RV-5.3a-2026-01-hf01"), "duly revisits list"),
        (("verify", "RV-5.3a-2026-01-hf01"), "duly revisits list"),
        (("replace", "RV-5.3a-2026-01-hf01"), "duly revisits list"),
        (("verify", "nothing.json"), "nothing.json"),
        (("import", "nothing.csv", "--as", "shen.yu"), "nothing.csv"),
        (("result", "RV-5.3a-2026-01-hf01", "k-1", "--as", "shen.yu"), "k-1"),
        (("result", "RV-5.3a-2026-01-hf01", "k-1", "--as", "nobody"), "nobody"),
        (("result", "x", "k-1", "--as", "shen.yu", "--way", "pigeon"), "pigeon"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_what_cannot_be_done_is_refused_with_what_to_do(
    duly: Shell, arguments: tuple[str, ...], told: str, lang: str
):
    code, out, err = await duly("revisits", *arguments, "--lang", lang)
    assert code == 2
    assert told in (out + err)


async def test_a_customer_who_cannot_be_asked_is_replaced(duly: Shell, url: str):
    await data(duly, "revisits", "draw", "RV-5.3a", "2026-12", "--project", "hf01")
    id = "RV-5.3a-2026-12-hf01"
    assert (await data(duly, "revisits", "replace", id))["supplement"] is None
    [member] = (await data(duly, "revisits", "show", id))["members"]
    await done(url, "UPDATE customers SET asked_not_to_be_called = true WHERE id = $1", member["customer"])
    code, out, _ = await duly("revisits", "replace", id)
    assert (code, f"{id}-s1" in out) == (0, True)
    [other] = (await data(duly, "revisits", "show", f"{id}-s1"))["members"]
    assert other["customer"] != member["customer"]
    assert (await duly("revisits", "verify", f"{id}-s1"))[0] == 0


@pytest.mark.clause("RV-5.1")
async def test_a_survey_from_its_form_to_its_figures(duly: Shell, tmp_path: Path):
    opening = ("survey", "open", "hf01", "2026", "--until", "2030-12-20", "--as", "pan.rui", "--approved-by")
    code, _, err = await duly(*opening, "li.na")
    assert (code, "li.na" in err) == (2, True)
    assert (await data(duly, *opening, "zhao.lei"))["recipients"] == 20
    survey = "survey-2026-hf01"
    code, out, _ = await duly("survey", "send", survey)
    assert (code, "--letters" in out) == (0, True)
    assert (await data(duly, "survey", "send", survey, "--letters", "信件.csv"))["printed"] == 20
    assert (tmp_path / "信件.csv").stat().st_mode & 0o077 == 0
    letters = list(csv.DictReader((tmp_path / "信件.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    (tmp_path / "答卷.csv").write_text(
        "token,overall,attitude,speed,safety,cleaning,complained\n"
        + "".join(f"{one['token']},{n},4,3,5,4,no\n" for n, one in enumerate(letters[:4], 1)),
        encoding="utf-8",
    )
    answers = ("survey", "import", survey, "答卷.csv", "--as", "pan.rui")
    assert await data(duly, *answers) == {"entered": 4, "known": 0}
    assert await data(duly, *answers) == {"entered": 0, "known": 4}
    assert (await data(duly, "survey", "remind", survey, "--letters", "催.csv"))["printed"] == 16
    found = await data(duly, "survey", "status", survey)
    assert (found["surveys"][0]["rate"], found["statistics"]["questions"][0]["mean"]) == ("20.0", "2.50")
    (tmp_path / "答卷.csv").write_text("customer,overall\nhf01-1-9,9\n", encoding="utf-8")
    code, out, _ = await duly(*answers)
    assert (code, "答卷.csv:2" in out) == (2, True)
    for lang in ("zh", "en"):
        for arguments in (("form",), ("status",), ("status", survey), ("close", survey)):
            assert (await duly("survey", *arguments, "--lang", lang))[0] == 0
    assert (await duly("survey", "status", "survey-2025-hf01"))[0] == 2
    assert (await duly("survey", "send", survey))[0] == 2


async def test_a_form_with_mistakes_opens_nothing_and_says_where(duly: Shell, tmp_path: Path):
    (tmp_path / "form.toml").write_text('[form]\nversion = "x"\n[[question]]\nkey = "9"\n', encoding="utf-8")
    code, out, _ = await duly("survey", "form", "form.toml")
    assert (code, "form.toml:4" in out) == (2, True)
    past = ("survey", "open", "hf01", "2026", "--until", "2001-01-01", "--as", "pan.rui", "--approved-by", "zhao.lei")
    assert (await duly(*past))[0] == 2
    assert (await data(duly, "survey", "status"))["surveys"] == []
