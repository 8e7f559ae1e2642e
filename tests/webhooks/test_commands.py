"""`duly webhooks`, as an operator types it."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from complaints.store.records import PostgresRecords
from complaints.webhooks import signing
from starters.cli.app import run
from tests.store.casefiles import Story
from tests.store.postgres import rows


class Desk:
    """An operator at a terminal."""

    def __init__(self, url: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.home = home
        self._capsys = capsys

    def duly(self, *arguments: str, lang: str = "en") -> tuple[int, str]:
        code = run(["--lang", lang, *arguments])
        said = self._capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    def data(self, *arguments: str) -> Any:
        assert run(["--lang", "en", "--json", *arguments]) == 0
        return json.loads(self._capsys.readouterr().out)

    def sql(self, statement: str, *params: object) -> list[Any]:
        return asyncio.run(rows(self.url, statement, *params))


@pytest.fixture
def desk(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    for name in ("DULY_WEBHOOK_KEY", "DULY_WEBHOOK_HOSTS", "DULY_AS", "TEMPORAL_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "DATABASE_URL": url,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "DULY_HOME": str(tmp_path / "home"),
    }.items():
        monkeypatch.setenv(name, value)
    return Desk(url, tmp_path / "home", capsys)


def case(url: str) -> None:
    async def write() -> None:
        async with PostgresRecords(url) as records:
            await records.write(Story("hotline-1").goes_on())

    asyncio.run(write())


def test_a_webhook_is_added_with_a_secret_that_is_shown_once(desk: Desk):
    token = desk.data("tokens", "new", "crm", "--scope", "read")["id"]
    added = desk.data(
        "webhooks", "add", "https://crm.example/duly", "--token", token, "--kind", "opening,closing", "--as", "he.yun"
    )
    key = desk.home / "webhooks" / "default" / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert added["kinds"] == ["opening", "closing"]
    assert added["secret"].startswith("whsec_")
    assert "he.yun" in added["created_by"]
    (listed,) = desk.data("webhooks", "list")
    assert "secret" not in listed
    assert listed["key_here"]
    code, said = desk.duly("webhooks", "list")
    assert code == 0
    assert "https://crm.example/duly" in said
    assert added["secret"] not in said
    assert added["secret"] not in str(desk.sql("SELECT * FROM webhooks"))
    code, said = desk.duly("accounts", "log", lang="zh")
    assert "登记接收地址" in said
    desk.data("webhooks", "remove", added["id"])
    assert desk.data("webhooks", "list") == []
    assert desk.duly("webhooks", "list")[1] == "There are no webhooks yet."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("http://crm.example/",), "has to begin with https://"),
        (("https://10.0.0.1/",), "not one of the public internet"),
        (("https://user:secret@crm.example/",), "no address that can be told"),
        (("https://crm.example/", "--kind", "opened"), "only these: opening, stage, breach, closing"),
        (("https://crm.example/", "--token", "nobody"), "There is no such token"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence_that_repeats_nothing(
    desk: Desk, arguments: tuple[str, ...], sentence: str
):
    token = desk.data("tokens", "new", "crm", "--scope", "read")["id"]
    more = ("--token", token) if "--token" not in arguments else ()
    code, said = desk.duly("webhooks", "add", *arguments, *more, "--kind", "stage")
    assert code == 2
    assert sentence in said
    assert "secret" not in said
    assert desk.data("webhooks", "list") == []


def test_deliveries_are_listed_and_sent_again(desk: Desk):
    token = desk.data("tokens", "new", "crm", "--scope", "read")["id"]
    hook = desk.data("webhooks", "add", "https://crm.example/", "--token", token, "--kind", "opening")["id"]
    case(desk.url)
    (delivery,) = desk.data("webhooks", "deliveries", hook)
    assert (delivery["state"], delivery["data"]["number"]) == ("pending", "HF01-2026-000001")
    assert "still being sent" in desk.duly("webhooks", "resend", delivery["id"])[1]
    desk.sql("UPDATE webhook_deliveries SET (state, last_fault, last_status) = ('failed', 'status', 500)")
    desk.sql("UPDATE webhooks SET (disabled_at, disabled_because) = (now(), 'failing')")
    _, said = desk.duly("webhooks", "list")
    assert "1 set aside" in said
    assert "it has taken nothing for three days" in said
    _, said = desk.duly("webhooks", "deliveries", "--state", "failed")
    assert "it did not answer with 2xx (500)" in said
    assert "已搁置" in desk.duly("webhooks", "deliveries", lang="zh")[1]
    assert desk.data("webhooks", "enable", hook)["disabled_at"] is None
    assert desk.data("webhooks", "resend", "--failed", hook) == {"resent": 1}
    desk.sql("UPDATE webhook_deliveries SET state = 'delivered'")
    assert desk.data("webhooks", "resend", delivery["id"]) == {"resent": 1}
    assert desk.data("webhooks", "deliveries", "--state", "pending")[0]["id"] == delivery["id"]
    for arguments in (("resend",), ("resend", "a", "--failed", "b"), ("deliveries", "--state", "odd")):
        assert desk.duly("webhooks", *arguments)[0] == 2
    for arguments in (("deliveries", "whk_x"), ("remove", "whk_x"), ("enable", "whk_x"), ("resend", "msg_x")):
        assert "There is no such" in desk.duly("webhooks", *arguments)[1]


def test_a_key_that_others_can_read_is_not_used(desk: Desk):
    token = desk.data("tokens", "new", "crm", "--scope", "read")["id"]
    add = ("webhooks", "add", "https://crm.example/", "--token", token, "--kind", "opening")
    desk.data(*add)
    key = desk.home / "webhooks" / "default" / "key"
    key.chmod(0o644)
    assert desk.duly(*add)[0] == 2
    key.chmod(0o600)
    key.write_text("odd")
    assert desk.duly(*add)[0] == 2
    key.unlink()
    code, said = desk.duly(*add)
    assert code == 2
    assert "use another key" in said
    assert not desk.data("webhooks", "list")[0]["key_here"]
    assert "not on this machine" in desk.duly("webhooks", "list")[1]


def test_a_key_that_a_setting_gives_is_used_and_none_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DULY_WEBHOOK_KEY", "A" * 42 + "A=")
    monkeypatch.setenv("DULY_WEBHOOK_HOSTS", "http://127.0.0.1:9000")
    token = desk.data("tokens", "new", "crm", "--scope", "read")["id"]
    added = desk.data("webhooks", "add", "http://127.0.0.1:9000/", "--token", token, "--kind", "opening")
    assert added["secret"] == signing.shown_secret(signing.secret_of(bytes(32), added["id"]))
    assert not (desk.home / "webhooks").exists()
    for name, wrong in (("DULY_WEBHOOK_KEY", "AAAA"), ("DULY_WEBHOOK_KEY", "%"), ("DULY_WEBHOOK_HOSTS", "10.0.0.0/8")):
        with monkeypatch.context() as set:
            set.setenv(name, wrong)
            code, said = desk.duly("webhooks", "list")
            assert code == 2
            assert name in said
