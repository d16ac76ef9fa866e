"""Keeps how each incident stood, so that any period can be played back as it was shown live.

``keep_states`` is called by the ledger when it closes: what is kept is of the same transaction as the entries.
Goes out: an ``IncidentFile`` as it stood at an entry, made anew by ``read_past_files``; the windows show it by the
same code as the present. Names and numbers of callers are not kept here: they come from the table of reporters.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select, bindparam, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from command_center.cases.case_policy import working_time_of
from command_center.cases.incident_rows import (
    CHUNK,
    IncidentFile,
    fill_orders,
    fill_rest,
    read_files_by_number,
)
from command_center.cases.incident_tables import Incident, Reporter
from command_center.journal.history_tables import IncidentHistory
from command_center.journal.journal_tables import JournalEntry
from command_center.journal.past_rows import pack, unpack
from command_center.people.audience import Audience, from_document
from grid.city import City

KEPT = timedelta(days=90)
"""An incident's states go 90 days after it last changed: reviews are due within weeks (decision on playback)."""
ENDED = ("closed", "archived", "rejected", "void", "merged")
WHOLE_RATIO = 0.5  # a difference larger than this part of the whole is kept as a whole: later ones are then small


class Standing(NamedTuple):
    """What a transaction holds of an incident as it stands at the end: the row, or orders and clocks as well."""

    incident: Any
    orders: Sequence[Any] = ()
    clocks: Sequence[Any] = ()
    is_whole: bool = True


def keep_states(
    session: Session,
    city: City,
    at: datetime,
    *,
    touched: Mapping[int, tuple[int, Audience | None]],
    held: Mapping[int, Standing],
) -> None:
    """Keep how these incidents stand; ``touched`` are the last entry and the audience of each.

    What the transaction ``held`` is not read again.
    """
    seen = {number: audience for number, (_, audience) in touched.items() if audience is not None}
    if not seen:
        return
    files = read_files_by_number(session, {n: seen[n] for n in seen.keys() - held.keys()}, city)
    files |= _complete(session, city, seen, {n: held[n] for n in held.keys() & seen.keys()})
    wholes = _read_wholes(session, files)
    rows = []
    for number, file in files.items():
        entry, raw = touched[number][0], pack(file)
        base, state = _squeeze(entry, raw, wholes.get(number))
        rows.append({"entry": entry, "incident": number, "at": at, "base": base, "state": state})
    if rows:
        session.execute(insert(IncidentHistory.__table__), rows)  # type: ignore[arg-type]


def _complete(
    session: Session, city: City, seen: Mapping[int, Audience], held: Mapping[int, Standing]
) -> dict[int, IncidentFile]:
    """Return the files of incidents whose rows are at hand."""
    files = {
        number: IncidentFile(
            standing.incident,
            seen[number],
            working_time_of(session, city, standing.incident.policy_version),
            orders=sorted(standing.orders, key=lambda order: int(order.id)),
            clocks=sorted((c for c in standing.clocks if c.stopped_at is None), key=lambda clock: int(clock.id)),
        )
        for number, standing in sorted(held.items())
    }
    wanted = sorted(files)
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        bare = [number for number in chunk if not held[number].is_whole]
        if bare:
            fill_orders(session, files, bare)
        fill_rest(session, files, chunk)
    return files


def _squeeze(entry: int, raw: bytes, whole: tuple[int, bytes] | None) -> tuple[int, bytes]:
    """Return (base, state): the difference from the last whole, or a new whole."""
    if whole is not None:
        squeezer = zlib.compressobj(6, zdict=_unsqueeze(whole[1]))
        state = squeezer.compress(raw) + squeezer.flush()
        if len(state) < WHOLE_RATIO * len(whole[1]):
            return whole[0], state
    return entry, zlib.compress(raw, 6)


def _unsqueeze(state: bytes, whole: bytes | None = None) -> bytes:
    opener = zlib.decompressobj(zdict=_unsqueeze(whole)) if whole is not None else zlib.decompressobj()
    return opener.decompress(state)


