"""Where workers and vehicles are, in every way they say it; nobody else's position is taken."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from grid.city import City
from grid.registers import Register
from ingest.decoders import positions
from ingest.http_request import Outcome
from ingest.messages import Fix
from ingest.observation import Quarantined
from ingest.whereabouts import Whereabouts
from tests.ingest.pushing import NOW, Pusher, list_samples, outcome_of

AT_S = int(NOW.timestamp())
PLACE = "lat=33.95&lon=118.30"


@pytest.fixture
def pusher(city: City) -> Pusher:
    """Return a sender with one worker's phone and one vehicle; ``861`` is the phone's own number."""
    device = city.register.list_devices()[0]
    vehicle = dataclasses.replace(device, id="bus-1", kind="vehicle", source="positions", source_id="013900000001")
    register = Register([*city.register.list_devices(), vehicle])
    worker = city.workers.list_workers()[0].id
    return Pusher(dataclasses.replace(city, register=register), "positions", units={"861": worker})


def fixes(
    pusher: Pusher, body: str = "", query: str = "", content_type: str = "", method: str = "POST"
) -> list[Fix]:
    found: list[Fix] = []
    pusher.senses.place = found.append
    taken = pusher.push(body, content_type, query=query, method=method)
    assert taken.ignored == "position" and not taken.records, taken
    return found


def test_every_way_to_write_a_position(pusher: Pusher, city: City) -> None:
    worker = city.workers.list_workers()[0].id
    form = "application/x-www-form-urlencoded"
    client = {
        "location": {
            "timestamp": NOW.isoformat(),
            "coords": {"latitude": 33.95, "longitude": 118.3, "accuracy": 5, "speed": -1, "heading": -1},
            "mock": False,
        },
        "device_id": "861",
    }
    found = [
        *fixes(pusher, query=f"id=861&{PLACE}&timestamp={AT_S}", method="GET"),
        *fixes(pusher, query=f"deviceid=861&location=33.95,118.30&timestamp={AT_S}000"),
        *fixes(pusher, f"id=861&{PLACE}&timestamp=2026-03-01T08%3A00%3A00Z", content_type=form),
        *fixes(pusher, f"/?id={worker}&{PLACE}&timestamp=2026-03-01+08%3A00%3A00"),
        *fixes(pusher, json.dumps(client)),
        *fixes(pusher, json.dumps({**client, "location": [client["location"]]})),
    ]
    assert {(fix.worker, fix.vehicle, fix.lon, fix.lat, fix.at) for fix in found} == {
        (worker, "", 118.3, 33.95, NOW)
    }
    assert len(found) == 6 and found[4].accuracy_m == 5


def test_a_backlog_of_lines(pusher: Pusher) -> None:
    lines = "\n".join(f"/?id=861&lat=33.95&lon=118.30&timestamp={AT_S - minute * 60}" for minute in range(3))
    assert [fix.at.minute for fix in fixes(pusher, lines)] == [0, 59, 58]


def forwarded(**position: Any) -> str:
    place = {"latitude": 33.95, "longitude": 118.3, "fixTime": "2026-03-01T08:00:00.000+00:00", "valid": True}
    device = {"id": 4, "name": "bus", "uniqueId": "013900000001", "phone": "13800000000"}
    return json.dumps({"device": device, "position": {"id": 9, "protocol": "jt808", **place, **position}})


def test_a_vehicle_that_traccar_forwards(pusher: Pusher) -> None:
    (fix,) = fixes(pusher, forwarded(accuracy=0))
    assert (fix.worker, fix.vehicle, fix.at, fix.accuracy_m) == ("", "bus-1", NOW, None)
    assert fixes(pusher, forwarded(fixTime="2026-03-01T09:00:00Z"))[0].at == NOW, "a clock ahead is not believed"
    as_number = forwarded().replace('"013900000001"', "13900000001")
    assert fixes(pusher, as_number)[0].vehicle == "bus-1", "a number has no leading zero"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("id=861", "position_absent"),
        ("id=861&lat=0&lon=0", "position_absent"),
        ("id=861&lat=-1&lon=-1", "position_absent"),
        ("id=861&lat=nan&lon=9999999", "position_absent"),
        (f"id=861&{PLACE}&valid=false", "position_absent"),
        ("id=861&lat=118.30&lon=33.95", "position_absent"),
        (f"id=861&{PLACE}&timestamp={AT_S - 8 * 86400}", "position_old"),
        (f"id=861&cell=257,02,16,2224&wifi=00-14-22-01-23-45,-80&timestamp={AT_S}", "position_absent"),
    ],
)
def test_what_is_no_position(pusher: Pusher, query: str, reason: str) -> None:
    taken = pusher.push("", "", query=query, method="GET")
    assert (taken.ignored, taken.records) == (reason, [])


@pytest.mark.parametrize(
    ("body", "query", "reason"),
    [
        ("", PLACE, "no_id"),
        ("{", "", "not_json"),
        ("[]", "", "wrong_shape"),
        ("[1]", "", "wrong_shape"),
        ("7e020000530095900689830016", "", "wrong_shape"),
        ("", f"id=861&{PLACE}&timestamp=soon", "wrong_shape"),
        ("", f"id=someone&{PLACE}", "unknown_device"),
    ],
)
def test_broken_positions_and_strangers_are_refused(pusher: Pusher, body: str, query: str, reason: str) -> None:
    assert pusher.refused(body, "", query=query) == reason


def test_a_strangers_position_is_not_kept(pusher: Pusher) -> None:
    bodies = [
        ("", f"id=stranger&{PLACE}"),
        (forwarded().replace("013900000001", "stranger"), ""),
        (f"id=stranger&{PLACE}", ""),
    ]
    for body, query in bodies:
        (record,) = pusher.push(body, "", query=query).records
        assert isinstance(record, Quarantined) and record.request is not None
        kept = record.payload.decode() + record.request.query
        assert "33.95" not in kept and "118.3" not in kept and "13800000000" not in kept and "stranger" in kept


def test_a_call_for_help(pusher: Pusher) -> None:
    sos = Pusher(pusher.senses.city, "positions", units={"861": "gw"}, alarms={"sos": "PO-02001"})
    (told,) = sos.told(forwarded(attributes={"alarm": "sos"}))
    assert (told.category, told.device, told.lon) == ("PO-02001", "bus-1", 118.3)
    pressed = json.loads(forwarded()) | {"event": {"type": "alarm", "attributes": {"alarm": "powerCut,SOS"}}}
    assert [each.category for each in sos.told(json.dumps(pressed))] == ["PO-02001"], "forwarded as an event"


def test_a_phone_hears_200_unless_it_names_nobody(pusher: Pusher) -> None:
    message = pusher.message("", "")
    assert [positions.reply(message, Outcome(refused=reason)) for reason in ("not_now",)] == [None]
    for reason, status in (("no_id", 400), ("unknown_device", 200), (None, 200)):
        answer = positions.reply(message, Outcome(refused=reason))
        assert answer is not None and answer.status == status


def test_only_the_newest_is_told() -> None:
    whereabouts = Whereabouts()
    for minute in (1, 3, 2):
        whereabouts.note(Fix(worker="a", lon=1, lat=2, at=NOW.replace(minute=minute)))
    (fix,) = whereabouts.take()
    assert fix.at.minute == 3 and whereabouts.take() == []


def test_every_real_position_has_an_outcome(pusher: Pusher) -> None:
    outcomes = []
    for path in list_samples("samples/osmand_traccar", "samples/jt808"):
        content = path.read_text()
        lines = content.splitlines() if path.suffix == ".txt" else [content]
        outcomes += [
            outcome_of(pusher.push("", "", query=line.partition("?")[2])) for line in lines if "?" in line
        ]
        outcomes += [outcome_of(pusher.push(content, "application/json"))] if path.suffix != ".txt" else []
    assert set(outcomes) == {"refused:unknown_device", "refused:no_id", "refused:wrong_shape"}
