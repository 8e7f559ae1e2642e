"""Where a process finds server and records: what the environment says, else the stack that runs here."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.settings import Settings, Unsettled
from worker.stack import StackInfo, places


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> StackInfo:
    info = StackInfo("127.0.0.1:7000", "postgresql:///duly", "postgresql:///duly_drill", "http://127.0.0.1:8000")
    monkeypatch.setattr(places, "find_running", lambda home=None: info)
    return info


def test_the_environment_says_everything(running: StackInfo) -> None:
    env = {"TEMPORAL_ADDRESS": "temporal:7233", "DATABASE_URL": "postgresql://db/duly", "DULY_LANG": "en_GB"}
    settings = Settings.from_env(env).located()
    assert (settings.temporal_address, settings.database_url) == ("temporal:7233", "postgresql://db/duly")
    assert (settings.namespace, settings.lang, settings.drill) == ("default", "en", False)


def test_what_it_does_not_say_is_taken_from_the_stack_that_runs(running: StackInfo) -> None:
    settings = Settings.from_env({}).located()
    assert settings.temporal_address == running.temporal_address
    assert settings.database_url == running.database_url
    assert settings.ui_url == running.ui_url


def test_exercises_have_records_of_their_own(running: StackInfo) -> None:
    assert Settings.from_env({"TEMPORAL_NAMESPACE": "drill"}).located().database_url == running.drill_database_url
    env = {"DATABASE_URL": "postgresql://db/duly"}
    assert Settings.from_env(env, namespace="drill").database_url == "postgresql://db/duly_drill"
    own = {**env, "DULY_DRILL_DATABASE_URL": "postgresql://other/x"}
    assert Settings.from_env(own, namespace="drill").database_url == "postgresql://other/x"


def test_the_records_of_another_stack_are_never_mixed_in(running: StackInfo) -> None:
    settings = Settings.from_env({"TEMPORAL_ADDRESS": "temporal:7233"}).located()
    with pytest.raises(Unsettled):
        settings.need_database()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings.from_env({"TEMPORAL_ADDRESS": "", "DULY_HOME": str(tmp_path)}).located()
    with pytest.raises(Unsettled):
        settings.need_address()
