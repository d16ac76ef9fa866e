"""Two calendars: one runs on, one stops for lunch, nights, weekends and holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.clocks.limits import to_stage_limit
from command_center.clocks.working_time import (
    CONTINUOUS,
    WORKING,
    WorkingTime,
    add_time,
    read_working_time,
    time_between_s,
)
from grid.city import City


@pytest.fixture(scope="module")
def working(city: City) -> WorkingTime:
    return read_working_time(city.policy("calendar"), city.timezone)


def local(text: str) -> datetime:
    """Return a moment that is written in the city's time, which has no summer time."""
    return (datetime.fromisoformat(text) - timedelta(hours=8)).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 09:00", 2, "2026-11-23 11:00"),
        ("2026-11-23 11:00", 2, "2026-11-23 15:00"),  # over lunch
        ("2026-11-23 17:30", 1, "2026-11-24 08:30"),  # over the night
        ("2026-11-20 17:00", 2, "2026-11-23 09:00"),  # over the weekend
        ("2026-11-21 10:00", 1, "2026-11-23 09:00"),  # begun on a Saturday
        ("2026-09-30 17:00", 2, "2026-10-08 09:00"),  # over the national holiday
        ("2026-02-14 08:00", 8, "2026-02-14 18:00"),  # a Saturday worked in exchange
    ],
)
def test_working_hours_are_counted_within_the_slots(
    working: WorkingTime, start: str, hours: float, end: str
) -> None:
    assert working.add(local(start), hours * 3600) == local(end)
    assert working.between_s(local(start), local(end)) == hours * 3600


def test_a_year_that_nobody_lists_follows_the_weekdays(working: WorkingTime) -> None:
    assert not working.is_workday(date(2031, 1, 4)) and working.is_workday(date(2031, 1, 6))
    assert not working.is_workday(date(2024, 10, 1))  # from the national calendar


@given(
    start=st.integers(0, 45_000_000).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    seconds=st.integers(1, 400_000),
)
def test_what_is_added_is_what_lies_between(working: WorkingTime, start: datetime, seconds: int) -> None:
    for calendar in (CONTINUOUS, WORKING):
        end = add_time(start, seconds, calendar, working)
        assert time_between_s(start, end, calendar, working) == pytest.approx(seconds)
        assert time_between_s(end, start, calendar, working) == pytest.approx(-seconds)


@pytest.mark.parametrize(
    ("limit", "seconds", "calendar"),
    [
        ([15, "minute"], 900, CONTINUOUS),
        ([2, "urgent_hour"], 7200, CONTINUOUS),
        ([1, "urgent_day"], 86_400, CONTINUOUS),
        ([4, "work_hour"], 14_400, WORKING),
        ([5, "work_day"], 5 * 8 * 3600, WORKING),
    ],
)
def test_units_of_limits(limit: list[object], seconds: int, calendar: str) -> None:
    found = to_stage_limit(limit)
    assert (found.limit_s, found.calendar) == (seconds, calendar)
