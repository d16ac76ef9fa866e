"""What a wall shows beyond cases: the own figures of its domain, the load of alarms, what a seat puts up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.people.roles import Role
from command_center.responses.response_tables import EmergencyResponse, Instruction
from command_center.shifts.shift_tables import SeatHolding
from command_center.signals.heard_devices import HeardDevices, write_hearings
from command_center.signals.signal_tables import DeviceState
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"


def board(served: Served, domain: str, area: str = DISTRICT, role: Role = Role.WALL) -> dict[str, dict[str, Any]]:
    """Return the panels of a domain by name, with their figures as name → (value, of); roles share no cache."""
    client = served.enter(role, DISTRICT)
    shown = client.get(f"/api/v1/overview?area={area}&domain={domain}").json()["board"]
    assert shown["domain"] == domain
    return {one["key"]: {**one, "figures": read(one)} for one in shown["panels"]}


def read(one: dict[str, Any]) -> dict[str, tuple[float | None, int | None]]:
    return {figure["key"]: (figure["value"], figure["of"]) for figure in one["figures"]}


def devices_of(served: Served, kind: str) -> list[str]:
    return [device.id for device in served.city.register.list_devices(kind)]


def test_passengers_roads_and_parking_are_what_devices_said_last(served: Served) -> None:
    now = datetime.now(UTC)
    counters, radars = devices_of(served, "passenger_counter"), devices_of(served, "traffic_radar")
    sensors = devices_of(served, "parking_sensor")
    panels = board(served, "public_order", role=Role.LEADER)
    assert panels["passenger_flow"]["why"] == "no_reading"
    assert panels["passenger_flow"]["figures"]["people_now"] == (None, None)
    said = {
        counters[0]: 120.0,
        counters[1]: 80.0,
        radars[0]: 260.0,
        radars[1]: 0.0,
        sensors[0]: 400.0,
        sensors[1]: 0.0,
    }
    heard = HeardDevices()
    for device, value in said.items():
        heard.hear(f'{{"{device}": {{"at": "{now.isoformat()}", "value": {value}}}}}'.encode())
    write_hearings(served.database, heard.take())
    flow = board(served, "public_order")["passenger_flow"]
    assert flow["figures"]["people_now"] == (200, None) and flow["figures"]["counters"] == (2, len(counters))
    assert flow["why"] is None and flow["rows"][0]["figures"][0]["value"] == 120
    transport = board(served, "transport")
    assert transport["congestion"]["figures"]["longest_queue_m"] == (260, None)
    assert transport["congestion"]["figures"]["radars"] == (2, len(radars))
    assert transport["parking"]["figures"]["taken"] == (1, 2)
    assert transport["hazardous_goods"]["why"] == "no_device"  # no producer of this city speaks for them
    assert transport["hazardous_goods"]["figures"]["vehicles"] == (None, None)
    with served.database.write() as session:
        session.execute(update(DeviceState).values(read_at=now - timedelta(hours=1)))
    old = board(served, "public_order", role=Role.DUTY_LEADER)["passenger_flow"]
    assert old["why"] == "no_reading"  # an old value is no present one


def test_the_five_families_and_components_are_counted_from_the_register(served: Served) -> None:
    cover = next(
        d for d in served.city.register.list_devices("manhole_cover") if TOWN_A in served.city.tree.path(d.area)
    )
    served.take_in(served.alarm(cover.id, "UM-01003"))
    rows = {row["key"]: row for row in board(served, "urban_management")["families"]["rows"]}
    assert list(rows) == ["water", "refuse", "lamps", "manholes", "sanitation"]
    manholes = read(rows["manholes"])
    assert manholes["heard"][1] == len(devices_of(served, "manhole_cover")) and manholes["open"] == (1, None)
    assert rows["sanitation"]["why"] == "no_device" and read(rows["sanitation"])["heard"] == (None, None)
    town = board(served, "urban_management", TOWN_B)
    assert town["components"]["figures"]["open"] == (0, None)
    assert board(served, "urban_management")["components"]["figures"]["open"] == (1, None)


def test_warnings_and_responses_of_the_areas_above_stand_on_a_towns_wall(served: Served) -> None:
    now = datetime.now(UTC)
    number = served.open_incident(TOWN_A, "EM-06001")
    with served.database.write() as session:
        session.execute(update(IncidentSource).where(IncidentSource.incident == number).values(kind="warning"))
        session.execute(
            update(Incident).where(Incident.number == number).values(area=DISTRICT, severity_proposed=2)
        )
        for drill, title in ((False, "防汛应急响应"), (True, "演练")):
            session.add(
                EmergencyResponse(
                    title=title, area=DISTRICT, domain="emergency", state="response", level=3, drill=drill,
                    opened_by="x", opened_at=now, activated_at=now,
                )
            )  # fmt: skip
        session.flush()
        order = {"holder_code": "desk-321311001", "text": "", "issued_by": "x", "issued_at": now}
        session.add(Instruction(response=1, state="issued", late=1, **order))
    for area in (DISTRICT, TOWN_B):
        panels = board(served, "emergency", area)
        assert panels["warnings"]["figures"]["in_force"] == (1, None)
        assert panels["warnings"]["rows"][0]["severity_proposed"] == 2
        assert panels["responses"]["figures"]["responses"] == (1, None)
        assert {row["drill"] for row in panels["responses"]["rows"]} == {True, False}
    assert board(served, "emergency")["responses"]["figures"]["orders_late"] == (1, None)
    assert board(served, "emergency", TOWN_B)["responses"]["figures"]["orders"] == (0, None)


def test_alarms_are_counted_by_the_seats_that_are_on(served: Served) -> None:
    numbers = [served.open_incident(TOWN_A, "UM-01001", skip * 4) for skip in range(3)]
    with served.database.write() as session:
        session.execute(update(Incident).where(Incident.number.in_(numbers[:2])).values(sensitive=True))
        for seat in ("district_operator-1", "district_operator-2", "shift_leader-1"):
            session.add(SeatHolding(area=DISTRICT, seat=seat, account=seat, name="某", taken_at=datetime.now(UTC)))
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    load = client.get("/api/v1/overview").json()["alarm_load"]
    calm = sum(one["urgency"] == "emergency" for one in client.get("/api/v1/incidents").json()["items"])
    assert load["alarms_10min"] == load["peak_10min_24h"] == 2 + calm and load["seats_on"] == 2
    assert load["per_seat_10min"] == round((2 + calm) / 2, 1) and load["is_flood"] is False
    assert client.get("/api/v1/shifts/seats").json()["load"]["alarms_10min"] == load["alarms_10min"]


def test_a_seat_puts_an_incident_or_a_camera_up_on_the_walls_of_its_area(served: Served) -> None:
    here, there = served.open_incident(TOWN_A), served.open_incident(TOWN_B, "UM-02001", 9)
    private = served.open_incident(TOWN_A, "UM-01002", 5)
    with served.database.write() as session:
        session.execute(update(Incident).where(Incident.number == private).values(privacy_class=2))
    seat, wall = served.enter(Role.TOWN_OPERATOR, TOWN_A), served.enter(Role.WALL, TOWN_A)

    def push(**body: Any) -> int:
        return int(seat.post("/api/v1/wall/show", json=body).status_code)

    with served.open_socket(served.enter(Role.WALL, TOWN_B)) as other, served.open_socket(wall) as own:
        far, near = Screen(other).start(), Screen(own).start()
        assert push(incident=here) == 202
        frame = near.read_until("show")
        assert (frame["incident"], frame["camera"], frame["area"]) == (here, None, TOWN_A)
        assert frame["by_role"] == "town_operator"
        tree = served.city.tree
        camera = next(one for one in served.city.register.list_cameras() if TOWN_A in tree.path(one.area))
        assert push(camera=camera.id) == 202 and near.read_until("show")["camera"] == camera.id
        assert push() == 202 and near.read_until("show")["incident"] is None
        assert push(incident=there) == push(camera="no-such") == push(incident=here, area=DISTRICT) == 404
        assert push(incident=private) == 409 and push(incident=here, camera=camera.id) == 422
        assert (
            served.enter(Role.WALL, TOWN_A).post("/api/v1/wall/show", json={"incident": here}).status_code == 403
        )
        far.read_quiet()
        assert not far.shows
