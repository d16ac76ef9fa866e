"""A worker calls for help: a two-second hold on the phone becomes an alarm at the centre, at once.

Comes in from the door ``actions.py`` as an act about no incident; goes out: a 特急 incident that waits for
a person at the district's desk. Holding again adds to the open one: it never opens a second for the same person.
"""

from __future__ import annotations

from sqlalchemy import select

from command_center.cases.case_file import ENDED_STATES, CaseFile, find_case
from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.cases.incidents import Sighting, join_incident, open_incident
from command_center.moves import move_forms as forms
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.field_check import check_fields
from command_center.orders.dispatching import start_accept_clock
from command_center.orders.order_tables import WorkerState
from command_center.people.masking import mask_name
from command_center.signals.locate import Located, locate_area, locate_point
from command_center.signals.ways_in import CANDIDATE, WayIn
from foundation.ids import sha256_hex
from grid.coordinates import LonLat
from grid.posts import Worker
from ingest.observation import SourceKind

CATEGORY = "worker_sos"
"""The alias under which a city names its category for this."""

SOURCE, RULE, VERSION = "sos", "W-SOS", "1"
FORM = forms.form((), **forms.POSITION, note=forms.text("说明", "note", most=200))
REASON = {"zh": "一线人员呼救，由指挥中心立即处理", "en": "a field worker calls for help: the centre acts at once"}


def call_for_help(act: Act) -> None:
    """Open the alarm, or add to the one that this worker has open."""
    faults = check_fields(FORM, act.data)
    if faults:
        raise invalid(**faults)
    worker = act.ledger.city.workers.find_worker(act.scope.worker or "")
    if worker is None:
        raise refuse("forbidden", "this account belongs to no worker of the roster")
    category = act.ledger.city.catalogue.find_category(CATEGORY)
    if category is None:
        raise refuse("not_now", f"the city has no category with the alias {CATEGORY}: call the centre")
    sighting = Sighting(
        kind=SourceKind.WORKER.value, source=SOURCE, device=worker.id, category=category,
        alarm_id=sha256_hex(act.account.id.encode(), act.request.key.encode())[:32],
        located=_locate(act, worker), at=act.done_at, text=_say(act, worker),
    )  # fmt: skip
    held = _find_open(act, worker)
    if held is not None:
        act.case = held
        join_incident(held, sighting, act.actor, {"again": True})
    else:
        way = WayIn(CANDIDATE, RULE, VERSION, REASON)
        act.case, _ = open_incident(act.ledger, sighting, way, act.actor)
        start_accept_clock(act.case)
    act.result = {"number": act.case.number, "joined": held is not None}


def _say(act: Act, worker: Worker) -> str:
    post = act.ledger.city.posts.find_post(worker.post)
    where = f"{post.name} " if post is not None else ""
    phone = f"，回拨 {worker.phone}" if worker.phone else ""
    note = f"：{act.words('note')}" if act.words("note") else ""
    return f"{where}{mask_name(worker.name)} 呼救{phone}{note}"


def _locate(act: Act, worker: Worker) -> Located:
    """Return where the phone says it is; else where the worker was last seen; else their area."""
    spots = [(act.data.get("lon"), act.data.get("lat"), act.data.get("accuracy_m"))]
    state = act.ledger.session.get(WorkerState, worker.id)
    if state is not None:
        spots.append((state.lon, state.lat, state.accuracy_m))
    for lon, lat, accuracy_m in spots:
        if lon is not None and lat is not None:
            point = LonLat(float(lon), float(lat))
            found = locate_point(act.ledger.city, point, how="map", accuracy_m=accuracy_m)
            if found is not None:
                return found
    area = locate_area(act.ledger.city, worker.area, how="area")
    if area is None:
        raise refuse("unplaceable", "the area of this worker is not in the city any more")
    return area


def _find_open(act: Act, worker: Worker) -> CaseFile | None:
    own = (
        select(Incident.number)
        .join(IncidentSource, IncidentSource.incident == Incident.number)
        .where(IncidentSource.source == SOURCE, IncidentSource.device == worker.id)
        .where(Incident.state.not_in(ENDED_STATES))
        .order_by(Incident.number.desc())
        .limit(1)
    )
    number = act.ledger.session.scalar(own)
    return find_case(act.ledger, number) if number is not None else None
