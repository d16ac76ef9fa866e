"""The commands ``citybrain device-token add | list | revoke``: MQTT credentials of devices and gateways."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from foundation.clock import SystemClock
from foundation.command_line import new_commands
from foundation.database import Database
from foundation.processes import WrongInput
from foundation.settings import Settings
from grid.city import NoCityLoaded, load_city
from ingest.gate.credential_tables import MqttCredential, MqttRefusal
from ingest.gate.credentials import BadCredential, NewCredential, add_credential, revoke_credential

commands = new_commands("MQTT credentials of devices and gateways: add, list, revoke.")

Name = Annotated[str, typer.Argument(help="the name to connect with; of a device its id", metavar="NAME")]


@commands.command("add")
def add_command(
    context: typer.Context,
    name: Name,
    *,
    device: Annotated[str | None, typer.Option(help="the device's id in its topics; NAME where left out")] = None,
    source: Annotated[str | None, typer.Option(help="make it a gateway that speaks for this source")] = None,
    client_id: Annotated[
        str | None, typer.Option(help="the MQTT client id it is bound to; NAME if left out")
    ] = None,
    any_client_id: Annotated[bool, typer.Option("--any-client-id", help="any id that is nobody else's")] = False,
) -> None:
    """Add a credential; the password is printed once and only its digest is kept."""
    settings: Settings = context.obj
    if source is not None and device is not None:
        raise WrongInput("A credential is for a device or for a gateway of a source: leave one out.")
    bound = "" if any_client_id else client_id or name
    new = NewCredential(name=name, device=None if source else device or name, source=source, client_id=bound)
    database = Database(settings.database)
    try:
        with database.write() as session:
            if source is not None and source not in load_city(session).sources:
                raise WrongInput(f"The city has no source {source}.")
            password = add_credential(session, new, SystemClock().now())
    except (BadCredential, NoCityLoaded) as error:
        raise WrongInput(f"{error}.") from error
    finally:
        database.dispose()
    typer.echo(f"username  {name}\npassword  {password}\nclient id {bound or 'any'}")


@commands.command("list")
def list_command(context: typer.Context) -> None:
    """Print every credential with what was refused to it."""
    database = Database(context.obj.database)
    try:
        with database.read() as session:
            refused = {row.name: row for row in session.scalars(select(MqttRefusal))}
            rows = session.scalars(select(MqttCredential).order_by(MqttCredential.name)).all()
    finally:
        database.dispose()
    for row in rows:
        state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "demo" if row.is_demo else "active"
        whom = f"device {row.device}" if row.device else f"gateway of {row.source}"
        count = refused.get(row.name)
        told = f"refused: {count.publishes} publishes, {count.logins} connections" if count else ""
        typer.echo(f"{row.name:<28} {whom:<36} {state:<20} {told}".rstrip())


@commands.command("revoke")
def revoke_command(context: typer.Context, name: Name) -> None:
    """Make a credential worthless; whoever is connected by it is thrown out within a second."""
    database = Database(context.obj.database)
    try:
        with database.write() as session:
            revoke_credential(session, name, SystemClock().now())
    except BadCredential as error:
        raise WrongInput(f"{error}; `citybrain device-token list` names them.") from error
    finally:
        database.dispose()
    typer.echo(f"revoked {name}")
