"""What people say through a source becomes a case at a desk; who called stands in the table of reporters alone."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select

from command_center.cases.incident_tables import IncidentSource, Reporter
from command_center.journal.journal_tables import JournalEntry
from command_center.orders.order_tables import ClockRow
from command_center.signals.signal_tables import Candidate, QuarantineRow, Signal
from ingest.observation import Caller, Observation, Phase, Said, SourceKind
from tests.command_center.stage import NOON, TOWN, Stage

UPSTREAM = {"system": "12345", "number": "7", "due_at": "2026-11-25T18:00:00+08:00", "reply_state": "waiting"}
CALLER = Caller(name="王某某", phone="13812345678", wants_reply=True)


def build(said: Said | None = None, **facts: Any) -> Observation:
    columns: dict[str, Any] = {
        "source": "hotline", "kind": SourceKind.HOTLINE, "device": None, "id": "7", "phase": Phase.BEGIN,
        "category": "UM-01003", "at": NOON, "received_at": NOON, "trace_id": "t", "text": "井盖缺失",
        "said": said or Said(place_text="", town="", upstream=UPSTREAM, caller=CALLER),
    }  # fmt: skip
    return Observation(**(columns | facts))


def test_a_work_order_opens_a_case_with_its_number(stage: Stage) -> None:
    town = stage.city.tree.get_area(TOWN)
    said = Said(place_text=f"{town.name}某路口", upstream=UPSTREAM, caller=CALLER)
    number = stage.take_in(build(said))[0].incident
    assert number is not None
    case = stage.incident(number)
    assert case.upstream == UPSTREAM and case.place_text == f"{town.name}某路口" and case.area.startswith(TOWN)
    assert stage.take_in(build(said))[0].outcome == "duplicate"
    with stage.database.read() as session:
        (reporter,) = session.scalars(select(Reporter)).all()
        assert (reporter.incident, reporter.name, reporter.phone) == (number, "王某某", "13812345678")
        kept = [msgspec.json.encode(row.observation) for row in session.scalars(select(Signal))]
        kept += [msgspec.json.encode(row.data) for row in session.scalars(select(JournalEntry))]
        assert not any(b"13812345678" in one or "王某某".encode() in one for one in kept)


def test_without_a_place_or_a_name_a_desk_has_it(stage: Stage) -> None:
    number = stage.take_in(build(category="", id="8"))[0].incident
    assert number is not None
    case = stage.incident(number)
    assert case.state == "reported" and case.area == stage.city.code and case.located_how == "unplaced"
    with stage.database.read() as session:
        assert (
            session.scalars(select(Candidate)).all() == [] and session.scalars(select(QuarantineRow)).all() == []
        )
    stage.take_in(build(category="", id="8", phase=Phase.END, said=None))
    assert stage.incident(number).state == "reported"


def test_a_citizens_report_joins_what_is_open_there(stage: Stage) -> None:
    place = stage.manhole().lonlat
    facts = {"source": "open311", "kind": SourceKind.CITIZEN, "lon": place.lon, "lat": place.lat}
    first = stage.take_in(build(Said(caller=CALLER), id="a", **facts))[0].incident
    other = Caller(name="李某", phone="13900000000")
    second = stage.take_in(build(Said(caller=other), id="b", **facts))[0].incident
    assert first is not None and first == second
    with stage.database.read() as session:
        callers = session.scalars(select(Reporter.phone).where(Reporter.incident == first)).all()
    assert sorted(callers) == ["13812345678", "13900000000"]


def test_a_work_order_joins_and_every_number_is_answered_by_itself(stage: Stage) -> None:
    """A sensor, a citizen and two work orders of one hole: one incident, three callers, two numbers upstream."""
    place = stage.manhole().lonlat
    where = {"lon": place.lon, "lat": place.lat}
    (opened,) = stage.take_in(stage.alarm("a"))
    number = opened.incident
    assert number is not None
    (joined,) = stage.take_in(build(id="b", **where))
    assert joined.incident == number and stage.incident(number).upstream == UPSTREAM
    second = {**UPSTREAM, "number": "8", "due_at": "2026-11-26T18:00:00+08:00"}
    said = Said(upstream=second, caller=Caller(name="李某", phone="13900000000", wants_reply=True))
    merged = stage.take_in(build(said, id="c", **where))[0].incident
    assert merged not in (None, number)
    own = stage.incident(merged)
    assert (own.state, own.merged_into, own.upstream) == ("merged", number, second)
    assert stage.take_in(build(said, id="c", **where))[0].outcome == "duplicate"
    with stage.database.read() as session:
        callers = session.scalars(select(Reporter.phone).where(Reporter.incident == number)).all()
        assert sorted(callers) == ["13812345678", "13900000000"]
        sources = session.scalars(select(IncidentSource).where(IncidentSource.incident == number)).all()
        assert [source.kind for source in sorted(sources, key=lambda s: s.id)] == ["device", "hotline", "hotline"]
        running = select(ClockRow).where(ClockRow.incident == number, ClockRow.stopped_at.is_(None))
        clocks = session.scalars(running.where(ClockRow.stage == "upstream")).all()
        assert len(clocks) == 2, "each number has its own moment"
    stage.take_in(build(said, id="c", phase=Phase.END, seq=2, **where))
    assert stage.incident(number).state != "merged"
    repeated = build(Said(upstream=UPSTREAM), id="e", lon=place.lon + 0.02, lat=place.lat)
    assert stage.take_in(repeated)[0].incident == number, "the number is a case already: it joins"
    far = stage.take_in(
        build(Said(upstream={**UPSTREAM, "number": "9"}), id="d", lon=place.lon + 0.01, lat=place.lat)
    )
    assert far[0].incident not in (None, number, merged) and stage.incident(far[0].incident).merged_into is None
