"""A customer with a name, a number and a home of their own: where whoever need not know can find them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
import pytest_asyncio
from pydantic import BaseModel

from complaints import editions
from complaints.access.policy import Sees, Sight
from complaints.access.resident_view import resident_view
from complaints.access.views import CONTACT_FORM, identity_of, seen_by
from complaints.acts.contact import CustomerContact
from complaints.archive.page import page
from complaints.base.masking import Identity
from complaints.case.events.links import LinkMerged
from complaints.case.file import ActKind, CaseFile, JournalLine, Link, LinkKind, Related
from complaints.case.reading import kinds
from complaints.customers.file import (
    Changed,
    Complained,
    CustomerFile,
    CustomerLine,
    Home,
    SpokenTo,
)
from complaints.forms import FORMS
from complaints.printing import printed
from complaints.reports.model import Drafted, ReportColumn, ReportRow, ReportTable, StoredReport, Unit
from complaints.revisits.lines import Member
from complaints.store.cases import CaseLine, InboxItem
from tests.fakes import ExampleReferences, MemoryRetention
from tests.memory import MemoryDuly, MemorySkipper
from tests.people import SUPERVISOR
from tests.printing import cases as printing
from tests.shown.readers import NAMES, case_shown
from tests.world import Case, World

NAME, PHONE, HOME = "欧阳锦绣", "13712345678", "7栋 2903"
SECRETS = ("锦绣", "1234567", "712345678", "2903", "秦淮月", "98765432", "1105")
"""Parts of what must not be found: of the customer, of a corrected name and number, of an earlier home."""
MASKED, WHOLE = Sight(sees=Sees.MASKED), Sight(sees=Sees.WHOLE)


def leaks(shown: object) -> list[str]:
    text = shown if isinstance(shown, str) else json.dumps(_plain(shown), ensure_ascii=False)
    text = re.sub(r"[0-9a-f]{16,}|\.\d{6}", "", text)  # digits of hashes and of times are nobody's
    tight = "".join(text.split()).replace("-", "").replace("－", "")
    return [secret for secret in SECRETS if secret in tight]


def _plain(shown: object) -> Any:
    if isinstance(shown, BaseModel):
        return shown.model_dump(mode="json")
    if isinstance(shown, list | tuple):
        return [_plain(one) for one in shown]
    return shown


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told() -> AsyncIterator[tuple[CaseFile, tuple[JournalLine, ...]]]:
    """A case in whose forms, comments, contacts, corrections and tries the customer is named."""
    retention = MemoryRetention()
    retention.deposit("hongji", "hf01", "1000000", "存-0")
    references = ExampleReferences()
    world = World(MemoryDuly(references, retention), MemorySkipper(), "leaks", references)
    words = f"{NAME}（{HOME.replace(' ', '')}，电话 137-1234-5678）称主卧漏水"
    case = await world.opens(
        customer="秦淮月", contact="13698765432", building="9栋 1105", matter=words, demand=f"尽快回电{PHONE}"
    ).graded(3)
    await _lives(case)
    yield case.file, await case.journal()


async def _lives(case: Case) -> None:
    await case.amends(customer=NAME, contact=f"{PHONE}，微信 ouyang_jx", building=HOME)
    await case.is_contacted(said=f"{NAME}又从１３７１２３４５６７８来电催办", who=f"{NAME}的母亲")
    await case.asks(
        SUPERVISOR, _kind("comment"), reason=f"请给{NAME}回电 {PHONE}，住 7-2903", form={"people": ["wang.qiang"]}
    )


def _kind(name: str) -> Any:

    return ActKind(name)


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_case_is_full_of_the_customer(told: tuple[CaseFile, tuple[JournalLine, ...]]):
    """Otherwise the tests below would find nothing because nothing is there."""
    file, journal = told
    assert set(leaks(file)) == set(SECRETS)
    assert set(leaks(journal)) == set(SECRETS)
    assert set(leaks(seen_by(WHOLE, file))) == set(SECRETS)
    assert seen_by(WHOLE, file) == file


async def test_nothing_is_left_in_the_file(told: tuple[CaseFile, tuple[JournalLine, ...]]):
    file, _ = told
    seen = seen_by(MASKED, file)
    assert leaks(seen) == []
    assert seen.complaint.contact == "13*******78，微信 o***"
    assert seen.complaint.customer == "欧阳**"
    assert seen.building == "7栋 ****"
    assert (seen.key, seen.number, seen.journal_hash, seen.duties) == (
        file.key,
        file.number,
        file.journal_hash,
        file.duties,
    )


async def test_nothing_is_left_in_the_journal(told: tuple[CaseFile, tuple[JournalLine, ...]]):
    file, journal = told
    seen = seen_by(MASKED, journal, identity_of(file))
    assert leaks(seen) == []
    assert [line.hash for line in seen] == [line.hash for line in journal]
    assert leaks([seen_by(MASKED, act, identity_of(file)) for act in file.acts]) == []
    signed = journal[0].but(kind="statement.signed", data={"text": f'{{"customer":"{NAME[1:]}"}}', "signature": "x"})
    assert seen_by(MASKED, signed, identity_of(file)).data == {"text": "", "signature": ""}
    assert seen_by(WHOLE, signed) == signed
    assert leaks([seen_by(MASKED, notice, identity_of(file)) for notice in file.notices]) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_nothing_is_left_on_the_screen_on_paper_and_in_the_page_of_an_archive(
    told: tuple[CaseFile, tuple[JournalLine, ...]], lang: str
):
    from complaints.archive.forms import forms_of

    file, journal = told
    seen, lines = seen_by(MASKED, file), seen_by(MASKED, journal, identity_of(file))
    assert leaks(case_shown(seen, lang)) == []
    assert leaks(page(seen, lines, NAMES, [], lang)) == []
    material = printing.material(seen, lang)
    for form, sheets in forms_of(material).items():
        assert leaks(printed(sheets, ".html").decode()) == [], form
    for form, sheets in forms_of(printing.material(file, lang)).items():
        if form == "complaint":
            assert leaks(printed(sheets, ".html").decode())  # whoever needs to know has it on paper


async def test_a_resident_sees_no_colleague_no_grade_and_no_number(told: tuple[CaseFile, tuple[JournalLine, ...]]):
    file, _ = told
    people, edition = ExampleReferences().directory.slice(""), editions.get(file.edition.name, file.edition.digest)
    seen = resident_view(file, people, file.opened_at, edition=edition)
    text = seen.model_dump_json()
    assert "13*******78" in text
    names = [one.name for one in people.people]
    assert all(one not in text for one in (SUPERVISOR, "wang.qiang", "CR-5", "journal", "level", *names))
    assert seen.answered_by in {one.name for one in people.departments}
    assert seen.written == (), "what others have said about them is not theirs"
    with pytest.raises(TypeError):
        seen_by(Sight(sees=Sees.RESIDENT), file)


def line(**changes: Any) -> CaseLine:
    said = {"key": "k1", "number": "HF01-2026-000001", "project": "hf01", "level": 3, "track": "ordinary"}
    said |= {"status": "open", "customer": NAME, "building": HOME, "channel": "phone", "category": "sales"}
    said |= {"received_at": "2026-01-12T01:00:00Z", "opened_at": "2026-01-12T01:00:00Z", "closed_at": None}
    said |= {"outcome": None, "watched": False, "watch": (), "related": (), "open_duties": 0, "overdue": 0}
    return CaseLine.model_validate(said | {"next_due": None, "waiting_on": ()} | changes)


HIDDEN = frozenset({"k2", "HF01-2026-000002"})


async def test_lines_of_lists_are_masked_and_say_nothing_of_a_complaint_about_the_reader():
    related = (
        Related(key="k2", number="HF01-2026-000002", why="customer", open=True),
        Related(key="k3", number="HF01-2026-000003", why="building", open=True),
    )
    lines = [line(related=related), line(key="k2", number="HF01-2026-000002")]
    seen = seen_by(MASKED.but(hidden=HIDDEN), lines)
    assert leaks(seen) == []
    assert [one.key for one in seen] == ["k1"]
    assert [one.key for one in seen[0].related] == ["k3"]
    assert "000002" not in json.dumps(_plain(seen))


async def test_links_to_a_complaint_about_the_reader_are_left_out(told: tuple[CaseFile, tuple[JournalLine, ...]]):
    file, _ = told
    at = file.opened_at
    linked = file.but(
        links=(
            Link(kind=LinkKind.GATHERED, key="k2", number="HF01-2026-000002", at=at, customer=NAME),
            Link(kind=LinkKind.GATHERED, key="k4", number="HF01-2026-000004", at=at, customer=NAME),
        )
    )
    for sight in (MASKED, WHOLE):
        seen = seen_by(sight.but(hidden=HIDDEN), linked)
        assert [one.key for one in seen.links] == ["k4"]
        assert "000002" not in seen.model_dump_json()
    assert leaks(seen_by(MASKED, linked)) == []


def told_of(data: dict[str, Any], kind: str = "link.merged") -> JournalLine:
    return JournalLine.model_validate(
        {"seq": 7, "at": "2026-01-12T01:00:00Z", "kind": kind, "data": data, "prev": "0" * 64, "hash": "1" * 64}
    )


def named(one: str) -> dict[str, Any]:
    """Ways to name another case in a field of an event: its key or number, a link or a related complaint to it."""
    link = {"kind": "merged", "key": "k2", "number": one, "at": "2026-01-12T01:00:00Z", "customer": NAME}
    related = {"key": "k2", "number": one, "why": "customer", "open": True}
    return {"str": one, "Link": link, "Related": related}


def naming_fields() -> list[tuple[str, str, str, bool]]:
    """Kind, field, what it holds and whether in a list, of every event that can name another case."""
    found: list[tuple[str, str, str, bool]] = []
    for kind, event in kinds().items():
        for name, field in event.model_fields.items():
            said = str(field.annotation)
            for what, type_ in (("Link", Link), ("Related", Related), ("str", str)):
                inner = [field.annotation, *get_args(field.annotation)]
                if type_ in inner and (what != "str" or name in ("case", "number", "key", "to", "later", "missing")):
                    found.append((kind, field.alias or name, what, said.startswith("tuple")))
    return found


@pytest.mark.parametrize(("kind", "field", "what", "listed"), naming_fields())
async def test_a_line_of_a_journal_that_is_about_a_complaint_about_the_reader_is_left_out(
    kind: str, field: str, what: str, listed: bool
):
    """Every kind of event, every field of it that can hold another case; of a list, that case alone."""
    for sight in (MASKED.but(hidden=HIDDEN), WHOLE.but(hidden=HIDDEN)):
        for number in ("HF01-2026-000002", "hf01-2026-000002 ", "k2"):
            one, other = named(number)[what], named("HF01-2026-000004")[what]
            other = other if isinstance(other, str) else {**other, "key": "k4"}
            seen = seen_by(sight, [told_of({field: [one, other] if listed else one}, kind)])
            assert len(seen) == listed
            if listed and sight.whole:
                assert seen[0].data == {field: [other]}
            assert "000002" not in json.dumps(_plain(seen))
            assert '"k2' not in json.dumps(_plain(seen))
            assert len(seen_by(sight.but(hidden=frozenset({"k9"})), [told_of({field: one}, kind)])) == 1


async def test_every_event_that_names_another_case_is_among_these():
    assert {"case.reopens", "case.merging", "case.gathering", "case.numbered", "case.opened", "link.earlier-found"} <= {
        kind for kind, *_ in naming_fields()
    }
    assert {kind for kind in kinds() if kind.startswith("link.")} <= {kind for kind, *_ in naming_fields()}


async def test_a_single_mention_is_left_out_as_well():
    """In a mapping, in a field of a model, in a link with its customer; in a sentence it is a dash."""
    sight = WHOLE.but(hidden=HIDDEN)
    link = Link.model_validate(named("HF01-2026-000002")["Link"])
    assert seen_by(sight, {"link": named("HF01-2026-000002")["Link"], "n": 1}) == {"link": None, "n": 1}
    assert seen_by(sight, {"key": "k2", "number": "HF01-2026-000002"}) == {"key": "", "number": ""}
    assert seen_by(sight, {"content": "k2", "id": "k2/attached-1", "words": "K2"}) == {
        "content": "",
        "id": "",
        "words": "",
    }
    assert seen_by(sight, {"k2": 1, "k22": 2}) == {"k22": 2}
    seen = seen_by(sight, link)
    assert (seen.key, seen.number, seen.kind) == ("", None, link.kind)
    event = LinkMerged(at=link.at, case="k2", link=link)
    assert leaks(seen_by(sight, event)) == []
    assert "k2" not in seen_by(sight, event).model_dump_json()
    assert seen_by(sight, "见 HF01-2026-000002，k2 和 k2-3") == "见 —，— 和 k2-3"


async def test_an_act_towards_a_complaint_about_the_reader_is_left_out(told: tuple[CaseFile, tuple[JournalLine, ...]]):
    file, _ = told
    first = file.acts[0]
    merge = first.but(seq=99, kind=ActKind.MERGE, to="k2", form={}, duty=None)
    notice = file.notices[0].but(params={"number": "HF01-2026-000002"})
    seen = seen_by(WHOLE.but(hidden=HIDDEN), file.but(acts=(*file.acts, merge), notices=(*file.notices, notice)))
    assert seen == file


@pytest.mark.parametrize(
    "odd",
    [
        [{"key": ["a"], "number": {"a": 1}, "complaint": None}],
        [{"number": 7}, {"key": {"key": "k2"}}],
        {"list": [["k2", "k3"], None, 3, {"to": ["k2"]}]},
        {1: "k2", None: "x"},
    ],
)
async def test_things_of_any_shape_are_shown_to_somebody_with_hidden_complaints(odd: Any):
    assert '"k2"' not in json.dumps(seen_by(MASKED.but(hidden=HIDDEN), odd))


def customer_file() -> CustomerFile:
    times = {"since": None, "until": None}
    other = {"customer": "c-2", "name": "秦淮月", "contact": "13698765432", "relation": "family", **times}
    home = Home.model_validate(
        {"project": "hf01", "building": "7栋", "unit": "2903", "relation": "owner", **times, "others": (other,)}
    )
    before = {"at": "2026-01-12T01:00:00Z", "by": "li.na", "name": "秦淮月", "contact": "13698765432"}
    complained = Complained.model_validate(
        {
            "key": "k2",
            "number": "HF01-2026-000002",
            "why": "customer",
            "customer": NAME,
            "building": HOME,
            "channel": "phone",
            "category": "sales",
            "matter": f"{NAME} {PHONE}",
            "level": 3,
            "track": "ordinary",
            "received_at": "2026-01-12T01:00:00Z",
            "handled_at": None,
            "closed_at": None,
            "outcome": None,
        }
    )
    return CustomerFile(
        id="c-1",
        project="hf01",
        name=NAME,
        contact=PHONE,
        remarks=f"晚上打 {PHONE}",
        homes=(home,),
        elsewhere=(CustomerLine(id="c-9", project="yx02", name=NAME, contact=PHONE, homes=(HOME,)),),
        complaints=(complained, complained.but(key="k3", number="HF01-2026-000003")),
        contacts=(
            SpokenTo.model_validate(
                {
                    "at": "2026-01-12T01:00:00Z",
                    "by": SUPERVISOR,
                    "number": "HF01-2026-000002",
                    "channel": "phone",
                    "said": f"{NAME}催办",
                }
            ),
        ),
        changes=(Changed.model_validate(before),),
    )


async def test_a_customers_file_is_masked_and_without_what_is_hidden():
    assert len(leaks(customer_file())) >= 5
    seen = seen_by(MASKED.but(hidden=HIDDEN), customer_file())
    assert leaks(seen) == []
    assert (seen.id, seen.homes[0].building, seen.homes[0].others[0].customer) == ("c-1", "7栋", "c-2")
    assert [one.key for one in seen.complaints] == ["k3"]
    assert seen.contacts == ()  # what was said belongs to the complaint


async def test_the_members_of_a_draw_are_masked_and_keep_their_ids():
    said = {"draw": "d-1", "customer": "c-1", "name": NAME, "contact": PHONE, "building": "7栋", "homes": (HOME,)}
    member = Member.model_validate(said | {"state": "open"})
    seen = seen_by(MASKED, member)
    assert leaks(seen) == []
    assert (seen.customer, seen.building, seen.homes) == ("c-1", "7栋", ("7栋 ****",))


async def test_an_inbox_is_masked():
    item = InboxItem.model_validate(
        {
            "kind": "duty",
            "key": "k1",
            "number": "HF01-2026-000001",
            "project": "hf01",
            "customer": NAME,
            "level": 3,
            "track": "ordinary",
            "edition": {"name": "2026.2", "digest": "0" * 64},
            "due": None,
        }
    )
    assert leaks(seen_by(MASKED, item)) == []


OTHER = "HF01-2026-000002"


def report(drafted: type[Drafted] = Drafted, **more: Any) -> Drafted:
    columns = tuple(ReportColumn(key=key, unit=Unit.TEXT) for key in ("customer", "building", "matter", "earlier"))
    rows = (
        ReportRow(key=OTHER, name=OTHER, values=(NAME, HOME, "漏水", "")),
        ReportRow(key="HF01-2026-000003", values=(NAME, HOME, f"{NAME}漏水", f"{OTHER} HF01-2026-000001")),
    )
    table = ReportTable(key="register", columns=columns, rows=rows, listing=True)
    numbers = ReportTable(key="key", columns=(ReportColumn(key="n"),), rows=(ReportRow(key="received", values=(2,)),))
    content = {
        "kind": "register",
        "period": {"kind": "month", "start": "2026-01-01", "end": "2026-01-31"},
        "subject": {"project": "hf01"},
        "heading": {},
        "at": "2026-02-01T00:00:00Z",
        "over": True,
        "tables": (table, numbers),
        "missing": (OTHER,),
    }
    said = {"report": content, "cases": (OTHER, "HF01-2026-000003"), "behind": {"key.received.n": (0, 1)}}
    return drafted.model_validate(said | more)


@pytest.mark.parametrize("stored", [False, True])
async def test_a_report_names_no_customer_and_no_complaint_about_its_reader(stored: bool):
    more = {"id": "r", "revision": 1, "digest_kept": "", "remarks": f"见{OTHER}，{PHONE}", "named": (OTHER,)}
    one = report(StoredReport, **more) if stored else report()
    seen = seen_by(MASKED.but(hidden=HIDDEN), one)
    assert leaks(seen) == []
    assert seen.numbers("key.received.n") == ("HF01-2026-000003",)
    [row] = seen.report.tables[0].rows
    assert (row.key, row.values[3]) == ("HF01-2026-000003", "— HF01-2026-000001")
    assert seen.report.tables[1].rows[0].values == (2,)  # a total is sealed
    assert OTHER not in seen.model_dump_json()
    assert seen_by(WHOLE, one) == one


async def test_fields_are_masked_by_their_names_also_where_nothing_is_known_of_the_customer():
    """In a form, in what a correction replaced, and in the list of visits (MC-5.1.1)."""
    nothing = Identity()
    before = {"before": [{"field": "contact", "said": "8812"}, {"field": "customer", "said": "秦淮月"}]}
    assert seen_by(MASKED, before, nothing) == {
        "before": [{"field": "contact", "said": "****"}, {"field": "customer", "said": "秦**"}]
    }
    assert seen_by(MASKED, {"field": "category", "said": "sales"}, nothing)["said"] == "sales"
    visits = {"visits": [{"whom": "秦淮月", "findings": "满意"}]}
    assert seen_by(MASKED, visits, nothing) == {"visits": [{"whom": "秦**", "findings": "满意"}]}
    form = {"customer": "秦淮月", "contact": "8812", "building": "9栋 1105"}
    assert seen_by(MASKED, form, nothing) == {"customer": "秦**", "contact": "****", "building": "9栋 ****"}


async def test_every_field_of_a_form_that_may_hold_a_contact_is_masked_or_searched():
    """A new form with a field for a customer's identity has to be added to `FIELDS`; its texts are searched anyway."""
    texts = {"customer": NAME, "contact": PHONE, "building": HOME, "whom": NAME, "words": f"{NAME} {PHONE} {HOME}"}
    for key, form in FORMS.items():
        values = {name: texts.get(name, texts["words"]) for name, one in form.model_fields.items() if _is_text(one)}
        seen = seen_by(MASKED, values, identity_of({"customer": NAME, "contact": PHONE, "building": HOME}))
        assert leaks({name: one for name, one in seen.items() if name not in BUSINESS_FIELDS}) == [], key


