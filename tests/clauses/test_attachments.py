"""附上、撤下: papers, photographs and recordings are kept with the case (decision 19; CH-8.1, CS-4.3.4, CR-5.4.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case.attachments import attachments, in_force
from complaints.case.file import ActKind
from complaints.case.fold import fold
from tests.memory import MemoryDuly
from tests.people import CLERK, ENGINEERING, SALESPERSON, SUPERVISOR
from tests.world import Case, World

OTHER_CODES = [
    ({"file": "../现场.jpg"}, "file"),
    ({"file": "现\u202e场.jpg"}, "file"),
    ({"sha256": "A" * 64}, "sha256"),
    ({"size": size_limits.ATTACHMENT + 1}, "size"),
    ({"size": 0}, "size"),
    ({"media_type": "text/html"}, "media_type"),
    ({"kind": "video"}, "kind"),
    ({"brought_by": ""}, "brought_by"),
]


async def refusal_of(attempt: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await attempt
    return refused.value


@pytest.mark.clause("CH-8.1")
async def test_an_attachment_is_kept_with_who_brought_it_when_and_by_whom_it_was_added(world: World):
    case = await world.opens().graded(3)
    brought = case.now - timedelta(minutes=1) if case.now - timedelta(minutes=1) > case.file.opened_at else case.now
    duty = case.file.open_duties[0].id
    before = [one.id for one in case.file.open_duties]
    id = await case.attaches(
        b"jpeg", by=ENGINEERING, kind="photo", file="渗水点.jpg", brought_by="邻居李先生", for_duty=duty, at=brought
    )
    [one] = attachments(case.file)
    assert (one.id, one.file, one.kind, one.size, one.media_type) == (id, "渗水点.jpg", "photo", 4, "image/jpeg")
    assert (one.brought_by, one.by, one.at, one.for_duty) == ("邻居李先生", ENGINEERING, brought, duty)
    assert one.recorded_at >= one.at
    assert [duty.id for duty in case.file.open_duties] == before, "it does nobody's duty"
    [line] = await case.lines("case.attached")
    assert (line.by, line.at, line.data["act"]) == (ENGINEERING, brought, int(id[1:]))
    assert line.data["form"]["sha256"] == one.sha256
    case.ignores()


@pytest.mark.clause("CH-8.1")
async def test_what_was_attached_by_mistake_is_struck_out_and_stays_as_a_line(world: World):
    case = await world.opens()
    first, second = await case.attaches(b"one", by=ENGINEERING), await case.attaches(b"two")
    refused = await refusal_of(case.detaches(first, by=SALESPERSON))
    assert (refused.code, refused.params["duty"]) == (Refused.NOT_YOURS, first)
    assert (await refusal_of(case.detaches(first, by=ENGINEERING, reason=""))).code is Refused.REASON_NEEDED
    await case.detaches(first, by=ENGINEERING, reason="是另一户的照片")
    assert list(in_force(case.file)) == [second]
    gone, _ = attachments(case.file)
    assert gone.detached is not None
    assert (gone.id, gone.detached.by, gone.detached.reason) == (first, ENGINEERING, "是另一户的照片")
    again = await refusal_of(case.detaches(first, by=ENGINEERING))
    assert again.code is Refused.ATTACHMENT_DETACHED
    await case.detaches(second, by=SUPERVISOR)
    assert in_force(case.file) == {}
    case.ignores()


@pytest.mark.clause("CH-8.1")
async def test_the_receiver_strikes_out_too_and_an_unknown_id_is_refused_with_those_there(world: World):
    case = await world.opens(received_by=SALESPERSON)
    id = await case.attaches(by=ENGINEERING)
    unknown = await refusal_of(case.detaches("A99"))
    assert (unknown.code, unknown.params["known"]) == (Refused.ATTACHMENT_UNKNOWN, id)
    assert (await refusal_of(case.detaches("99"))).code is Refused.FORM_INCOMPLETE
    await case.detaches(id, by=SALESPERSON)
    case.ignores()


@pytest.mark.clause("CH-8.1")
async def test_the_same_content_is_attached_once_unless_it_was_struck_out(world: World):
    case = await world.opens()
    id = await case.attaches(b"one")
    again = await refusal_of(case.attaches(b"one", by=SUPERVISOR, file="别名.jpg"))
    assert (again.code, again.params["attachment"]) == (Refused.ATTACHED_BEFORE, id)
    await case.detaches(id)
    assert await case.attaches(b"one") != id
    case.ignores()


@pytest.mark.clause("CH-8.1")
async def test_whoever_is_complained_about_attaches_nothing(world: World):
    case = await world.opens(about=(SALESPERSON,))
    assert (await refusal_of(case.attaches(by=SALESPERSON))).code is Refused.ABOUT_YOU
    assert (await refusal_of(case.attaches(by="nobody"))).code is Refused.UNKNOWN_PERSON
    assert (await refusal_of(case.attaches(for_duty="CR-9"))).code is Refused.UNKNOWN_DUTY
    late = await refusal_of(case.attaches(at=case.now + timedelta(hours=1)))
    assert late.code is Refused.WRONG_TIME
    assert attachments(case.file) == ()
    case.ignores()


@pytest.mark.clause("CH-8.1")
@pytest.mark.parametrize(("wrong", "field"), OTHER_CODES)
async def test_a_form_that_no_client_of_ours_sends_is_refused(world: World, wrong: dict[str, Any], field: str):
    case = await world.opens()
    refused = await refusal_of(case.attaches(**wrong))
    assert refused.code is Refused.FORM_INCOMPLETE
    assert refused.params["problems"].startswith(f"{field}: ")
    case.ignores()


@pytest.mark.clause("CH-8.1")
@pytest.mark.edition("2026.1")
async def test_a_case_of_the_older_edition_takes_attachments_too(world: World):
    case = await world.opens()
    id = await case.attaches()
    await case.goes_on_afresh()
    await case.detaches(id)
    case.ignores()


async def filled(world: World, case: Case, count: int, size: int = 1) -> None:
    """Attach many, without looking at the case each time."""
    form = {"file": "现" * 200, "media_type": "image/jpeg", "kind": "photo", "brought_by": "客" * 100, "size": size}
    for nth in range(count):
        said = {**form, "sha256": f"{nth:064x}"}
        await world.duly.act(case.handle.id, request(CLERK, ActKind.ATTACH, said))
    await case.look()


def request(by: str, kind: ActKind, form: dict[str, Any]) -> Any:
    from complaints.case.file import ActRequest

    return ActRequest(by=by, kind=kind, form=form)


@pytest.mark.memory
@pytest.mark.clause("CH-8.1")
async def test_six_hundred_files_with_the_longest_names_fit_and_are_all_there(world: World):
    case = await world.opens(loss=600_000)
    await filled(world, case, size_limits.ATTACHMENTS)
    assert isinstance(world.duly, MemoryDuly)
    work = world.duly.cases[case.handle.id]
    assert work.run > 1, "the lines of a run stay few"
    assert work.engine.size_carried() < size_limits.NEAR
    together = {one.file for one in attachments(case.file)}
    assert together == {"现" * 200}, "whoever asks has the names"
    refused = await refusal_of(case.attaches())
    assert refused.code is Refused.ATTACHMENTS_FULL
    assert (refused.params["count"], refused.params["most"]) == ("600", "600")
    await case.detaches(attachments(case.file)[7].id)
    assert len(in_force(case.file)) == size_limits.ATTACHMENTS - 1
    assert (await refusal_of(case.attaches())).code is Refused.ATTACHMENTS_FULL, "what is struck out is kept"
    duty = case.file.open_duties[0]
    await case.finishes(duty.id)
    assert not case.file.duties[duty.id].open, "and the case goes on"
    case.ignores()


@pytest.mark.memory
@pytest.mark.clause("CH-8.1")
async def test_the_attachments_of_a_case_have_a_size_together(world: World):
    case = await world.opens()
    most = size_limits.ATTACHMENTS_TOGETHER // size_limits.ATTACHMENT
    await filled(world, case, most, size_limits.ATTACHMENT)
    refused = await refusal_of(case.attaches())
    assert refused.code is Refused.ATTACHMENTS_FULL
    assert refused.params["together"] == "2000.0"
    assert fold(await case.journal()).acts == case.file.acts
    case.ignores()
