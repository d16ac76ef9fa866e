"""What a phone tells beside its orders: a call for help, a voice note, when it was; and what it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from command_center.cases.incident_tables import IncidentSource
from command_center.messages.message_tables import MessageReading
from command_center.orders.order_tables import WorkerState
from command_center.people.account_tables import Attachment
from ingest.observation import SourceKind
from tests.command_center.stage import NOON, TOWN, Stage


def test_a_call_for_help_is_an_alarm_at_once_and_only_one(cast: Stage) -> None:
    place = {"lon": cast.manhole().lonlat.lon, "lat": cast.manhole().lonlat.lat, "accuracy_m": 12}
    number = cast.must("worker", "sos", **place).result["number"]
    incident = cast.incident(number)
    assert incident.urgency == "emergency" and incident.sensitive and incident.state == "reported"
    assert (incident.lon, incident.level) == (place["lon"], "district")
    assert "回拨 66" in incident.text and "accept" in cast.allowed("district", number)
    assert cast.must("worker", "sos").result == {"number": number, "joined": True}
    assert cast.refused("town", "sos") == "forbidden"
    assert cast.refused("worker", "sos", lon=999) == "invalid"


def test_a_call_without_a_position_is_an_alarm_of_the_workers_own_grid(cast: Stage) -> None:
    worker, home = f"gw-{cast.grid()}", cast.city.tree.get_area(cast.grid())
    number = cast.must("worker", "sos").result["number"]
    told = cast.incident(number)
    assert (told.grid, told.lon, told.place_text) == (home.code, None, f"位置不明（{home.name}）")
    assert {"acknowledge", "shelve"} <= cast.allowed("town", number), "its town hears it too"
    assert not cast.allowed("neighbour", number)
    spot = cast.manhole().lonlat
    with cast.database.write() as session:
        session.merge(WorkerState(worker=worker, on_shift=True, lon=spot.lon, lat=spot.lat, at=NOON))
    cast.must("district", "void", number, reason="误触")
    told = cast.incident(cast.must("worker", "sos").result["number"])
    assert (told.grid, told.lon, told.located_how) == (home.code, spot.lon, "last_known")
    assert told.place_text.startswith("位置不明，最后位置 11-23 12:00") and told.title.startswith(told.place_text)


def test_a_terminals_call_without_a_fix_opens_once_and_sends_others_than_the_caller(cast: Stage) -> None:
    worker = f"gw-{cast.grid()}"
    told = cast.alarm(source="positions", kind=SourceKind.WORKER, category="EM-10003", lon=None, lat=None)
    calls = [replace(told, device=worker, id=f"{worker}-{press}", place_how=None) for press in range(2)]
    (first, again) = cast.take_in(*calls)
    assert first.incident is not None and again.incident == first.incident, "no candidate, and one case"
    case = cast.incident(first.incident)
    assert (case.grid, case.urgency) == (cast.grid(), "emergency")
    assert "回拨 66" in case.text and case.place_text.startswith("位置不明")
    orders = cast.orders(first.incident)
    assert orders and worker not in {order.worker for order in orders}, "nobody is sent to their own rescue"
    assert cast.must("worker", "sos").result == {"number": first.incident, "joined": True}, "as from the phone"


def test_a_message_reaches_whom_it_was_written_to(cast: Stage) -> None:
    id = cast.must("town", "message", text="台风将至，检查围挡", area=TOWN, urgent=True).result["id"]
    for _ in range(2):
        cast.must("worker", "message_read", id=id)
    readings = cast.reading(lambda session: [row.worker for row in session.query(MessageReading)])
    assert readings == [f"gw-{cast.grid()}"]
    other = cast.must("town", "message", text="见面会", post=f"desk-{TOWN}").result["id"]
    assert cast.refused("worker", "message_read", id=other) == "not_found"
    assert cast.refused("neighbour", "message", text="x", area=TOWN) == "invalid"
    assert cast.refused("town", "message", text="x") == "invalid"
    assert cast.refused("worker", "message", text="x", area=TOWN) == "forbidden"
    assert "台风" not in str(cast.entries("message_sent")[0].data), "the journal keeps no words"


def attach(cast: Stage, id: str, content_type: str) -> str:
    with cast.database.write() as session:
        now = cast.clock.now()
        row: dict[str, Any] = {"name": id, "size": 1, "received": 1, "at": now, "completed_at": now}
        session.add(Attachment(id=id, account="worker", content_type=content_type, **row))
    return id


def test_a_voice_note_stands_with_the_order_and_is_no_photo(cast: Stage) -> None:
    note, photo = attach(cast, "a" * 32, "audio/webm"), attach(cast, "b" * 32, "image/jpeg")
    (outcome,) = cast.take_in(cast.alarm())
    assert outcome.incident is not None
    order = next(o for o in cast.orders(outcome.incident) if o.worker == f"gw-{cast.grid()}")
    cast.must("worker", "sign", order=order.id)
    cast.must("worker", "arrive", order=order.id, voice=[note])
    finish = {"result": "已处置", "order": order.id}
    assert cast.refused("worker", "dispose", **finish, photos=[note]) == "invalid"
    assert cast.refused("worker", "dispose", **finish, photos=[photo], voice=[photo]) == "invalid"
    cast.must("worker", "dispose", **finish, photos=[photo])
    result = next(o for o in cast.orders(outcome.incident) if o.id == order.id).result
    assert result["voice"] == [note] and result["photos"] == [photo]


def test_a_report_from_a_phone_happened_when_it_was_seen(cast: Stage) -> None:
    now, said = cast.clock.now(), {"text": "路灯不亮", "category": "UM-01001", "town": TOWN}
    seen = {}
    for hours in (-30, 6, 24 * 30):
        done = cast.must("worker", "report", at=now - timedelta(hours=hours), **said)
        assert done.incident is not None
        seen[hours] = _seen_at(cast, done.incident)
    assert seen == {-30: now, 6: now - timedelta(hours=6), 24 * 30: now - timedelta(days=7)}
    told = cast.must("town", "report", at=now - timedelta(hours=6), **said)
    assert told.incident is not None and _seen_at(cast, told.incident) == now, "a seat has no time of its own"


def _seen_at(cast: Stage, number: int) -> Any:
    found = cast.reading(
        lambda session: [row.at for row in session.query(IncidentSource).filter_by(incident=number)]
    )
    return found[-1]
