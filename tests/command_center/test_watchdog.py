"""The watchdog finds what should have happened and did not, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident
from command_center.orders.order_tables import ClockRow, Order, Timer
from command_center.running.watchdog import QUESTIONS, find_overdue
from tests.command_center.stage import TOWN, Stage
from tests.command_center.test_callers import call, closed
from tests.command_center.test_every_move import walk
from tests.command_center.test_patrols import give_out_all
from tests.command_center.test_timers import fire, open_urgent


def look(stage: Stage) -> dict[str, list[int]]:
    posts = frozenset(post.code for post in stage.city.posts.list_posts())
    with stage.database.read() as session:
        found = find_overdue(session, stage.clock.now(), posts)
    assert set(found) == {*QUESTIONS, "case_without_holder"}
    return {kind: numbers for kind, numbers in found.items() if numbers}


def test_nothing_is_found_on_the_way_of_a_case_that_is_cared_for(cast: Stage) -> None:
    for state, _ in walk(cast):
        cast.clock.advance(30)
        fire(cast)
        assert look(cast) == {}, state
    cast.clock.advance(40 * 86_400)
    fire(cast)
    assert look(cast) == {}


def test_what_is_due_and_not_fired_is_found_and_gone_once_it_is(cast: Stage) -> None:
    open_urgent(cast)
    cast.clock.advance(400)
    found = look(cast)
    assert found["timer_late"] and found["clock_not_missed"] == [1]
    fire(cast)
    assert look(cast) == {}


def spoil_timer(session: Session) -> None:
    session.execute(delete(Timer).where(Timer.kind == "clock"))


def spoil_clock(session: Session) -> None:
    session.execute(delete(Timer))
    session.execute(delete(ClockRow).where(ClockRow.stage.in_(("sign", "dispose"))))


def spoil_hands(session: Session) -> None:
    session.execute(update(Order).values(state="cancelled"))


def spoil_holder(session: Session) -> None:
    session.execute(update(Incident).values(holder_code="post-of-nobody"))


def spoil_shelf(session: Session) -> None:
    session.execute(update(Incident).values(state="suspended"))


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (spoil_timer, "clock_without_timer"),
        (spoil_clock, "case_without_clock"),
        (spoil_hands, "case_without_hands"),
        (spoil_holder, "case_without_holder"),
        (spoil_shelf, "suspended_past_date"),
    ],
)
def test_what_was_lost_is_found(cast: Stage, spoil: Callable[[Session], None], kind: str) -> None:
    number = open_urgent(cast)
    cast.clock.advance(30)
    assert look(cast) == {}
    with cast.database.write() as session:
        spoil(session)
    assert look(cast)[kind] == [number]


def test_a_missed_limit_without_supervision_is_found(cast: Stage) -> None:
    number = cast.must("district", "report", text="路灯", town=TOWN).incident
    assert number is not None
    with cast.database.write() as session:
        session.execute(update(ClockRow).values(missed=True, due_at=cast.clock.now()))
    cast.clock.advance(30)
    assert look(cast)["supervision_missing"] == [number]


def test_a_late_call_back_of_which_nobody_is_told_is_found(cast: Stage) -> None:
    number, other = (closed(cast, call(cast, name)) for name in ("甲", "乙"))
    cast.clock.advance(4 * 86_400)
    assert look(cast)["call_back_not_urged"] == [number, other]
    fire(cast)
    assert look(cast) == {}
    with cast.database.write() as session:
        session.execute(delete(Timer).where(Timer.kind == "callback", Timer.incident == other))
    assert look(cast) == {"call_back_not_urged": [other]}
    cast.must("town", "revisit", other, satisfaction="satisfied")
    assert look(cast) == {}


def test_a_patrol_and_its_clock_are_in_order(cast: Stage) -> None:
    give_out_all(cast)
    cast.clock.advance(30)
    fire(cast)
    assert look(cast) == {}
    with cast.database.write() as session:
        session.execute(delete(ClockRow).where(ClockRow.stage == "patrol"))
    assert look(cast)["case_without_clock"]
