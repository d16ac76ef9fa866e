"""The rules upward, one story each: who is told, copied, offered it, put under supervision; time moves nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from command_center.cases.incident_tables import Incident
from command_center.journal.journal_tables import JournalEntry
from command_center.levels.level_tables import LongTermPlace
from command_center.people.roles import Role
from command_center.responses.report_tables import UpwardReport
from tests.command_center.stage import OTHER_TOWN, TOWN, Stage
from tests.command_center.test_timers import fire

FIRST = {
    "received_at": "10:00", "source": "网格员", "happened_at": "09:50", "place": "井头街道", "nature": "泄漏",
    "reach": "半径两百米", "losses": "暂无", "trend": "可控", "leaders_present": "已到场", "measures": "已警戒",
    "advice": "请求增援 13812345678",
}  # fmt: skip


def report(cast: Stage, who: str, category: str, **more: Any) -> int:
    place = cast.manhole().lonlat
    said = {"category": category, "lon": place.lon, "lat": place.lat, "channel": "worker", **more}
    number = cast.must(who, "report", **said).incident
    assert number is not None
    return number


def by_rule(cast: Stage, rule: str) -> list[JournalEntry]:
    with cast.database.read() as session:
        rows = session.scalars(select(JournalEntry).order_by(JournalEntry.number)).all()
    return [row for row in rows if row.data.get("rule") == rule]


def rules_of(cast: Stage, number: int) -> list[str]:
    return [mark["rule"] for mark in cast.incident(number).level_marks]


def told(cast: Stage, kind: str, rule: str) -> dict[str, Any]:
    """Return what the one entry of that kind by that rule says; its version is the policy's."""
    (entry,) = [row for row in by_rule(cast, rule) if row.kind == kind]
    assert entry.data["rule_version"] == cast.city.policy_version("level_rules")
    assert entry.actor_kind == "system" and entry.data["reason"]["zh"] and entry.data["reason"]["en"]
    return dict(entry.data)


def test_u1_a_community_settles_what_is_small_but_nothing_urgent(cast: Stage) -> None:
    small = report(cast, "community", "UM-06010", channel="citizen")
    assert cast.incident(small).level == "community"
    cast.must("community", "self_close", small, result="已劝离", no_photo_reason="雨大")
    assert cast.incident(small).state == "closed"


def test_u2_u3_a_community_without_authority_is_offered_the_way_up(cast: Stage) -> None:
    number = report(cast, "community", "UM-06010", channel="citizen")
    before = cast.incident(number)
    assert before.level == "community"
    cast.clock.advance(40 * 86_400)
    fire(cast)
    late = cast.incident(number)
    assert (late.level, late.holder_code, late.state) == (before.level, before.holder_code, before.state)
    offers = [row.data["offer"] for row in by_rule(cast, "U3-overdue") if row.kind == "offered"]
    assert offers and set(offers) == {"escalate"}
    assert late.supervised_by == f"desk-{TOWN}"


def test_u2_what_a_grid_cannot_settle_alone_is_the_communitys_to_coordinate(cast: Stage) -> None:
    number = report(cast, "community", "UM-06010", channel="worker")
    (order,) = cast.orders(number, "dispose")
    assert (cast.incident(number).level, order.holder_kind) == ("community", "grid")
    cast.must("worker", "return", order=order.id, reason_code="no_means", reason="需要多方协调")
    back = cast.incident(number)
    assert (back.state, back.level, back.holder_kind) == ("filed", "community", "community")
    assert told(cast, "told", "U2-coordinate")["to"] == [back.holder_code]
    assert [row.data["offer"] for row in by_rule(cast, "U3-returned") if row.kind == "offered"] == ["escalate"]
    cast.must("community", "escalate", number, reason="本级无权办理")
    assert cast.incident(number).level == "town"


def test_u4_what_crosses_towns_goes_to_the_district_unless_somebody_works_on_it(cast: Stage) -> None:
    first, second = (report(cast, "town", "UM-01003") for _ in range(2))
    if second == first:
        second = report(cast, "town", "UM-03001")
    for number in (first, second):
        if cast.incident(number).state == "reported":
            cast.must("town", "file", number)
    number = second
    at_work = cast.incident(number)
    if "assist" not in cast.allowed("town", number):
        cast.must("town", "dispatch", number)
    cast.must("town", "assist", number, area=OTHER_TOWN, task="清理对岸")
    after = cast.incident(number)
    assert after.copied_to_district and "U4-crosses" in rules_of(cast, number)
    if at_work.state in ("dispatched", "handling"):
        assert (after.state, after.level) == (at_work.state, at_work.level)


