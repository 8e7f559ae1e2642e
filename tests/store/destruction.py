"""Cases to destroy, a year after they were closed, and a search for what is left of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from complaints.case.event import Event
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from tests.store.casefiles import CRISIS, MORNING, Story, act, complaint, done, duty, notice, over
from tests.store.postgres import rows

NAME, PHONE = "欧阳独一", "139 7777 0042"
CLOSED = MORNING + timedelta(days=9)
NEXT_YEAR = datetime(2027, 12, 10, 2, 0, tzinfo=UTC)
LATER = NEXT_YEAR + timedelta(hours=3)

COLUMNS = """
SELECT table_name AS t, column_name AS c
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""


async def closed(
    records: PostgresRecords,
    key: str,
    at: datetime = CLOSED,
    name: str = NAME,
    phone: str = PHONE,
    events: Iterable[Event] = (),
) -> Story:
    """A case that was dealt with and closed, with something of its customer wherever a case can have it."""
    said = complaint(key, customer=name, contact=phone, matter=f"{name}反映漏水", demand=f"致电{phone}")
    story = Story(key, said)
    await records.write(story.registered())
    owed = duty()
    record = act(1, "CR-5.2.1b", form={"summary": f"{name}，{phone}"}, reason=f"{name}催问")
    told = notice(owed).but(params={"customer": name})
    await records.write(story.goes_on([done(owed, MORNING, "li.na", 1)], [record], [told], CRISIS))
    await records.write(story.goes_on(events=(*events, *over(at, "handled"))))
    return story


async def left_of(url: str, *words: str) -> list[str]:
    """Every column of text, JSON or lists in which one of these words stands, over all tables there are."""
    columns = await rows(url, COLUMNS)
    assert {"complaints", "acts", "journal", "holds", "destroyed"} <= {column["t"] for column in columns}
    found: list[str] = []
    for column in columns:
        for word in words:
            sql = f'SELECT count(*) AS n FROM "{column["t"]}" WHERE position($1 IN "{column["c"]}"::text) > 0'
            if (await rows(url, sql, word))[0]["n"]:
                found.append(f"{column['t']}.{column['c']}: {word}")
    return found


async def carried_out(keeping: RetentionStore, period: str = "2027-12") -> str:
    proposal = await keeping.propose(period, NEXT_YEAR)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", NEXT_YEAR)
    await keeping.destroy(proposal.id)
    return proposal.id
