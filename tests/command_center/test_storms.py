"""A flood of alarms becomes one incident with counted members; what is no part of it goes on beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from command_center import intake
from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident, IncidentSource
from foundation.database import Database
from ingest.observation import Observation, Phase
from tests.command_center.stage import Stage

LAMP, FIRE = "UM-01037", "EM-04001"
OF_A_KIND = {
    "manhole_cover": "UM-01003", "street_lamp": LAMP, "waste_bin": "UM-06042", "parking_sensor": "TR-07001",
    "smoke_detector": FIRE, "gas_detector": "EM-04007", "noise_meter": "UM-06028", "hydrant": "UM-01013",
}  # fmt: skip


def flood(stage: Stage, count: int, *kinds: str, run: str = "s", **changes: object) -> list[Observation]:
    """Return so many alarms, each kind of device in turn, a millisecond apart."""
    of_kind = {kind: stage.city.register.list_devices(kind) for kind in kinds}
    alarms = []
    for n in range(count):
        kind = kinds[n % len(kinds)]
        device = of_kind[kind][(n // len(kinds)) % len(of_kind[kind])]
        at = stage.clock.now() + timedelta(milliseconds=n)
        alarms.append(
            stage.alarm(f"{run}-{n}", device=device.id, category=OF_A_KIND[kind], at=at, received_at=at, **changes)
        )
    return alarms


def cards(stage: Stage) -> list[Incident]:
    chosen = select(Incident).where(Incident.state.not_in(sorted(ENDED_STATES))).order_by(Incident.number)
    return stage.reading(lambda session: list(session.scalars(chosen)))


def test_a_flood_of_one_kind_is_one_card_with_counted_members(stage: Stage) -> None:
    outcomes = stage.take_in(*flood(stage, 300, "street_lamp"))
    (parent,) = cards(stage)
    assert {o.incident for o in outcomes} == {parent.number} and {o.outcome for o in outcomes} == {"recorded"}
    assert parent.members == 300 and parent.storm_rule == "one-kind" and parent.area == stage.city.code
    told = stage.reading(lambda s: s.scalar(select(func.count()).select_from(IncidentSource)))
    assert told == 300
    assert stage.kinds().count("storm_grown") == 1 and stage.kinds().count("signal_joined") == 0


def test_two_brains_in_one_flood_make_one_parent(stage: Stage) -> None:
    alarms = flood(stage, 200, "street_lamp")
    other, gate = Database(stage.database.url), Barrier(2)

    def take(database: Database, observations: list[Observation]) -> list[intake.Outcome]:
        gate.wait()
        return [
            o
            for n in range(0, 100, 20)
            for o in intake.take_in(database, stage.city, stage.clock, observations[n : n + 20])
        ]

    try:
        with ThreadPoolExecutor(2) as pool:
            works = [pool.submit(take, stage.database, alarms[::2]), pool.submit(take, other, alarms[1::2])]
            outcomes = [outcome for work in works for outcome in work.result()]
    finally:
        other.dispose()
    (parent,) = cards(stage)
    assert {o.incident for o in outcomes} == {parent.number} and parent.members == 200


def test_cards_before_the_flood_was_known_are_taken_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    alarms = flood(stage, 40, "manhole_cover", "street_lamp", "waste_bin", "parking_sensor")
    fires = flood(stage, 2, "smoke_detector", run="fire")
    stage.take_in(*alarms[:8])
    assert len(cards(stage)) > 4
    monkeypatch.setattr(intake, "_take_alone", None)  # each batch takes effect as one, not by its second chance
    stage.take_in(*fires, *alarms[8:24])
    stage.take_in(*alarms[24:])
    parent = next(card for card in cards(stage) if card.category != FIRE)
    assert parent.category == "EM-09008" and parent.members == 40
    assert stage.kinds().count("merged") > 4
    kinds = ("manhole_cover", "street_lamp", "waste_bin", "parking_sensor")
    ended = flood(stage, 40, *kinds, phase=Phase.END, seq=2)
    assert {o.incident for o in stage.take_in(*ended)} == {parent.number}
    assert stage.entries("storm_grown")[-1].data["ended"] == 40


def test_a_fire_beside_the_flood_has_a_card_of_its_own(stage: Stage) -> None:
    kinds = ("manhole_cover", "street_lamp", "waste_bin", "parking_sensor", "noise_meter", "hydrant")
    alarms = flood(stage, 60, *kinds)
    fire = flood(stage, 1, "smoke_detector", run="fire")[0]
    stage.take_in(*alarms, fire)
    parent, own = cards(stage)
    assert (parent.category, own.category) == ("EM-09008", FIRE) and own.urgency == "emergency"
    assert own.state == "dispatched"


def test_each_kind_of_emergency_in_a_flood_is_one_card(stage: Stage) -> None:
    stage.take_in(*flood(stage, 400, *OF_A_KIND))
    found = {card.category for card in cards(stage)}
    assert found == {"EM-09008", FIRE, "EM-04007"} and len(cards(stage)) == 3
    assert sum(card.members for card in cards(stage)) == 400


def test_a_busy_afternoon_is_no_storm(stage: Stage) -> None:
    alarms = flood(stage, 40, "manhole_cover", "street_lamp", "waste_bin", "parking_sensor")
    for n, alarm in enumerate(alarms):
        stage.clock.advance(3)
        stage.take_in(stage.alarm(f"b-{n}", device=alarm.device, category=alarm.category))
    assert not [card for card in cards(stage) if card.storm_rule]


def test_when_it_has_been_quiet_the_next_alarm_is_its_own(stage: Stage) -> None:
    stage.take_in(*flood(stage, 30, "street_lamp"))
    stage.clock.advance(90_000)  # longer than the window of a lamp
    stage.take_in(*flood(stage, 1, "street_lamp", run="later"))
    assert len(cards(stage)) == 2
