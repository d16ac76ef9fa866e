"""The command ``citybrain replay``: recorded messages into the running product.

The roof registers ``commands``; exit codes are 0 done, 1 failed, 2 a file cannot be read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from foundation.command_line import new_commands
from ingest.replay import ReplayPlan, replay

commands = new_commands()


@commands.command("replay")
def replay_command(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="JSON lines {topic, payload|payload_base64, at}.")],
    *,
    speed: Annotated[float, typer.Option(help="How many times faster; 0 is as fast as it goes.", min=0)] = 1.0,
    keep_time: Annotated[bool, typer.Option("--keep-time", help="Leave times as they were recorded.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="On the plain topics, unmarked, as if it happened.")
    ] = False,
) -> None:
    """Publish recorded messages below replay/, marked as a replay everywhere."""
    report = replay(context.obj, files, ReplayPlan(speed=speed, keep_time=keep_time, live=live))
    for fault in report.faults:
        typer.echo(fault, err=True)
    left_out = f", {len(report.faults)} lines left out" if report.faults else ""
    typer.echo(f"{report.published} messages published{left_out}.")
