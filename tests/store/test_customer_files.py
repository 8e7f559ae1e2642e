"""The file of a customer against the rows it is made from (CS-4.1.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from complaints.case.complaint import Complaint, Track
from complaints.case.event import Event
from complaints.case.events.case import Handled
from complaints.case.file import Act, ActKind, DateChange, Duty
from complaints.customers.file import CustomerFile, masked
from complaints.importing.kinds import COMPLAINTS
from complaints.importing.tables import read
from complaints.intake.promises import Promise, promises
from complaints.printing import printed
from complaints.printing.sheets.customer_file import customer_file
from complaints.printing.sheets.material import SheetWords
from complaints.printing.sheets.names import SheetNames
from complaints.store.customer_files import CustomerFiles
from complaints.store.customers import CustomerBook
from complaints.store.records import PostgresRecords
from tests.importing.books import DIRECTORY, NOW, around
from tests.places import ROOT
from tests.store.casefiles import MORNING, Story, act, complaint, duty, graded, repaired
from tests.store.postgres import rows
from tests.store.test_importing import PIN, customers, examples, homes

ZHOU = {"customer": "周建华", "contact": "13800000031", "building": "3栋 802"}


@pytest_asyncio.fixture
async def book(url: str) -> AsyncIterator[CustomerBook]:
    opened = CustomerBook(url)
    await examples(opened)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def files(url: str) -> AsyncIterator[CustomerFiles]:
    opened = CustomerFiles(url)
    yield opened
    await opened.close()


async def opened(
    records: PostgresRecords,
    id: str,
    *acts: Act,
    said: Complaint,
    duties: tuple[Duty, ...] = (),
    events: Iterable[Event] = (),
) -> str:
    """A complaint in the records with these acts and duties; its number."""
    story = Story(id, said)
    number = (await records.write(story.registered())).number
    await records.write(story.goes_on(duties, acts, events=(*graded(3, Track.ORDINARY), *events)))
    assert number is not None
    return number


def reschedule(seq: int, new: datetime, days: int = 0) -> Act:
    """An act that asks for another date, so many days after the first morning."""
    form = {"promised": new.isoformat(), "understood": True, "customers_view": "理解"}
    at = MORNING + timedelta(days=days)
    return act(seq, "CH-7.3.1", kind=ActKind.RESCHEDULE, at=at, recorded_at=at, form=form)


def revisit(seq: int, satisfaction: str | None) -> Act:
    form = {
        "way": "telephone",
        "reached": satisfaction is not None,
        "satisfaction": satisfaction,
        "suggestions": "快些",
    }
    return act(seq, "RV-4.3", by="zhou.min", at=MORNING + timedelta(hours=seq), form=form)


async def of(files: CustomerFiles, id: str = "HF-0003") -> CustomerFile:
    found = await files.file(id)
    assert found is not None
    return found


@pytest.mark.clause("CS-4.1.5")
async def test_a_file_has_every_complaint_of_the_person_and_of_the_home_and_says_why(
    book: CustomerBook, files: CustomerFiles, records: PostgresRecords
):
    own = await opened(records, "own", said=complaint("own", **ZHOU))
    kin = await opened(records, "kin", said=complaint("kin", **ZHOU | {"customer": "周雨桐", "contact": "13800000032"}))
    same = await opened(records, "same", said=complaint("same", **ZHOU | {"customer": "某人", "building": ""}))
    await opened(records, "other", said=complaint("other", customer="别人", contact="1", building="3栋 803"))
    await opened(records, "far", said=complaint("far", project="yx02", **ZHOU))
    head = "项目,编号,受理时间,结案时间,客户,房号,投诉内容,处理结果,满意\n"
    before = head + "hf01,5,2023-01-02,2023-01-05,前人,3-802,漏水,补漏,否\n"
    entries = read(COMPLAINTS, before.encode(), around()).entries
    await book.complaints(entries, by="li.na", at=NOW, edition=PIN)
    file = await of(files)
    found = {one.number: one.why.value for one in file.complaints}
    assert found == {own: "customer", kin: "home", same: "contact", "HF01/5": "before"}
    [old] = [one for one in file.complaints if one.imported]
    assert (old.result, old.satisfied, old.customer) == ("补漏", False, "前人")
    assert [one.id for one in file.elsewhere] == ["YX-0003"]
    assert [one.number for one in (await of(files, "HF-0004")).complaints if one.why == "customer"] == [kin]


@pytest.mark.clause("CS-4.1.5")
async def test_complaints_under_a_former_number_stay_in_the_file(
    book: CustomerBook, files: CustomerFiles, records: PostgresRecords
):
    number = await opened(records, "own", said=complaint("own", **ZHOU | {"building": ""}))
    await customers(book, "客户编号,项目,姓名,联系电话\nHF-0003,hf01,周建华,13999999999\n")
    file = await of(files)
    assert [(one.number, one.why.value) for one in file.complaints] == [(number, "customer")]
    assert [(one.contact, one.by) for one in file.changes] == [("138 0000 0031", "deng.li")]


@pytest.mark.clause("CS-4.1.5")
async def test_a_former_owner_keeps_their_complaints_and_sees_none_of_the_time_after(
    book: CustomerBook, files: CustomerFiles, records: PostgresRecords
):
    await homes(book, "项目,楼栋,房号,客户编号,起始日期\nhf01,3,802,HF-0005,2026-11-01\n")
    after = await opened(records, "after", said=complaint("after", customer="新人", contact="1", building="3-802"))
    said = complaint("mine", **ZHOU, received_at=MORNING - timedelta(days=60))
    mine = await opened(records, "mine", said=said)
    assert [one.number for one in (await of(files)).complaints] == [mine]
    new = await of(files, "HF-0005")
    assert {one.number: one.why.value for one in new.complaints} == {after: "home", mine: "before"}
    [home] = [one for one in new.homes if one.unit == "802"]
    assert [(one.name, one.until) for one in home.others] == [
        ("周建华", date(2026, 11, 1)),
        ("周雨桐", date(2026, 11, 1)),
    ]


@pytest.mark.clause("CS-4.1.5")
@pytest.mark.clause("CS-4.4")
async def test_promises_repairs_and_revisits_are_as_the_acts_and_matters_say(
    book: CustomerBook, files: CustomerFiles, records: PostgresRecords, url: str
):
    first, later = MORNING + timedelta(days=2), MORNING + timedelta(days=5)
    moved = reschedule(1, later)
    change = DateChange(at=MORNING, by="li.na", old=first, new=later, reason="配件未到")
    repair = repaired("重做防水", Decimal("3600.00"), deducted=Decimal("3000.00"))
    number = await opened(
        records,
        "own",
        moved,
        revisit(2, None),
        revisit(3, "unsatisfied"),
        said=complaint("own", **ZHOU, promised=first),
        duties=(duty("CH-7.3.1", changes=(change,)),),
        events=(*repair, Handled(at=MORNING + timedelta(days=6))),
    )
    file = await of(files)
    assert [(one.date, one.changed, one.replaced, one.kept) for one in file.promises] == [
        (later, True, False, False),
        (first, False, True, None),
    ]
    assert [(one.number, one.what, one.audited, one.shortfall) for one in file.repairs] == [
        (number, "重做防水", Decimal("3600.00"), Decimal("600.00"))
    ]
    assert file.repair_cost == Decimal("3600.00")
    assert [(one.reached, one.satisfaction, one.by) for one in file.revisits] == [
        (True, "unsatisfied", "zhou.min"),
        (False, None, "zhou.min"),
    ]
    counted = await rows(url, "SELECT count(*) AS acts FROM acts WHERE rule = 'RV-4.3'")
    assert len(file.revisits) == counted[0]["acts"]


async def test_what_a_customer_said_besides_is_in_the_file(
    book: CustomerBook, files: CustomerFiles, records: PostgresRecords
):
    form = {"channel": "phone", "said": "问何时修好", "who": "其妻", "urging": True, "reached": True}
    later = MORNING + timedelta(days=1)
    contacts = (
        act(1, "CONTACT", kind=ActKind.CONTACT, duty=None, form=form),
        act(2, "CONTACT", kind=ActKind.CONTACT, duty=None, at=later, form={**form, "urging": False, "reached": False}),
    )
    number = await opened(records, "own", *contacts, said=complaint("own", **ZHOU))
    file = await of(files)
    assert [(one.number, one.at, one.by, one.urging, one.reached) for one in file.contacts] == [
        (number, later, "li.na", False, False),
        (number, MORNING, "li.na", True, True),
    ]
    assert file.contacts[-1].who == "其妻"
    assert file.revisits == ()


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.3.3")
async def test_a_date_told_later_is_a_promise_and_a_change_that_was_refused_is_none(
    book: CustomerBook, files: CustomerFiles, records: PostgresRecords, url: str
):
    told, second, third, refused = (MORNING + timedelta(days=days) for days in (3, 6, 9, 11))
    changes = tuple(
        DateChange(at=MORNING + timedelta(days=nth), by="li.na", old=old, new=new, reason="配件未到")
        for nth, old, new in ((2, told, second), (5, second, third))
    )
    when = MORNING + timedelta(days=1)
    await opened(
        records,
        "own",
        act(1, "CH-7.1.1", at=when, recorded_at=when, form={"feedback_by": told.isoformat(), "remark": ""}),
        reschedule(2, second, days=2),
        reschedule(3, third, days=5),
        reschedule(4, refused, days=8),
        said=complaint("own", **ZHOU, promised=None),
        duties=(duty("CH-7.3.1", changes=changes),),
        events=[Handled(at=MORNING + timedelta(days=10))],  # after the date in force, before the one that was refused
    )
    file = await of(files)
    assert [(one.date, one.changed, one.replaced, one.kept) for one in file.promises] == [
        (third, True, False, False),
        (second, True, True, None),
        (told, False, True, None),
    ]
    kept = await records.case("own")
    assert kept is not None
    assert [(one.told_at, one.date) for one in promises(kept)] == [
        (one.told_at, one.date) for one in reversed(file.promises)
    ]
    rows_there = await rows(url, "SELECT told_at, date, before FROM promises WHERE key = 'own' ORDER BY told_at")
    assert [Promise.model_validate(dict(row)) for row in rows_there] == list(promises(kept))


async def test_routine_revisits_and_surveys_of_the_customer_are_in_the_file(
    book: CustomerBook, files: CustomerFiles, url: str
):
    for sql in (
        "INSERT INTO draw_estates (project) VALUES ('hf01')",
        """INSERT INTO draws (id, project, nth, rule, period, starts, ends, subject, at, size, wanted, digest, document)
           VALUES ('d1', 'hf01', 1, 'RV-5.3a', '2026-10', '2026-10-01', '2026-10-31', 'hf01', '2026-10-01T00:00Z', 1, 1,
                   'x', '{}')""",
        "INSERT INTO draw_members (draw, nth, customer, building, cycle) VALUES ('d1', 1, 'HF-0003', '3栋', 1)",
        """INSERT INTO revisit_results (draw, customer, day, by, way, reached, satisfaction, suggestions, entered_by,
                                        entered_at)
           VALUES ('d1', 'HF-0003', '2026-10-09', 'he.xue', 'visit', true, 'satisfied', '多种树', 'he.xue',
                   '2026-10-09T08:00Z')""",
        """INSERT INTO surveys (id, project, year, form, form_digest, approved_by, opened_at, opened_by, until)
           VALUES ('s1', 'hf01', 2026, '{}', 'x', 'zhao.lei', '2026-06-01T00:00Z', 'pan.rui', '2026-06-30')""",
        "INSERT INTO survey_recipients (survey, nth, customer, building) VALUES ('s1', 1, 'HF-0003', '3栋')",
    ):
        await rows(url, sql)
    file = await of(files)
    [asked] = file.revisits
    assert (asked.draw, asked.way, asked.satisfaction, asked.said) == ("d1", "visit", "satisfied", "多种树")
    [survey] = file.surveys
    assert (survey.year, survey.answered_at) == (2026, None)


async def test_a_customer_is_found_by_number_name_telephone_and_home(book: CustomerBook, files: CustomerFiles):
    async def found(who: str, project: str | None = None) -> list[str]:
        return [one.id for one in await files.find(who, project)]

    assert await found("HF-0003") == ["HF-0003"]
    assert await found("周建华") == ["HF-0003", "YX-0003"]
    assert await found("周建华", "yx02") == ["YX-0003"]
    assert await found("138-0000-0032") == ["HF-0004"]
    assert await found("0000032") == ["HF-0004"]
    assert await found("000003") == []  # too few digits to mean one number
    assert await found("3栋 802") == await found("3-802") == await found("3号楼802室") == ["HF-0003", "HF-0004"]
    assert [one.owner for one in await files.find("3-802")] == [True, False]
    assert await found("%") == await found("") == []
    assert await files.file("nobody") is None


@pytest.mark.parametrize(
    ("contact", "shown"),
    [("13800000031", "138****0031"), ("138 0000 0031", "138 **** 0031"), ("12345", "***45"), ("1234", "****")],
)
def test_a_telephone_number_in_a_list_can_be_told_apart_but_not_called(contact: str, shown: str):
    assert masked(contact) == shown


@pytest.mark.clause("CS-4.1.5")
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_printed_file_shows_everything(
    book: CustomerBook, files: CustomerFiles, records: PostgresRecords, lang: str
):
    entries = read(COMPLAINTS, (ROOT / "examples/old-complaints.csv").read_bytes(), around()).entries
    await book.complaints(entries, by="li.na", at=NOW, edition=PIN)
    number = await opened(records, "own", revisit(1, "satisfied"), said=complaint("own", **ZHOU))
    sheet = customer_file(SheetWords(names=SheetNames.of(DIRECTORY), lang=lang, printed_at=NOW), await of(files))
    page = printed([sheet], ".html").decode()
    for text in (number, "HF01/2024-017", "周雨桐", "138 0000 0031", "云溪花园二期", "重做防水", "何雪", "快些"):
        assert text in page, text
    assert printed([sheet], ".pdf").startswith(b"%PDF")
