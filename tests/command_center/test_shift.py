"""The shift: seats that nobody shares, a roster with changes, a sheet that two people sign."""

from command_center.people.roles import Role
from command_center.shifts.duty import read_on_duty
from command_center.shifts.shift_tables import Handover, SeatHolding
from tests.command_center.stage import TOWN, Stage


def sheet_of(cast: Stage, id: int) -> Handover:
    row = cast.reading(lambda session: session.get(Handover, id))
    assert row is not None
    return row  # type: ignore[no-any-return]


def test_two_people_cannot_hold_one_seat(cast: Stage) -> None:
    assert cast.must("town", "seat", on=True, seat="1").result["seat"] == "town_operator-1"
    refused = cast.do("town2", "seat", on=True, seat="1").refusal
    assert refused is not None and refused.type == "move_not_allowed" and refused.facts["holder"] == "t**"
    assert cast.refused("district", "seat", on=True, seat="no-such") == "invalid"
    assert cast.refused("district", "seat", on=True, seat="duty_leader-1") == "forbidden", "who is no leader"
    assert cast.refused("neighbour", "seat", on=True, seat="1", area=TOWN) == "not_found"
    assert cast.refused("drainage", "seat", on=True, seat="1") == "forbidden"
    cast.must("town", "seat", on=False)
    cast.must("town2", "seat", on=True, seat="1")
    held = cast.reading(lambda session: [row.account for row in session.query(SeatHolding)])
    assert held == ["town2"] and cast.kinds()[-3:] == ["seat_taken", "seat_left", "seat_taken"]


def test_who_takes_another_seat_leaves_the_first_and_a_leader_frees_one(cast: Stage) -> None:
    cast.must("district", "seat", on=True, seat="district_operator-2")
    cast.must("district", "seat", on=True, seat="3")
    assert cast.refused("town", "seat", on=False, seat="3", area=cast.city.code) == "not_found"
    cast.must("duty", "seat", on=False, seat="district_operator-3")
    assert cast.reading(lambda session: session.query(SeatHolding).count()) == 0


def test_a_change_of_the_roster_stands_in_for_the_citys_line(cast: Stage) -> None:
    def leader() -> set[str]:
        on_duty = cast.reading(lambda session: read_on_duty(session, cast.city, cast.clock.now()))
        return {duty.person for duty in on_duty if duty.area == TOWN and duty.role == "duty_leader"}

    planned = leader()
    assert len(planned) == 1
    line = {
        "area": TOWN,
        "date": "2026-11-23",
        "role": "duty_leader",
        "seat": "1",
        "starts": "08:00",
        "ends": "08:00",
    }
    assert cast.refused("town", "roster", **line, person="李代班") == "forbidden"
    assert cast.refused("duty", "roster", **{**line, "starts": "25:00"}, person="李代班") == "invalid"
    cast.must("duty", "roster", **line, person="李代班")
    assert leader() == {"李代班"}
    wrong = (
        ({"starts": "10:00", "ends": "14:00"}, "starts"), ({"seat": "2"}, "seat"),
        ({"role": "community_operator"}, "role"),
        ({"date": "2020-01-01"}, "date"), ({"date": "9999-12-31"}, "date"),
    )  # fmt: skip
    for change, field in wrong:
        refusal = cast.do("duty", "roster", **{**line, **change}, person="李代班").refusal
        assert refusal is not None and set(refusal.fields) == {field}, (change, refusal)
    cast.must("duty", "roster", **line, off=True)
    assert leader() == set()
    assert "李代班" not in str(cast.entries("roster_changed")[0].data)


def test_a_handover_is_frozen_and_signed_by_two(cast: Stage) -> None:
    cast.hire("shift", Role.SHIFT_LEADER, cast.city.code)
    (outcome,) = cast.take_in(cast.alarm(category="EM-04001"))
    number = outcome.incident
    cast.must("district", "report", text="问一下", town=TOWN, reporter={"name": "王", "phone": "13900000000"})
    id = cast.must("shift", "handover", notes="夜里有雨").result["id"]
    sheet = sheet_of(cast, id)
    assert [line["incident"] for line in sheet.sheet["urgent"]["items"]] == [number]
    assert number in {line["incident"] for line in sheet.sheet["due"]["items"]}
    assert set(sheet.sheet) >= {"supervised", "callbacks", "alarms", "silent_sources", "responses"}
    assert "13900000000" not in str(sheet.sheet) and sheet.number == cast.entries("handover_made")[0].number - 1
    cast.must("shift", "handover_note", id=id, notes="夜里有大雨")
    cast.must("shift", "handover_sign", id=id)
    assert cast.refused("shift", "handover_sign", id=id) == "move_not_allowed", "two different people sign"
    assert cast.refused("shift", "handover_note", id=id, notes="改") == "move_not_allowed"
    assert cast.refused("town", "handover_sign", id=id) == "not_found"
    cast.must("duty", "handover_sign", id=id)
    assert cast.refused("district", "handover_sign", id=id) == "move_not_allowed"
    signed = sheet_of(cast, id)
    assert (signed.state, signed.notes, signed.outgoing, signed.incoming) == (
        "signed",
        "夜里有大雨",
        "shift",
        "duty",
    )


def test_a_towns_sheet_holds_what_the_town_owes(cast: Stage) -> None:
    (outcome,) = cast.take_in(cast.alarm())
    report = {"text": "路灯不亮", "lon": cast.manhole().lonlat.lon, "lat": cast.manhole().lonlat.lat}
    asked = cast.must(
        "district", "report", **report, reporter={"name": "王", "phone": "13900000000", "wants_reply": True}
    ).incident
    cast.must("duty", "supervise", outcome.incident, reason="久拖不决")
    mine = sheet_of(cast, cast.must("town", "handover").result["id"])
    other = sheet_of(cast, cast.must("neighbour", "handover").result["id"])
    assert [line["incident"] for line in mine.sheet["supervised"]["items"]] == [outcome.incident]
    assert all(section["count"] == 0 for section in other.sheet.values())
    assert asked not in {line["incident"] for line in mine.sheet["callbacks"]["items"]}, "not before it is done"
