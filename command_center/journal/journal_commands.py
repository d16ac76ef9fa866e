"""The commands ``citybrain journal verify | export``."""

from __future__ import annotations

import sys

import typer

from command_center.journal.journal import export_journal, verify_journal
from command_center.journal.journal_anchor import anchor_file, read_anchors
from command_center.journal.journal_tables import JournalHead
from foundation.command_line import new_commands
from foundation.database import Database
from foundation.settings import Settings

commands = new_commands("The journal: verify the chain, export it.")


@commands.command("verify")
def verify_command(context: typer.Context) -> None:
    """Walk the hash chain: exit 0 and the count, or exit 1 and the first bad entry."""
    settings: Settings = context.obj
    database = Database(settings.database)
    try:
        with database.read() as session:
            head = session.get(JournalHead, 1)
            anchors = read_anchors(anchor_file(settings.data), head.epoch if head is not None else "")
            count, bad = verify_journal(session, anchors)
    finally:
        database.dispose()
    if bad is not None:
        typer.echo(
            f"entry {bad} is bad: changed, missing or cut off; the {count} before it are in order", err=True
        )
        raise typer.Exit(1)
    typer.echo(f"{count} entries in order, {len(anchors)} anchors agree")


@commands.command("export")
def export_command(context: typer.Context) -> None:
    """Write the journal to standard output as JSON lines."""
    settings: Settings = context.obj
    database = Database(settings.database)
    try:
        with database.read() as session:
            for line in export_journal(session):
                sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    finally:
        database.dispose()
