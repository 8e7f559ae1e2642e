"""Records that were damaged are found and made again at the command line, with the help of the case itself."""

from __future__ import annotations

from complaints.connection.settings import Settings
from tests.people import SUPERVISOR
from tests.server.test_cli import Shell, duly, opened, until
from tests.store.postgres import JOURNAL, rows

__all__ = ["duly"]  # a fixture

UNSEEN = "DO $$ BEGIN SET LOCAL session_replication_role = replica; {0}; END $$"


async def test_lines_and_rows_that_were_lost_come_back_from_the_case(duly: Shell, quarters: Settings) -> None:
    number = await opened(duly)
    await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", "level=2", "--form", "reason=按标准")
    end = (await duly("--json", "show", number)).data["journal_seq"]
    key = (await duly("--json", "show", number)).data["key"]
    await until(lambda: duly("--json", "records", "verify", number), lambda said: said.data["lines"] >= end)
    whole = await rows(quarters.need_database(), JOURNAL, key)
    for table, which in (("journal", "AND seq > 1"), ("duties", ""), ("acts", ""), ("notices", "")):
        await rows(quarters.need_database(), UNSEEN.format(f"DELETE FROM {table} WHERE key = '{key}' {which}"))
    assert (await duly("records", "verify", number)).code == 2
    left = await duly("--json", "records", "rebuild", number)
    assert (left.code, left.data["changed"], len(left.data["left"])) == (2, [], 1)
    done = await duly("--json", "records", "rebuild", number, "--from-server")
    assert (done.code, done.data["left"]) == (0, []), done.err
    assert done.data["changed"][0]["tables"]["acts"]["missing"] == 1
    assert await rows(quarters.need_database(), JOURNAL, key) == whole
    assert (await duly("records", "verify", number)).code == 0
