"""The command ``citybrain register import FILE``: devices or cameras from CSV or GeoJSON, all of it or nothing."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from command_center.cases.actors import Actor
from command_center.journal.journal import ensure_head
from command_center.journal.ledger import Ledger
from command_center.registers.register_changes import carry_out
from foundation.clock import SystemClock
from foundation.command_line import new_commands
from foundation.database import Database
from foundation.processes import WrongInput
from grid.city import NoCityLoaded, load_city
from grid.register_import.plan_import import ImportPlan, plan_import

FAULTS_PRINTED = 50
BY_COMMAND = Actor("system", "citybrain register import")

commands = new_commands("The register of devices and cameras: import.")


class Kind(StrEnum):
    DEVICES = "devices"
    CAMERAS = "cameras"


@commands.callback()
def group() -> None:
    """Keep ``import`` a command of its own, though it is the only one."""


@commands.command("import")
def import_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or GeoJSON, UTF-8 or GB 18030")],
    *,
    kind: Annotated[Kind, typer.Option(help="what stands in it")],
    datum: Annotated[
        str,
        typer.Option(help="wgs84, cgcs2000, gcj02, bd09, EPSG:4527, 4548, 4549, gk3; a column datum beats it"),
    ] = "wgs84",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")] = False,
) -> None:
    """Add what is new and change what differs; with one fault nothing is kept. The running product follows."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise WrongInput(f"{file} cannot be read: {error.strerror}.") from error
    database = Database(context.obj.database)
    try:
        with database.write() as session:
            city = load_city(session)
            plan = plan_import(content, city, kind=kind.value, datum=datum)
            if not plan.faults and not dry_run:
                ensure_head(session)
                ledger = Ledger(session, city, SystemClock().now())
                carry_out(ledger, plan, BY_COMMAND)
                ledger.close()
    except NoCityLoaded as error:
        raise WrongInput(f"{error}.") from error
    finally:
        database.dispose()
    _tell(file, plan, dry_run=dry_run)


def _tell(file: Path, plan: ImportPlan, *, dry_run: bool) -> None:
    for fault in plan.faults[:FAULTS_PRINTED]:
        typer.echo(f"{file}: {fault}", err=True)
    if plan.faults:
        raise WrongInput(f"{file} has {len(plan.faults)} faults: nothing was imported.")
    added, changed = ("would be added", "would change") if dry_run else ("added", "changed")
    typer.echo(f"{len(plan.created)} {added}, {len(plan.changed)} {changed}, {plan.unchanged} as they were")