def test_u5_a_sudden_event_is_told_to_community_town_and_department_at_once(cast: Stage) -> None:
    number = report(cast, "worker", "TR-01002")
    row = cast.incident(number)
    community = cast.city.tree.get_area(cast.grid()).parent
    posts = [cast.city.posts.get_post(code) for code in row.copied_to]
    assert [post.area for post in posts if post.kind == "community"] == [community]
    assert {f"desk-{TOWN}"} <= set(row.copied_to) and any(post.kind == "department" for post in posts)
    assert told(cast, "copied", "U5-sudden")["of"] == "U5"
    assert cast.incident(number).opened_at == by_rule(cast, "U5-sudden")[0].at


def test_u6_severity_and_dangerous_goods_are_copied_to_the_district_at_once(cast: Stage) -> None:
    number = report(cast, "town", "EM-04001")
    assert cast.incident(number).copied_to_district
    assert {"U6-severity", "U6-classes"} & set(rules_of(cast, number))
    quiet = report(cast, "town", "UM-03001")
    assert not cast.incident(quiet).copied_to_district and not rules_of(cast, quiet)


def test_u7_a_sensitive_matter_is_told_to_the_duty_leader_whatever_its_grade(cast: Stage) -> None:
    number = report(cast, "town", "PO-04002", channel="citizen")
    assert cast.incident(number).severity == 5
    said = told(cast, "told", "U7-sensitive")
    assert said["to"] == [f"duty_leader@{cast.city.code}"] and "带班领导" in said["to_name"]["zh"]
    assert rules_of(cast, number).count("U7-sensitive") == 1


def test_u8_overdue_urges_holder_and_leader_then_supervises_where_it_stands(cast: Stage) -> None:
    number = report(cast, "district", "EM-09006")
    before = cast.incident(number)
    cast.clock.advance(301)
    fire(cast)
    late = cast.incident(number)
    assert (late.holder_code, late.level, late.state) == (before.holder_code, before.level, before.state)
    urged = [row.data for row in by_rule(cast, "U8-due") if row.kind == "urged" and row.data["stage"] == "sign"]
    assert urged and all(len(data["to"]) == 2 and data["leader_name"]["zh"] for data in urged)
    assert all(data["limit_s"] == 300 and 300 <= data["held_s"] <= 310 and data["holder_name"] for data in urged)
    said = told(cast, "supervised", "U8-overdue")
    assert said["stage"] == "sign" and said["holder"] and said["held_s"] >= 300
    assert late.supervision is not None and late.supervision["rule"] == "U8-overdue"


def test_u8_a_supervision_is_answered_by_the_holder_and_lifted_by_the_supervisor(cast: Stage) -> None:
    number = cast.must("district", "report", text="路灯不亮", town=TOWN).incident
    assert number is not None
    cast.must("duty", "supervise", number, reason="领导批示", answer_hours=2)
    assert "answer_supervision" in cast.allowed("town", number)
    assert "answer_supervision" not in cast.allowed("district", number)
    assert cast.refused("town", "answer_supervision", number) == "invalid"
    cast.must("town", "answer_supervision", number, text="今晚修好")
    assert cast.refused("town", "answer_supervision", number, text="再答") == "move_not_allowed"
    cast.clock.advance(3 * 3600)
    fire(cast)
    assert not [row for row in cast.entries("urged") if row.data["stage"] == "answer"]
    assert cast.refused("town", "lift_supervision", number) == "forbidden"
    cast.must("duty", "lift_supervision", number, note="属实")
    assert cast.incident(number).supervised_by is None


def test_u8_an_unanswered_supervision_is_told_to_the_duty_leader_once(cast: Stage) -> None:
    number = cast.must("district", "report", text="路灯不亮", town=TOWN).incident
    assert number is not None
    cast.must("duty", "supervise", number, reason="领导批示", answer_hours=1)
    cast.clock.advance(3601)
    fire(cast)
    cast.clock.advance(3600)
    fire(cast)
    asked = [row for row in cast.entries("told") if row.data.get("stage") == "answer"]
    assert len(asked) == 1 and asked[0].data["to"] == [f"duty_leader@{cast.city.code}"]
    cast.must("town", "reject", number, reason="重复")
    assert "supervision_lifted" in cast.kinds(number)


