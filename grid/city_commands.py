"""The commands ``citybrain city check | load | show``: a folder is validated, applied, printed.

The roof mounts the sub-app; exit codes are 0 done, 1 failed, 2 invalid input.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from foundation.clock import SystemClock
from foundation.command_line import new_commands
from foundation.database import Database
from foundation.settings import BadSetting, load_settings
from grid.calendar_gaps import calendar_warnings
from grid.city import City, NoCityLoaded, load_city
from grid.city_folder.check_folder import CheckedFolder, check_folder
from grid.city_load import LaterEdition, load_folder
from grid.national_calendar import write_year

EXIT_FAILED, EXIT_INVALID = 1, 2

city = new_commands("The city: check a folder, load it, show what is loaded.")

Folder = Annotated[Path, typer.Argument(help="the city's folder", metavar="DIR")]
Effective = Annotated[str | None, typer.Option(help="first day it holds, YYYY-MM-DD", metavar="DATE")]


@city.command("check")
def check_command(folder: Folder) -> None:
    """Validate a city folder: name file, row and fault of everything that is wrong."""
    checked = _check(folder)
    typer.echo(f"{folder}: in order, {_summary(checked)}")
    _warn(checked)


@city.command("load")
def load_command(folder: Folder, effective: Effective = None) -> None:
    """Check a city folder and apply it; older editions stay for the records of their time."""
    day = _parse_date(effective)
    checked = _check(folder)
    with _database() as database:
        try:
            with database.write() as session:
                report = load_folder(session, checked, day)
        except LaterEdition as error:
            _fail(str(error), EXIT_INVALID)
    if report.changed or report.ended:
        text = f"{report.changed} rows and documents new or changed, {report.ended} ended"
        typer.echo(f"loaded {report.version}, effective {report.effective_on}: {text}")
    else:
        typer.echo(f"nothing to do: {report.version} is loaded, effective {report.effective_on}")
    _warn(checked)


@city.command("show")
def show_command() -> None:
    """Print the tree of the loaded city with counts."""
    with _database() as database, database.read() as session:
        try:
            loaded = load_city(session)
        except NoCityLoaded as error:
            _fail(str(error), EXIT_FAILED)
    for line in describe_city(loaded):
        typer.echo(line)
    for warning in loaded.list_warnings(SystemClock().now()):
        typer.echo(f"warning: {warning['en']}")


@city.command("calendar")
def calendar_command(year: Annotated[int, typer.Argument(min=1970, max=9000)]) -> None:
    """Print the national holidays and make-up workdays of a year as a table for calendar.toml."""
    try:
        typer.echo(write_year(year).strip())
    except NotImplementedError:
        _fail(
            f"{year} is not announced, or not known yet: write its holidays into calendar.toml by hand",
            EXIT_FAILED,
        )


def describe_city(loaded: City) -> Iterator[str]:
    """Yield the lines of ``city show``."""
    made_up = ", outlines made up (示意)" if loaded.synthetic else ""
    yield f"{loaded.name} {loaded.name_en} ({loaded.code}), {loaded.version}{made_up}"
    counts = ", ".join(f"{len(loaded.tree.list_level(level))} {level}" for level in loaded.tree.levels)
    yield f"  areas: {counts}"
    yield f"  posts {len(loaded.posts)}, workers {len(loaded.workers)}, departments {len(loaded.departments)}"
    devices, cameras = len(loaded.register.list_devices()), len(loaded.register.list_cameras())
    yield f"  devices {devices}, cameras {cameras}, sources {len(loaded.sources)}"
    yield f"  categories {len(loaded.catalogue)}, policies {len(loaded.policies.list_policies())}"
    for root in loaded.tree.children(None):
        yield from _describe_area(loaded, root.code, depth=0)


def _describe_area(loaded: City, code: str, *, depth: int) -> Iterator[str]:
    area = loaded.tree.get_area(code)
    grids = sum(loaded.tree.is_within(g.code, code) for g in loaded.tree.list_level("grid"))
    cells = sum(loaded.tree.is_within(c.code, code) for c in loaded.tree.list_level("cell"))
    yield f"{'  ' * depth}{area.code} {area.name} {area.name_en}: {grids} grids, {cells} cells"
    for child in loaded.tree.children(code):
        if child.level not in ("grid", "cell"):
            yield from _describe_area(loaded, child.code, depth=depth + 1)


def _check(folder: Path) -> CheckedFolder:
    checked = check_folder(folder)
    for fault in checked.faults:
        typer.echo(str(fault), err=True)
    if checked.faults:
        files = len({fault.file for fault in checked.faults})
        unread = sorted(checked.draft.faults.unread)
        waits = f"; references wait until {', '.join(unread)} can be read" if unread else ""
        _fail(f"{folder}: {len(checked.faults)} faults in {files} files{waits}; nothing was loaded", EXIT_INVALID)
    return checked


def _warn(checked: CheckedFolder) -> None:
    """Tell what is in order and yet should be known."""
    for remark in checked.draft.remarks.sorted():
        typer.echo(f"note: {remark}")
    header, calendar = checked.draft.header, checked.draft.calendar
    if header is not None and calendar is not None:
        today = SystemClock().now().astimezone(ZoneInfo(header.timezone)).date()
        for warning in calendar_warnings({"years": calendar.years}, today):
            typer.echo(f"warning: calendar.toml: {warning['en']}")


def _summary(checked: CheckedFolder) -> str:
    rows = checked.draft.rows
    cells = sum(entry.area.level == "cell" for entry in checked.book.entries.values())
    conditions = sum(map(len, checked.draft.conditions.values()))
    return (
        f"{len(checked.book.entries)} areas ({cells} cells), {len(rows['workers.csv'])} workers, "
        f"{len(rows['devices.csv'])} devices, {len(rows['cameras.csv'])} cameras, "
        f"{len(rows['categories.csv'])} categories, {conditions} filing conditions"
    )


def _parse_date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        _fail(f"--effective {text!r} is not a date: write it as YYYY-MM-DD", EXIT_INVALID)


@contextmanager
def _database() -> Iterator[Database]:
    try:
        database = Database(load_settings().database)
    except BadSetting as error:
        _fail(str(error), EXIT_INVALID)
    try:
        yield database
    finally:
        database.dispose()


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
