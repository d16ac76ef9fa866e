"""Drills reach only enrolled phones and stand outside every figure; what is three days late is only looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from command_center.orders.assign import DRILL, NOT_ENROLLED, Standing, assign, may_drill
from command_center.signals.signal_tables import Candidate
from grid.posts import Worker
from tests.command_center.stage import Stage


def test_a_drill_is_marked_and_assigned_to_enrolled_workers_only(stage: Stage) -> None:
    city = stage.city
    stage.on_shift(*(worker.id for worker in city.workers.list_workers()))
    (real,) = stage.take_in(stage.alarm("real"))
    (drill,) = stage.take_in(stage.alarm("drill", drill=True))
    assert real.incident is not None and drill.incident is not None
    assert drill.incident != real.incident, "a drill never joins a real case"
    assert stage.incident(drill.incident).title.startswith("【演练】")
    for order in stage.orders(drill.incident):
        worker = city.workers.find_worker(order.worker or "")
        assert worker is None or may_drill(worker)


def test_of_two_workers_the_enrolled_one_is_drilled(stage: Stage) -> None:
    home = stage.city.workers.list_workers()[0]
    standings = [
        Standing(worker_like(home, "a", ("fire",)), True, home.home, 0),
        Standing(worker_like(home, "b", (DRILL,)), True, home.home, 9),
    ]
    assert assign(standings, None, home.home).worker == "a"
    drilled = assign(standings, None, home.home, drill=True)
    assert drilled.worker == "b" and drilled.candidates[0]["refused"] == NOT_ENROLLED
    assert assign(standings[:1], None, home.home, drill=True).worker is None


def worker_like(home: Worker, id: str, skills: tuple[str, ...]) -> Worker:
    from dataclasses import replace

    return replace(home, id=id, skills=skills)


@pytest.mark.parametrize("days", [1.1, 3.0])
def test_what_is_days_late_waits_for_a_person(stage: Stage, days: float) -> None:
    at = stage.clock.now() - timedelta(days=days)
    (outcome,) = stage.take_in(stage.alarm("late", at=at, flags=("late",)))
    assert outcome.incident is None
    with stage.database.read() as session:
        (waiting,) = session.query(Candidate).all()
    assert "late" in waiting.reason["en"]


def test_a_hundred_repeats_are_one_effect(stage: Stage) -> None:
    alarm = stage.alarm("again")
    outcomes = stage.take_in(*[alarm] * 100)
    assert len({outcome.incident for outcome in outcomes}) == 1
    assert [outcome.outcome for outcome in outcomes].count("recorded") == 1


def test_a_replay_reaches_no_phone(stage: Stage) -> None:
    stage.on_shift(*(worker.id for worker in stage.city.workers.list_workers()))
    (outcome,) = stage.take_in(stage.alarm("replayed", replay=True))
    assert outcome.incident is not None
    assert stage.incident(outcome.incident).replay
    assert all(order.worker is None for order in stage.orders(outcome.incident))
