from __future__ import annotations

from datetime import date, datetime, time

import pytest

from grid.posts import RosterLine


def line(starts: str, ends: str, *, day: int = 0, cycle_days: int = 2) -> RosterLine:
    return RosterLine(
        "D",
        "duty_leader",
        "1",
        "赵一",
        time.fromisoformat(starts),
        time.fromisoformat(ends),
        cycle_days,
        day,
        date(2026, 1, 1),
    )


@pytest.mark.parametrize(
    ("moment", "is_on"),
    [
        ("2026-01-01T07:59", False),
        ("2026-01-01T08:00", True),
        ("2026-01-01T19:59", True),
        ("2026-01-01T20:00", False),
        ("2026-01-02T12:00", False),
        ("2026-01-03T12:00", True),
        ("2025-12-30T12:00", True),
    ],
)
def test_a_day_shift_comes_every_other_day(moment: str, is_on: bool) -> None:
    assert line("08:00", "20:00").covers(datetime.fromisoformat(moment)) is is_on


@pytest.mark.parametrize(
    ("moment", "is_on"),
    [
        ("2026-01-01T20:00", True),
        ("2026-01-02T07:59", True),
        ("2026-01-02T08:00", False),
        ("2026-01-02T21:00", False),
    ],
)
def test_a_night_shift_ends_the_next_morning(moment: str, is_on: bool) -> None:
    assert line("20:00", "08:00").covers(datetime.fromisoformat(moment)) is is_on


def test_a_whole_day_runs_from_morning_to_morning() -> None:
    whole = [line("08:00", "08:00", day=day) for day in (0, 1)]
    for hour in range(48):
        moment = datetime.fromisoformat("2026-03-01T00:30").replace(day=1 + hour // 24, hour=hour % 24)
        assert sum(one.covers(moment) for one in whole) == 1
