"""`duly accounts`, `duly tokens`: who may come in. For operators, who have the address of the database.

A password or token that is made here is shown this once. Nobody can act on a case with an account of an administrator.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from complaints.accounts.errors import AccountRefused
from starters.cli.ui.errors import Told
from starters.cli.ui.operators import operator_name
from starters.cli.ui.session import Session, operating
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.accounts.model import ApiToken, SignInAccount
    from complaints.store.accounts import Accounts
    from complaints.store.api_tokens import ApiTokens

Account = Annotated[str, typer.Argument(help="option.accounts.account", metavar="ACCOUNT")]
Operator = Annotated[str | None, typer.Option("--as", help="option.accounts.as", metavar="PERSON", envvar="DULY_AS")]
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


def register(app: typer.Typer) -> None:
    accounts = typer.Typer(no_args_is_help=True)
    tokens = typer.Typer(no_args_is_help=True)
    for name, command in (
        ("new", accounts_new),
        ("reset", accounts_reset),
        ("unlock", accounts_unlock),
        ("disable", accounts_disable),
        ("enable", accounts_enable),
        ("sign-out", accounts_sign_out),
        ("list", accounts_list),
        ("log", accounts_log),
    ):
        accounts.command(name, help=f"option.accounts.{name}")(command)
    for name, command in (("new", tokens_new), ("list", tokens_list), ("revoke", tokens_revoke)):
        tokens.command(name, help=f"option.tokens.{name}")(command)
    for name, part in (("accounts", accounts), ("tokens", tokens)):
        app.add_typer(part, name=name, help=f"help.{name}", rich_help_panel="panel.operation")


# --- accounts


def accounts_new(
    context: typer.Context,
    account: Account,
    administrator: Annotated[bool, typer.Option("--administrator", help="option.accounts.administrator")] = False,
    operator: Operator = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        if _ID.fullmatch(account) is None:
            raise AccountRefused("account-id")
        password, hash = await _generated()
        async with _accounts(here) as accounts:
            await accounts.add(account, hash, administrator=administrator, by=_operator(operator), now=_now())
        _show_password(here, account, password)

    here.run(work())


def accounts_reset(context: typer.Context, account: Account, operator: Operator = None) -> None:
    here = operating(context)

    async def work() -> None:
        password, hash = await _generated()
        async with _accounts(here) as accounts:
            await accounts.reset_password(account, hash, by=_operator(operator), now=_now())
        _show_password(here, account, password)

    here.run(work())


def accounts_unlock(context: typer.Context, account: Account, operator: Operator = None) -> None:
    here = operating(context)

    async def work() -> None:
        async with _accounts(here) as accounts:
            await accounts.unlock(account, by=_operator(operator), now=_now())
        here.data({"account": account})
        here.show(here.say("accounts.unlocked", account=account))

    here.run(work())


def accounts_disable(context: typer.Context, account: Account, operator: Operator = None) -> None:
    here = operating(context)

    async def work() -> None:
        async with _accounts(here) as accounts:
            ended = await accounts.disable(account, by=_operator(operator), now=_now())
        here.data({"account": account, "ended": ended})
        here.show(here.say("accounts.disabled", account=account, ended=ended))

    here.run(work())


def accounts_enable(context: typer.Context, account: Account, operator: Operator = None) -> None:
    here = operating(context)

    async def work() -> None:
        async with _accounts(here) as accounts:
            await accounts.enable(account, by=_operator(operator), now=_now())
        here.data({"account": account})
        here.show(here.say("accounts.enabled", account=account))

    here.run(work())


def accounts_sign_out(context: typer.Context, account: Account, operator: Operator = None) -> None:
    here = operating(context)

    async def work() -> None:
        async with _accounts(here) as accounts:
            ended = await accounts.sign_out(account, by=_operator(operator), now=_now())
        here.data({"account": account, "ended": ended})
        here.show(here.say("accounts.signed-out", account=account, ended=ended))

    here.run(work())


def accounts_log(
    context: typer.Context,
    subject: Annotated[str | None, typer.Argument(help="option.accounts.subject", metavar="[ACCOUNT]")] = None,
    before: Annotated[int | None, typer.Option("--before", help="option.accounts.before", metavar="ID")] = None,
    limit: Annotated[int, typer.Option("--limit", help="option.accounts.limit", min=1, max=1000)] = 50,
) -> None:
    here = operating(context)

    async def work() -> None:
        from complaints.store.account_events import AccountLog

        async with AccountLog(here.settings.need_database()) as log:
            found = await log.events(subject, before=before, limit=limit + 1)
        here.data(found[:limit])
        for one in found[:limit]:
            line = Prose(f"{stamp(one.at, year=0)}  ")
            line.append(one.subject, style="name")
            line.append(f"  {here.say(f'accounts.deed.{one.what.value}')}  {one.by}")
            here.show(line)
            if one.note:
                here.show(indented(Prose(one.note, style="quiet"), 4))
        if not found:
            here.show(here.say("accounts.no-log"))
        if len(found) > limit:
            here.show(Prose(here.say("accounts.more", before=found[limit - 1].id), style="quiet"))

    here.run(work())


def accounts_list(context: typer.Context) -> None:
    here = operating(context)

    async def work() -> None:
        async with _accounts(here) as accounts:
            found = await accounts.accounts()
            locked = {one.id for one in found if (await accounts.hindrance(one.id, _now())) is not None}
        here.data([{**one.model_dump(exclude={"password"}), "locked": one.id in locked} for one in found])
        grid = Table.grid(padding=(0, 2))
        for one in found:
            grid.add_row(Prose(one.id, style="name"), one.name, Prose(_state(here, one, locked), style="quiet"))
        here.show(grid if found else here.say("accounts.none"))

    here.run(work())


def _state(here: Session, one: SignInAccount, locked: set[str]) -> str:
    states = {
        "administrator": one.administrator,
        "disabled-state": one.disabled_at is not None,
        "left": one.administrator == one.in_directory and one.disabled_at is None,
        "locked": one.id in locked,
        "generated": one.generated,
        "no-password": one.password is None,
    }
    return " · ".join(here.say(f"accounts.{name}") for name, holds in states.items() if holds)


async def _generated() -> tuple[str, str]:
    """Return a new password and its hash."""
    from complaints.accounts import passwords

    try:
        from starters.gateway.hashing import Passwords
    except ModuleNotFoundError as missing:
        raise Told("login.not-installed", package=missing.name) from None
    password = passwords.generated(secrets.token_bytes(passwords.GENERATED_BYTES))
    return password, await Passwords().hashed(password)


def _show_password(here: Session, account: str, password: str) -> None:
    from complaints.accounts.passwords import GENERATED_FOR

    here.data({"account": account, "password": password})
    here.show(here.say("accounts.password", account=account, days=GENERATED_FOR.days))
    _show_whole(here, password)


# --- tokens


def tokens_new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="option.tokens.name", metavar="NAME")],
    scope: Annotated[list[str], typer.Option("--scope", help="option.tokens.scope", metavar="SCOPE")],
    days: Annotated[int, typer.Option("--days", help="option.tokens.days")] = 90,
    operator: Operator = None,
) -> None:
    here = operating(context)
    from complaints.accounts import scopes
    from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted

    async def work() -> None:
        said, granted = scopes.check_token(name, days), scopes.parsed(scope)
        new, now = minted(CredentialKind.BACKEND, secrets.token_bytes(RANDOM_BYTES)), _now()
        async with _tokens(here) as tokens:
            until = now + timedelta(days=days)
            token = await tokens.add(new, said, granted, by=_operator(operator), now=now, expires_at=until)
        here.data({**token.model_dump(), "token": new.text})
        here.note(here.say("tokens.new", name=token.name, id=token.id, until=f"{until:%Y-%m-%d}"))
        _show_whole(here, new.text)  # alone on standard output, for TOKEN=$(duly tokens new …)

    here.run(work())


def tokens_list(context: typer.Context) -> None:
    here = operating(context)
    from complaints.accounts import scopes

    async def work() -> None:
        async with _tokens(here) as tokens:
            found = await tokens.tokens()
        here.data([one.model_dump() for one in found])
        for one in found:
            here.show(Prose(f"{one.id}  {one.name}", style="name"))
            here.show(Prose(f"  {scopes.written(one.scopes)} · {_token_state(here, one)}", style="quiet"))
        if not found:
            here.show(here.say("tokens.none"))

    here.run(work())


def tokens_revoke(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="option.tokens.id", metavar="TOKEN")],
    operator: Operator = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        async with _tokens(here) as tokens:
            token = await tokens.revoke(id, by=_operator(operator), now=_now())
        here.data(token.model_dump())
        here.show(here.say("tokens.revoked", name=token.name, id=token.id))

    here.run(work())


def _token_state(here: Session, one: ApiToken) -> str:
    if one.revoked_at is not None:
        return here.say("tokens.is-revoked", at=f"{one.revoked_at:%Y-%m-%d}", by=one.revoked_by)
    if not one.counts(_now()):
        return here.say("tokens.is-over", at=f"{one.expires_at:%Y-%m-%d}")
    used = f"{one.used_at:%Y-%m-%d}" if one.used_at else "—"
    return here.say("tokens.is-valid", at=f"{one.expires_at:%Y-%m-%d}", used=used)


# --- what they share


@asynccontextmanager
async def _accounts(here: Session) -> AsyncGenerator[Accounts]:
    from complaints.store.accounts import Accounts

    async with Accounts(here.settings.need_database()) as accounts:
        yield accounts


@asynccontextmanager
async def _tokens(here: Session) -> AsyncGenerator[ApiTokens]:
    from complaints.store.api_tokens import ApiTokens

    async with ApiTokens(here.settings.need_database()) as tokens:
        yield tokens


def _show_whole(here: Session, text: str) -> None:
    """Print a text in one line, however long, so that it can be copied."""
    if not here.json:
        print(text)


def _operator(said: str | None) -> str:
    """Return who runs this command, for the log: the user of the operating system and the machine.

    Whom they say they are is put before that and does not replace it: nobody proves it.
    """
    found = operator_name()
    return f"{said} ({found})" if said else found


def _now() -> datetime:
    return datetime.now(UTC)