def _read_wholes(session: Session, numbers: Iterable[int]) -> dict[int, tuple[int, bytes]]:
    """Return the last whole state of each incident: (entry, state)."""
    wanted = sorted(numbers)
    found: dict[int, tuple[int, bytes]] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = session.execute(_select_wholes(), {"numbers": wanted[start : start + CHUNK]})
        found.update((row.incident, (row.entry, row.state)) for row in rows)
    return found


@cache
def _select_wholes() -> Select[int, int, bytes]:
    """Return the statement: each incident's last state names its whole, however many there are."""
    table, incident = IncidentHistory.__table__.c, Incident.__table__.c
    newest = IncidentHistory.__table__.alias()
    last = select(func.max(newest.c.entry)).where(newest.c.incident == incident.number).scalar_subquery()
    lasts = select(last).where(incident.number.in_(bindparam("numbers", expanding=True)))
    state = IncidentHistory.__table__.alias()
    bases = select(state.c.base).where(state.c.entry.in_(lasts))
    return select(table.incident, table.entry, table.state).where(table.entry.in_(bases))


def read_past_files(session: Session, entries: Sequence[int], city: City) -> dict[int, IncidentFile]:
    """Return the files kept under these entries, by entry; each is as it stood after that entry."""
    files: dict[int, IncidentFile] = {}
    for start in range(0, len(entries), CHUNK):
        files |= _read_chunk(session, entries[start : start + CHUNK], city)
    _name_reporters(session, files.values())
    return files


def _read_chunk(session: Session, entries: Sequence[int], city: City) -> dict[int, IncidentFile]:
    table = IncidentHistory
    audience = JournalEntry.__table__.c.audience_after
    rows = session.execute(
        select(table.entry, table.base, table.state, audience, Incident.privacy_class)
        .join(JournalEntry, JournalEntry.number == table.entry)
        .join(Incident, Incident.number == table.incident)
        .where(table.entry.in_(entries))
    ).all()
    bases = sorted({row.base for row in rows if row.base != row.entry})
    wholes = {entry: state for entry, state in session.execute(  # noqa: C416 rows are no pairs to the type checker
        select(table.entry, table.state).where(table.entry.in_(bases)))}  # fmt: skip
    files = {}
    for row in rows:
        past = unpack(_unsqueeze(row.state, wholes.get(row.base)))
        working = working_time_of(session, city, past["incident"].policy_version)
        seen_by = as_private_as_now(from_document(row.audience_after), row.privacy_class)
        files[row.entry] = IncidentFile(audience=seen_by, working=working, **past)
    return files


def as_private_as_now(audience: Audience, privacy_class: int) -> Audience:
    """Return a past audience; what was found to be a private matter since is one in the past as well."""
    if privacy_class <= audience.privacy_class:
        return audience
    return msgspec.structs.replace(audience, privacy_class=privacy_class)


def _name_reporters(session: Session, files: Iterable[IncidentFile]) -> None:
    """Put names and numbers of callers back in; who was erased meanwhile stays erased."""
    held: list[Any] = [row for file in files for row in file.reporters]
    wanted = sorted({row.id for row in held})
    known: dict[int, Any] = {}
    for start in range(0, len(wanted), CHUNK):
        asked = select(Reporter.id, Reporter.name, Reporter.phone).where(
            Reporter.id.in_(wanted[start : start + CHUNK])
        )
        known.update((row.id, row) for row in session.execute(asked))
    for row in held:
        found = known.get(row.id)
        row.name, row.phone = (found.name, found.phone) if found is not None else ("", "")


def list_standing(session: Session, number: int, since: datetime) -> list[int]:
    """Return the entries under which the last states up to a number are kept.

    Left out: what had ended before ``since`` and has not changed after it.
    """
    table = IncidentHistory
    lately = or_(Incident.state.not_in(ENDED), Incident.updated_at >= since)
    last = (
        select(func.max(table.entry))
        .join(Incident, Incident.number == table.incident)
        .where(table.entry <= number, lately)
        .group_by(table.incident)
    )
    return sorted(session.scalars(last))


def forget_states(session: Session, now: datetime) -> None:
    """Delete the states of incidents that ended and have not changed for ``KEPT``."""
    old = select(Incident.number).where(Incident.state.in_(ENDED), Incident.updated_at < now - KEPT)
    session.execute(delete(IncidentHistory).where(IncidentHistory.incident.in_(old)))
