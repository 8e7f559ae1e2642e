"""What webhooks are told is written with the journal, for those who may see it, and no more than once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.access.principal import READ
from complaints.base.faults import RecordsRefused
from complaints.case.complaint import Track
from complaints.case.events.duties import DutyBreached
from complaints.store.account_events import AccountLog
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from complaints.webhooks.errors import WebhookRefused
from complaints.webhooks.model import MOST_WEBHOOKS, DeliveryState, WebhookKind
from tests.store.casefiles import MORNING, Story, duty, graded, over
from tests.webhooks.office import KEY, Registry

OTHER = bytes(range(1, 33))


async def refusal(coroutine: object) -> str:
    with pytest.raises(WebhookRefused) as refused:
        await coroutine  # type: ignore[misc]
    return refused.value.code


async def test_a_whole_case_is_told_in_order_with_its_number(records: PostgresRecords, registry: Registry):
    webhook = await registry.webhook(await registry.token())
    story, owed = Story("hotline-1"), duty()
    await records.write(story.registered())
    assert await registry.deliveries() == []
    await records.write(story.goes_on([owed], events=graded(1, Track.CRISIS)))
    breach = DutyBreached(at=owed.deadline.due, duty=owed.id, rule=owed.rule, owner="li.na")
    await records.write(story.goes_on(events=(breach, *over(MORNING + timedelta(hours=3), "solved"))))
    told = await registry.deliveries(webhook)
    assert [(one.kind.value, one.data["event"]) for one in told] == [
        ("opening", "case.opened"),
        ("stage", "case.graded"),
        ("stage", "track.entered"),
        ("breach", "duty.breached"),
        ("closing", "case.closed"),
    ]
    assert {one.data["number"] for one in told} == {"HF01-2026-000001"}
    assert {one.key for one in told} == {"hotline-1"}
    assert len({one.id for one in told}) == 5
    assert records.webhooks_waiting.is_set()


async def test_additions_that_come_twice_are_told_once(records: PostgresRecords, registry: Registry):
    await registry.webhook(await registry.token())
    story = Story()
    first, second = story.goes_on(), story.goes_on(events=graded(2, Track.MAJOR))
    for additions in (first, second, first, second, story.since(0)):
        await records.write(additions)
    assert len(await registry.deliveries()) == 3


async def test_what_the_records_refuse_is_told_to_nobody(records: PostgresRecords, registry: Registry):
    """The outbox is written in the transaction of what it tells of."""
    await registry.webhook(await registry.token())
    story = Story()
    story.goes_on()
    with pytest.raises(RecordsRefused):
        await records.write(story.goes_on(events=graded(2, Track.MAJOR)))
    assert await registry.deliveries() == []


async def test_a_case_that_began_while_the_records_were_away_has_its_number_in_what_is_told(
    records: PostgresRecords, registry: Registry
):
    await registry.webhook(await registry.token())
    await records.write(Story("late").goes_on(events=graded(1, Track.CRISIS)))
    assert {one.data["number"] for one in await registry.deliveries()} == {"HF01-2026-000001"}


async def test_each_webhook_is_told_what_it_wants(records: PostgresRecords, registry: Registry):
    token = await registry.token()
    one = await registry.webhook(token, "https://a.example/", "opening")
    other = await registry.webhook(token, "https://b.example/", "closing", "stage")
    story = Story()
    await records.write(story.goes_on(events=(*graded(1, Track.CRISIS), *over(MORNING, "solved"))))
    assert [told.kind for told in await registry.deliveries(one)] == [WebhookKind.OPENING]
    assert [told.kind for told in await registry.deliveries(other)] == [
        WebhookKind.STAGE,
        WebhookKind.STAGE,
        WebhookKind.CLOSING,
    ]


async def test_whoever_may_not_see_the_case_is_told_nothing_of_it(records: PostgresRecords, registry: Registry):
    ended, revoked, kept = await registry.token(days=1), await registry.token(), await registry.token()
    hooks = [await registry.webhook(one) for one in (ended, revoked, kept)]
    await registry.revoke(revoked)
    await registry.sql("UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = $1", ended)
    await records.write(Story().goes_on())
    assert [len(await registry.deliveries(one)) for one in hooks] == [0, 0, 1]
    await registry.sql("UPDATE api_tokens SET scopes = '{open}' WHERE id = $1", kept)
    await records.write(Story("b").goes_on())
    assert [len(await registry.deliveries(one)) for one in hooks] == [0, 0, 1]


async def test_only_a_token_that_counts_and_reads_has_webhooks(registry: Registry):
    assert READ == "read"
    revoked = await registry.token()
    await registry.revoke(revoked)
    for token in ("nobody", revoked, await registry.token("open", "act:comment"), await registry.token(days=-0.5)):
        assert await refusal(registry.webhook(token)) == "webhook-token"


async def test_a_token_has_so_many_webhooks_and_no_more(registry: Registry):
    token = await registry.token()
    for _ in range(MOST_WEBHOOKS):
        await registry.webhook(token)
    assert await refusal(registry.webhook(token)) == "webhook-many"
    await registry.webhook(await registry.token())


async def test_all_webhooks_have_secrets_of_one_key(registry: Registry):
    token = await registry.token()
    await registry.webhook(token, key=KEY)
    assert await refusal(registry.webhook(token, key=OTHER)) == "webhook-key"


async def test_a_token_sees_and_changes_its_own_alone(records: PostgresRecords, registry: Registry):
    mine, theirs = await registry.token(), await registry.token()
    own, other = await registry.webhook(mine), await registry.webhook(theirs)
    await records.write(Story().goes_on())
    webhooks, now = registry.webhooks, registry.clock()
    assert [one.id for one in await webhooks.webhooks(now, token=mine)] == [own]
    assert {one.id for one in await webhooks.webhooks(now)} == {own, other}
    assert {one.delivery.webhook for one in await webhooks.deliveries(token=mine)} == {own}
    assert await webhooks.deliveries(other, token=mine) == ()
    (of_other,) = await registry.deliveries(other)
    for asked in (
        webhooks.webhook(other, now, token=mine),
        webhooks.remove(other, by="x", now=now, token=mine),
        webhooks.enable(other, by="x", now=now, token=mine),
        webhooks.resend_failed(other, now, token=mine),
        webhooks.webhook("whk_nobody", now),
    ):
        assert await refusal(asked) == "webhook-unknown"
    assert await refusal(webhooks.resend(of_other.id, now, token=mine)) == "delivery-unknown"
    assert await refusal(webhooks.resend("msg_nobody", now)) == "delivery-unknown"
    assert await refusal(webhooks.resend(of_other.id, now)) == "delivery-pending"


async def test_removing_takes_what_was_to_be_sent_along_and_is_logged(records: PostgresRecords, registry: Registry):
    token = await registry.token()
    kept, removed = await registry.webhook(token), await registry.webhook(token)
    await records.write(Story().goes_on())
    await registry.webhooks.remove(removed, by="op", now=registry.clock())
    assert {one.webhook for one in await registry.deliveries()} == {kept}
    assert (await registry.sql("SELECT count(*) FROM webhook_deliveries"))[0][0] == 1
    async with AccountLog(registry.url) as log:
        assert [one.what.value for one in await log.events(removed)] == ["webhook-removed", "webhook-new"]


async def test_lists_go_on_where_they_ended(records: PostgresRecords, registry: Registry):
    webhook = await registry.webhook(await registry.token(), "https://crm.example/", "opening")
    for nth in range(5):
        await records.write(Story(f"case-{nth}").goes_on())
    first = await registry.webhooks.deliveries(webhook, limit=3)
    rest = await registry.webhooks.deliveries(webhook, before=first[-1].nth, limit=3)
    assert [one.delivery.key for one in (*first, *rest)] == [f"case-{nth}" for nth in (4, 3, 2, 1, 0)]
    assert await registry.webhooks.deliveries(webhook, state=DeliveryState.FAILED) == ()


async def test_the_secret_is_nowhere_in_the_database(registry: Registry):
    webhook = await registry.webhook(await registry.token())
    columns = await registry.sql("SELECT * FROM webhooks WHERE id = $1", webhook)
    assert not [value for value in columns[0].values() if isinstance(value, bytes)]
    assert {"secret", "digest"} & set(columns[0].keys()) == set()


async def test_destroying_a_case_destroys_what_was_told_of_it(records: PostgresRecords, registry: Registry, url: str):
    await registry.webhook(await registry.token())
    gone, stays = Story("gone"), Story("stays")
    closing = over(MORNING - timedelta(days=365 * 12), "solved")
    await records.write(gone.goes_on(events=(*graded(2, Track.MAJOR), *closing)))
    await records.write(stays.goes_on())
    async with RetentionStore(url) as keeping:
        listed = await keeping.propose("2026-12", registry.clock())
        await keeping.approve(listed.id, listed.digest, "he.yun", registry.clock())
        await keeping.destroy(listed.id)
        await keeping.certify(listed.id, registry.clock())
    assert await registry.sql("SELECT key FROM complaints") == [("stays",)]
    assert {one.key for one in await registry.deliveries()} == {"stays"}


async def test_lines_that_replace_others_are_told_and_lines_that_stay_are_not_told_again(
    records: PostgresRecords, registry: Registry
):
    """The journal of the server replaces that of the records, as by `duly records rebuild --from-server`."""
    await registry.webhook(await registry.token())
    ours, theirs = Story("a"), Story("a")
    await records.write(ours.goes_on())
    await records.write(ours.goes_on(events=graded(1, Track.CRISIS)))
    theirs.goes_on()
    theirs.goes_on(events=graded(3, Track.ORDINARY))
    await records.replace(theirs.since(0))
    told = await registry.deliveries()
    assert [(one.data["event"], one.data["level"]) for one in told] == [
        ("case.opened", None),
        ("case.graded", 1),
        ("track.entered", 1),
        ("case.graded", 3),
        ("track.entered", 3),
    ]
    assert {one.data["number"] for one in told} == {"HF01-2026-000001"}


async def test_rebuilding_rows_tells_nothing_again(records: PostgresRecords, registry: Registry):
    await registry.webhook(await registry.token())
    story = Story("a")
    await records.write(story.goes_on(events=graded(1, Track.CRISIS)))
    await registry.sql("DELETE FROM webhook_deliveries")  # they were old
    await registry.sql("UPDATE complaints SET level = 4")
    assert (await records.rebuild("a")).differences
    assert await registry.deliveries() == []
