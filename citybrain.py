"""The roof: wires the floors together and registers the commands that they define; nobody imports it.

Comes in: the command line. Goes out: an exit code, 0 done, 1 failed, 2 wrong usage or invalid input.
Heavy modules are imported inside the commands, so that a command starts fast.
"""

from __future__ import annotations

import importlib
import logging
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dashboards.greeting import greet, is_up, log_file, turn_log
from foundation import __version__
from foundation.bus.server import check_port, engine_child, lock_data, prepare_data
from foundation.logs import configure_logs
from foundation.processes import CannotRun, Child, Supervisor, WrongInput
from foundation.settings import BadSetting, Settings, as_environment, load_settings
from ingest.bus_users import ensure_demo_credentials, ensure_demo_logins, list_speakers
from ingest.prepared import Speakers, find_prepared, keep_prepared

# Commands that a floor defines: module and Typer application; the Settings are in ``context.obj``.
FLOORS = {
    "city": "grid.city_commands:city",
    "kpi": "command_center.assessment.figure_commands:commands",
    "journal": "command_center.journal.journal_commands:commands",
    "user": "command_center.people.account_commands:commands",
    "device-token": "ingest.gate.credential_commands:commands",
    "register": "command_center.registers.register_commands:commands",
    "token": "command_center.people.token_commands:commands",
    "backup": "command_center.journal.backup_commands:backup",
    "restore": "command_center.journal.backup_commands:restore",
    "settings": "foundation.settings_command:commands",
    "bench": "dashboards.bench_commands:commands",
    "replay": "ingest.replay_commands:commands",
    "simulate": "ingest.simulate.simulate_commands:commands",
}


class Roof(TyperGroup):
    """Commands of the floors are looked up by name and imported only when they are called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *FLOORS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in FLOORS:
            return super().get_command(ctx, cmd_name)
        module, application = FLOORS[cmd_name].split(":")
        command = typer.main.get_command(getattr(importlib.import_module(module), application))
        command.name = cmd_name
        return command


commands = typer.Typer(
    cls=Roof,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="City event command and dispatch for a district, its towns and its grid workers.",
)

Host = Annotated[str | None, typer.Option(help="Address on which HTTP and MQTT listen.")]
Port = Annotated[int | None, typer.Option(help="HTTP port.")]
MqttPort = Annotated[int | None, typer.Option(help="MQTT port.")]
NatsPort = Annotated[int | None, typer.Option(help="Port of the embedded engine, loopback only.")]
DataFolder = Annotated[Path | None, typer.Option(help="Folder for the database, the engine's store, attachments.")]
CityFolder = Annotated[Path | None, typer.Option(help="The city's folder of plain files.")]
TlsFile = Annotated[Path | None, typer.Option(help="PEM file, for HTTPS and MQTT over TLS.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"citybrain {__version__}")
        raise typer.Exit


@commands.callback()
def read_settings(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Settings as TOML; may stand anywhere on the line.")] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    del version
    settings = load_settings(config=config)
    configure_logs("command", level="DEBUG" if settings.log_level == "DEBUG" else "WARNING")
    context.obj = settings
    context.meta["config"] = config


def _with(context: typer.Context, **options: Any) -> Settings:
    """Return the settings with the command's own options on top."""
    return load_settings(config=context.meta.get("config"), **options)


@commands.command()
def up(
    context: typer.Context,
    *,
    city: CityFolder = None,
    data: DataFolder = None,
    host: Host = None,
    port: Port = None,
    mqtt_port: MqttPort = None,
    nats_port: NatsPort = None,
    tls_cert: TlsFile = None,
    tls_key: TlsFile = None,
    demo: Annotated[bool, typer.Option("--demo", help="Accounts of every role with random passwords.")] = False,
    simulate: Annotated[bool, typer.Option("--simulate", help="A living city through the same doors.")] = False,
) -> None:
    """Run the whole product: engine, brain, ingest and web, each restarted when it dies."""
    options = {key: value for key, value in locals().items() if key not in {"context", "simulate"}}
    settings = _with(context, **{**options, "demo": demo or None})
    if simulate and not settings.demo:
        raise WrongInput("--simulate plays the demonstration's devices and people: add --demo.")
    configure_logs("up", level=settings.log_level, plain=sys.stdout.isatty())
    prepare_data(settings.data)
    with lock_data(settings.data):
        check_port(settings.host, settings.port, "--port")
        turn_log(settings)
        speakers = find_prepared(settings) or _prepare(settings)
        if settings.demo:
            ensure_demo_logins(settings, speakers)
        children = _list_children(settings, simulate=simulate)
        Supervisor(children).run(lambda: is_up(settings), lambda: greet(settings))


