"""A consultation: members see the case while it lasts, each gives an opinion, the decision gives orders."""

from typing import Any

from sqlalchemy import select

from command_center.consultations.consultation_tables import Consultation, ConsultationMember
from command_center.people.roles import Role
from tests.command_center.stage import OTHER_TOWN, TOWN, Stage
from tests.command_center.test_many_eyes import clocks_of, handled, order_of, seen_by


def rows(cast: Stage, table: Any) -> list[Any]:
    return list(cast.reading(lambda session: session.scalars(select(table).order_by(table.id)).all()))


def test_members_see_it_speak_and_the_decision_gives_orders_and_a_limit(cast: Stage) -> None:
    number = handled(cast)
    cast.hire("water", Role.LIAISON, cast.city.code, department="water")
    cast.hire("expert", Role.TOWN_OPERATOR, "321311003")
    for who in ("police", "neighbour", "water", "expert"):
        assert seen_by(cast, who, number) is None
    topic = {"topic": "是否封路并抢修"}
    assert cast.refused("town", "consult", number, **topic, members=["water"]) == "forbidden"
    assert cast.refused("duty", "consult", number, **topic) == "invalid"
    assert cast.refused("duty", "consult", number, **topic, persons=["nobody"]) == "invalid"
    said = {"members": ["traffic_police", "water", OTHER_TOWN], "persons": ["expert"]}
    cast.must("duty", "consult", number, **topic, **said)
    assert cast.refused("duty", "consult", number, **topic, **said) == "move_not_allowed"
    for who in ("police", "neighbour", "water", "expert"):
        shown = seen_by(cast, who, number)
        assert shown is not None and shown["partial"] and shown["orders"] == [], who
    cast.must("police", "give_opinion", number, opinion="建议封路")
    cast.must("police", "give_opinion", number, opinion="建议半幅封路")
    cast.must("expert", "give_opinion", number, opinion="同意")
    assert cast.refused("drainage", "give_opinion", number, opinion="插话") in ("forbidden", "move_not_allowed")
    told = {member.code: member.opinion for member in rows(cast, ConsultationMember)}
    assert told["dept-traffic_police"] == "建议半幅封路" and told["dept-water"] == ""
    assert [entry.data["is_changed"] for entry in cast.entries("opinion_given")] == [False, True, False]
    assert "封路" not in str([entry.data for entry in cast.entries("opinion_given")]), (
        "words stand beside the journal"
    )
    lead = order_of(cast, number, "dept-drainage")
    decision = {"decision": "排水主办，交警协办", "assistants": ["traffic_police"], "limit_hours": 6.0}
    assert cast.refused("town", "decide", number, **decision) == "forbidden"
    cast.must("duty", "decide", number, **decision)
    assert seen_by(cast, "water", number) is None and seen_by(cast, "expert", number) is None
    after = seen_by(cast, "police", number)
    assert after is not None and [order["is_lead"] for order in after["orders"]] == [False]
    assert order_of(cast, number, "dept-drainage").id == lead.id
    assert clocks_of(cast, lead.id)["dispose"].limit_s == 6 * 3600
    (kept,) = rows(cast, Consultation)
    assert kept.state == "decided" and kept.outcome["limit_s"] == 6 * 3600 and len(kept.outcome["orders"]) == 1
    assert cast.refused("police", "give_opinion", number, opinion="晚了") == "move_not_allowed"


def test_a_consultation_may_name_another_lead(cast: Stage) -> None:
    number = handled(cast)
    cast.must("duty", "consult", number, topic="谁主办", members=["traffic_police", "drainage"])
    cast.must("duty", "decide", number, decision="交警主办", lead="traffic_police", assistants=["drainage"])
    incident = cast.incident(number)
    assert (incident.state, incident.holder_code) == ("dispatched", "dept-traffic_police")
    orders = {(order.holder_code, order.is_lead): order.state for order in cast.orders(number, "dispose")}
    assert orders["dept-traffic_police", True] == "issued" and orders["dept-drainage", False] == "issued"


def test_before_filing_a_decision_gives_no_orders(cast: Stage) -> None:
    number = cast.must("town", "report", text="河边有异味", town=TOWN).incident
    assert number is not None
    cast.hire("town-duty", Role.DUTY_LEADER, TOWN)
    cast.must("town-duty", "consult", number, topic="是否受理", members=["environment"])
    assert cast.refused("town-duty", "decide", number, decision="交环境局", lead="environment") == "invalid"
    assert cast.refused("town-duty", "decide", number, decision="限时", limit_hours=2.0) == "invalid"
    cast.must("town-duty", "decide", number, decision="先核实")
    assert cast.incident(number).guests is None


def test_guests_do_not_stay_when_the_case_ends(cast: Stage) -> None:
    number = cast.must("town", "report", text="河边有异味", town=TOWN).incident
    assert number is not None
    cast.must("duty", "consult", number, topic="是否受理", members=["environment"])
    cast.hire("environment", Role.LIAISON, cast.city.code, department="environment")
    assert seen_by(cast, "environment", number) is not None
    cast.must("town", "reject", number, reason="无效")
    assert seen_by(cast, "environment", number) is None