async def test_who_spoke_for_the_customer_is_masked_in_the_contact_and_nowhere_else():
    """`who` is a relative or a neighbour in the form of a contact, and a colleague or a department elsewhere."""
    assert set(CustomerContact.model_fields) == CONTACT_FORM
    nothing = Identity()
    form = {"channel": "phone", "said": "催办", "who": "秦淮月", "urging": True, "reached": True}
    assert seen_by(MASKED, form, nothing)["who"] == "秦**"
    line = told_of({"act": 1, "kind": "contact", "form": form}, "case.contacted")
    assert seen_by(MASKED, line, nothing).data["form"]["who"] == "秦**"
    assert seen_by(MASKED, {"channel": "phone", "said": "催办"}, nothing) == {"channel": "phone", "said": "催办"}
    assert seen_by(WHOLE, form, nothing) == form
    assert seen_by(MASKED, {"who": "秦淮月", "opinion": "同意"}, nothing)["who"] == "秦淮月"
    said = {"at": "2026-01-12T01:00:00Z", "by": SUPERVISOR, "number": "HF01-2026-000009", "channel": "phone"}
    spoken = SpokenTo.model_validate({**said, "who": "秦淮月", "said": "催办"})
    assert seen_by(MASKED, spoken).who == "秦**"


BUSINESS_FIELDS = (
    "third_party",
    "third_party_contact",
    "payee",
    "draw",
    "survey",
    "number",
    "digest",
    "sha256",
    "contractor",
)


def _is_text(field: Any) -> bool:
    from complaints.printing.filled_forms import KEY, plain_type

    kind, constraints = plain_type(field.annotation, field.metadata)
    return kind is str and KEY not in constraints
