"""A worker calls for help: a two-second hold on the phone becomes an alarm at the centre, at once.

Comes in from the door ``actions.py`` as an act about no incident; goes out: a 特急 incident that waits for
a person at the district's desk. Holding again adds to the open one: it never opens a second for the same person.
"""

from __future__ import annotations

from command_center.cases.case_file import find_case
from command_center.cases.incidents import Sighting, join_incident
from command_center.moves import move_forms as forms
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.field_check import check_fields
from command_center.orders.dispatching import start_accept_clock
from command_center.signals.help_calls import (
    CATEGORY,
    Whereabouts,
    find_open_call,
    open_call,
    place_call,
    say_call,
)
from command_center.signals.locate import locate_point
from command_center.signals.ways_in import CANDIDATE, WayIn
from foundation.ids import sha256_hex
from grid.coordinates import LonLat
from grid.posts import Worker
from ingest.observation import SourceKind

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
    place = _locate(act, worker)
    sighting = Sighting(
        kind=SourceKind.WORKER.value, source=SOURCE, device=worker.id, category=category,
        alarm_id=sha256_hex(act.account.id.encode(), act.request.key.encode())[:32],
        located=place.located, at=act.done_at,
        text=say_call(act.ledger.city, worker, act.words("note")),
    )  # fmt: skip
    number = find_open_call(act.ledger, worker.id)
    held = find_case(act.ledger, number) if number is not None else None
    if held is not None:
        act.case = held
        join_incident(held, sighting, act.actor, {"again": True})
    else:
        way = WayIn(CANDIDATE, RULE, VERSION, REASON)
        act.case, _ = open_call(act.ledger, sighting, place, (way, act.actor))
        start_accept_clock(act.case)
    act.result = {"number": act.case.number, "joined": held is not None}


def _locate(act: Act, worker: Worker) -> Whereabouts:
    """Return where the phone says it is; else the worker's own grid, and where they were seen last."""
    lon, lat = act.data.get("lon"), act.data.get("lat")
    if lon is not None and lat is not None:
        point = LonLat(float(lon), float(lat))
        found = locate_point(act.ledger.city, point, how="map", accuracy_m=act.data.get("accuracy_m"))
        if found is not None:
            return Whereabouts(found)
    place = place_call(act.ledger, worker)
    if place is None:
        raise refuse("unplaceable", "the area of this worker is not in the city any more")
    return place
