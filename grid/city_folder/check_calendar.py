"""Judges the calendar of a folder: hours that overlap, dates that stand twice or under the wrong year."""

from __future__ import annotations

from datetime import date
from typing import Any

from grid.city_folder.draft import CityDraft
from grid.city_folder.faults import Faults
from grid.city_folder.read_toml import TomlFile
from grid.city_folder.toml_documents import CalendarDoc, SeasonDoc, YearDoc

FILE = "calendar.toml"
LEAP_YEAR = 2024
FIRST_YEAR, LAST_YEAR = 1970, 9000


def check_calendar(draft: CityDraft) -> None:
    """Add a fault for each entry that contradicts another, or by which no work would ever be done."""
    if draft.calendar is not None:
        _Calendar(draft.calendar, draft.files[FILE], draft.faults).check()


class _Calendar:
    """One calendar being judged."""

    def __init__(self, calendar: CalendarDoc, file: TomlFile, faults: Faults) -> None:
        self.calendar, self.file, self.faults = calendar, file, faults

    def check(self) -> None:
        if not self.calendar.week:
            self._add(self._line("", "week"), "week must not be empty: no work would ever be done")
        for weekday in {day for day in self.calendar.week if self.calendar.week.count(day) > 1}:
            self._add(self._line("", "week"), f"weekday {weekday} stands twice")
        self._check_slots(self.calendar.slots, "", 0)
        self._check_seasons(self.calendar.seasons)
        for year, dates in self.calendar.years.items():
            self._check_year(year, dates)

    def _add(self, line: int, text: str) -> None:
        self.faults.add(FILE, line, text)

    def _line(self, table: str, key: str, nth: int = 0) -> int:
        return self.file.find_line(table, nth, key)

    def _check_slots(self, slots: list[tuple[str, str]], table: str, nth: int) -> None:
        line = self._line(table, "slots", nth)
        if not slots:
            self._add(line, "slots must not be empty: no work would ever be done")
        last = ""
        for starts, ends in slots:
            at = self.file.find_text(f'"{starts}"', line)
            if ends <= starts:
                self._add(at, f"slot {starts}–{ends} ends before it starts")
            elif starts < last:
                self._add(at, f"slot {starts}–{ends} overlaps the one before it, which ends at {last}")
            last = max(last, ends)

    def _check_seasons(self, seasons: list[SeasonDoc]) -> None:
        taken: dict[int, int] = {}
        for nth, season in enumerate(seasons):
            self._check_slots(season.slots, "seasons", nth)
            days = _list_days(season)
            line = self.file.find_line("seasons", nth)
            if days is None:
                self._add(line, f"season {season.first} to {season.last}: no such day of the year")
                continue
            other = next((taken[day] for day in days if day in taken), None)
            if other is not None:
                self._add(line, f"season {season.first} to {season.last} overlaps the one in line {other}")
            taken.update(dict.fromkeys(days, line))

    def _check_year(self, year: str, dates: YearDoc) -> None:
        table = f"years.{year}"
        if not (year.isdecimal() and FIRST_YEAR <= int(year) <= LAST_YEAR):
            self._add(self.file.find_line(table), f"{year!r} is no year")
            return
        holidays = self._read_dates(table, year, "holidays", dates.holidays)
        makeup = self._read_dates(table, year, "makeup_workdays", dates.makeup_workdays)
        for on in sorted(holidays & makeup):
            self._add(self._date_line(table, on.isoformat(), 1), f"{on} is both a holiday and a day of work")
        for on in sorted(makeup - holidays):
            if on.isoweekday() in self.calendar.week:
                fault = f"{on} is a {on:%A}, worked anyway: a make-up workday is one that week leaves free"
                self._add(self._date_line(table, on.isoformat(), 0), fault)

    def _read_dates(self, table: str, year: str, name: str, listed: list[Any]) -> set[date]:
        """Return the dates of one list, with a fault for each that is none, of another year, or a repetition."""
        read: set[date] = set()
        for text in map(str, listed):
            try:
                on = date.fromisoformat(text)
            except ValueError:
                self._add(self._date_line(table, text, 0), f"{name}: {text!r} is not a date YYYY-MM-DD")
                continue
            if str(on.year) != year:
                self._add(self._date_line(table, text, 0), f"{on} stands under the year {year}")
            if on in read:
                self._add(self._date_line(table, text, 1), f"{on} stands twice among the {name}")
            read.add(on)
        return read

    def _date_line(self, table: str, text: str, nth: int) -> int:
        return self.file.find_text(text, self.file.find_line(table), nth)


def _list_days(season: SeasonDoc) -> list[int] | None:
    """Return the days of the year that a season covers, None where it names one that there is not."""
    try:
        first, last = (date.fromisoformat(f"{LEAP_YEAR}-{day}") for day in (season.first, season.last))
    except ValueError:
        return None
    begin, end = first.timetuple().tm_yday, last.timetuple().tm_yday
    return list(range(begin, end + 1)) if begin <= end else [*range(begin, 367), *range(1, end + 1)]