def test_u8_two_returns_and_two_reworks_are_supervised(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    for _ in range(2):
        cast.must("drainage", "return", 1, reason_code="other", reason="不属我单位")
        if cast.incident(1).state == "filed" and not cast.incident(1).needs_arbitration:
            cast.must("town", "correct", 1, place_text="东侧路口")
            cast.must("town", "dispatch", 1)
    assert cast.incident(1).supervised_by is not None
    assert told(cast, "supervised", "U8-returned")["answer_hours"] == 24
    assert cast.incident(1).level == "town"


def test_u8_an_unsigned_emergency_is_offered_to_the_level_above_and_may_be_taken_over(cast: Stage) -> None:
    number = report(cast, "town", "UM-01003", channel="worker")
    if cast.incident(number).state == "reported":
        cast.must("town", "file", number, urgency="emergency")
    if cast.incident(number).urgency != "emergency":
        with cast.database.write() as session:
            row = session.get(Incident, number)
            assert row is not None
            row.urgency = "emergency"
    if cast.incident(number).state == "filed":
        cast.must("town", "dispatch", number)
    cast.clock.advance(2 * 86_400)
    fire(cast)
    offers = [row for row in by_rule(cast, "U8-unsigned") if row.kind == "offered"]
    assert offers and offers[0].data["offer"] == "take_over"
    assert offers[0].data["to"] == [f"desk-{cast.city.code}"]
    cast.must("district", "take_over", number, reason="无人签收")
    assert cast.incident(number).level == "district"


def test_u9_the_third_time_at_one_place_is_listed_for_good(cast: Stage) -> None:
    numbers = []
    for day in range(4):
        cast.clock.advance(86_400 if day else 0)
        number = report(cast, "town", "UM-03001")
        numbers.append(number)
        with cast.database.write() as session:
            row = session.get(Incident, number)
            assert row is not None
            row.state, row.closed_at = ("closed", cast.clock.now())
    with cast.database.read() as session:
        (place,) = session.scalars(select(LongTermPlace)).all()
    assert place.cases == numbers and place.rule == "U9-repeats" and place.category == "UM-03001"
    assert [row.data["count"] for row in by_rule(cast, "U9-repeats")] == [3, 4]
    cast.clock.advance(40 * 86_400)
    late = report(cast, "town", "UM-03001")
    assert "U9-repeats" not in rules_of(cast, late)


def test_u10_what_nobody_owns_is_the_towns_and_the_district_coordinates(cast: Stage) -> None:
    number = cast.must("district", "report", text="无主管线", town=TOWN).incident
    assert number is not None
    cast.must("town", "escalate", number, reason="找不到责任单位")
    assert cast.incident(number).level == "district"
    cast.must("district", "no_owner", number, reason="产权无法查明")
    after = cast.incident(number)
    assert (after.level, after.holder_code) == ("town", f"desk-{TOWN}") and after.copied_to_district
    assert told(cast, "town_responsible", "U10-unowned")["coordinator"] == f"desk-{cast.city.code}"
    cast.must("town", "file", number, category="EM-01002")
    assert (cast.incident(number).level, cast.incident(number).holder_code) == ("town", f"desk-{TOWN}")


def test_u11_what_is_beyond_the_district_goes_up_with_its_number_and_is_followed(cast: Stage) -> None:
    number = report(cast, "district", "EM-08004")
    assert [row.data["offer"] for row in by_rule(cast, "U11-beyond") if row.kind == "offered"] == ["hand_up"]
    assert cast.refused("district", "hand_up", number, system="市平台", reason="超出职权") == "invalid"
    due_at = (cast.clock.now() + timedelta(hours=3)).isoformat()
    cast.must("district", "hand_up", number, system="市平台", number="SQ-1", due_at=due_at, reason="超出职权")
    row = cast.incident(number)
    assert row.handed_up is not None and (row.handed_up["system"], row.handed_up["number"]) == ("市平台", "SQ-1")
    assert (row.state, row.holder_code) == ("handling", f"desk-{cast.city.code}")
    (lead,) = [order for order in cast.orders(number) if order.is_lead and order.state == "signed"]
    cast.must("district", "dispose", order=lead.id, result="市平台已办结")
    assert cast.incident(number).state == "disposed"
    assert cast.refused("district", "hand_up", number, system="x", number="1", reason="x") == "move_not_allowed"


def test_u12_grade_three_is_reported_to_the_city_in_time_and_to_the_end(cast: Stage) -> None:
    number = cast.must("district", "report", text="厂房冒烟", town=TOWN).incident
    assert number is not None
    assert "report_up" not in cast.allowed("duty", number)
    cast.must("duty", "set_severity", number, severity=3, reason="伤三人")
    duties = cast.incident(number).reports_up
    assert set(duties) == {"city", "district"} and "U12-city" in rules_of(cast, number)
    faults = cast.do("duty", "report_up", number, kind="first", nature="火灾", to="city").refusal
    assert faults is not None and "advice" in faults.fields
    assert cast.refused("duty", "report_up", number, kind="follow_up", progress="x", to="city") == "invalid"
    cast.must("duty", "report_up", number, kind="phone", nature="火灾", place="井头街道", to="city")
    cast.clock.advance(3601)
    fire(cast)
    late = [row.data for row in by_rule(cast, "U8-report") if row.data["holder"] == f"desk-{cast.city.code}"]
    assert [data["stage"] for data in late] == ["report_first"]
    cast.must("duty", "report_up", number, kind="first", to="city", **FIRST)
    cast.must("duty", "report_up", number, kind="follow_up", progress="明火已灭", to="city")
    cast.must("duty", "report_up", number, kind="final", progress="已清场", outcome="无人死亡", to="city")
    assert cast.refused("duty", "report_up", number, kind="follow_up", progress="x", to="city") in (
        "invalid", "forbidden", "move_not_allowed",
    )  # fmt: skip
    with cast.database.read() as session:
        made = session.scalars(select(UpwardReport).order_by(UpwardReport.id)).all()
    assert [(one.kind, one.no) for one in made] == [("phone", 0), ("first", 0), ("follow_up", 1), ("final", 0)]
    assert "13812345678" not in str(made[1].words) and made[1].words["nature"] == "泄漏"
    assert set(cast.allowed("town", number)) >= {"report_up"}


def test_what_is_due_fires_once_also_after_an_hour_and_within_seconds(cast: Stage) -> None:
    number = report(cast, "district", "EM-09006")
    marks = len(rules_of(cast, number))
    cast.clock.advance(3600)
    fire(cast)
    once = [row.number for row in by_rule(cast, "U8-overdue")]
    fire(cast)
    cast.clock.advance(5)
    fire(cast)
    assert [row.number for row in by_rule(cast, "U8-overdue")] == once and len(once) == 1
    occasions = [mark["occasion"] for mark in cast.incident(number).level_marks]
    assert len(occasions) == len(set(occasions)) > marks


def test_a_replay_makes_no_rule_fire_and_a_drill_repeats_nothing(cast: Stage) -> None:
    cast.take_in(cast.alarm("r-1", category="EM-04001", replay=True))
    assert not rules_of(cast, 1)
    assert datetime.fromisoformat("2026-01-01T00:00:00+00:00") < cast.clock.now()


def test_the_neighbour_hears_nothing_of_it(cast: Stage) -> None:
    cast.hire("outsider", Role.LIAISON, cast.city.code, department="education")
    number = report(cast, "town", "EM-04001")
    assert cast.refused("outsider", "answer_supervision", number, text="x") == "not_found"
    assert cast.refused("neighbour", "report_up", number, kind="phone") == "not_found"


def test_down_whoever_has_no_power_is_never_made_to_enforce(cast: Stage) -> None:
    number = report(cast, "town", "UM-08001", channel="citizen")
    if cast.incident(number).state == "verifying":
        cast.must("worker", "verify", number, is_true=True, no_photo_reason="雨大")
    if cast.incident(number).state == "reported":
        cast.must("town", "file", number)
    community = cast.city.tree.get_area(cast.grid()).parent
    answer = cast.do("town", "dispatch", number, holder=community)
    assert answer.refusal is not None and "never enforces" in answer.refusal.fields["holder"]
    cast.must("town", "dispatch", number)
    assert all(order.holder_kind not in ("grid", "community") for order in cast.orders(number, "dispose"))
