"""In whose hands a case is: returns, arbitration, assistance, up and down the levels, supervision."""

from datetime import timedelta

from tests.command_center.stage import OTHER_TOWN, TOWN, Stage


def handled(cast: Stage) -> int:
    cast.take_in(cast.alarm())
    return 1


def test_two_returns_open_arbitration_and_the_duty_leader_names_one_lead(cast: Stage) -> None:
    number = handled(cast)
    cast.must("drainage", "return", number, reason_code="other", reason="不属于本单位")
    first = cast.incident(number)
    assert (first.state, first.returns, first.needs_arbitration) == ("filed", 1, False)
    assert first.holder_code == f"desk-{TOWN}"
    cast.must("town", "correct", number, holder="traffic_police")
    cast.must("town", "dispatch", number)
    cast.must("police", "return", number, reason_code="other", reason="也不是我们")
    second = cast.incident(number)
    assert second.needs_arbitration and second.supervised_by is not None
    assert cast.refused("town", "dispatch", number, holder="drainage") == "move_not_allowed"
    assert cast.refused("town", "arbitrate", number, lead="drainage", reason="定了") == "forbidden"
    cast.must("duty", "arbitrate", number, lead="drainage", assistants=["traffic_police"], reason="按权责清单")
    after = cast.incident(number)
    assert (after.state, after.holder_code, after.needs_arbitration) == ("dispatched", "dept-drainage", False)
    live = {(o.kind, o.holder_code, o.is_lead) for o in cast.orders(number) if o.state == "issued"}
    assert ("dispose", "dept-drainage", True) in live and ("dispose", "dept-traffic_police", False) in live
    cast.must("drainage", "sign", number)
    cast.must("police", "sign", number)


def test_after_signing_a_return_is_possible_for_some_hours_only(cast: Stage) -> None:
    number = handled(cast)
    cast.must("drainage", "sign", number)
    cast.clock.advance(timedelta(hours=5).total_seconds())  # 12:00 to 17:00: three working hours
    assert "return" in cast.allowed("drainage", number)
    cast.clock.advance(timedelta(hours=20).total_seconds())
    assert "return" not in cast.allowed("drainage", number)
    assert cast.refused("drainage", "return", number, reason_code="other", reason="晚了") == "move_not_allowed"


def test_a_neighbour_sees_nothing_until_it_is_asked_to_assist(cast: Stage) -> None:
    number = handled(cast)
    assert cast.refused("neighbour", "urge", number) == "not_found"
    cast.must("town", "assist", number, area=OTHER_TOWN, task="协助疏导交通")
    assert cast.allowed("neighbour", number) >= {"sign"}
    assert not cast.allowed("neighbour", number) & {"close", "dispatch", "accept", "escalate", "reject"}
    mine = next(o for o in cast.orders(number) if o.holder_code == f"desk-{OTHER_TOWN}")
    theirs = next(o for o in cast.orders(number) if o.is_lead)
    assert cast.refused("neighbour", "sign", order=theirs.id) == "not_found"
    cast.must("neighbour", "sign", order=mine.id)
    cast.must("neighbour", "dispose", order=mine.id, result="已疏导")
    entry = cast.entries("assisted")[0]
    assert OTHER_TOWN in (entry.audience_after or {})["shared"]
    assert OTHER_TOWN not in (cast.entries("incident_opened")[0].audience_after or {}).get("shared", ())


def test_a_department_that_was_asked_to_assist_sees_it(cast: Stage) -> None:
    number = handled(cast)
    assert cast.refused("police", "sign", number) == "not_found"
    cast.must("drainage", "assist", number, department="traffic_police", task="封路")
    cast.must("police", "sign", number)
    assert cast.refused("town", "assist", number, task="谁？") == "invalid"


def test_what_a_worker_cannot_handle_goes_back_to_the_desk(cast: Stage) -> None:
    number = handled(cast)
    cast.must("drainage", "sign", number)
    cast.must("drainage", "cannot_handle", number, reason="没有设备 电话13812348000")
    back = cast.incident(number)
    assert (back.state, back.holder_code) == ("filed", f"desk-{TOWN}")
    assert "13812348000" not in str(cast.entries("cannot_handle")[0].data)
    attend = cast.orders(number, "attend")[0]
    cast.must("worker", "cannot_handle", order=attend.id, reason="人在外地")
    assert cast.incident(number).state == "filed"


def test_up_and_down_the_levels(cast: Stage) -> None:
    number = cast.must("town", "report", text="河边有异味", town=TOWN).incident
    assert number is not None
    cast.must("town", "escalate", number, reason="跨乡镇")
    up = cast.incident(number)
    assert (up.level, up.state, up.holder_code) == ("district", "reported", f"desk-{cast.city.code}")
    assert cast.refused("town", "accept", number) == "forbidden"
    assert cast.refused("district", "send_down", number, to=f"desk-{cast.city.code}") == "invalid"
    cast.must("district", "send_down", number, to=TOWN, reason="属地办理")
    down = cast.incident(number)
    assert (down.level, down.holder_code) == ("town", f"desk-{TOWN}")
    cast.must("town", "accept", number)
    cast.must("town", "file", number, category="UM-01003")
    cast.must("town", "escalate", number, reason="权限不足")
    assert (cast.incident(number).state, cast.incident(number).level) == ("filed", "district")


