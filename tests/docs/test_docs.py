"""README and docs are true: every command and program in them runs, every table in them is what the code says."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keyring
import keyring.backends.fail
import pytest
import typer

from complaints.base.errors import Refused
from complaints.case.file import ActKind
from complaints.clock.local_time import CHINA, local
from complaints.connection.running_stack import StackInfo
from complaints.connection.temporal import connect
from complaints.connection.variables import names
from complaints.people.roles import ROLES
from complaints.printing.sheets import PRINTED
from complaints.texts import say
from starters.cli.app import app, run
from starters.cli.ui import errors
from tests.places import ROOT
from tests.server.desk import Terminals
from tests.server.office import set_apart
from worker.namespaces import SEARCH_ATTRIBUTES

STORY = (
    "README.md",
    "docs/client.md",
    "docs/operations.md",
    "docs/administration.md",
    "docs/forms.md",
    "docs/library.md",
    "docs/documents.md",
    "docs/reports.md",
    "docs/attachments.md",
    "docs/gateway.md",
    "docs/webhooks.md",
    "docs/access.md",
    "docs/keeping.md",
    "docs/importing.md",
    "docs/revisits.md",
    "docs/rounds.md",
    "docs/others.md",
    "docs/office-hours.md",
)
FOUND = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
ROOTS = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
DOCUMENTS = list(dict.fromkeys((*STORY, *FOUND, *ROOTS)))
GATEWAY = "127.0.0.1:7281"  # where the documents say that the gateway is
NAMESPACE = "documents"  # one of their own, so that numbers begin at one whatever other tests do
WRITTEN = "2026"  # the year in the documents' numbers
WHOLE = ("make ", "docker compose ", ". .venv/", "export ")  # what may be left out: it installs, starts or stops all
CODES = (errors.REFUSED, errors.UNREACHABLE, errors.UNSIGNED, errors.UNEXPECTED, errors.INTERRUPTED)


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Block:
    """A fenced block, and what a comment before it says about testing it."""

    place: str
    kind: str
    text: str
    mark: str = ""

    @property
    def skipped(self) -> bool:
        return self.mark.startswith("skip: ")

    @property
    def code(self) -> int:
        """The exit code of the block's last command."""
        return int(self.mark.removeprefix("exit ")) if self.mark.startswith("exit ") else 0


