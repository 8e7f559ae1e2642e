"""`duly keys`: the keys that acts are signed with: make the first, list them, rotate, retire one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.errors import UNREACHABLE, Told
from starters.cli.ui.session import Session, operating
from starters.cli.ui.tell_cases import ToldCases, report, tell_all
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.private_keys.keeper import KeyKeeper
    from complaints.signing.key_ring import PublicKey
    from complaints.store.signing_keys import ListedKey, SigningKeys

BY = "duly keys"
Kid = Annotated[str, typer.Argument(help="option.keys.kid", metavar="KEY")]


def register(app: typer.Typer) -> None:
    keys = typer.Typer(no_args_is_help=True)
    keys.command("list", help="option.keys.list")(list_)
    keys.command("begin", help="option.keys.begin")(begin)
    keys.command("rotate", help="option.keys.rotate")(rotate)
    keys.command("retire", help="option.keys.retire")(retire)
    app.add_typer(keys, name="keys", help="help.keys", rich_help_panel="panel.operation")


def list_(context: typer.Context) -> None:
    here = operating(context)

    async def work() -> None:
        async with _table(here) as table:
            listed = await table.listed()
        from complaints.signing.key_ring import KeyRing

        here.data(KeyRing(keys=tuple(one.key for one in listed)))
        here.show(*(_line(here, one) for one in listed) if listed else [here.say("keys.none")])

    here.run(work())


def begin(context: typer.Context) -> None:
    here = operating(context)

    async def work() -> None:
        async with _table(here) as table:
            keeper = _keeper(here, table)
            before = (await table.ring()).keys
            keeper.read()
            if before and not keeper.own:  # another folder signs for this installation
                raise Told("keys.elsewhere", folder=_folder(here))
            await keeper.look()
            key = keeper.current
        if key is None:
            raise Told("keys.not-here", folder=_folder(here))
        here.data({"key": key.public, "first": not before})
        here.show(here.say("keys.begun" if not before else "keys.begun-before", kid=key.kid, folder=_folder(here)))

    here.run(work())


def rotate(
    context: typer.Context,
    lead: Annotated[int | None, typer.Option("--in", help="option.keys.in", metavar="MINUTES", min=0, max=1440)] = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        async with _table(here) as table:
            keeper = _keeper(here, table)
            keeper.read()
            if not keeper.own:
                raise Told("keys.not-here", folder=_folder(here))
            rotation = await keeper.rotate(by=BY, lead=None if lead is None else timedelta(minutes=lead))
        telling = await tell_all(here)
        here.data({"new": rotation.new, "retiring": rotation.retiring, **telling.data})
        here.show(here.say("keys.new", kid=rotation.new.kid, at=_moment(rotation.new.valid_from)))
        for kid, at in rotation.retiring.items():
            here.show(here.say("keys.retires", kid=kid, at=_moment(at)))
        _told(here, telling)

    here.run(work())


def retire(
    context: typer.Context,
    kid: Kid,
    reason: Annotated[str, typer.Option(help="option.keys.reason")],
) -> None:
    here = operating(context)

    async def work() -> None:
        async with _table(here) as table:
            key = await _keeper(here, table).retire(await _whole(table, kid), by=BY, reason=reason)
        telling = await tell_all(here)
        here.data({"retired": key, **telling.data})
        assert key.retired_at is not None
        here.show(here.say("keys.retired", kid=key.kid, at=_moment(key.retired_at)))
        _told(here, telling)

    here.run(work())


def _told(here: Session, telling: ToldCases) -> None:
    here.show(here.say("telling.told", told=len(telling.told)))
    report(here, telling)
    if telling.untold:
        raise typer.Exit(UNREACHABLE)


async def _whole(table: SigningKeys, kid: str) -> str:
    """The id of the one key that begins so. Raises `Told`."""
    found = [key.kid for key in (await table.ring()).keys if key.kid.startswith(kid)]
    if len(found) != 1:
        raise Told("keys.which" if found else "keys.unknown", kid=kid)
    return found[0]


def _table(here: Session) -> SigningKeys:
    from complaints.store.signing_keys import SigningKeys

    return SigningKeys(here.settings.need_database(), size=1)


def _keeper(here: Session, table: SigningKeys) -> KeyKeeper:
    from complaints.private_keys.folder import KeyFolder
    from complaints.private_keys.keeper import LEAD, KeyKeeper
    from complaints.private_keys.places import place_of

    drill, folder = here.settings.drill, KeyFolder(place_of(_home(here), here.settings.namespace))
    name, lead = (here.settings.namespace, timedelta(0)) if drill else ("gateway", LEAD)
    return KeyKeeper(folder, table, name, lead=lead)


def _folder(here: Session) -> str:
    from complaints.private_keys.places import place_of

    return str(place_of(_home(here), here.settings.namespace))


def _home(here: Session) -> Path:
    from complaints.connection.running_stack import default_home

    return here.settings.home or default_home()


def _line(here: Session, one: ListedKey) -> Prose:
    key, now = one.key, datetime.now(UTC)
    said = Prose(key.kid, style="name")
    said.append(f"  {key.signer}  {here.say(f'keys.state.{_state(key, now)}')}", style="")
    said.append(f"  {_moment(key.valid_from)} – {_moment(key.retired_at) if key.retired_at else ''}", style="quiet")
    if one.reason:
        said.append(f"  {one.reason}", style="quiet")
    return said


def _state(key: PublicKey, now: datetime) -> str:
    if key.retired(now):
        return "retired"
    if key.valid_from > now:
        return "coming"
    return "leaving" if key.retired_at is not None else "valid"


def _moment(at: datetime) -> str:
    return stamp(at, year=datetime.now(UTC).year)
