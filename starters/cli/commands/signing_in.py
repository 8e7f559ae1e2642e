"""`duly login`, `duly logout`, `duly whoami`, `duly gateway`: sign in to the gateway, and run it."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session, session
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    import httpx2

Gateway = Annotated[str | None, typer.Option("--gateway", help="option.login.gateway", metavar="URL")]
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def register(app: typer.Typer) -> None:
    for name, command, panel in (
        ("login", login, "panel.cases"),
        ("logout", logout, "panel.cases"),
        ("whoami", whoami, "panel.cases"),
        ("gateway", gateway, "panel.operation"),
    ):
        app.command(name, help=f"help.{name}", rich_help_panel=panel)(command)


def login(
    context: typer.Context,
    person: Annotated[str | None, typer.Argument(help="option.login.person", metavar="[PERSON]")] = None,
    device: Annotated[bool, typer.Option("--device", help="option.login.device")] = False,
    stdin: Annotated[bool, typer.Option("--password-stdin", help="option.login.stdin")] = False,
    url: Gateway = None,
) -> None:
    here = session(context)
    if person is None or device:
        here.run(_with_device(here, url))
        return
    here.run(_with_password(here, url, person, stdin=stdin))


def logout(
    context: typer.Context,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="option.login.everywhere")] = False,
    url: Gateway = None,
) -> None:
    here = session(context)
    here.run(_signed_out(here, url, everywhere=everywhere))


def whoami(context: typer.Context, url: Gateway = None) -> None:
    here = session(context)
    here.run(_shown(here, url))


def gateway(context: typer.Context) -> None:
    here = session(context)
    try:
        from starters.gateway.serving import serve
    except ModuleNotFoundError as missing:
        raise Told("login.not-installed", package=missing.name) from None
    serve(here.settings)


async def _with_password(here: Session, url: str | None, person: str, *, stdin: bool) -> None:
    from starters.cli.ui import gateway as door

    address = door.gateway_address(here.home, url)
    password = sys.stdin.readline().rstrip("\r\n") if stdin else _asked(here, person)
    async with door.client(address, lang=here.lang) as client:
        body = {"account": person, "password": password}
        answer = await door.ask(client, "POST", "/api/v1/sessions", json=body)
    if answer.status_code != 201:
        raise door.refusal(answer)
    _keep(here, address, door.document(answer))


def _asked(here: Session, person: str) -> str:
    if not sys.stdin.isatty():
        raise Told("login.no-terminal")
    return str(typer.prompt(here.say("login.password", person=person), hide_input=True, err=True))


async def _with_device(here: Session, url: str | None) -> None:
    from starters.cli.ui import gateway as door

    address = door.gateway_address(here.home, url)
    async with door.client(address, lang=here.lang) as client:
        answer = await door.ask(client, "POST", "/api/v1/device/authorization", data={"client_id": "duly"})
        if answer.status_code != 200:
            raise door.refusal(answer)
        said = door.document(answer)
        here.warn(here.say("login.open", page=said["verification_uri_complete"]), "")
        here.warn(here.say("login.code", code=said["user_code"]), "name")
        _keep(here, address, await _confirmed(client, said))


async def _confirmed(client: httpx2.AsyncClient, device: dict[str, Any]) -> dict[str, Any]:
    """Ask again and again until somebody has confirmed the code (RFC 8628, section 3.5). Raises `Told`."""
    from starters.cli.ui import gateway as door

    pause = float(device["interval"])
    form = {"grant_type": DEVICE_GRANT, "device_code": device["device_code"], "client_id": "duly"}
    while True:
        await asyncio.sleep(pause)
        answer = await door.ask(client, "POST", "/api/v1/device/token", data=form)
        if answer.status_code == 200:
            return door.document(answer)
        match door.document(answer).get("error"):
            case "authorization_pending":
                pass
            case "slow_down":
                pause += 5
            case _:
                raise door.refusal(answer)


def _keep(here: Session, address: str, said: dict[str, Any]) -> None:
    from starters.cli.ui import gateway as door

    where = door.KeptSignIn(address).keep(str(said["access_token"]))
    here.data({"account": said["account"], "gateway": address, "kept": where})
    place = here.say("login.keyring") if where == "keyring" else where
    here.show(here.say("login.done", person=said["account"], gateway=address, place=place))


async def _signed_out(here: Session, url: str | None, *, everywhere: bool) -> None:
    from starters.cli.ui import gateway as door

    address = door.gateway_address(here.home, url)
    kept = door.KeptSignIn(address)
    token = kept.read()
    if token is None:
        raise Told("login.nobody", gateway=address)
    kept.forget()  # first: whatever the gateway says, this machine is signed out
    path = "/api/v1/sessions" if everywhere else "/api/v1/sessions/current"
    async with door.client(address, token, here.lang) as client:
        answer = await door.ask(client, "DELETE", path)
    if answer.status_code not in (204, 401):
        raise door.refusal(answer)
    here.data({"gateway": address, "everywhere": everywhere})
    here.show(here.say("login.out"))


async def _shown(here: Session, url: str | None) -> None:
    from complaints.clock.local_time import CHINA, local
    from starters.cli.ui import gateway as door

    address = door.gateway_address(here.home, url)
    token = door.KeptSignIn(address).read()
    if token is None:
        raise Told("login.nobody", gateway=address)
    async with door.client(address, token, here.lang) as client:
        answer = await door.ask(client, "GET", "/api/v1/me")
    if answer.status_code != 200:
        raise door.refusal(answer)
    said = door.document(answer)
    here.data({**said, "gateway": address})
    here.show(Prose(f"{said['name']} ({said['id']})" if said["name"] else str(said["id"]), style="name"))
    until = local(datetime.fromisoformat(said["expires_at"]), CHINA)
    kind = here.say(f"login.kind.{said['kind']}")
    here.show(Prose(here.say("login.until", kind=kind, until=f"{until:%Y-%m-%d %H:%M}")))
