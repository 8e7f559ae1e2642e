"""Reports over HTTP: read by the roles that read them, without what is about the reader; files are logged."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest

from complaints.case.round import Period, Subject
from complaints.clock.local_time import CHINA, local
from complaints.store.reports import ReportStore
from tests.gateway.desk import Desk
from tests.gateway.records import API, begun, code, fields, looks, room

__all__ = ["room"]

REPORT = "complaint_report-2026-11-hf01"
ASKED = {"kind": "complaint_report", "period": "2026-11", "project": "hf01"}


async def two(room: Desk, about: str) -> str:
    """Two complaints of one month, the second about somebody; returns the month's name."""
    at = (room.house.now - timedelta(days=3)).replace(microsecond=0)
    for id, whom in (("1", []), ("2", [about])):
        await room.opened(id, about=whom, category="sales", received_at=at.isoformat())
    return f"{local(at, CHINA):%Y-%m}"


async def drafted(room: Desk, *projects: str) -> None:
    store = room.house.parts.stores(ReportStore)
    for project in projects:
        await store.draft("complaint_report", Period.named("2026-11"), Subject(project=project), room.house.now)


async def test_reports_are_listed_and_read_by_whoever_reads_reports(room: Desk):
    await drafted(room, "hf01", "yx02")
    reader, stranger = await room.person("zhou.min"), await room.person("lei.ming")
    page = (await reader.get(f"{API}/reports")).json()
    assert {one["id"] for one in page["reports"]} == {REPORT, "complaint_report-2026-11-yx02"}
    assert (await stranger.get(f"{API}/reports")).json() == {"reports": [], "next": None}
    only = (await reader.get(f"{API}/reports?project=yx02&kind=complaint_report&period=2026-11")).json()
    assert len(only["reports"]) == 1
    shown = (await reader.get(f"{API}/reports/{REPORT}")).json()
    assert (shown["id"], shown["revision"], shown["issued_at"]) == (REPORT, 1, None)
    assert shown["report"]["period"]["start"] == "2026-11-01"
    assert (await reader.get(f"{API}/reports/{REPORT}/verification")).json()["intact"] is True
    assert await looks(room) == [("zhou.min", "report", REPORT)]
    for path in ("", "/verification", "/file", "/records", "/figures/key.received.now"):
        assert code(await stranger.get(f"{API}/reports/{REPORT}{path}")) == "record-unknown"
        assert code(await reader.get(f"{API}/reports/figures-2026-11-hf01{path}")) == "record-unknown"
    assert len(await looks(room)) == 1


async def test_a_report_is_read_by_whoever_sees_its_round(room: Desk):
    await drafted(room, "hf01")
    assert code(await (await room.person("deng.li")).get(f"{API}/reports/{REPORT}")) == "200"
    owner = await room.person("fang.yun")
    await begun(room)
    assert (await owner.get(f"{API}/reports/{REPORT}")).status_code == 200


async def test_a_figure_names_the_complaints_behind_it_but_for_those_about_the_reader(room: Desk):
    month = await two(room, "zhou.min")
    store = room.house.parts.stores(ReportStore)
    ref = await store.draft("complaint_report", Period.named(month), Subject(project="hf01"), room.house.now)
    found = await store.read(ref.id)
    figure = next(key for key, places in found.behind.items() if len(places) == 2)
    numbers: dict[str, list[str]] = {}
    for who in ("zhou.min", "li.na"):
        person = await room.person(who)
        numbers[who] = (await person.get(f"{API}/reports/{ref.id}/figures/{figure}")).json()["numbers"]
        whole = (await person.get(f"{API}/reports/{ref.id}")).text
        assert (found.cases[1] in whole) == (who == "li.na" and found.cases[1] in found.model_dump_json())
    assert numbers["li.na"] == list(found.cases)
    assert numbers["zhou.min"] == [found.cases[0]]
    missing = await (await room.person("wang.qiang")).get(f"{API}/reports/{ref.id}/figures/no.such.figure")
    assert code(missing) == "record-unknown"


@pytest.mark.parametrize(("kind", "begin"), [("xlsx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!")])
async def test_a_report_is_written_as_a_file(room: Desk, kind: str, begin: bytes):
    await drafted(room, "hf01")
    person = await room.person("li.na")
    answer = await person.get(f"{API}/reports/{REPORT}/file?format={kind}")
    assert answer.content.startswith(begin)
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{REPORT}-1.{kind}"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert await looks(room) == [("li.na", "export" if kind == "xlsx" else "print", REPORT)]


async def test_a_workbook_leaves_the_house_by_whoever_may_export_lists(room: Desk):
    await drafted(room, "hf01")
    clerk = await room.person("zhou.min")  # reads reports, exports none
    assert code(await clerk.get(f"{API}/reports/{REPORT}/file?format=xlsx")) == "not-entitled"
    assert (await clerk.get(f"{API}/reports/{REPORT}/file?format=pdf")).status_code == 200
    assert await looks(room) == [("zhou.min", "print", REPORT)]


async def test_a_preview_counts_what_its_reader_may_see_and_keeps_nothing(room: Desk):
    asked = {**ASKED, "period": await two(room, "zhou.min")}
    counted: dict[str, Any] = {}
    for who in ("zhou.min", "li.na"):
        content = (await (await room.person(who)).post(f"{API}/reports/preview", json=asked)).json()
        [table] = [one for one in content["tables"] if one["key"] == "key"]
        counted[who] = next(row["values"][0] for row in table["rows"] if row["key"] == "received")
    assert counted == {"zhou.min": 1, "li.na": 2}
    assert [(who, what) for who, what, _ in await looks(room)] == [("zhou.min", "report"), ("li.na", "report")]
    assert await room.house.parts.stores(ReportStore).list() == []
    supervisor = await room.person("wang.qiang")
    file = await supervisor.post(f"{API}/reports/preview/file?format=xlsx", json=asked)
    assert "xl/workbook.xml" in ZipFile(io.BytesIO(file.content)).namelist()
    assert code(await (await room.person("lei.ming")).post(f"{API}/reports/preview", json=asked)) == "record-unknown"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "gossip"}, ("body.kind", "choice")),
        ({"period": "2026-13"}, ("body.period", "invalid")),
        ({"period": "2026-11-30"}, ("body.period", "invalid")),  # there is no complaint report of a day
        ({"project": "zz99"}, ("body", "invalid")),
        ({"surprise": 1}, ("body", "unknown")),
    ],
)
async def test_what_is_no_report_is_refused(room: Desk, changed: dict[str, object], field: tuple[str, str]):
    person = await room.person("zhao.lei")
    answer = await person.post(f"{API}/reports/preview", json={**ASKED, **changed})
    if changed == {"project": "zz99"}:
        assert code(answer) == "record-unknown"
    else:
        assert fields(answer) == [field]


async def test_the_records_that_go_along_are_printed_as_far_as_they_may_be(room: Desk):
    store, month = room.house.parts.stores(ReportStore), await two(room, "li.na")
    ref = await store.draft("complaint_report", Period.named(month), Subject(project="hf01"), room.house.now)
    person = await room.person("li.na")
    answer = await person.get(f"{API}/reports/{ref.id}/records?format=txt")
    assert answer.status_code == 200, answer.text
    assert "HF01" in answer.text
    assert [what for _, what, _ in await looks(room)] == ["print"]
