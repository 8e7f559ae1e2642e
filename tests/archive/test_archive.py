"""The archive of a case as one file: complete, the same whenever it is made, and honest about what was done to it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest

from complaints.archive.checking import verify
from complaints.archive.content import ALL, CASE, CHECKSUMS, INDEX, JOURNAL, checksums, content
from complaints.archive.forms import forms_of
from complaints.base.zip_files import pack
from complaints.case import journal
from complaints.case.complaint import Outsider
from complaints.case.file import CaseFile, DutyStatus, JournalLine
from complaints.printing import printed
from complaints.printing.sheets.names import SheetNames
from complaints.store.archives import Archived
from tests.printing import cases
from worker.archiving import Archivist
from worker.quarantine import Quarantine
from worker.supervisor import PartState, Supervisor

HISTORY = '{"events": []}'


def journaled(file: CaseFile) -> tuple[CaseFile, list[JournalLine]]:
    lines: list[JournalLine] = []
    for act in file.acts:
        end = (lines[-1].seq, lines[-1].hash) if lines else (0, "")
        lines.append(journal.line(*end, act.at, "act", by=act.by, duty=act.duty, rule=act.rule, data=act.form))
    return file.but(journal_seq=len(lines), journal_hash=lines[-1].hash), lines


def made(file: CaseFile | None = None, history: tuple[str, ...] = (HISTORY,), lang: str = "zh") -> dict[str, bytes]:
    told, lines = journaled(file or cases.crisis())
    material = cases.material(told, lang)
    forms = {f"{form}.html": printed(sheets, ".html") for form, sheets in forms_of(material).items()}
    return content(told, lines, material.names, forms, history, lang).files


class Page(HTMLParser):
    """The texts and the links of a page, and every tag that was opened and not closed."""

    def __init__(self, said: bytes) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(said.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if tag not in ("meta", "br", "col"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.clause("CH-8.1")
def test_the_same_case_gives_the_same_bytes():
    assert pack(made()) == pack(made())
    assert pack(made()) != pack(made(history=()))


@pytest.mark.clause("CH-8.1")
def test_the_page_says_who_complained_what_was_owed_what_was_done_and_leads_to_every_file():
    files = made()
    page = Page(files[INDEX])
    said = "\n".join(page.texts)
    for word in ("HF01-2026-000017", "钱女士", "2026年01月12日", "更换外墙防水层并赔偿损失", "李娜", "CR-5.2.1b"):
        assert word in said
    assert page.open == []
    assert "script" not in page.tags
    assert set(page.links) == set(files) - {INDEX, "README.txt", CHECKSUMS}


@pytest.mark.parametrize(
    ("by", "zh", "en"),
    [
        ("withdrawn by the customer", "客户撤诉", "withdrawn by the customer"),
        ("withdrawn", "已收回", "taken back"),
        ("R1 cancelled", "R1 已撤销", "R1 was cancelled"),
        ("revised CR-5.2.2a", "更改了 CR-5.2.2a", "CR-5.2.2a was changed"),
        ("regraded to level 2", "改为2级", "regraded to level 2"),
        ("CR-5.2.2b", "CR-5.2.2b", "CR-5.2.2b"),
        ("act 1", "办结 ", "discharge "),
        ("act 999", "act 999", "act 999"),
    ],
)
def test_what_ended_a_duty_is_said_in_the_language_of_the_page(by: str, zh: str, en: str):
    told = cases.crisis()
    duty = next(iter(told.duties.values()))
    ended = duty.but(status=DutyStatus.SUPERSEDED, superseded_by=by)
    for lang, says in (("zh", zh), ("en", en)):
        page = made(told.but(duties={**told.duties, duty.id: ended}), lang=lang)[INDEX].decode()
        assert f"→ {says}" in page


def test_the_page_says_who_is_complained_about_also_outside_the_directory():
    file = cases.crisis()
    about = {"department": "engineering", "outsiders": (Outsider(name="王师傅", firm="宏远装饰"),)}
    said = "".join(Page(made(file.but(complaint=file.complaint.but(**about), also_about=("liu.bo",)))[INDEX]).texts)
    assert "被投诉方工程部、刘波、王师傅（宏远装饰）" in said


def test_what_a_customer_wrote_is_text_on_the_page():
    file = cases.crisis()
    nasty = '<script>alert("1")</script>&amp;\u202e'
    page = Page(made(file.but(complaint=file.complaint.but(matter=nasty)))[INDEX])
    assert "script" not in page.tags
    assert '<script>alert("1")</script>&amp;‹U+202E›' in "".join(page.texts)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("told", [cases.crisis, cases.ordinary, cases.major])
def test_every_track_can_be_read_in_both_languages(told: Callable[[], CaseFile], lang: str):
    assert Page(made(told(), lang=lang)[INDEX]).open == []


def test_a_case_has_the_forms_that_something_was_written_into():
    def forms(file: CaseFile) -> set[str]:
        return set(forms_of(cases.material(file)))

    assert forms(cases.crisis()) == {"complaint", "completion", "revisit", "study"}
    assert forms(cases.ordinary()) == {"complaint", "f1", "f2", "repair", "revisit"}
    assert {"complaint", "f1", "handling", "process", "info"} <= forms(cases.major())


def test_the_data_are_the_case_itself():
    file, lines = journaled(cases.crisis())
    files = made()
    assert CaseFile.model_validate_json(files[CASE]) == file
    read = [JournalLine.model_validate_json(line) for line in files[JOURNAL].decode().splitlines()]
    assert read == lines


def test_the_checksums_are_those_that_sha256sum_reads():
    files = made()
    expected = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in sorted(set(files) - {CHECKSUMS})]
    assert files[CHECKSUMS].decode().splitlines() == expected


def test_without_a_history_it_says_so():
    files = made(history=())
    assert not [name for name in files if name.startswith("history/")]
    assert "已不再保存" in files["README.txt"].decode()
    assert "已不再保存" not in made()["README.txt"].decode()


def test_an_archive_that_nobody_touched_is_whole():
    verdict = verify(pack(made()))
    assert (verdict.whole, verdict.number, verdict.lines) == (True, "HF01-2026-000017", len(cases.crisis().acts))
    assert verdict.digest == hashlib.sha256(made()[CHECKSUMS]).hexdigest()


@pytest.mark.parametrize("name", sorted(made()))
def test_a_change_to_any_file_is_found_and_named(name: str):
    files = made()
    body = files[name]
    verdict = verify(pack(files | {name: body[:-2] + b"x\n"}))
    assert name in {fault.file for fault in verdict.faults} or name == CHECKSUMS
    assert not verdict.whole


@pytest.mark.parametrize("name", sorted(made()))
def test_a_file_that_is_missing_is_named(name: str):
    files = made()
    del files[name]
    assert name in {fault.file for fault in verify(pack(files)).faults}


def test_a_file_that_was_added_is_named():
    verdict = verify(pack(made() | {"forms/forged.pdf": b"x"}))
    assert [(fault.kind, fault.file) for fault in verdict.faults] == [("added", "forms/forged.pdf")]


def test_whoever_changes_the_checksums_too_is_found_out_by_the_journal():
    files = made()
    lines = files[JOURNAL].decode().splitlines()
    forged = json.loads(lines[2]) | {"by": "sun.hao"}
    files[JOURNAL] = "".join(f"{line}\n" for line in [*lines[:2], json.dumps(forged), *lines[3:]]).encode()
    del files[CHECKSUMS]
    verdict = verify(pack(files | {CHECKSUMS: checksums(files)}))
    assert [(fault.kind, fault.line) for fault in verdict.faults] == [("journal", 3)]


def test_a_journal_cut_off_at_the_end_is_found_out_by_the_case_file():
    files = made()
    files[JOURNAL] = b"".join(files[JOURNAL].splitlines(keepends=True)[:-1])
    del files[CHECKSUMS]
    verdict = verify(pack(files | {CHECKSUMS: checksums(files)}))
    assert [fault.kind for fault in verdict.faults] == ["end"]
    assert verdict.digest != verify(pack(made())).digest  # and by the digest that was noted


def damaged() -> bytes:
    packed = bytearray(pack(made()))
    place = packed.index(b"case.json") + 60
    packed[place : place + 8] = b"\xff" * 8
    return bytes(packed)


def test_damage_within_the_file_is_named():
    assert CASE in {fault.file for fault in verify(damaged()).faults}


def twice() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", "2")
    return packed.getvalue()


def leading_out() -> bytes:
    return pack({"../../etc/passwd": b""})


@pytest.mark.parametrize(
    "bad", [lambda: b"", lambda: b"PK\x03\x04 nothing", lambda: pack(made())[:-40], twice, leading_out]
)
def test_what_is_no_archive_is_refused_with_a_sentence(bad: Callable[[], bytes]):
    verdict = verify(bad())
    assert [fault.kind for fault in verdict.faults] == ["not-an-archive"]
    assert verdict.faults[0].words("zh") != verdict.faults[0].words("en")


def test_a_plain_zip_is_told_what_it_lacks():
    assert [fault.kind for fault in verify(pack({"a": b""})).faults] == ["no-checksums"]


def test_without_a_directory_ids_stand_for_themselves():
    file, lines = journaled(cases.crisis())
    assert "li.na" in content(file, lines, SheetNames(), {}, ()).files[INDEX].decode()


class Kept:
    """Records with one closed case that has no archive yet."""

    def __init__(self, file: CaseFile) -> None:
        self.file, self.lines = journaled(file)
        self.kept: list[Archived] = []

    async def case(self, number_or_key: str) -> CaseFile:
        return self.file

    async def journal(self, key: str) -> list[JournalLine]:
        return self.lines

    async def directory(self) -> None:
        return None

    async def missing(self, limit: int) -> list[tuple[str, str]]:
        return [] if self.kept else [(self.file.key, "HF01-2026-000017")]

    async def keep(self, archived: Archived) -> bool:
        self.kept.append(archived)
        return True


@pytest.mark.slow
async def test_an_archive_waits_for_a_font_rather_than_lack_its_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    records: Any = Kept(cases.crisis())
    aside, supervisor = Quarantine(), Supervisor()
    archivist = Archivist(records, records, cast(Any, None), tmp_path / "archives", aside=aside, supervisor=supervisor)
    monkeypatch.setenv("DULY_FONTS", str(tmp_path))
    running = asyncio.create_task(archivist.run())
    async with asyncio.timeout(60):
        while "archive-font" not in supervisor.parts:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    running.cancel()
    assert records.kept == []
    assert aside.counts() == {}  # no case is to blame
    monkeypatch.delenv("DULY_FONTS")
    assert await archivist.look() == 1
    assert supervisor.parts["archive-font"].state is PartState.RUNNING
    with zipfile.ZipFile(tmp_path / "archives" / "HF01-2026-000017.zip") as archive:
        assert ALL in {name.rpartition("/")[2] for name in archive.namelist()}
