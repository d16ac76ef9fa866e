"""What a second source does to a case that waits, and what a second dispatch does to who is at it already."""

from command_center.people.roles import Role
from tests.command_center.stage import TOWN, Stage

REPORTER = {"name": "李四", "phone": "13900000000", "wants_reply": False}


def call(cast: Stage) -> int:
    place = cast.manhole().lonlat
    said = {"category": "UM-01003", "lon": place.lon, "lat": place.lat, "reporter": REPORTER, "channel": "phone"}
    number = cast.must("district", "report", text="井盖没了", **said).incident
    assert number is not None
    return number


def test_a_device_carries_on_the_call_that_waits_for_a_look(cast: Stage) -> None:
    number = call(cast)
    assert cast.incident(number).state == "verifying"
    version = cast.incident(number).version
    (joined,) = cast.take_in(cast.alarm())
    after = cast.incident(number)
    assert joined.incident == number and after.state == "dispatched" and after.version > version
    assert [order.state for order in cast.orders(number, "verify")] == ["cancelled"]
    assert after.holder_code == "dept-drainage"
    assert cast.kinds(number)[-1] == "order_assigned" or "order_issued" in cast.kinds(number)
    assert {"signal_joined", "accepted", "filed", "dispatched"} <= set(cast.kinds(number))


def test_a_second_call_joins_and_both_callers_are_kept(cast: Stage) -> None:
    number = call(cast)
    assert call(cast) == number and cast.incident(number).state == "verifying"
    cast.take_in(cast.alarm())
    assert call(cast) == number and cast.incident(number).state == "dispatched"
    assert cast.kinds(number).count("signal_joined") == 3


def test_what_a_worker_found_not_true_waits_for_a_person(cast: Stage) -> None:
    number = call(cast)
    cast.must("worker", "verify", number, is_true=False, no_photo_reason="雨大")
    cast.take_in(cast.alarm())
    assert cast.incident(number).state == "reported"


def test_who_attends_already_gets_no_second_order(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    before = [order.id for order in cast.orders(1, "attend")]
    cast.must("drainage", "return", 1, reason_code="other", reason="不属于本单位")
    assert cast.refused("town", "dispatch", 1, holder="drainage") == "move_not_allowed"
    cast.must("town", "correct", 1, place_text="东侧路口")
    cast.must("town", "dispatch", 1)
    assert [order.id for order in cast.orders(1, "attend")] == before
    assert len([order for order in cast.orders(1, "dispose") if order.state == "issued"]) == 1


def test_a_town_does_not_arbitrate_its_own_dispatch(cast: Stage) -> None:
    cast.hire("town-duty", Role.DUTY_LEADER, TOWN)
    cast.take_in(cast.alarm())
    cast.must("drainage", "return", 1, reason_code="other", reason="不属于本单位")
    cast.must("town", "correct", 1, holder="traffic_police")
    cast.must("town", "dispatch", 1)
    cast.must("police", "return", 1, reason_code="other", reason="也不是我们")
    assert "arbitrate" not in cast.allowed("town-duty", 1)
    assert cast.refused("town-duty", "arbitrate", 1, lead="drainage", reason="定了") == "forbidden"
    cast.must("duty", "arbitrate", 1, lead="drainage", reason="按权责清单")


def test_what_was_escalated_is_filed_where_it_went(cast: Stage) -> None:
    number = cast.must("town", "report", text="说不清", town=TOWN).incident
    assert number is not None
    cast.must("town", "escalate", number, reason="超出权限")
    cast.must("district", "file", number, category="UM-01003")
    filed = cast.incident(number)
    assert (filed.state, filed.level, filed.holder_code) == ("filed", "district", f"desk-{cast.city.code}")
    cast.must("district", "send_down", number, to=TOWN)
    assert cast.incident(number).level == "town"


def test_the_wrong_moment_is_told_apart_from_the_wrong_person(cast: Stage) -> None:
    number = cast.must("district", "report", text="说不清", town=TOWN).incident
    assert number is not None
    for action, form in (("dispose", {"result": "好了"}), ("check", {"passed": True}), ("sign", {})):
        answer = cast.do("town", action, number, **form)
        assert answer.refusal is not None and answer.refusal.type == "move_not_allowed", (action, answer.refusal)
        assert answer.refusal.facts["wanted"] == action and answer.refusal.facts["state"] == "reported"
        assert "accept" in answer.refusal.facts["allowed"]
    cast.hire("reader", Role.LEADER, cast.city.code)
    assert cast.refused("reader", "dispose", number, result="好了") == "forbidden"
    cast.take_in(cast.alarm())
    assert cast.refused("town", "dispose", number + 1, result="好了") in ("forbidden", "move_not_allowed")
