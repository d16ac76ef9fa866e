"""Several departments, towns and domains on one case: each with its own order, state and clock."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from command_center.cases.incident_rows import read_files
from command_center.cases.incident_tables import Incident
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.accounts import load_scope
from command_center.people.roles import Role
from command_center.timers import fire_due
from dashboards.server.incidents.incident_view import show_incident
from dashboards.server.incidents.visibility import own_orders
from tests.command_center.stage import OTHER_TOWN, TOWN, Stage


def handled(cast: Stage) -> int:
    """Return a case that the drainage office leads and has signed."""
    (outcome,) = cast.take_in(cast.alarm())
    assert outcome.incident is not None
    cast.must("drainage", "sign", outcome.incident)
    return outcome.incident


def order_of(cast: Stage, number: int, holder: str) -> Order:
    return [order for order in cast.orders(number, "dispose") if order.holder_code == holder][-1]


def clocks_of(cast: Stage, order: int) -> dict[str, ClockRow]:
    found = select(ClockRow).where(ClockRow.order == order).order_by(ClockRow.id)
    return {clock.stage: clock for clock in cast.reading(lambda session: session.scalars(found).all())}


def seen_by(cast: Stage, who: str, number: int) -> dict[str, Any] | None:
    def read(session: Any) -> dict[str, Any] | None:
        scope = load_scope(session, who)
        incident = session.scalar(select(Incident).where(Incident.number == number, scope.clause()))
        if incident is None:
            return None
        (file,) = read_files(session, [incident], cast.city)
        own = own_orders(scope, file.audience, file.orders, cast.city)
        return show_incident(file, cast.city, own, cast.clock.now())

    shown: dict[str, Any] | None = cast.reading(read)
    return shown


def pass_time(cast: Stage, **span: float) -> None:
    cast.clock.advance(timedelta(**span).total_seconds())
    while fire_due(cast.database, cast.city, cast.clock):
        pass


def test_three_parties_on_one_case_each_see_their_own_part_only(cast: Stage) -> None:
    number = handled(cast)
    cast.must("drainage", "assist", number, department="traffic_police", task="封路")
    cast.must("town", "assist", number, area=OTHER_TOWN, task="下游巡查")
    assert cast.refused("town", "assist", number, department="traffic_police", task="再来") == "invalid"
    lead, police = order_of(cast, number, "dept-drainage"), order_of(cast, number, "dept-traffic_police")
    cast.must("police", "sign", order=police.id)
    for who, task in (("police", "封路"), ("neighbour", "下游巡查")):
        shown = seen_by(cast, who, number)
        assert shown is not None and shown["partial"] is True
        assert [order["task"] for order in shown["orders"]] == [task]
        assert {clock["order"] for clock in shown["clocks"]} == {shown["orders"][0]["id"]}
        assert not (shown["reporters"] or shown["consultations"] or shown["supervised_by"])
    assert {"sign", "dispose"} <= set(clocks_of(cast, police.id))
    assert clocks_of(cast, lead.id)["dispose"].id != clocks_of(cast, police.id)["dispose"].id
    assert cast.refused("neighbour", "sign", order=police.id) == "not_found"


def test_a_case_is_disposed_when_the_lead_and_the_assistants_are_done(cast: Stage) -> None:
    number = handled(cast)
    cast.must("drainage", "assist", number, department="traffic_police", task="封路")
    cast.must("drainage", "assist", number, area=OTHER_TOWN, task="下游巡查")
    cast.must("drainage", "dispose", number, result="已换井盖")
    assert cast.incident(number).state == "handling"
    police = order_of(cast, number, "dept-traffic_police")
    cast.must("police", "sign", order=police.id)
    cast.must("police", "dispose", order=police.id, result="已放行")
    assert cast.incident(number).state == "handling"
    other = order_of(cast, number, f"desk-{OTHER_TOWN}")
    cast.must("neighbour", "return", order=other.id, reason_code="wrong_place", reason="不在本镇")
    after = cast.incident(number)
    assert (after.state, after.returns, after.needs_arbitration) == ("disposed", 0, False)
    assert seen_by(cast, "neighbour", number) is None


def test_an_assistant_that_does_not_finish_is_called_off(cast: Stage) -> None:
    number = handled(cast)
    cast.must("drainage", "assist", number, department="traffic_police", task="封路")
    cast.must("drainage", "dispose", number, result="已换井盖")
    assert cast.refused("police", "call_off", number, reason="不") == "forbidden"
    assert "call_off" not in cast.allowed("drainage", number), "the lead sees nothing of its neighbour's order"
    cast.must("town", "call_off", number, reason="不再需要")
    assert cast.incident(number).state == "disposed"
    assert order_of(cast, number, "dept-traffic_police").state == "cancelled"


def test_the_board_of_a_further_domain_sees_its_own_departments_part(cast: Stage) -> None:
    number = handled(cast)
    with cast.database.write() as session:
        from command_center.people.account_tables import Account, Assignment
        from tests.command_center.stage import NOON

        session.add(Account(id="board", username="board", name="板", password_hash="-", created_at=NOON))
        session.flush()
        session.add(
            Assignment(account="board", role=Role.LEAD_SUPERVISOR, area=cast.city.code, domains=["transport"])
        )
    assert seen_by(cast, "board", number) is None
    cast.must("town", "assist", number, department="traffic_police", task="封路")
    shown = seen_by(cast, "board", number)
    assert shown is not None and shown["domains"] == ["urban_management", "transport"]
    assert [order["task"] for order in shown["orders"]] == ["封路"]
    cast.must("town", "share_domains", number, domains=["urban_management", "emergency"])
    assert cast.incident(number).also_domains == ["emergency"] and seen_by(cast, "board", number) is None
    assert cast.refused("town", "share_domains", number, domains=["weather"]) == "invalid"


def test_a_town_whistles_one_department_comes_and_one_does_not(cast: Stage) -> None:
    number = handled(cast)
    cast.hire("water", Role.LIAISON, cast.city.code, department="water")
    said = {"reason_type": "2", "departments": ["traffic_police", "water"], "task": "联合整治"}
    assert cast.refused("district", "whistle", number, **said) == "forbidden"
    assert cast.refused("town", "whistle", number, **{**said, "departments": []}) == "invalid"
    assert cast.refused("town", "whistle", number, **{**said, "reason_type": "4"}) == "invalid"
    cast.must("town", "whistle", number, **said)
    police, water = order_of(cast, number, "dept-traffic_police"), order_of(cast, number, "dept-water")
    assert set(clocks_of(cast, police.id)) == {"respond"}
    assert cast.refused("police", "sign", order=police.id) == "move_not_allowed"
    cast.must("police", "respond", order=police.id)
    come = order_of(cast, number, "dept-traffic_police")
    assert come.state == "arrived" and come.whistle is not None and come.whistle["is_late"] is False
    assert clocks_of(cast, police.id)["dispose"].stopped_at is None
    pass_time(cast, hours=30)
    assert len(cast.entries("whistle_unanswered")) == 1
    assert cast.incident(number).supervised_by is not None
    assert any("报到" in str(entry.data["reason"]) for entry in cast.entries("supervised"))
    cast.must("water", "respond", order=water.id)
    late = order_of(cast, number, "dept-water")
    assert late.whistle is not None and late.whistle["is_late"] is True
    cast.must("water", "dispose", order=water.id, result="完成")
    assert late.whistle["town"] == TOWN
