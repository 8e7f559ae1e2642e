"""The words of a notice: complete in both languages, and nothing of the complaint itself in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from complaints import editions
from complaints.case.file import NoticeKind
from complaints.case.notices import Addressed, addressed, render, stable_id
from complaints.clock.calendar import from_libraries
from complaints.clock.moments import Explanation
from complaints.editions.pin import EditionPin
from complaints.people.loader import load
from complaints.people.reference import Reference
from tests.store.casefiles import MORNING, Story, duty, notice
from tests.store.postgres import DIRECTORY

MOMENTS = {
    NoticeKind.TOLD: ["told"],
    NoticeKind.REMINDER: ["reminder-1"],
    NoticeKind.LATE: ["late", "own-late"],
    NoticeKind.ESCALATION: ["escalation-0"],
    NoticeKind.COPY: ["late", "copied-3", "CR-5.3.3b.refused", "CS-4.2.3.shared", "claim", "waited", "something-new"],
    NoticeKind.HANDED: ["handed-3", "date-3"],
    NoticeKind.CLOSED: ["superseded", "withdrawn", "recalled", "claimed-3"],
    NoticeKind.URGED: ["urged-3"],
    NoticeKind.MENTIONED: ["mentioned-3"],
}


def letter(kind: NoticeKind = NoticeKind.TOLD, moment: str = "", rule: str = "CR-5.2.1b", **changes: Any) -> Addressed:
    owed = duty(rule)
    said = {
        "notice": notice(owed, kind=kind, moment=moment),
        "name": "李娜",
        "email": "li.na@example.com",
        "key": "hotline-1",
        "number": "HF01-2026-000001",
        "edition": Story().file.edition,
        "why": owed.deadline.why,
        "owner": "李娜",
    }
    return Addressed.model_validate(said | changes)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("kind", "moment"), [(kind, moment) for kind in NoticeKind for moment in MOMENTS[kind]])
def test_every_notice_has_its_words_in_both_languages(kind: NoticeKind, moment: str, lang: str):
    message = render(letter(kind, moment, lang=lang))
    words = editions.newest().rule("CR-5.2.1b").says(lang)
    assert "HF01-2026-000001" in message.subject
    assert "{" not in message.subject + message.body
    assert words in message.body
    assert ("09:10" in message.body) is True


def test_a_notice_says_what_to_do_by_when_and_how_that_was_counted():
    message = render(letter())
    assert "2026年11月23日（周一）09:10" in message.subject
    assert "依据：CR-5.2.1b" in message.body
    assert "从 11月23日 09:00 定级起计算" in message.body
    assert "10分钟" in message.body
    assert "duly do HF01-2026-000001 'CR-5.2.1b' --as li.na" in message.body


def test_each_kind_of_answer_has_its_command():
    assert "duly approve " in render(letter(rule="CR-5.2.1c.review")).body
    assert "duly acknowledge " in render(letter(NoticeKind.ESCALATION)).body
    for kind in (NoticeKind.COPY, NoticeKind.CLOSED):
        assert "duly " not in render(letter(kind)).body


@pytest.mark.parametrize(
    ("kind", "moment", "says"),
    [
        (NoticeKind.URGED, "urged-3", "周敏催办"),
        (NoticeKind.MENTIONED, "mentioned-3", "周敏在留言中提到您"),
        (NoticeKind.COPY, "copied-3", "周敏把本案抄送给您"),
        (NoticeKind.CLOSED, "claimed-3", "周敏认领了"),
    ],
)
def test_a_notice_of_a_colleague_s_act_says_who(kind: NoticeKind, moment: str, says: str):
    assert says in render(letter(kind, moment, by="周敏")).subject


@pytest.mark.parametrize(("kind", "moment"), [(NoticeKind.MENTIONED, "mentioned-3"), (NoticeKind.COPY, "copied-3")])
def test_a_notice_about_a_case_as_a_whole_names_no_duty_and_where_to_read(kind: NoticeKind, moment: str):
    of_case = letter(kind, moment).notice.but(id=f"case/{moment}/li.na", duty="", rule="", due=None)
    body = render(letter(notice=of_case, by="周敏", owner="", why=None)).body
    assert "duly show HF01-2026-000001" in body
    assert "依据" not in body
    assert "事项" not in body


@pytest.mark.clause("CS-4.3.4b")
def test_a_claim_is_told_with_the_sum_and_whom_to_call():
    told = {"shortfall": "7999.90", "contractor": "安泰机电", "contact": "郑平 zheng.ping@antai.example"}
    claim = letter(NoticeKind.COPY, "claim", rule="CS-4.3.4b").notice.but(params=told)
    for lang, sum in (("zh", "待追偿：7999.90 元"), ("en", "To be claimed: RMB 7999.90")):
        message = render(letter(rule="CS-4.3.4b", notice=claim, lang=lang))
        assert ("待追偿" if lang == "zh" else "Claim") in message.subject
        assert all(words in message.body for words in (sum, "安泰机电", "郑平"))


def test_a_notice_that_stands_for_several_says_how_many_and_from_when_until_when():
    missed = {"missed": "7", "since": "2026-11-23T01:40:00+00:00", "last": "2026-11-29T01:40:00+00:00"}
    told = letter(NoticeKind.ESCALATION, "escalation-3").notice.but(params=missed)
    said = render(letter(notice=told, lang="zh")).body
    assert "应有 7 次上报（2026年11月23日（周一）09:40至2026年11月29日（周日）09:40）" in said
    assert "7 times" in render(letter(notice=told, lang="en")).body


def test_the_end_of_a_day_is_written_as_that_days_24_00():
    end = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    why = Explanation(anchor="approval", anchor_at=MORNING, limit="2 workdays", counted=("2026-11-24",), result=end)
    late_at_night = letter().notice.but(due=end)
    assert "2026年11月25日（周三）24:00" in render(letter(why=why, notice=late_at_night)).subject


def test_a_notice_without_number_rule_or_deadline_is_still_understood():
    bare = letter(number=None, why=None, owner="", edition=EditionPin(name="2099.1", digest="0" * 64))
    for lang in ("zh", "en"):
        message = render(bare.but(lang=lang))
        assert "CR-5.2.1b" in message.subject
        assert "hotline-1" in message.body
    assert "期限" not in render(bare.but(notice=bare.notice.but(due=None, kind=NoticeKind.COPY))).body


def test_a_notice_is_addressed_out_of_the_directory():
    story = Story()
    owed = duty()
    file = story.file.but(duties={owed.id: owed}, number="HF01-2026-000001")
    directory = load(DIRECTORY, "directory.toml")
    reference = Reference.of(directory, "hf01", from_libraries([2026]))
    told = addressed(file, notice(owed, "wang.qiang", NoticeKind.ESCALATION), reference)
    assert told is not None
    person = directory.person("wang.qiang")
    assert person is not None
    assert (told.name, told.email, told.owner) == (person.name, person.email, reference.directory.name("li.na"))
    assert told.why == owed.deadline.why
    assert addressed(file, notice(owed, "nobody"), reference) is None


def test_the_id_of_a_message_is_stable_and_says_nothing():
    one = stable_id("hotline-1", "CR-5.2.1b/told/li.na")
    assert one == stable_id("hotline-1", "CR-5.2.1b/told/li.na")
    assert one != stable_id("hotline-2", "CR-5.2.1b/told/li.na")
    assert "li.na" not in one
