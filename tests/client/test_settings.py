"""Where a process finds server and records: what the environment says, else the stack that runs here."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.connection import running_stack, temporal
from complaints.connection.running_stack import StackInfo
from complaints.connection.settings import Settings, Unsettled, WrongSetting
from complaints.connection.variables import Variables, is_secret, names
from complaints.texts import say
from devstack import up
from starters.cli.ui.errors import REFUSED, failed
from tests.places import ROOT
from worker import doctor, prepare
from worker.findings import FindingState


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> StackInfo:
    info = StackInfo("127.0.0.1:7000", "postgresql:///duly", "postgresql:///duly_drill", "http://127.0.0.1:8000")
    monkeypatch.setattr(running_stack, "find_running", lambda home=None: info)
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


# --- secrets from files


def test_a_secret_comes_from_the_file_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "database"
    file.write_text("postgresql://u:pw@db/duly\n", encoding="utf-8")
    assert Settings.from_env({"DATABASE_URL_FILE": str(file)}).database_url == "postgresql://u:pw@db/duly"


@pytest.mark.parametrize("name", list(names().values()))
def test_every_variable_may_stand_in_a_file_or_in_the_folder_of_secrets(name: str, tmp_path: Path) -> None:
    if name == "DULY_SECRETS":
        return
    pem = tmp_path / "some.pem"
    pem.write_text("[profile.default]\n", encoding="utf-8")
    good = {
        "TEMPORAL_ADDRESS": "temporal:7233",
        "TEMPORAL_TLS": "true",
        "TEMPORAL_CONFIG_FILE": str(pem),
        "DULY_UI_URL": "https://ui.example",
        "DULY_ATTACHMENTS_ENDPOINT": "https://s3.example",
        "DULY_LANG": "en",
        "DULY_HEALTH_ADDRESS": "127.0.0.1:7280",
        "DULY_GATEWAY_ADDRESS": "127.0.0.1:7281",
        "DULY_GATEWAY_URL": "https://duly.example",
        "DULY_GATEWAY_CA": str(pem),
        "DULY_GATEWAY_RATE": "600",
        "DULY_WEBHOOK_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "DULY_OIDC_ISSUER": "https://id.example",
    }
    value = good.get(name, str(pem) if name.endswith("_PATH") else "x")
    if name.endswith("DATABASE_URL"):
        value = "postgresql://u:p%40w@db:5432/duly"
    if name.endswith("SMTP_URL"):
        value = "smtps://u:pw@mail.example"
    (tmp_path / "pointed").write_text(value + "\n", encoding="utf-8")
    (tmp_path / name.lower()).write_text(value + "\n", encoding="utf-8")
    field = next(field for field, known in names().items() if known == name)
    by_variable = Variables.read({name: value})
    assert str(getattr(by_variable, field)) == value
    assert getattr(Variables.read({f"{name}_FILE": str(tmp_path / "pointed")}), field) == getattr(by_variable, field)
    assert getattr(Variables.read({"DULY_SECRETS": str(tmp_path)}), field) == getattr(by_variable, field)


def test_a_variable_beside_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting) as wrong:
        Settings.from_env({"DATABASE_URL": "postgresql://db/duly", "DATABASE_URL_FILE": str(tmp_path / "x")})
    assert (wrong.value.key, wrong.value.params["variable"]) == ("settings.both", "DATABASE_URL")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting) as wrong:
        Settings.from_env({"DULY_SMTP_URL_FILE": str(tmp_path / "none")})
    assert wrong.value.params["variable"] == "DULY_SMTP_URL_FILE"
    assert wrong.value.params["file"].endswith("none")


# --- values that cannot be used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEMPORAL_ADDRESS", "temporal"),
        ("TEMPORAL_ADDRESS", "http://temporal:7233"),
        ("TEMPORAL_ADDRESS", "temporal:99999"),
        ("TEMPORAL_TLS", "perhaps"),
        ("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "/nowhere/ca.pem"),
        ("TEMPORAL_CONFIG_FILE", "/nowhere/temporal.toml"),
        ("DATABASE_URL", "mysql://u:hidden@db/duly"),
        ("DATABASE_URL", "postgresql://u:hidden@db:port/duly"),
        ("DATABASE_URL", "postgresql://u:hidden@db/duly?sslmode=please"),
        ("DULY_DRILL_DATABASE_URL", "u:hidden@db"),
        ("DULY_SMTP_URL", "mail.example:hidden"),
        ("DULY_DRILL_SMTP_URL", "http://u:hidden@mail"),
        ("DULY_UI_URL", "ui.example"),
        ("DULY_LANG", "fr"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_the_variable_and_what_to_do(
    name: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WrongSetting) as wrong:
        Settings.from_env({name: value})
    assert wrong.value.params["variable"] == name
    for lang in ("zh", "en"):
        assert failed(wrong.value, lang, False) == REFUSED
        told = " ".join(capsys.readouterr().err.split())
        assert name in told
        assert "hidden" not in told + str(wrong.value)
        assert ("***" if "hidden" in value or "DATABASE" in name else value) in told
        assert len(told) > len(say("settings.bad", lang, variable=name, found=value, todo="")), "it says what to do"


def test_a_file_of_the_temporal_command_is_not_read_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "temporalio" / "temporal.toml"
    file.parent.mkdir()
    file.write_text('[profile.default]\naddress = "elsewhere:7233"\nnamespace = "other"\n', encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.from_env({}).temporal_address is None
    asked = Settings.from_env({"TEMPORAL_CONFIG_FILE": str(file)})
    assert (asked.temporal_address, asked.namespace) == ("elsewhere:7233", "other")


def test_the_table_of_the_operations_page_has_every_variable_and_no_other() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page.split("## Settings")[1].split("\n## ")[0]
    documented = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert documented == set(names().values())
    for name, info in ((str(one.validation_alias), one) for one in Variables.model_fields.values()):
        row = next(line for line in table.splitlines() if line.startswith(f"| `{name}`"))
        assert ("a secret: " in row) is is_secret(info), f"{name}: the table says which are secrets"


def test_of_the_two_workers_of_one_command_only_one_has_the_health_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULY_HEALTH_ADDRESS", "127.0.0.1:7999")
    assert up._inherited("default")["DULY_HEALTH_ADDRESS"] == "127.0.0.1:7999"
    assert "DULY_HEALTH_ADDRESS" not in up._inherited("drill")
    monkeypatch.setenv("DULY_HEALTH_ADDRESS", "off")
    assert up._inherited("drill")["DULY_HEALTH_ADDRESS"] == "off"


def test_preparing_a_server_says_which_file_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unreadable(_: str) -> None:
        raise WrongSetting("settings.file", variable="TEMPORAL_TLS_…", file="/ca.pem", why="No such file")

    def leave(code: int | str = 0) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(prepare, "register", unreadable)
    monkeypatch.setattr(prepare, "leave", leave)
    with pytest.raises(SystemExit) as ended:
        prepare.main()
    assert "/ca.pem" in str(ended.value.code)


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (None, FindingState.OK, "takes our certificate and key"),
        (WrongSetting("settings.refused-key", address="a:1", why="no"), FindingState.MISSING, "TEMPORAL_API_KEY"),
        (Refusal(Refused.SERVER_UNREACHABLE, what="server", address="a:1"), FindingState.MISSING, "over TLS"),
    ],
)
def test_the_doctor_says_whether_certificate_and_key_are_taken(
    answer: Exception | None, state: FindingState, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(*_: object) -> None:
        if answer:
            raise answer

    monkeypatch.setattr(temporal, "connect", connect)
    monkeypatch.setenv("TEMPORAL_API_KEY", "k-1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{server.getsockname()[1]}")
        found = next(one for one in doctor.examine() if one.name == "TEMPORAL_ADDRESS")
    assert found.state is state
    assert said in found.words("en")
    assert "k-1" not in found.words("en")


# --- the place of attachments


def test_attachments_are_in_the_home_of_the_stack_or_where_it_is_said(tmp_path: Path) -> None:
    home = {"DULY_HOME": str(tmp_path)}
    assert Settings.from_env(home).object_place() is None, "no stack was ever there"
    running_stack.write_info(tmp_path, StackInfo("127.0.0.1:7000", "postgresql:///duly", "postgresql:///duly_drill"))
    for address in ({}, {"TEMPORAL_ADDRESS": "127.0.0.1:7000"}):
        place = Settings.from_env({**home, **address}).need_objects()
        assert place.folder == tmp_path / "attachments" / "default"
    elsewhere = Settings.from_env({**home, "TEMPORAL_ADDRESS": "temporal:7233"})
    with pytest.raises(Unsettled) as unsettled:
        elsewhere.need_objects()
    assert "DULY_ATTACHMENTS" in unsettled.value.words("zh")
    said = {**home, "TEMPORAL_ADDRESS": "temporal:7233", "DULY_ATTACHMENTS": str(tmp_path / "papers")}
    assert Settings.from_env(said).need_objects().folder == tmp_path / "papers"


def test_attachments_of_drills_are_apart(tmp_path: Path) -> None:
    running_stack.write_info(tmp_path, StackInfo("127.0.0.1:7000", "postgresql:///duly", "postgresql:///duly_drill"))
    env = {"DULY_HOME": str(tmp_path), "DULY_ATTACHMENTS": "s3://papers"}
    drill = Settings.from_env(env, namespace="drill")
    assert drill.need_objects().folder == tmp_path / "attachments" / "drill"


def test_attachments_may_be_in_a_bucket() -> None:
    env = {
        "DULY_ATTACHMENTS": "s3://papers/duly/",
        "DULY_ATTACHMENTS_ENDPOINT": "http://minio:9000",
        "DULY_ATTACHMENTS_REGION": "cn-north-1",
        "DULY_ATTACHMENTS_KEY": "key",
        "DULY_ATTACHMENTS_SECRET": "hidden",
    }
    place = Settings.from_env(env).need_objects()
    assert (place.bucket, place.prefix, place.endpoint) == ("papers", "duly", "http://minio:9000")
    assert (place.region, place.key, place.secret, place.folder) == ("cn-north-1", "key", "hidden", None)
    assert "hidden" not in repr(place)
    for wrong in ("s3://", "s3://A", "gs://papers", "http://x/y"):
        with pytest.raises(WrongSetting):
            Settings.from_env({"DULY_ATTACHMENTS": wrong})
