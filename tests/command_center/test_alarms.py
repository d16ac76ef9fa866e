"""An alarm is acknowledged and shelved at a seat: who, why, until when; the case itself is not touched."""

from tests.command_center.stage import Stage


def test_an_alarm_is_acknowledged_once_and_shelved_for_a_while(cast: Stage) -> None:
    spot = cast.manhole().lonlat
    fields = {"category": "UM-01003", "text": "井盖", "lon": spot.lon, "lat": spot.lat, "channel": "phone"}
    number = cast.must("district", "report", **fields).incident
    assert number is not None
    assert not {"acknowledge", "shelve"} & set(cast.allowed("district", number))
    assert cast.refused("district", "acknowledge", number) == "move_not_allowed"
    cast.must("duty", "set_severity", number, severity=3)
    version = cast.incident(number).version
    assert cast.refused("worker", "acknowledge", number) in {"forbidden", "not_found", "move_not_allowed"}
    cast.must("town", "acknowledge", number)
    alarm = cast.incident(number).alarm or {}
    assert alarm["acknowledged_by"].endswith("*") and cast.incident(number).version == version
    assert cast.refused("district", "acknowledge", number) == "move_not_allowed"
    assert cast.refused("town", "shelve", number, minutes=7, reason="查修中") == "invalid"
    assert cast.refused("town", "shelve", number, minutes=30) == "invalid"
    cast.must("town", "shelve", number, minutes=30, reason="查修中")
    assert (cast.incident(number).alarm or {})["shelved_why"] == "查修中"
    assert "unshelve" in cast.allowed("town", number) and "shelve" not in cast.allowed("town", number)
    cast.clock.advance(31 * 60.0)
    assert "shelve" in cast.allowed("town", number) and "unshelve" not in cast.allowed("town", number)
    cast.must("duty", "set_severity", number, severity=2)
    assert cast.incident(number).alarm is None
    assert "acknowledge" in cast.allowed("town", number)