def test_the_level_above_takes_over_an_urgent_case_that_nobody_signs(cast: Stage) -> None:
    number = cast.must("district", "report", category="EM-09006", town=TOWN, channel="worker").incident
    assert number is not None
    if cast.incident(number).level == "district":
        assert "take_over" not in cast.allowed("district", number)
        return
    cast.must("district", "take_over", number, reason="无人签收")
    taken = cast.incident(number)
    assert (taken.state, taken.level) == ("filed", "district")
    assert all(o.state == "cancelled" for o in cast.orders(number))


def test_a_leader_supervises_and_the_holder_stays(cast: Stage) -> None:
    number = handled(cast)
    assert cast.refused("town", "supervise", number, reason="快") == "forbidden"
    cast.must("duty", "supervise", number, reason="群众关注", answer_hours=2)
    after = cast.incident(number)
    assert after.supervised_by == f"desk-{cast.city.code}" and after.holder_code == "dept-drainage"
    cast.must("town", "urge", number, note="请尽快")
    assert cast.version(number) == after.version


def test_a_duty_leader_sets_the_severity_and_the_district_has_a_copy(cast: Stage) -> None:
    cast.take_in(cast.alarm(severity=2))
    before = cast.incident(1)
    assert (before.severity, before.severity_proposed, before.copied_to_district) == (5, 2, False)
    assert cast.refused("town", "set_severity", 1, severity=3) == "forbidden"
    cast.must("duty", "set_severity", 1, severity=3)
    after = cast.incident(1)
    assert (after.severity, after.severity_proposed, after.copied_to_district) == (3, None, True)


def test_a_community_settles_what_is_small_and_never_an_emergency(cast: Stage) -> None:
    place = cast.manhole().lonlat
    number = cast.must(
        "community", "report", category="UM-06010", lon=place.lon, lat=place.lat, channel="citizen"
    ).incident
    assert number is not None and cast.incident(number).level == "community"
    assert "self_close" in cast.allowed("community", number)
    cast.must("community", "self_close", number, result="已清理")
    assert cast.incident(number).state == "closed"
    fire = cast.must(
        "community", "report", category="EM-04005", lon=place.lon, lat=place.lat, channel="citizen"
    ).incident
    assert fire is not None and "self_close" not in cast.allowed("community", fire)


def test_a_community_gives_work_to_its_own_grids_only(cast: Stage) -> None:
    place = cast.manhole().lonlat
    number = cast.must(
        "community", "report", category="UM-06010", lon=place.lon, lat=place.lat, channel="citizen"
    ).incident
    assert number is not None
    if cast.incident(number).state == "verifying":
        cast.must("worker", "verify", number, is_true=True, no_photo_reason="无")
    cast.must("community", "file", number)
    assert cast.refused("community", "dispatch", number, holder="drainage") == "invalid"
    cast.must("community", "dispatch", number, holder=f"grid-{cast.grid()}")
    assert cast.orders(number, "dispose")[0].worker == f"gw-{cast.grid()}"


def test_two_cases_of_one_happening_become_one(cast: Stage) -> None:
    handled(cast)
    second = cast.must(
        "district", "report", category="UM-01003", town=TOWN, channel="phone",
        reporter={"name": "王五", "phone": "13700000000", "wants_reply": True},
    ).incident  # fmt: skip
    assert second is not None and second != 1
    assert cast.refused("town", "merge", second, into=second) == "invalid"
    cast.must("town", "merge", second, into=1, reason="同一井盖")
    assert cast.incident(second).state == "merged" and cast.incident(second).merged_into == 1
    assert cast.entries("signal_joined")[-1].incident == 1
    cast.must("drainage", "sign", 1)
    cast.must("drainage", "dispose", 1, result="好了")
    cast.must("town", "send_check", 1)
    cast.must("community", "check", order=cast.orders(1, "check")[0].id, passed=True)
    assert "close" not in cast.allowed("town", 1)  # the caller of the merged case waits for an answer
    cast.must("town", "reply", 1, reply="已修复")
    cast.must("town", "close", 1)


def test_who_handled_it_does_not_check_it(cast: Stage) -> None:
    place = cast.manhole().lonlat
    number = cast.must(
        "town", "report", category="UM-06011", lon=place.lon, lat=place.lat, channel="worker"
    ).incident
    assert number is not None
    lead = next(o for o in cast.orders(number) if o.is_lead)
    assert lead.holder_code == f"team-{TOWN}-sanitation"
    cast.must("town", "sign", order=lead.id)
    cast.must("town", "dispose", order=lead.id, result="已清理")
    assert cast.incident(number).state == "disposed"
    cast.must("town2", "send_check", number)
    check = cast.orders(number, "check")[0]
    assert cast.refused("town", "check", order=check.id, passed=True) == "move_not_allowed"
    cast.must("town2", "check", order=check.id, passed=False, note="还有垃圾")
    again = cast.incident(number)
    assert (again.state, again.reworks, again.closed_at) == ("handling", 1, None)
    fresh = [o for o in cast.orders(number, "dispose") if o.is_lead and o.state == "issued"]
    assert len(fresh) == 1
