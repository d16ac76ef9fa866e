"""Patrols: given out once, visited where they are, missed when nobody came; findings become incidents."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from command_center.cases.incident_tables import Incident
from command_center.orders.order_tables import Order
from command_center.tasks.patrol_plan import plan_day
from command_center.tasks.task_tables import TaskFinding, TaskItem
from command_center.timers import give_out_patrols
from grid.area_tables import NamedPlaceRow
from grid.city import City
from tests.command_center.stage import Stage


def give_out_all(cast: Stage) -> None:
    while give_out_patrols(cast.database, cast.city, cast.clock):
        pass


def items(cast: Stage, **by: object) -> list[TaskItem]:
    return cast.reading(
        lambda session: session.scalars(select(TaskItem).filter_by(**by).order_by(TaskItem.id)).all()
    )  # type: ignore[no-any-return]


def a_patrol(cast: Stage) -> tuple[TaskItem, str]:
    """Return a patrol that was given out, and the name of its worker, hired and on shift."""
    give_out_all(cast)
    item = next(one for one in items(cast, state="issued") if one.grid is not None)
    from command_center.people.roles import Role

    cast.hire("walker", Role.GRID_WORKER, item.grid or "", worker=f"gw-{item.grid}")
    cast.must("walker", "shift", on=True)
    return next(one for one in items(cast, id=item.id)), "walker"


def test_a_week_of_patrols_is_spread_and_always_the_same(city: City) -> None:
    place = NamedPlaceRow(code="P-1", kind="market", name="市场")
    start = datetime(2026, 11, 23, tzinfo=UTC).date()
    days = [len(list(plan_day(city, [place], start + timedelta(days=n)))) for n in range(14)]
    assert sum(days[:7]) == sum(days[7:]) == 3 and max(days) == 1 and days[:7] == days[7:]


def test_due_patrols_are_given_out_once_also_after_an_outage(cast: Stage) -> None:
    give_out_all(cast)
    first = items(cast)
    give_out_all(cast)
    assert 20 < len(first) == len(items(cast)) == len({item.key for item in first})
    orders = cast.reading(lambda session: session.scalars(select(Order)).all())
    assert {(order.kind, order.holder_kind) for order in orders} <= {("patrol", "grid"), ("patrol", "community")}
    assert all(cast.incident(item.incident or 0).patrol for item in first)


def test_a_worker_who_comes_on_shift_gets_what_waits_and_marks_it_where_it_is(cast: Stage) -> None:
    item, walker = a_patrol(cast)
    number = item.incident or 0
    assert item.worker == f"gw-{item.grid}" and item.lon is not None and item.lat is not None
    assert cast.allowed(walker, number) == {"receive", "read", "sign", "assign", "visit", "cannot_handle"} - {
        "assign"
    }
    answers = {f"check_{question['key']}": True for question in item.checklist if question["kind"] == "yes_no"}
    near = {"lon": item.lon, "lat": item.lat + 0.0005, "accuracy_m": 8.0, **answers}
    assert cast.refused(walker, "visit", number, **{**near, "accuracy_m": 400.0}) == "invalid"
    far = cast.do(walker, "visit", number, **{**near, "lat": item.lat + 0.02}).refusal
    assert far is not None and "m from the place" in far.fields["lon"]
    missing = cast.do(walker, "visit", number, lon=item.lon, lat=item.lat, accuracy_m=8.0).refusal
    assert missing is not None and set(missing.fields) == set(answers)
    found = cast.must(walker, "visit", number, **near, finding="井盖破损", finding_category="UM-01003").result[
        "found"
    ]
    (done,) = items(cast, id=item.id)
    assert done.state == "done" and done.answers and 50 < (done.distance_m or 0) < 60
    assert cast.incident(number).state == "closed" and not cast.incident(found).patrol
    link = cast.reading(lambda session: session.get(TaskFinding, (found, item.id)))
    assert link is not None and cast.incident(found).channel == "worker"
    assert "33." not in str(cast.entries("visited")[0].data), "where a worker stood is not kept"


def test_what_nobody_visited_is_missed_and_leaves_the_phone(cast: Stage) -> None:
    item, _ = a_patrol(cast)
    cast.clock.advance(30 * 3600)
    give_out_all(cast)
    (missed,) = items(cast, id=item.id)
    assert missed.state == "missed" and cast.incident(item.incident or 0).state == "void"
    assert not any(
        incident.supervised_by for incident in cast.reading(lambda s: s.scalars(select(Incident)).all())
    )


def test_going_off_shift_reoffers_what_is_unsigned_and_keeps_what_is_signed(cast: Stage) -> None:
    (outcome,) = cast.take_in(cast.alarm("a-1"))
    (signed,) = [order for order in cast.orders(outcome.incident or 0) if order.worker]
    cast.must("worker", "sign", order=signed.id)
    far = cast.manhole().lonlat
    (second,) = cast.take_in(cast.alarm("a-2", category="UM-06002", lon=far.lon, lat=far.lat))
    mine = [order.id for order in cast.orders(second.incident or 0) if order.worker]
    result = cast.must("worker", "shift", on=False).result
    assert result["kept"] == [signed.id] and result["reoffered"] == mine
    for order in cast.orders(second.incident or 0):
        assert order.worker is None or order.id not in mine
    assert cast.orders(outcome.incident or 0)[
        [o.id for o in cast.orders(outcome.incident or 0)].index(signed.id)
    ].worker


@pytest.mark.parametrize("who", ["district", "neighbour"])
def test_a_patrol_is_no_incident_to_anybody(cast: Stage, who: str) -> None:
    item, _ = a_patrol(cast)
    assert not cast.allowed(who, item.incident or 0) & {
        "dispatch",
        "close",
        "supervise",
        "escalate",
        "merge",
        "reject",
    }
