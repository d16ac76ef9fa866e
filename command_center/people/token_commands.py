"""The commands ``citybrain token add | list | revoke``: credentials of the sources that send over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from command_center.people.account_commands import EXIT_INVALID, fail, open_session
from command_center.people.account_tables import SourceCredential
from command_center.people.tokens import BadToken, create_token, revoke_token
from foundation.clock import SystemClock
from foundation.command_line import new_commands
from grid.city import NoCityLoaded, load_city

commands = new_commands("Credentials of sources: add, list, revoke.")

Name = Annotated[str, typer.Argument(help="what the credential is called", metavar="NAME")]


@commands.command("add")
def add_command(
    context: typer.Context, name: Name, *, source: Annotated[str, typer.Option(help="a source of the city")]
) -> None:
    """Add a credential; token and signing secret are printed once."""
    with open_session(context.obj) as session:
        try:
            if source not in load_city(session).sources:
                fail(f"the city has no source {source}", EXIT_INVALID)
            token, secret = create_token(session, name, source, SystemClock().now())
        except (BadToken, NoCityLoaded) as error:
            fail(str(error), EXIT_INVALID)
    typer.echo(f"token  {token}\nsecret {secret}")


@commands.command("list")
def list_command(context: typer.Context) -> None:
    """Print every credential, without its token."""
    with open_session(context.obj) as session:
        for row in session.scalars(select(SourceCredential).order_by(SourceCredential.name)):
            state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at is not None else "active"
            typer.echo(f"{row.name:<28} {row.source:<20} {state}")


@commands.command("revoke")
def revoke_command(context: typer.Context, name: Name) -> None:
    """Make a credential worthless."""
    with open_session(context.obj) as session:
        try:
            revoke_token(session, name, SystemClock().now())
        except BadToken as error:
            fail(str(error), EXIT_INVALID)
    typer.echo(f"revoked {name}")