def _prepare(settings: Settings) -> Speakers:
    """Bring database, city and demo accounts to where the roles expect them."""
    from command_center.people.demo_accounts import ensure_demo_accounts
    from foundation.database import Database
    from foundation.schema import migrate
    from grid.city import load_city
    from grid.ensure_city import ensure_city

    database = Database(settings.database)
    try:
        migrate(database)
        ensure_city(database, settings.city, settings.data / "city-stamp")
        with database.read() as session:
            city = load_city(session)
        speakers = list_speakers(city)
        if settings.demo:
            ensure_demo_accounts(settings, database, city)
            ensure_demo_credentials(settings, database, speakers)
    finally:
        database.dispose()
    keep_prepared(settings, speakers)
    return speakers


def _list_children(settings: Settings, *, simulate: bool) -> list[Child]:
    children, roles = [], ["brain", "ingest", "web"]
    if not settings.nats_url:
        children.append(engine_child(settings))
        roles.append("gate")  # another engine has its own ways to admit devices
    environment = as_environment(settings)
    for role in (*roles, *(["simulate"] if simulate else [])):
        command = [sys.executable, "-m", "citybrain", role]
        guest = role == "simulate"
        children.append(
            Child(name=role, command=command, environment=environment, when_up=guest, log_file=log_file(settings))
        )
    return children


def _role(name: str, start: str, function: str) -> None:
    """Register the command of one role: ``citybrain brain`` and its like."""

    def run(context: typer.Context) -> None:
        settings: Settings = context.obj
        configure_logs(name, level=settings.log_level)
        getattr(importlib.import_module(start), function)(settings)

    commands.command(name, help=f"Run the role {name} alone.")(run)


_role("ingest", "ingest.receive", "run_ingest")
_role("gate", "ingest.gate.gate", "run_gate")
_role("brain", "command_center.running.brain", "run_brain")
_role("web", "dashboards.server.web", "run_web")


@commands.command()
def migrate(context: typer.Context) -> None:
    """Bring the database to the newest schema."""
    from foundation.database import Database
    from foundation.schema import migrate as bring_up

    settings: Settings = context.obj
    prepare_data(settings.data)
    passed = bring_up(Database(settings.database))
    typer.echo(
        f"Database brought from {passed[0]} to {passed[1]}." if passed else "The database is at the newest schema."
    )


def main() -> None:
    """Run the command line; every error is one sentence."""
    sys.exit(_run(_config_first(sys.argv[1:])))


def _config_first(arguments: list[str]) -> list[str]:
    """Move ``--config FILE`` to the front, wherever it stands."""
    for index, argument in enumerate(arguments):
        if argument == "--config" and index + 1 < len(arguments):
            return [argument, arguments[index + 1], *arguments[:index], *arguments[index + 2 :]]
        if argument.startswith("--config="):
            return [argument, *arguments[:index], *arguments[index + 1 :]]
    return arguments


def _run(arguments: list[str]) -> int:
    try:
        commands(arguments, prog_name="citybrain")
    except (CannotRun, BadSetting) as error:
        typer.echo(str(error), err=True)
        return getattr(error, "exit_code", 2)
    except Exception as error:  # noqa: BLE001 - the edge of the program: one sentence, never a traceback
        typer.echo(say_failure(error), err=True)
        return 1
    return 0


def say_failure(error: BaseException) -> str:
    """Return what befell a command as one sentence with the mend; its traceback only where DEBUG is logged."""
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        traceback.print_exception(error)
    if type(error).__module__.startswith("sqlalchemy"):
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        where = "look at CITYBRAIN_DATA or CITYBRAIN_DATABASE_URL, or run `citybrain migrate`"
        return f"The database cannot be used ({reason}): {where}."
    first = str(error).strip().splitlines()[:1]
    return f"citybrain stopped: {type(error).__name__}: {first[0] if first else 'no reason given'}"


if __name__ == "__main__":
    main()
