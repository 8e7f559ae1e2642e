"""Letters of a survey by mail: to those who have an address, each once; a gateway that is away loses none."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator

import pytest_asyncio

from complaints.notify.mail import MailSettings
from tests.gateway.desk import Desk, desk
from tests.gateway.records import API, code
from tests.gateway.test_api_draws import SURVEY, opening
from tests.notify.test_mail import SENDER, Postman, free_port, gateway
from tests.store.postgres import rows
from tests.store.residents import settled


@pytest_asyncio.fixture
async def posting(url: str) -> AsyncIterator[tuple[Desk, int]]:
    port = free_port()
    async with desk(url, mail=MailSettings(host="127.0.0.1", port=port, sender=SENDER)) as opened:
        await settled(url, "hf01", 6)
        await rows(url, "UPDATE customers SET contact = id || '@mail.example' WHERE id IN ('hf01-1-1', 'hf01-1-2')")
        await rows(url, "UPDATE customers SET contact = 'gone@mail.example' WHERE id = 'hf01-1-3'")
        yield opened, port


async def test_letters_are_mailed_once_and_the_others_printed(posting: tuple[Desk, int]):
    room, port = posting
    li_na, postman = await room.person("li.na"), Postman()
    await li_na.post(f"{API}/surveys", json=opening(room))
    path = f"{API}/surveys/{SURVEY}"
    away = (await li_na.post(f"{path}/mails", json={})).json()
    assert (away["mailed"], away["away"]) == (0, True)
    postman.refused["gone@mail.example"] = "550 5.1.1 no such user"
    with gateway(postman, port):
        sent = (await li_na.post(f"{path}/mails", json={})).json()
        assert sent == {"mailed": 2, "refused": 1, "away": False, "next": None}
        again = (await li_na.post(f"{path}/mails", json={"after": 3})).json()
        assert again == {"mailed": 0, "refused": 0, "away": False, "next": None}
    assert sorted(str(one["To"]) for one in postman.messages) == [
        "客户1-1 <hf01-1-1@mail.example>",
        "客户1-2 <hf01-1-2@mail.example>",
    ]
    letters = await li_na.post(f"{path}/letters", json={})
    printed = list(csv.DictReader(letters.text.removeprefix("\ufeff").splitlines(keepends=True)))
    assert [one["customer"] for one in printed] == ["hf01-1-4", "hf01-1-5", "hf01-1-6"]  # who have no address
    [line] = (await li_na.get(f"{API}/surveys")).json()["surveys"]
    assert (line["survey"]["sent"], line["survey"]["refused"]) == (5, 1)
    stranger = await room.person("lei.ming")
    assert code(await stranger.post(f"{path}/mails", json={})) == "record-unknown"
