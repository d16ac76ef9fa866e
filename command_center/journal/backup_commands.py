"""The commands ``citybrain backup FILE`` and ``citybrain restore FILE``.

The roof registers them; exit codes are 0 done, 1 failed, 2 the file or the target is not fit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command_center.journal.backup import Manifest, read_backup, write_backup
from foundation.bus.server import prepare_data
from foundation.command_line import new_commands
from foundation.database import Database
from foundation.schema import migrate
from foundation.settings import Settings

backup = new_commands()
restore = new_commands()
File = Annotated[Path, typer.Argument(help="The backup, a gzipped tar.")]


@backup.command("backup")
def backup_command(context: typer.Context, file: File) -> None:
    """Write database and attachments to a file; the product may run meanwhile."""
    settings: Settings = context.obj
    database = Database(settings.database)
    try:
        typer.echo(f"{file}: {_describe(write_backup(database, settings.data, file))}")
    finally:
        database.dispose()


@restore.command("restore")
def restore_command(context: typer.Context, file: File) -> None:
    """Read a backup into an empty database and data folder; the journal begins a new epoch."""
    settings: Settings = context.obj
    prepare_data(settings.data)
    database = Database(settings.database)
    try:
        migrate(database)
        typer.echo(f"Restored {_describe(read_backup(database, settings.data, file))}")
    finally:
        database.dispose()


def _describe(manifest: Manifest) -> str:
    return (
        f"{sum(manifest.rows.values())} rows, {manifest.rows.get('journal', 0)} journal entries,"
        f" {manifest.attachments} attachments, made at {manifest.made_at}"
    )
