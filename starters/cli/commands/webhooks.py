"""`duly webhooks`: addresses that are told of cases, and what they were told. For operators, by the database."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from complaints.texts import say
from starters.cli.ui.operators import operator_name
from starters.cli.ui.session import Session, operating
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.private_keys.webhook_key import WebhookKey
    from complaints.store.webhooks import ListedDelivery, Webhooks
    from complaints.webhooks.model import Webhook

Id = Annotated[str, typer.Argument(help="option.webhooks.id", metavar="WEBHOOK")]
Operator = Annotated[str | None, typer.Option("--as", help="option.webhooks.as", metavar="PERSON", envvar="DULY_AS")]


def register(app: typer.Typer) -> None:
    hooks = typer.Typer(no_args_is_help=True)
    for name, command in (
        ("list", list_),
        ("add", add),
        ("remove", remove),
        ("enable", enable),
        ("deliveries", deliveries),
        ("resend", resend),
    ):
        hooks.command(name, help=f"option.webhooks.{name}")(command)
    app.add_typer(hooks, name="webhooks", help="help.webhooks", rich_help_panel="panel.operation")


def list_(context: typer.Context) -> None:
    here = operating(context)

    async def work() -> None:
        async with _webhooks(here) as webhooks:
            found = await webhooks.webhooks(_now())
        key_id = _key_id(here)
        here.data([{**one.model_dump(mode="json"), "key_here": one.key_id == key_id} for one in found])
        for one in found:
            here.show(Prose(f"{one.id}  {one.url}", style="name"))
            here.show(indented(Prose(_line(here, one), style="quiet")))
            for problem in _problems(here, one, key_id):
                here.show(indented(Prose(problem, style="bold")))
        if not found:
            here.show(here.say("webhooks.none"))

    here.run(work())


def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="option.webhooks.url", metavar="URL")],
    token: Annotated[str, typer.Option("--token", help="option.webhooks.token", metavar="TOKEN")],
    kind: Annotated[list[str], typer.Option("--kind", help="option.webhooks.kind", metavar="KIND")],
    operator: Operator = None,
) -> None:
    here = operating(context)
    from complaints.webhooks.registering import new_webhook
    from complaints.webhooks.signing import ID_BYTES

    async def work() -> None:
        kinds = [word for one in kind for word in one.split(",")]
        new = new_webhook(
            url,
            kinds,
            key=_key(here).made(),
            random=secrets.token_bytes(ID_BYTES),
            allowed=here.settings.webhook_hosts,
        )
        async with _webhooks(here) as webhooks:
            added = await webhooks.add(
                new.id, token, new.url, new.kinds, key_id=new.key_id, by=_operator(operator), now=_now()
            )
        here.data({**added.model_dump(mode="json"), "secret": new.secret})
        here.show(here.say("webhooks.added", id=added.id))
        if not here.json:
            print(new.secret)  # in one line, however long, so that it can be copied

    here.run(work())


def remove(context: typer.Context, id: Id, operator: Operator = None) -> None:
    here = operating(context)

    async def work() -> None:
        async with _webhooks(here) as webhooks:
            await webhooks.remove(id, by=_operator(operator), now=_now())
        here.data({"id": id})
        here.show(here.say("webhooks.removed", id=id))

    here.run(work())


def enable(context: typer.Context, id: Id, operator: Operator = None) -> None:
    here = operating(context)

    async def work() -> None:
        async with _webhooks(here) as webhooks:
            enabled = await webhooks.enable(id, by=_operator(operator), now=_now())
        here.data(enabled.model_dump(mode="json"))
        here.show(here.say("webhooks.enabled", id=id, failed=enabled.failed))

    here.run(work())


def deliveries(
    context: typer.Context,
    id: Annotated[str | None, typer.Argument(help="option.webhooks.of", metavar="[WEBHOOK]")] = None,
    state: Annotated[str | None, typer.Option("--state", help="option.webhooks.state", metavar="STATE")] = None,
    before: Annotated[int | None, typer.Option("--before", help="option.webhooks.before", metavar="NTH")] = None,
    limit: Annotated[int, typer.Option("--limit", help="option.webhooks.limit", min=1, max=1000)] = 50,
) -> None:
    here = operating(context)
    from complaints.webhooks.model import DeliveryState
    from starters.cli.ui.errors import Told

    async def work() -> None:
        if state is not None and state not in tuple(DeliveryState):
            raise Told("webhooks.state-unknown", known=", ".join(DeliveryState))
        wanted = DeliveryState(state) if state else None
        async with _webhooks(here) as webhooks:
            if id is not None:
                await webhooks.webhook(id, _now())
            found = await webhooks.deliveries(id, state=wanted, before=before, limit=limit + 1)
        here.data([{"nth": one.nth, **one.delivery.model_dump(mode="json")} for one in found[:limit]])
        for one in found[:limit]:
            _show_delivery(here, one)
        if not found:
            here.show(here.say("webhooks.no-deliveries"))
        if len(found) > limit:
            here.show(Prose(here.say("webhooks.more", before=found[limit - 1].nth), style="quiet"))

    here.run(work())


def resend(
    context: typer.Context,
    delivery: Annotated[str | None, typer.Argument(help="option.webhooks.delivery", metavar="[DELIVERY]")] = None,
    failed: Annotated[str | None, typer.Option("--failed", help="option.webhooks.failed", metavar="WEBHOOK")] = None,
) -> None:
    here = operating(context)
    from starters.cli.ui.errors import Told

    async def work() -> None:
        if (delivery is None) == (failed is None):
            raise Told("webhooks.which")
        async with _webhooks(here) as webhooks:
            if delivery is not None:
                await webhooks.resend(delivery, _now())
                count = 1
            else:
                count = await webhooks.resend_failed(failed or "", _now())
        here.data({"resent": count})
        here.show(here.say("webhooks.resent", n=count))

    here.run(work())


def _line(here: Session, one: Webhook) -> str:
    kinds = here.say("webhooks.join").join(say(f"webhooks.kind.{kind.value}", here.lang) for kind in one.kinds)
    return here.say("webhooks.line", kinds=kinds, token=one.token, pending=one.pending, failed=one.failed)


def _problems(here: Session, one: Webhook, key_id: str | None) -> list[str]:
    said: list[str] = []
    if one.disabled_because is not None and one.disabled_at is not None:
        why = say(f"webhooks.disabled.{one.disabled_because.value}", here.lang)
        said.append(here.say("webhooks.is-disabled", why=why, at=stamp(one.disabled_at, year=0)))
    elif one.failing_since is not None:
        said.append(here.say("webhooks.is-failing", since=stamp(one.failing_since, year=0)))
    if not one.token_counts:
        said.append(here.say("webhooks.no-token"))
    if one.key_id != key_id:
        said.append(here.say("webhooks.no-key"))
    return said


def _show_delivery(here: Session, listed: ListedDelivery) -> None:
    one = listed.delivery
    kind, state = say(f"webhooks.kind.{one.kind.value}", here.lang), say(f"webhooks.state.{one.state.value}", here.lang)
    here.show(Prose(f"{one.id}  {one.data.get('number') or one.key}", style="name"))
    said = here.say("webhooks.delivery", at=stamp(one.at, year=0), kind=kind, state=state, attempts=one.attempts)
    here.show(indented(Prose(said, style="quiet")))
    if one.last_fault is not None:
        why = say(f"webhooks.fault.{one.last_fault.value}", here.lang)
        here.show(indented(Prose(f"{why} ({one.last_status})" if one.last_status else why, style="quiet"), 4))


def _key(here: Session) -> WebhookKey:
    from complaints.connection.running_stack import default_home
    from complaints.private_keys.webhook_key import WebhookKey

    settings = here.settings
    return WebhookKey(settings.home or default_home(), settings.namespace, settings.webhook_key)


def _key_id(here: Session) -> str | None:
    from complaints.webhooks.signing import key_id

    key = _key(here).read()
    return key_id(key) if key else None


@asynccontextmanager
async def _webhooks(here: Session) -> AsyncGenerator[Webhooks]:
    from complaints.store.webhooks import Webhooks

    async with Webhooks(here.settings.need_database()) as webhooks:
        yield webhooks


def _operator(said: str | None) -> str:
    """Return who runs this command, for the log; whom they say they are is proved by nobody."""
    found = operator_name()
    return f"{said} ({found})" if said else found


def _now() -> datetime:
    return datetime.now(UTC)
