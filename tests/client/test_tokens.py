"""Which token a program shows to which server, and how it takes a renewed one."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path

import pytest
from temporalio.service import ServiceClient

from complaints.connection import running_stack, tokens
from complaints.connection.running_stack import StackInfo, remember_tokens, write_info
from complaints.connection.settings import WrongSetting
from complaints.connection.temporal import security
from complaints.connection.tokens import TokenRole, keep_renewed, token_file

HERE = "127.0.0.1:19999"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("TEMPORAL_", "DULY_TEMPORAL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DULY_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(running_stack, "_tokens", {})
    (tmp_path / "home").mkdir()


def folder_with_tokens(tmp_path: Path) -> Path:
    for role in TokenRole:
        file = token_file(tmp_path / "locks", role)
        file.parent.mkdir(parents=True)
        file.write_text(f"of the {role}\n", encoding="ascii")
    return tmp_path / "locks"


def test_a_stack_that_asks_for_no_token_gets_none() -> None:
    remember_tokens(HERE, None)
    assert security(HERE) == {}
    assert security("127.0.0.1:18888") == {}, "nothing is known of it"


def test_a_stack_gets_the_token_of_the_role_without_tls(tmp_path: Path) -> None:
    remember_tokens(HERE, folder_with_tokens(tmp_path))
    for role in TokenRole:
        assert security(HERE, role) == {"api_key": f"of the {role}", "tls": False}
    assert security(HERE) == security(HERE, TokenRole.GATEWAY)


def test_the_stack_of_the_home_is_found_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_with_tokens(tmp_path)
    write_info(tmp_path / "home", StackInfo(HERE, "postgresql://", "postgresql://", tokens=str(folder)))
    monkeypatch.setattr(running_stack, "_tokens", {})
    assert security(HERE).get("api_key") == "of the gateway"
    monkeypatch.setenv("TEMPORAL_ADDRESS", HERE)  # named, but without a key: it is the same server
    assert security(HERE, TokenRole.WORKER).get("api_key") == "of the worker"


def test_a_key_of_the_environment_comes_before_the_stack_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_tokens(HERE, folder_with_tokens(tmp_path))
    monkeypatch.setenv("TEMPORAL_ADDRESS", HERE)
    monkeypatch.setenv("TEMPORAL_API_KEY", "k-1")
    assert security(HERE).get("api_key") == "k-1"
    assert security(HERE).get("tls") is True
    assert security(HERE, TokenRole.READER).get("api_key") == "k-1"
    monkeypatch.setenv("TEMPORAL_TLS", "false")
    monkeypatch.setenv("DULY_TEMPORAL_READ_KEY", "k-2")
    assert security(HERE) == {"api_key": "k-1", "tls": False}
    assert security(HERE, TokenRole.READER) == {"api_key": "k-2", "tls": False}


def test_another_s_stack_is_said_with_what_to_do(tmp_path: Path) -> None:
    remember_tokens(HERE, tmp_path / "of somebody else")
    with pytest.raises(WrongSetting) as told:
        security(HERE, TokenRole.READER)
    assert "reader" in told.value.words("en")
    assert "duly up" in told.value.words("zh")


class Service:
    """Stands for the SDK's connection: takes keys."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def update_api_key(self, key: str) -> None:
        self.keys.append(key)


async def follow(service: ServiceClient | Service, file: Path) -> None:
    keep_renewed(service, file, looking=0.01)  # pyright: ignore[reportArgumentType]


async def becomes(service: Service, expected: list[str]) -> None:
    async with asyncio.timeout(10):
        while service.keys != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_new_token_is_taken_and_a_missing_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "token"
    file.write_text("t-1", encoding="ascii")
    service = Service()
    await follow(service, file)
    await asyncio.sleep(0.05)
    assert service.keys == [], "it has that one"
    replace(file, "t-2\n")
    await becomes(service, ["t-2"])
    file.unlink()
    async with asyncio.timeout(10):
        while "cannot be read" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    replace(file, "")
    await asyncio.sleep(0.05)
    replace(file, "t-3")
    await becomes(service, ["t-2", "t-3"])
    assert caplog.text.count("cannot be read") == 1


async def test_a_connection_that_nobody_uses_is_followed_no_longer(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("t-1", encoding="ascii")
    service = Service()
    await follow(service, file)
    assert tokens._following
    del service
    gc.collect()
    async with asyncio.timeout(10):
        while any(str(file) in task.get_name() for task in tokens._following):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text, encoding="ascii")
    fresh.replace(file)
