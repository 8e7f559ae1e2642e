"""`duly set-aside`: list and retry what workers could not process and set aside (quarantine)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session, operating
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.store.workers import SetAside, Workers


def register(app: typer.Typer) -> None:
    aside = typer.Typer(no_args_is_help=True)
    aside.command("list", help="option.set-aside.list")(list_)
    aside.command("retry", help="option.set-aside.retry")(retry)
    app.add_typer(aside, name="set-aside", help="help.set-aside", rich_help_panel="panel.operation")


def list_(context: typer.Context) -> None:
    here = operating(context)

    async def work() -> None:
        async with _workers(here) as workers:
            found = await workers.set_aside()
        here.data([{"name": one.name, **one.model_dump(mode="json")} for one in found])
        if not found:
            here.show(here.say("aside.none"))
        for one in found:
            _show(here, one)

    here.run(work())


def retry(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="option.set-aside.id", metavar="[ID]")] = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="option.set-aside.all")] = False,
) -> None:
    here = operating(context)

    async def work() -> None:
        if (name is None) != everything:
            raise Told("aside.which")
        async with _workers(here) as workers:
            found = await workers.retry(name)
        if name is not None and not found:
            raise Told("aside.unknown", id=name)
        here.data([one.name for one in found])
        here.show(here.say("aside.retried", n=len(found)))

    here.run(work())


def _show(here: Session, one: SetAside) -> None:
    here.show(Prose(one.name, style="name"))
    why = here.say(f"aside.why.{one.why.value}")
    since = f"{one.since:%Y-%m-%dT%H:%M:%SZ}"
    here.show(indented(Prose(here.say("aside.line", why=why, detail=one.detail, since=since, tries=one.tries))))


def _workers(here: Session) -> Workers:
    from complaints.store.workers import Workers

    return Workers(here.settings.need_database())
