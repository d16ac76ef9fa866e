"""Two calendars: time that runs on, and time that runs only while offices work.

The city's policy ``calendar`` comes in, due moments and used seconds go out; pure. ``clocks.py`` asks here,
and whoever shows what is left of a clock. Inside, moments are whole microseconds of UTC, so that what is
added is exactly what lies between.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from command_center.cases.policy_key import PolicyKey

CONTINUOUS, WORKING = "continuous", "working"
HORIZON_YEARS = 20  # far beyond the longest limit; a calendar without any workday must not loop for ever
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Slots = tuple[tuple[time, time], ...]


@dataclass(frozen=True)
class Season:
    """Other hours from a day of the year to another, both included: (month, day); may run over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]
    slots: Slots

    def covers(self, day: date) -> bool:
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True)
class _Year:
    """The slots of one local year: when each opens and closes, and how much work lies before it."""

    opens: list[int]
    closes: list[int]
    before: list[int]
    total: int

    def worked_until(self, moment: int) -> int:
        index = bisect_right(self.opens, moment) - 1
        if index < 0:
            return 0
        return self.before[index] + min(moment, self.closes[index]) - self.opens[index]

    def moment_of(self, worked: int) -> int:
        """Return the first moment at which so much of the year's work is done."""
        index = max(0, bisect_left(self.before, worked) - 1)
        return self.opens[index] + worked - self.before[index]


@dataclass(frozen=True)
class WorkingTime:
    """When offices work, in the city's local time: its list of the year, else the weekday."""

    timezone: ZoneInfo
    week: frozenset[int]
    slots: Slots
    holidays: frozenset[date]
    makeup_workdays: frozenset[date]
    seasons: tuple[Season, ...] = ()
    _years: dict[int, _Year] = field(default_factory=dict, compare=False, repr=False)

    def is_workday(self, day: date) -> bool:
        """Tell whether offices work on a local date; of a year that the city has not set, by the weekday."""
        if day in self.holidays:
            return False
        return day in self.makeup_workdays or day.isoweekday() in self.week

    def slots_of(self, day: date) -> Slots:
        """Return the hours of a local date: none, those of its season, or those of the whole year."""
        if not self.is_workday(day):
            return ()
        return next((season.slots for season in self.seasons if season.covers(day)), self.slots)

    def add(self, start: datetime, seconds: float) -> datetime:
        """Return the moment at which so many working seconds have passed; negative ones count back."""
        left = round(seconds * 1_000_000)
        if left == 0:
            return start
        number = self._local_year(start)
        wanted = self._year(number).worked_until(_to_us(start)) + left
        step = 1 if left > 0 else -1
        for _ in range(HORIZON_YEARS):
            year = self._year(number)
            if year.opens and 0 <= wanted <= year.total:
                return _from_us(year.moment_of(wanted)).astimezone(start.tzinfo)
            if step > 0:
                wanted -= year.total
            number += step
            if step < 0:
                wanted += self._year(number).total
        return start + step * timedelta(days=365 * HORIZON_YEARS)

    def between_s(self, start: datetime, end: datetime) -> float:
        """Return the working seconds between two moments; 0 where ``end`` is not the later one."""
        if end <= start:
            return 0.0
        first, last = self._local_year(start), self._local_year(end)
        worked = self._year(last).worked_until(_to_us(end)) - self._year(first).worked_until(_to_us(start))
        return (worked + sum(self._year(number).total for number in range(first, last))) / 1_000_000

    def _local_year(self, moment: datetime) -> int:
        return moment.astimezone(self.timezone).year

    def _year(self, number: int) -> _Year:
        found = self._years.get(number)
        if found is None:
            found = self._years[number] = self._lay_out(number)
        return found

    def _lay_out(self, number: int) -> _Year:
        opens, closes, before, total = [], [], [], 0
        for begin, end in self._slots_in(number):
            opens.append(begin)
            closes.append(end)
            before.append(total)
            total += end - begin
        return _Year(opens, closes, before, total)

    def _slots_in(self, number: int) -> Iterator[tuple[int, int]]:
        day, last = date(number, 1, 1), date(number, 12, 31)
        while True:
            for begin, end in self.slots_of(day):
                yield (
                    _to_us(datetime.combine(day, begin, tzinfo=self.timezone)),
                    _to_us(datetime.combine(day, end, tzinfo=self.timezone)),
                )
            if day == last:
                return
            day += timedelta(days=1)


def _to_us(moment: datetime) -> int:
    return (moment.astimezone(UTC) - EPOCH) // MICROSECOND


def _from_us(moment: int) -> datetime:
    return EPOCH + moment * MICROSECOND


def read_working_time(document: Mapping[str, Any], timezone: ZoneInfo) -> WorkingTime:
    """Return the working time that a city's policy ``calendar`` describes."""
    return _read(PolicyKey(document), timezone)


@lru_cache(maxsize=8)
def _read(key: PolicyKey, timezone: ZoneInfo) -> WorkingTime:
    years = key.document.get("years", {})
    return WorkingTime(
        timezone=timezone,
        week=frozenset(key.document["week"]),
        slots=_slots(key.document["slots"]),
        holidays=frozenset(_dates(years, "holidays")),
        makeup_workdays=frozenset(_dates(years, "makeup_workdays")),
        seasons=tuple(
            Season(_month_day(season["first"]), _month_day(season["last"]), _slots(season["slots"]))
            for season in key.document.get("seasons", ())
        ),
    )


def _slots(pairs: Any) -> Slots:
    return tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in pairs)


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _dates(years: Mapping[str, Any], key: str) -> Iterator[date]:
    for year in years.values():
        yield from (day if isinstance(day, date) else date.fromisoformat(day) for day in year.get(key, ()))


def add_time(start: datetime, seconds: float, calendar: str, working: WorkingTime) -> datetime:
    """Return the moment at which so many seconds of that calendar have passed; negative ones count back."""
    return working.add(start, seconds) if calendar == WORKING else start + timedelta(seconds=seconds)


def time_between_s(start: datetime, end: datetime, calendar: str, working: WorkingTime) -> float:
    """Return the seconds of that calendar between two moments, negative where ``end`` is the earlier one."""
    if end < start:
        return -time_between_s(end, start, calendar, working)
    return working.between_s(start, end) if calendar == WORKING else (end - start).total_seconds()
