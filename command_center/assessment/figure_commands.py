"""The command ``citybrain kpi rebuild``: the rows of figures anew, from tables and journal."""

from __future__ import annotations

import typer
from sqlalchemy.exc import OperationalError, ProgrammingError

from command_center.assessment.case_figures import rebuild_figures
from command_center.journal.ledger import Ledger
from foundation.clock import SystemClock
from foundation.command_line import new_commands
from foundation.database import Database
from foundation.processes import CannotRun
from foundation.settings import Settings
from grid.city import NoCityLoaded, load_city

commands = new_commands("Assessment: the rows behind the indicators.")


@commands.callback()
def group() -> None:
    """Commands about assessment."""


@commands.command("rebuild")
def rebuild_command(context: typer.Context) -> None:
    """Make the rows of figures anew; they are the same as those that the brain keeps, or those were at fault."""
    settings: Settings = context.obj
    database = Database(settings.database)
    try:
        with database.write() as session:
            ledger = Ledger(session, load_city(session), SystemClock().now())
            count = rebuild_figures(ledger)
            ledger.close()
    except (OperationalError, ProgrammingError, NoCityLoaded) as error:
        raise CannotRun(f"the figures cannot be made anew: {str(error).splitlines()[0]}") from error
    finally:
        database.dispose()
    typer.echo(f"{count} cases")