def blocks(document: str) -> Iterator[Block]:
    fenced = re.compile(r"(?:<!-- test: (?P<mark>[^\n]+) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
    text = text_of(document)
    for found in fenced.finditer(text):
        line = text.count("\n", 0, found.start("text")) + 1
        yield Block(f"{document}:{line}", found["kind"], found["text"], found["mark"] or "")


def all_blocks(*kinds: str) -> list[Block]:
    return [block for document in DOCUMENTS for block in blocks(document) if block.kind in kinds]


def prose(document: str) -> str:
    """The document without its blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(document), flags=re.M | re.S)


def spans(document: str) -> list[str]:
    """What stands between backticks; a line break inside would hide it from us."""
    assert all(line.count("`") % 2 == 0 for line in prose(document).splitlines()), document
    return re.findall(r"`([^`\n]+)`", prose(document))


def column(document: str, head: str, n: int = 0) -> list[str]:
    """The `n`th column of the table whose first heading is `head`, without backticks."""
    found = re.search(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", text_of(document), re.M)
    assert found, f"{document} has no table of {head}"
    return [line.split(" | ")[n].strip(" |`") for line in found[1].splitlines()]


# --- every command and program


class Reader:
    """Somebody who does what the documents say, one block after another. `gateway` is where theirs is."""

    def __init__(self, gateway: str, terminals: Terminals) -> None:
        self.year = f"{local(datetime.now(UTC), CHINA):%Y}"
        self.terminals = terminals
        self.gateway = gateway
        self.printed = ""

    def follow(self, block: Block) -> None:
        """Do what the block says; a block of text is what was to be seen."""
        if block.skipped:
            self.printed = ""
            return
        text = re.sub(rf"(?<=[A-Z0-9]-){WRITTEN}(?=-\d{{6}})", self.year, block.text)
        text = text.replace(GATEWAY, self.gateway)
        if block.kind == "text":
            self._sees(block, text)
        elif block.kind == "python":
            self._does(block, 0, lambda: exec(compile(text, block.place, "exec"), {"__name__": "__main__"}))
        elif block.kind == "sh":
            self._commands(block, text)

    def _commands(self, block: Block, text: str) -> None:
        lines = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
        printed = ""
        for line in lines:
            code = block.code if line == lines[-1] else 0
            plain = line.startswith("duly ") and not re.search(r"[|>&;$]", line)
            action = (lambda line=line: run(shlex.split(line)[1:])) if plain else (lambda line=line: shell(line))
            if signs_in := re.fullmatch(r"duly login ([\w.]+)", line):
                action = functools.partial(self._signs_in, signs_in[1])
            if kept := re.fullmatch(r"export (\w+)=(.+)", line):
                action = functools.partial(self._keeps, kept[1], line)
            self._does(block, code, action, line)
            printed += self.printed
        self.printed = printed

    def _signs_in(self, person: str) -> int:
        """Sign in, as the password would do that nobody can type here."""
        asyncio.run(self.terminals.sign_in(person))
        return 0

    def _keeps(self, name: str, line: str) -> int:
        """Set a variable, also for the commands and programs that follow."""
        done = subprocess.run(
            ["bash", "-c", f'set -e\n{line.removeprefix("export ")}\nprintf %s "${name}"'],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        os.environ[name] = done.stdout
        print(done.stderr)
        return done.returncode

    def _does(self, block: Block, code: int, action: Any, said: str = "") -> None:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                ended = action() or 0
        except Exception:
            ended = traceback.format_exc()
        self.printed = printed.getvalue()
        assert ended == code, f"{block.place}: {said}\nended with {ended}, not {code}:\n{self.printed}"

    def _sees(self, block: Block, text: str) -> None:
        seen = without_figures(self.printed)
        for line in text.splitlines():
            assert without_figures(line) in seen, f"{block.place}: {line!r} is not to be seen in\n{self.printed}"


def without_figures(text: str) -> str:
    """For comparing what the documents show with what is printed: dates, times and counts differ from day to day."""
    text = re.sub(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", "DAY", text)
    text = re.sub(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b", "MONTH", text)
    return " ".join(re.sub(r"\d+", "#", text).split())


def shell(line: str) -> int:
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120, check=False)
    print(done.stdout, done.stderr)
    return done.returncode


@pytest.fixture
def checkout(stack: StackInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A folder like a checkout, and a worker such as `make up` starts, in a namespace that nobody else uses."""
    for name in ("examples", "complaints"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    for name in [*column("docs/operations.md", "variable"), "NO_COLOR", "FORCE_COLOR"]:
        monkeypatch.delenv(name, raising=False)
    url = asyncio.run(set_apart(stack, NAMESPACE)).need_database()
    env = {
        "TEMPORAL_ADDRESS": stack.temporal_address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "DATABASE_URL": url,
        "DULY_DRILL_DATABASE_URL": stack.drill_database_url,
        "DULY_HOME": str(tmp_path / "home"),
        "DULY_ATTACHMENTS": str(tmp_path / "attachments"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "DULY_LANG": "en",
        "COLUMNS": "160",
        "TERMINAL_WIDTH": "160",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TOKEN", "")  # so that it is taken away again
    with (
        beside(tmp_path / "worker.log", "worker"),
        beside(tmp_path / "gateway.log", "starters.gateway", DULY_GATEWAY_ADDRESS=f"127.0.0.1:{free_port()}") as said,
    ):
        monkeypatch.setenv("DULY_GATEWAY_URL", said)
        yield {**env, "gateway": said.removeprefix("http://")}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def beside(log: Path, program: str, **more: str) -> Iterator[str]:
    """Run a program of ours beside the test. Yields what it says once it is ready."""
    command = [sys.executable, "-m", program, "--with-parent"]
    with (
        log.open("wb") as told,
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **more}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            said = process.stdout.readline().decode().strip()
            assert said, log.read_text(encoding="utf-8")
            yield said
        finally:
            process.stdin.close()
            process.wait(60)


@pytest.mark.long(60)
def test_every_command_and_program_in_the_documents_works(checkout: dict[str, str]) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    reader = Reader(checkout["gateway"], Terminals(f"http://{checkout['gateway']}", checkout["DATABASE_URL"]))

    def read() -> None:
        for document in STORY:
            for block in blocks(document):
                reader.follow(block)

    with ThreadPoolExecutor(1) as reading:  # commands and programs bring event loops of their own
        reading.submit(read).result()
        found = reading.submit(lambda: asyncio.run(seen_in_lists(checkout["TEMPORAL_ADDRESS"]))).result()
        wrong = reading.submit(lambda: run(["records", "verify"])).result()
    assert wrong == 0, "the records are not what the journals of all this say"
    for view in ("DulyTrack = 'crisis' AND", "DulyWaitingOn = 'li.na' AND", "DulyProject = 'hf01' AND"):
        assert [query for query, cases in found.items() if query.startswith(view) and cases], f"{view} finds nothing"


async def seen_in_lists(address: str) -> dict[str, list[str]]:
    """What the saved views find; the server refuses a query that it does not understand."""
    client = await connect(address, NAMESPACE)
    queries = [block.text.strip() for block in all_blocks("sql")]
    queries += [query for block in all_blocks("js") for query in re.findall(r'": "(Duly.+)",$', block.text, re.M)]
    return {query: [case.id async for case in client.list_workflows(query)] for query in queries}


def test_only_what_starts_or_stops_the_whole_is_left_out() -> None:
    left_out = [(block.place, line) for block in all_blocks("sh") if block.skipped for line in block.text.splitlines()]
    assert left_out, "the two commands at least"
    for place, line in left_out:
        assert line.startswith(WHOLE), f"{place}: {line} can be run"


def test_a_program_or_query_is_never_left_out_and_every_block_says_what_it_is() -> None:
    for document in DOCUMENTS:
        for block in blocks(document):
            assert block.kind in ("sh", "python", "sql", "js", "text", "mermaid"), block.place
            assert not block.skipped or block.kind in ("sh", "text"), block.place
            assert block.mark == "" or re.fullmatch(r"skip: .+|exit \d+", block.mark), block.place
            read = document in STORY or block.skipped or block.kind not in ("sh", "python")
            assert read, f"{block.place} is not read by the test"


def test_the_services_of_the_compose_file_have_the_names_the_documents_use() -> None:
    services = re.findall(r"^  ([a-z]+):$", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"), re.M)
    said = " ".join(block.text for block in all_blocks("sh") if "docker compose" in block.text)
    named = re.findall(r"exec (\w+)|(\w+):/|--scale (\w+)=", said)
    assert named
    assert {name for names in named for name in names if name} <= set(services)


# --- names: commands, targets, files, links


@functools.cache
def commands() -> dict[str, Any]:
    """Every command by the words that lead to it."""

    def below(command: Any, way: str) -> Iterator[tuple[str, Any]]:
        yield way, command
        for name, inner in getattr(command, "commands", {}).items():
            yield from below(inner, f"{way} {name}")

    return dict(below(typer.main.get_command(app), "duly"))


def words_of(command: str) -> str:
    return " ".join(re.match(r"duly(?: [a-z]+(?:-[a-z]+)*){0,2}", command)[0].split())  # type: ignore[index]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_named_in_passing_exist(document: str) -> None:
    known = commands()
    for span in spans(document):
        if span == "duly" or not span.startswith("duly "):
            continue
        name = words_of(span)
        assert name in known or name.rpartition(" ")[0] in set(known) - {"duly"}, f"{document}: {span}"


def test_every_command_is_shown_somewhere() -> None:
    said = " ".join(text_of(document) for document in STORY)
    leaves = [name for name, command in commands().items() if not hasattr(command, "commands")]
    unsaid = [name for name in leaves if not re.search(rf"\b{name}\b", said)]
    assert unsaid in ([], ["duly demo"]), "they are never shown"
    assert "make demo" in said


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_named_exists(document: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    everything = "\n".join([*spans(document), *(block.text for block in blocks(document) if block.kind == "sh")])
    assert set(re.findall(r"^make ([a-z-]+)", everything, re.M)) <= set(targets)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_named_exists(document: str) -> None:
    named = [span for span in spans(document) if re.fullmatch(r"\w[\w.-]*/[\w./-]*", span)]
    named += [word for span in spans(document) for word in span.split() if word.startswith("examples/")]
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(document)):
        assert "://" not in target, f"{document} leads away: {target}"
        path, _, anchor = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), f"{document}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
            assert anchor in [re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in headings]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_leads_out_of_the_project(document: str) -> None:
    hosts = re.findall(r"\b(?:https?|git|ssh)://([\w.-]+)", text_of(document))
    assert set(hosts) <= {"127.0.0.1", "localhost"}
    assert not re.search(r"(?<![\w.])/(?:tmp|work|root)/", text_of(document))


def test_the_decisions_are_numbered_without_gaps_and_say_their_status() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    for number, record in enumerate(records, 1):
        text = record.read_text(encoding="utf-8")
        assert record.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        assert "**Status:** " in text


# --- tables


def test_the_table_of_refusals_has_every_code_in_the_code_s_own_order() -> None:
    assert column("docs/refusals.md", "code") == [code.value for code in Refused]


def test_the_table_of_search_attributes_is_that_of_the_stack() -> None:
    named = zip(*(column("docs/operations.md", "search attribute", n) for n in (0, 1)), strict=True)
    assert dict(named) == SEARCH_ATTRIBUTES
    asked_for = {
        name for kind in ("sql", "js") for block in all_blocks(kind) for name in re.findall(r"\bDuly\w+", block.text)
    }
    assert asked_for <= set(SEARCH_ATTRIBUTES)


def test_the_table_of_settings_has_every_variable_that_is_read() -> None:
    read: set[str] = set()
    for folder in ("complaints", "starters", "worker", "activities", "workflows", "devstack"):
        for file in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r'"(DULY_[A-Z_]+|TEMPORAL_[A-Z]+|DATABASE_URL)"', file.read_text(encoding="utf-8")))
    declared = set(names().values())
    assert {name.removesuffix("_FILE") for name in read} <= declared
    assert set(column("docs/operations.md", "variable")) == declared


def test_the_table_of_exit_codes_has_those_that_commands_end_with() -> None:
    assert column("docs/operations.md", "exit code") == [str(code) for code in (0, 1, *CODES)]


def test_the_table_of_roles_is_that_of_the_product() -> None:
    rows = zip(*(column("docs/administration.md", "role", n) for n in (0, 1, 2)), strict=True)
    assert list(rows) == [(role.key, role.zh, role.superior or "—") for role in ROLES.values()]


def test_the_glossary_has_every_kind_of_act() -> None:
    words = {word for cell in column("docs/glossary.md", "中文", 1) for word in re.split(r", ", cell)}
    assert {kind.value for kind in ActKind} - {ActKind.REGRADE.value} <= words
    assert "regrading" in words


def test_the_table_of_forms_is_that_of_the_product() -> None:
    rows = zip(*(column("docs/forms.md", "form", n) for n in (0, 1)), strict=True)
    assert [(key, title.partition(" ")[0]) for key, title in rows] == [
        (key, say(f"sheet.title.{key}")) for key in PRINTED
    ]


def test_the_changelog_is_in_the_form_of_keep_a_changelog() -> None:
    text = text_of("CHANGELOG.md")
    parts = re.findall(r"^## (.+)$", text, re.M)
    assert parts[0] == "Unreleased"
    assert parts[1] == tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    kinds = set(re.findall(r"^### (.+)$", text, re.M))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_make_help_lists_every_target_and_nothing_else() -> None:
    makefile = text_of("Makefile")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.M)
    assert targets
    assert set(re.findall(r'^\t@echo "make ([a-z-]+) ', makefile, re.M)) == set(targets[1].split()) - {"help"}
