"""The commands ``citybrain user add | passwd | disable | list``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.people.account_tables import Account, Assignment
from command_center.people.accounts import (
    BadAccount,
    NewAccount,
    create_account,
    disable_account,
    find_account,
    make_password,
    set_password,
)
from command_center.people.roles import Role
from command_center.people.scope import Grant
from foundation.clock import SystemClock
from foundation.command_line import new_commands
from foundation.database import Database
from foundation.settings import Settings
from grid.city import NoCityLoaded, load_city

EXIT_FAILED, EXIT_INVALID = 1, 2
DOMAINS = ("emergency", "public_order", "urban_management", "transport")

commands = new_commands("Accounts: add, passwd, disable, list.")

Username = Annotated[str, typer.Argument(help="the name to log in with")]


@commands.command("add")
def add_command(
    context: typer.Context,
    username: Username,
    *,
    role: Annotated[Role, typer.Option(help="what they are")],
    area: Annotated[
        str | None, typer.Option(help="code of their area; the whole city where it is left out")
    ] = None,
    name: Annotated[str, typer.Option(help="the person's name")] = "",
    domains: Annotated[str | None, typer.Option(help="domains, separated by commas; all where left out")] = None,
    department: Annotated[str | None, typer.Option(help="code of the department or team")] = None,
    worker: Annotated[str | None, typer.Option(help="id on the roster, for a phone's user")] = None,
    password: Annotated[str | None, typer.Option(help="made and printed where it is left out")] = None,
) -> None:
    """Add an account; prints its password when none was given."""
    wanted = password or make_password()
    with open_session(context.obj) as session:
        grant = Grant(
            role=role, area=_check_area(session, area), domains=_read_domains(domains), department=department
        )
        account = NewAccount(
            username=username, name=name or username, password=wanted, grants=(grant,), worker=worker
        )
        _try(lambda: create_account(session, account, SystemClock().now()))
    typer.echo(f"added {username}" + ("" if password else f", password {wanted}"))


@commands.command("passwd")
def passwd_command(
    context: typer.Context,
    username: Username,
    password: Annotated[str | None, typer.Option(help="made and printed where it is left out")] = None,
) -> None:
    """Set a new password; the account's sessions end."""
    wanted = password or make_password()
    with open_session(context.obj) as session:
        account = _get(session, username)
        _try(lambda: set_password(session, account, wanted))
    typer.echo(f"password of {username} changed" + ("" if password else f": {wanted}"))


@commands.command("disable")
def disable_command(context: typer.Context, username: Username) -> None:
    """Shut an account; its sessions end."""
    with open_session(context.obj) as session:
        disable_account(session, _get(session, username))
    typer.echo(f"disabled {username}")


@commands.command("list")
def list_command(context: typer.Context) -> None:
    """Print every account with its roles."""
    with open_session(context.obj) as session:
        rows = session.execute(
            select(Account, Assignment)
            .join(Assignment, Assignment.account == Account.id)
            .order_by(Account.username)
        ).all()
        for account, held in rows:
            state = "disabled" if account.is_disabled else "active"
            where = f"{held.area} {held.department or ''}".strip()
            typer.echo(f"{account.username:<28} {state:<9} {held.role:<20} {where}")


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """Yield a writing session on the settings' database."""
    database = Database(settings.database)
    try:
        with database.write() as session:
            yield session
    finally:
        database.dispose()


def _get(session: Session, username: str) -> Account:
    account = find_account(session, username)
    if account is None:
        fail(f"there is no user {username}; citybrain user list names them", EXIT_INVALID)
    return account


def _check_area(session: Session, area: str | None) -> str:
    try:
        city = load_city(session)
    except NoCityLoaded as error:
        fail(str(error), EXIT_FAILED)
    if area is not None and city.tree.find_area(area) is None:
        fail(f"there is no area {area}; citybrain city show prints the tree", EXIT_INVALID)
    return area or city.code


def _read_domains(domains: str | None) -> frozenset[str] | None:
    if domains is None:
        return None
    named = frozenset(part.strip() for part in domains.split(",") if part.strip())
    if not named or named - set(DOMAINS):
        fail(f"--domains takes some of {', '.join(DOMAINS)}", EXIT_INVALID)
    return named


def _try(work: Callable[[], object]) -> None:
    try:
        work()
    except BadAccount as error:
        fail(str(error), EXIT_INVALID)


def fail(message: str, code: int) -> NoReturn:
    """Say why on standard error and end the command."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
