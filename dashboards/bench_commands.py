"""The command ``citybrain bench``: the project's benchmarks, each beside a named baseline of the same run.

Comes in: names of benchmarks. Goes out: figures on standard output and, with ``--json``, in a file. It stands
on the topmost floor, because every floor below has a benchmark of its own; the roof registers ``commands``.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Annotated

import typer

from foundation.command_line import new_commands
from foundation.processes import WrongInput

commands = new_commands()

# name: module and function; each returns name → figure, a name that ends in ``ratio`` is against its baseline
BENCHMARKS = {
    "cases": "command_center.bench_cases:bench_cases",
    "ingest": "ingest.bench_ingest:bench_ingest",
    "kpi": "dashboards.bench_kpi:bench_kpi",
    "live": "dashboards.bench_live:bench_live",
    "locate": "grid.bench_locate:bench_locate",
    "memory": "dashboards.bench_memory:bench_memory",
    "rules": "ingest.bench_rules:bench_rules",
    "wall": "dashboards.bench_wall:bench_wall",
}
NEED_DATA = frozenset({"rules"})
MAY_BE_LONG = frozenset({"wall"})


@commands.command("bench")
def bench_command(
    names: Annotated[list[str] | None, typer.Argument(help=f"Any of {', '.join(BENCHMARKS)}; none: all.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of real measurements, for `rules`.")] = None,
    long: Annotated[bool, typer.Option("--long", help="Let `wall` run ten minutes instead of one.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure, and print figures and ratios."""
    wanted = names or list(BENCHMARKS)
    for name in wanted:
        if name not in BENCHMARKS:
            raise WrongInput(f"There is no benchmark {name!r}; there are: {', '.join(BENCHMARKS)}.")
    figures: dict[str, dict[str, float]] = {}
    for name in wanted:
        module, function = BENCHMARKS[name].split(":")
        typer.echo(f"{name} …", err=True)
        measure = getattr(importlib.import_module(module), function)
        given = {"long": long} if name in MAY_BE_LONG else {}
        figures[name] = measure(data) if name in NEED_DATA else measure(**given)
        for figure, value in figures[name].items():
            typer.echo(f"{name:<8} {figure:<32} {value:>14,.2f}")
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=1) + "\n")
