"""The commands as a person calls them: exit codes, one sentence each, no traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from citybrain import say_failure
from foundation.database import Base, Database
from grid.city_commands import city

Spoil = Callable[[str, str, str], None]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("CITYBRAIN_DATABASE_URL", database_url)
    return lambda *words: CliRunner().invoke(city, list(words))


@pytest.fixture
def migrated(database_url: str) -> None:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    database.dispose()


def test_check_says_that_a_folder_is_in_order(run: Callable[..., Result], small_city: Path) -> None:
    result = run("check", str(small_city))
    assert result.exit_code == 0
    assert "in order, 11 areas (4 cells), 3 workers" in result.output


def test_check_names_every_fault_and_exits_2(run: Callable[..., Result], small_city: Path, spoil: Spoil) -> None:
    spoil("areas.csv", "V2,T2,comm", "V2,T9,comm")
    spoil("devices.csv", "native,m1,", "other,m1,")
    result = run("check", str(small_city))
    assert result.exit_code == 2
    assert "areas.csv:6: V2 has an unknown parent T9" in result.output
    assert "devices.csv:2: m1 has an unknown source other" in result.output


def test_check_of_a_missing_folder_exits_2(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("check", str(tmp_path / "nowhere"))
    assert result.exit_code == 2 and "there is no such folder" in result.output


@pytest.mark.usefixtures("migrated")
def test_load_twice_and_show(run: Callable[..., Result], small_city: Path) -> None:
    assert run("show").exit_code == 1
    first = run("load", str(small_city))
    assert first.exit_code == 0 and "loaded 2000-01-01." in first.output
    assert "nothing to do" in run("load", str(small_city)).output
    shown = run("show")
    assert shown.exit_code == 0
    assert "areas: 1 district, 2 town, 2 community, 2 grid, 4 cell" in shown.output
    assert "  T1 一镇 Town One: 1 grids, 2 cells" in shown.output


@pytest.mark.usefixtures("migrated")
def test_load_refuses_a_bad_date_and_a_bad_folder(
    run: Callable[..., Result], small_city: Path, spoil: Spoil
) -> None:
    assert run("load", str(small_city), "--effective", "soon").exit_code == 2
    spoil("areas.csv", "V2,T2,comm", "V2,T9,comm")
    assert run("load", str(small_city)).exit_code == 2
    assert run("show").exit_code == 1


@pytest.mark.usefixtures("migrated")
def test_load_before_a_later_edition_exits_2(run: Callable[..., Result], small_city: Path, spoil: Spoil) -> None:
    assert run("load", str(small_city), "--effective", "2030-01-01").exit_code == 0
    spoil("areas.csv", "二镇", "新二镇")
    result = run("load", str(small_city), "--effective", "2029-01-01")
    assert result.exit_code == 2 and "2030-01-01" in result.output


def test_a_database_that_is_not_migrated_is_said_so(run: Callable[..., Result], small_city: Path) -> None:
    for words in (("show",), ("load", str(small_city))):
        result = run(*words)
        assert result.exception is not None and "citybrain migrate" in say_failure(result.exception)
