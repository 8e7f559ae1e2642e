"""The command `duly drill SCENARIO`."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui.errors import Told
from starters.cli.ui.files import text_of
from starters.cli.ui.session import Session, session
from starters.drill.examples import example, paper

if TYPE_CHECKING:
    from complaints.case.complaint import Complaint
    from complaints.connection.settings import Settings
    from starters.drill.player import Papers
    from starters.drill.report import DrillReport
    from starters.drill.scenario import Scenario
    from starters.drill.stage import Stage
    from starters.drill.timeline import TimelineEntry

DEMO = "scenarios/crisis.toml"
COMPLAINT = "crisis.json"
DIRECTORY = "directory.toml"


def drill(
    context: typer.Context,
    scenario: Annotated[Path, typer.Argument(help="option.drill.scenario", metavar="SCENARIO")],
    complaint: Annotated[Path | None, typer.Option(help="option.drill.complaint", metavar="FILE")] = None,
    directory: Annotated[Path | None, typer.Option(help="option.drill.directory", metavar="FILE")] = None,
) -> None:
    here = session(context)
    text = text_of(directory) if directory else None
    own = scenario.suffix or scenario.exists()
    story = text_of(scenario) if own else example(f"scenarios/{scenario.name}.toml")
    played = _scenario(here, story, scenario.name)
    told = text_of(complaint) if complaint else example(COMPLAINT)

    def beside(name: str) -> bytes:
        return (scenario.parent / name).read_bytes()

    said = _complaint(here, told, str(complaint or COMPLAINT), played)
    here.run(_run(here, played, said, text, beside if own else paper))


def play_example(here: Session) -> None:
    """Play the first example with the example directory, as `duly demo` does."""
    played = _scenario(here, example(DEMO), DEMO)
    here.run(_run(here, played, _complaint(here, example(COMPLAINT), COMPLAINT, played), example(DIRECTORY), paper))


@dataclass
class _Phases:
    """The duration of each phase, in seconds."""

    done: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    began: float = field(default_factory=time.monotonic)

    def end(self, name: str) -> float:
        now = time.monotonic()
        self.done.append((name, now - self.began))
        self.began = now
        return self.done[-1][1]


async def _run(here: Session, scenario: Scenario, complaint: Complaint, directory: str | None, papers: Papers) -> None:
    from complaints.people.problems import DirectoryError
    from starters.drill.player import Stuck
    from starters.drill.stage import stage

    phases = _Phases()
    try:
        async with _somewhere(here) as (settings, look, ui):
            phases.end("stack")
            async with stage(settings, directory, example(DIRECTORY), scenario.absent) as up:
                phases.end("worker")
                report, entries = await _play(here, up, scenario, complaint, papers, phases)
            _show_end(here, report, entries, look, ui)
    except DirectoryError as wrong:
        raise Told("drill.said", said=wrong.words(here.lang)) from wrong
    except Stuck as stuck:
        raise Told("drill.stuck", place=stuck.place, said=stuck.said) from stuck


@asynccontextmanager
async def _somewhere(here: Session) -> AsyncGenerator[tuple[Settings, str, str | None]]:
    """Yield the running stack, or a temporary one: its settings, the text key that points to its UI, the UI's URL."""
    from complaints.connection.settings import DRILL, Settings
    from starters.cli.extensions import STACK, loaded

    settings = Settings.from_env(home=here.home, namespace=DRILL).located()
    if settings.temporal_address and settings.database_url:
        yield settings, "drill.look-now", settings.ui_url
        return
    stacks = loaded(STACK)
    if not stacks:
        settings.need_address()
        settings.need_database()
    async with stacks[0](here.home, drill_speed=True, ui=False, progress=here.progress) as own:
        port = own.info.ports.get("ui")
        ui = own.ui_url or (f"http://127.0.0.1:{port}" if port else None)
        place = replace(settings, temporal_address=own.temporal_address, database_url=own.drill_database_url)
        yield place, "drill.look", ui


async def _play(
    here: Session, up: Stage, scenario: Scenario, complaint: Complaint, papers: Papers, phases: _Phases
) -> tuple[DrillReport, list[TimelineEntry]]:
    from starters.drill.player import Player
    from starters.drill.report import report
    from starters.drill.showing import Printer

    project = next((one for one in up.directory.projects if one.code == complaint.project), None)
    if project is None:
        raise Told("drill.no-project", project=complaint.project)
    printer = Printer(here.out, here.lang, project.zone)
    entries: list[TimelineEntry] = []

    def watch(entry: TimelineEntry) -> None:
        entries.append(entry)
        if not here.json:
            printer.entry(entry)

    player = Player(up, scenario, complaint, here.lang, watch, papers)
    if not here.json:
        printer.title(scenario.title.says(here.lang), here.say("drill.remark"))
    file = await player.play()
    lines = await player.verified()
    seconds = phases.end("drill")
    return report(file, player.now, seconds, lines, phases.done), entries


def _show_end(here: Session, report: DrillReport, entries: list[TimelineEntry], look: str, ui: str | None) -> None:
    from starters.drill.showing import Printer

    here.data({"events": [asdict(entry) for entry in entries], "summary": asdict(report)})
    if here.json:
        return
    printer = Printer(here.out, here.lang, "Asia/Shanghai")
    printer.summary(report)
    if ui:
        printer.look(here.say(look), f"{ui}/namespaces/drill/workflows/{report.key}")
    else:
        printer.look(here.say("drill.look-elsewhere"), report.key)


# --- input files


def _scenario(here: Session, text: str, filename: str) -> Scenario:
    from complaints import editions
    from starters.drill.scenario import ScenarioError, load

    try:
        return load(text, filename, editions.newest())
    except ScenarioError as wrong:
        raise Told("drill.said", said=wrong.words(here.lang)) from wrong


def _complaint(here: Session, text: str, filename: str, scenario: Scenario) -> Complaint:
    """Read the complaint of a drill and apply the scenario's changes; the player sets the time of receipt."""
    from complaints.intake.taking import read, take
    from starters.drill.filling import in_language

    now = datetime.now(UTC)
    intake = read(text, now=now, defaults={"source": "drill"})
    if intake.rejected or len(intake.accepted) != 1:
        problems: list[Any] = [problem.text(here.lang) for problem in intake.rejected]
        raise Told("drill.bad-complaint", file=filename, problems=" ".join(problems))
    fields = intake.accepted[0].complaint.model_dump(mode="json")
    changed = {name: in_language(value, here.lang) for name, value in scenario.complaint.items()}
    return take({**fields, **changed}, now=now)
