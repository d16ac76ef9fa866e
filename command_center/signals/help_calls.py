"""Calls for help of workers (SOS), from the phone or a terminal: who calls, where, and which call is open.

``sos_step.py`` (the phone) and ``take_signal.py`` (a terminal) ask it. A call needs no position: it goes to the
worker's own grid by the roster, with the words where its worker was seen last. Who calls is not sent there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from command_center.cases.actors import Actor
from command_center.cases.case_file import ENDED_STATES, CaseFile
from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.cases.incidents import Sighting, decide, open_incident
from command_center.journal.ledger import Ledger
from command_center.orders.order_tables import WorkerState
from command_center.orders.route import Route
from command_center.people.masking import mask_name
from command_center.signals.locate import Located, locate_area, locate_point
from command_center.signals.place_names import get_place_names
from command_center.signals.ways_in import WayIn
from grid.catalogue import Category
from grid.city import City
from grid.coordinates import LonLat
from grid.posts import Worker

CATEGORY = "worker_sos"
"""The alias under which a city names its category for this."""

LAST_KNOWN = "last_known"
"""``Located.how``: nobody knows where the worker is; the point is where they were seen last."""

RULE, VERSION = "W-SOS-PLACE", "1"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a call is filed; ``place_text`` and ``reason`` are there where its position is unknown, and say so."""

    located: Located
    place_text: str = ""
    reason: Mapping[str, str] | None = None


def say_call(city: City, worker: Worker, note: str = "") -> str:
    """Return who calls and the number to call back, as the centre reads it."""
    post = city.posts.find_post(worker.post)
    where = f"{post.name} " if post is not None else ""
    phone = f"，回拨 {worker.phone}" if worker.phone else ""
    return f"{where}{mask_name(worker.name)} 呼救{phone}{f'：{note}' if note else ''}"


def place_call(ledger: Ledger, worker: Worker) -> Whereabouts | None:
    """Return the worker's own grid and where they were seen last; None when the city has their area no more."""
    home = locate_area(ledger.city, worker.area, how="area")
    if home is None:
        return None
    state = ledger.session.get(WorkerState, worker.id)
    last = None
    if state is not None and state.at is not None and state.lon is not None and state.lat is not None:
        last = locate_point(ledger.city, LonLat(state.lon, state.lat), how=LAST_KNOWN, accuracy_m=state.accuracy_m)
    if last is None or last.lonlat is None or state is None or state.at is None:
        area = ledger.city.tree.get_area(worker.area)
        return Whereabouts(
            home,
            f"位置不明（{area.name}）",
            {
                "zh": "位置不明，按所属网格报警",
                "en": "position unknown: an alarm of the worker's own grid",
            },
        )
    near = get_place_names(ledger.session, ledger.city).find_near(last.lonlat) or ""
    at = f"{state.at.astimezone(ledger.city.timezone):%m-%d %H:%M}"
    reason = {
        "zh": f"位置不明，按所属网格报警；最后位置 {at} {near}".strip(),
        "en": f"position unknown: an alarm of the worker's own grid; last known at {at} {near}".strip(),
    }
    located = Located(home.place, last.lonlat, last.accuracy_m, LAST_KNOWN)
    return Whereabouts(located, f"位置不明，最后位置 {at} {near}".strip(), reason)


def find_caller(city: City, category: Category, device: str | None) -> Worker | None:
    """Return the worker who calls for help, where ``device`` is the id of one and the category is theirs."""
    own = city.catalogue.find_category(CATEGORY)
    return city.workers.find_worker(device or "") if own is not None and own.code == category.code else None


def as_call(city: City, sighting: Sighting, caller: Worker, note: str = "") -> Sighting:
    """Return what was told with the words that the centre reads: who calls, and the number to call back."""
    return replace(sighting, text=say_call(city, caller, note))


def open_call(
    ledger: Ledger, sighting: Sighting, found: Whereabouts, how: tuple[WayIn, Actor]
) -> tuple[CaseFile, Route]:
    """Open the case of a call; where its position is unknown, that stands in its title and among its decisions."""
    case, chosen = open_incident(ledger, replace(sighting, place_text=found.place_text), *how)
    if found.reason is not None:
        decide(case, "locate", (RULE, VERSION), reason=found.reason, candidates=[])
    return case, chosen


def find_open_call(ledger: Ledger, worker: str, *, drill: bool = False, replay: bool = False) -> int | None:
    """Return the number of the call that this worker has open, or None; drills and replays know their like."""
    category = ledger.city.catalogue.find_category(CATEGORY)
    if category is None:
        return None
    ledger.flush_new()
    own = (
        select(Incident.number)
        .join(IncidentSource, IncidentSource.incident == Incident.number)
        .where(IncidentSource.device == worker, Incident.category == category.code)
        .where(Incident.state.not_in(ENDED_STATES), Incident.drill.is_(drill), Incident.replay.is_(replay))
        .order_by(Incident.number.desc())
        .limit(1)
    )
    return ledger.session.scalar(own)


def list_callers(case: CaseFile) -> frozenset[str]:
    """Return the workers who call for help in this case: none of them is sent there."""
    own = case.ledger.city.catalogue.find_category(CATEGORY)
    if own is None or own.code != case.incident.category:
        return frozenset()
    stored = case.ledger.session.scalars(
        select(IncidentSource.device).where(IncidentSource.incident == case.number)
    )
    return frozenset(device for device in (*stored, *(source.device for source in case.sources)) if device)
