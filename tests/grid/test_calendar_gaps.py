"""A year that the calendar does not set is told; the national one can be printed and put there."""

from datetime import date

import pytest
from typer.testing import CliRunner

from grid.calendar_gaps import calendar_warnings, list_unset_years
from grid.city_commands import city

SET = {"years": {"2025": {}, "2026": {}}}


@pytest.mark.parametrize(
    ("today", "unset"),
    [
        (date(2026, 1, 1), []),
        (date(2026, 10, 31), []),  # the next year cannot be known yet
        (date(2026, 11, 22), [2027]),
        (date(2027, 3, 1), [2027]),
        (date(2027, 12, 1), [2027, 2028]),
    ],
)
def test_a_year_that_clocks_run_into_is_missed(today: date, unset: list[int]) -> None:
    assert list_unset_years(SET, today) == unset
    for warning, year in zip(calendar_warnings(SET, today), unset, strict=True):
        assert str(year) in warning["zh"] and str(year) in warning["en"]


def test_a_calendar_without_years_misses_the_present_one() -> None:
    assert list_unset_years({"week": [1]}, date(2026, 3, 1)) == [2026]


def test_the_national_calendar_is_printed_as_it_goes_into_the_file() -> None:
    known = CliRunner().invoke(city, ["calendar", "2026"])
    assert known.exit_code == 0 and '"2026-02-14"' in known.output and known.output.startswith("[years.2026]")
    unknown = CliRunner().invoke(city, ["calendar", "2099"])
    assert unknown.exit_code == 1 and "by hand" in unknown.output
