"""Any period of the journal, as the frames with which the live feed would have shown it.

Comes in: the eyes of a person and a stretch of time. Goes out: a snapshot at its beginning and pages of
``entries`` frames, cut by the code of the live feed out of the kept states (`command_center/journal/history.py`);
each frame says at what time it was. Workers' positions are kept nowhere and never come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.entry_words import read_words
from command_center.cases.incident_rows import CHUNK, IncidentFile
from command_center.journal.history import as_private_as_now, list_standing, read_past_files
from command_center.journal.history_tables import IncidentHistory
from command_center.journal.journal_tables import JournalEntry
from dashboards.server.figures.overview import Figures, make_overview
from dashboards.server.figures.past_figures import PastFigures
from dashboards.server.incidents.incident_view import show_incident
from dashboards.server.incidents.visibility import own_orders
from dashboards.server.live.live_frames import Eyes, cut_entries
from dashboards.server.live.live_journal import LiveEntry, LiveState, make_entry, read_head
from dashboards.server.live.live_snapshot import ENDED_KEPT
from grid.city import City

PAGE = 400  # entries; one more transaction is never torn
DAY = timedelta(days=1)
FIGURES_EVERY = timedelta(seconds=30)
FIGURES_MAX = 20  # a page: the figures of a board are larger than an entry


@dataclass(frozen=True)
class Stretch:
    """What is asked for: whose eyes, until when."""

    eyes: Eyes
    city: City
    to_at: datetime


def find_number(session: Session, at: datetime) -> int:
    """Return the number of the last entry up to a moment; 0 before the first."""
    number = session.scalar(select(func.max(JournalEntry.number)).where(JournalEntry.at <= at))
    return number or 0


def read_past_snapshot(session: Session, stretch: Stretch, number: int, at: datetime) -> dict[str, Any]:
    """Return what these eyes saw at a number: the frame that starts a screen, with its time."""
    eyes, city = stretch.eyes, stretch.city
    figures = _open_figures(session, stretch, number, at)
    shown = [
        show_incident(file, city, own_orders(eyes.scope, file.audience, file.orders, city), None)
        for file in figures.files
        if eyes.sees(file.audience) and _stood(file, at)
    ]
    epoch, _ = read_head(session)
    return {
        "type": "snapshot",
        "epoch": epoch,
        "number": number,
        "at": at,
        "incidents": sorted(shown, key=lambda one: int(one["number"])),
        "overview": make_overview(figures.past, epoch, number),
    }


def _stood(file: IncidentFile, at: datetime) -> bool:
    return file.incident.state not in ENDED_STATES or file.incident.updated_at >= at - ENDED_KEPT


@dataclass
class _Opened:
    """The figures at a number, and the files that they were counted from."""

    past: PastFigures
    files: list[IncidentFile]


def _open_figures(session: Session, stretch: Stretch, number: int, at: datetime) -> _Opened:
    eyes, city = stretch.eyes, stretch.city
    files = list(read_past_files(session, list_standing(session, number, at - DAY), city).values())
    past = PastFigures(Figures(session, city, now=at, scope=eyes.scope, narrowing=eyes.narrowing))
    for file in files:
        past.take(file)
    return _Opened(past, files)


@dataclass(frozen=True)
class Page:
    """Some frames in order; ``after`` is where the next page begins, None at the end."""

    frames: list[dict[str, Any]]
    after: int | None


def read_past_page(session: Session, stretch: Stretch, after: int) -> Page:
    """Return the frames of the entries after a number, up to the end of the stretch or of a page."""
    rows, has_more = _read_rows(session, after, find_number(session, stretch.to_at))
    if not rows:
        return Page([], None)
    epoch, _ = read_head(session)
    past = _open_figures(session, stretch, after, rows[0].at).past
    pace = max(FIGURES_EVERY, (rows[-1].at - rows[0].at) / FIGURES_MAX)
    told, figures_at, frames = after, rows[0].at - pace, []
    for at, entries, states in _group(session, rows, stretch.city):
        for state in states.values():
            past.take(state.file)
        cut = cut_entries(entries, states, stretch.eyes)
        if not cut:
            continue
        frame: dict[str, Any] = {"type": "entries", "epoch": epoch, "from": told + 1, "to": entries[-1].number}
        frame |= {"at": at, "entries": cut.entries, "gone": cut.gone}
        told = entries[-1].number
        if at - figures_at >= pace:
            frame["overview"], figures_at = make_overview(past.at(at), epoch, told), at
        frames.append(frame)
    # as live: the heartbeat moves the number over what is not seen
    frames.append({"type": "heartbeat", "number": rows[-1].number, "at": rows[-1].at})
    return Page(frames, rows[-1].number if has_more else None)


def _read_rows(session: Session, after: int, last: int) -> tuple[Sequence[Any], bool]:
    """Return the next entries, whole transactions of them, and whether there are more."""
    table = JournalEntry.__table__
    asked = select(table).where(table.c.number > after, table.c.number <= last).order_by(table.c.number)
    rows = session.execute(asked.limit(PAGE)).all()
    if len(rows) < PAGE:
        return rows, False
    rest = session.execute(asked.where(table.c.number > rows[-1].number, table.c.at == rows[-1].at)).all()
    rows = [*rows, *rest]
    return rows, rows[-1].number < last


def _group(
    session: Session, rows: Sequence[Any], city: City
) -> Iterator[tuple[datetime, list[LiveEntry], dict[int, LiveState]]]:
    """Yield the entries by transaction, with the incidents as they stood after it.

    An entry from before states were kept is left out: how its incident stood is not known.
    """
    words = read_words(session, rows)
    files = read_past_files(session, _list_kept(session, [row.number for row in rows]), city)
    for at, group in groupby(rows, key=lambda row: row.at):
        told = list(group)
        kept = [files[row.number] for row in told if row.number in files]
        states = {file.incident.number: LiveState(told[-1].number, file, city) for file in kept}
        entries = [
            _make_past(row, words.get(row.number), states)
            for row in told
            if row.incident is None or row.incident in states
        ]
        if entries:
            yield at, entries, states


def _make_past(row: Any, words: Mapping[str, str] | None, states: Mapping[int, LiveState]) -> LiveEntry:
    entry = make_entry(row, words)
    state = states.get(row.incident)
    if state is not None:
        privacy_class = state.file.audience.privacy_class
        entry.before = entry.before and as_private_as_now(entry.before, privacy_class)
        entry.after = entry.after and as_private_as_now(entry.after, privacy_class)
    return entry


def _list_kept(session: Session, numbers: Sequence[int]) -> list[int]:
    kept: list[int] = []
    for start in range(0, len(numbers), CHUNK):
        wanted = numbers[start : start + CHUNK]
        kept += session.scalars(select(IncidentHistory.entry).where(IncidentHistory.entry.in_(wanted)))
    return kept
