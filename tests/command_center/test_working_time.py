"""Two calendars: one runs on, one stops for lunch, nights, weekends and holidays."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

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

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


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
        # Spring Festival 2026: off from 15 to 23 February, worked on Saturdays 14 and 28
        ("2026-02-13 17:00", 2, "2026-02-14 09:00"),
        ("2026-02-14 17:00", 2, "2026-02-24 09:00"),
        ("2026-02-18 10:00", 1, "2026-02-24 09:00"),  # begun in the festival
        ("2026-02-27 17:00", 9, "2026-02-28 18:00"),  # over the make-up Saturday, to its very end
        ("2026-02-27 17:00", 10, "2026-03-02 09:00"),
        ("2026-02-14 08:00", 16, "2026-02-24 18:00"),  # two work days with nine days of holiday between
        # Friday 17:30 and four hours: half an hour that day, three and a half on Monday
        ("2026-11-20 17:30", 4, "2026-11-23 11:30"),
        # a limit that ends exactly at closing time ends then, not at the next opening
        ("2026-11-20 14:00", 4, "2026-11-20 18:00"),
        ("2026-11-20 08:00", 4, "2026-11-20 12:00"),
        ("2026-11-20 12:00", 4, "2026-11-20 18:00"),
        ("2026-11-20 18:00", 4, "2026-11-23 12:00"),
        ("2026-12-31 17:00", 2, "2027-01-01 09:00"),  # 2027 is not set: a Friday is worked
    ],
)
def test_working_hours_are_counted_within_the_slots(
    working: WorkingTime, start: str, hours: float, end: str
) -> None:
    assert working.add(local(start), hours * 3600) == local(end)
    assert working.between_s(local(start), local(end)) == hours * 3600
    back = working.add(local(end), -hours * 3600)
    assert working.between_s(back, local(end)) == hours * 3600


def test_a_year_that_nobody_lists_follows_the_weekdays(working: WorkingTime) -> None:
    assert not working.is_workday(date(2031, 1, 4)) and working.is_workday(date(2031, 1, 6))
    assert not working.is_workday(date(2024, 10, 1))  # from the city's list
    assert working.is_workday(date(2027, 10, 1))  # nobody has announced it yet
    assert working.is_workday(date(2023, 10, 2))


def test_what_the_city_lists_is_the_whole_calendar() -> None:
    plain = {"week": [1, 2, 3, 4, 5], "slots": [["08:00", "12:00"]]}
    assert read_working_time(plain, SHANGHAI).is_workday(date(2026, 10, 1))


def test_a_season_has_hours_of_its_own_also_over_new_year() -> None:
    winter = {"first": "12-01", "last": "02-28", "slots": [["09:00", "12:00"], ["13:00", "17:00"]]}
    working = read_working_time(
        {"week": [1, 2, 3, 4, 5], "slots": [["08:00", "12:00"], ["14:00", "18:00"]], "seasons": [winter]}, SHANGHAI
    )
    assert working.add(local("2026-11-30 17:00"), 2 * 3600) == local("2026-12-01 10:00")
    assert working.add(local("2027-01-04 08:00"), 7 * 3600) == local("2027-01-04 17:00")
    assert working.add(local("2027-02-26 16:00"), 2 * 3600) == local("2027-03-01 09:00")
    assert working.between_s(local("2026-11-30 00:00"), local("2026-12-02 00:00")) == 15 * 3600


def test_a_zone_that_changes_its_clocks_works_by_the_clock_on_the_wall() -> None:
    document = {"week": [1, 2, 3, 4, 5, 6, 7], "slots": [["00:00", "04:00"]]}
    boston = read_working_time(document, ZoneInfo("America/New_York"))
    sunday = datetime(2026, 3, 8, 5, 0, tzinfo=UTC)  # 00:00; at 02:00 the clocks go to 03:00
    assert boston.between_s(sunday, sunday + timedelta(hours=23)) == 3 * 3600
    shanghai = read_working_time(document, SHANGHAI)
    days = {
        shanghai.between_s(local(f"2026-{m:02}-01 00:00"), local(f"2026-{m:02}-02 00:00")) for m in range(1, 13)
    }
    assert days == {4 * 3600}


def test_a_calendar_without_any_day_of_work_ends_somewhere() -> None:
    never = read_working_time({"week": [], "slots": [["08:00", "12:00"]]}, SHANGHAI)
    assert never.add(NOW, 60) > NOW + timedelta(days=3650) and never.add(NOW, -60) < NOW
    assert never.between_s(NOW, NOW + timedelta(days=400)) == 0


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
