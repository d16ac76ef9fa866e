from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.intake import take_in
from command_center.journal.journal import verify_journal
from command_center.journal.journal_tables import JournalEntry
from foundation.clock import ManualClock
from foundation.database import Database
from grid.city import City
from ingest.observation import Observation, Phase, SourceKind

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def alarm(city: City, id: str = "a-1", **changes: object) -> Observation:
    device = city.register.list_devices("manhole_cover")[0]
    said: dict[str, object] = {
        "source": device.source, "kind": SourceKind.DEVICE, "device": device.id, "id": id, "phase": Phase.BEGIN,
        "category": "UM-01003", "at": NOON, "received_at": NOON, "trace_id": f"t-{id}", "seq": 1,
        "confidence": 0.95, "lon": device.lonlat.lon, "lat": device.lonlat.lat, "place_how": "register",
    }  # fmt: skip
    return Observation(**{**said, **changes})  # type: ignore[arg-type]


def test_a_trusted_device_opens_files_and_dispatches_without_a_person(city_database: Database, city: City) -> None:
    (outcome,) = take_in(city_database, city, ManualClock(NOON), [alarm(city)])
    assert (outcome.outcome, outcome.incident) == ("recorded", 1)
    with city_database.read() as session:
        incident = session.get(Incident, 1)
        assert incident is not None and incident.state == "dispatched" and incident.version == 1
        kinds = session.scalars(select(JournalEntry.kind).order_by(JournalEntry.number)).all()
        assert kinds[:4] == ["incident_opened", "accepted", "filed", "dispatched"]
        assert verify_journal(session) == (len(kinds), None)


def test_the_same_message_a_hundred_times_has_one_effect(city_database: Database, city: City) -> None:
    clock = ManualClock(NOON)
    first = take_in(city_database, city, clock, [alarm(city)] * 50)
    again = take_in(city_database, city, clock, [alarm(city)] * 50)
    assert [o.outcome for o in first[:2]] == ["recorded", "duplicate"]
    assert {o.outcome for o in again} == {"duplicate"} and {o.incident for o in again} == {1}
    with city_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 1


def test_an_end_before_its_begin_is_kept_and_joined(city_database: Database, city: City) -> None:
    clock = ManualClock(NOON)
    end = alarm(city, phase=Phase.END, seq=2, at=NOON + timedelta(minutes=1))
    (kept,) = take_in(city_database, city, clock, [end])
    assert (kept.outcome, kept.incident) == ("recorded", None)
    take_in(city_database, city, clock, [alarm(city)])
    with city_database.read() as session:
        source = session.scalars(select(IncidentSource)).one()
        assert source.ended_at == NOON + timedelta(minutes=1) and source.signals == 2
