"""Register files: what they bring in any datum, what is wrong in which row, and what an import would change."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from grid.city import City
from grid.coordinates import LonLat, distance_m
from grid.datums import wgs84_to_datum
from grid.register_import.plan_import import ImportPlan, plan_import
from grid.registers import Camera, Device, Register

PLACE = LonLat(118.3301, 33.9602)
CODE = "32131101080000001"


def csv_of(*rows: dict[str, Any]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return "\n".join([",".join(names), *(",".join(str(row.get(n, "")) for n in names) for row in rows)]).encode()


def thing(id: str = "new-1", **facts: Any) -> dict[str, Any]:
    base = {"id": id, "name": "新设备", "kind": "smoke_detector", "source": "native", "source_id": id}
    return base | {"lon": PLACE.lon, "lat": PLACE.lat} | facts


def plan(city: City, content: bytes, datum: str = "wgs84", kind: str = "devices") -> ImportPlan:
    return plan_import(content, city, kind=kind, datum=datum)


@pytest.mark.parametrize(
    "datum", ["wgs84", "EPSG:4490", "gcj02", "bd09", "EPSG:4527", "EPSG:4548", "EPSG:4549", "gk3"]
)
def test_a_file_in_any_datum_brings_the_same_place_and_keeps_the_original(city: City, datum: str) -> None:
    from grid.datums import read_datum

    x, y = wgs84_to_datum(read_datum(datum), PLACE)
    found = plan(
        city, csv_of({**thing(), "lon": None, "lat": None} | {"x": x, "y": y}).replace(b"None", b""), datum
    )
    assert not found.faults
    fields = found.created["new-1"]
    assert distance_m(LonLat(fields["lon"], fields["lat"]), PLACE) < 0.1
    assert fields["original"] == {"datum": read_datum(datum), "x": x, "y": y} and fields["area"]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"object_code": "3213110108000001"}, "object_code", "has not 17 digits"),
        ({"object_code": "3.21311E+16"}, "object_code", "has lost digits: make the column text"),
        ({"object_code": "32131101080000000"}, "object_code", "sequence is zero.*spreadsheet"),
        ({"object_code": "11010101080000001"}, "object_code", "county 110101"),
        ({"object_code": "32131100080000001"}, "object_code", "large class is zero"),
        ({"lon": 0, "lat": 0}, "lon", "no possible place"),
        ({"lon": PLACE.lat, "lat": PLACE.lon}, "lon", "exchanged|no degrees"),
        ({"lon": 622942.5, "lat": 3760044.0}, "lon", "metres: their zone"),
        ({"lon": 116.4, "lat": 39.9}, "lon", "outside the city"),
        ({"lon": "nan"}, "lon", "not a finite number"),
        ({"source": "nobody"}, "source", "no source nobody"),
        ({"department": "nobody"}, "department", "no department nobody"),
        ({"owner_department": "nobody"}, "owner_department", "no department nobody"),
        ({"state": "sleepy"}, "state", "none of ok"),
        ({"source_id": "has blank"}, "source_id", "can be no device id"),
        ({"known_ids": "frigate"}, "known_ids", "source:id"),
        ({"colour": "red"}, "colour", "no such field"),
        ({"name": ""}, "name", "is missing"),
        ({"source_id": "air-station-001"}, "source_id", "is air-station-001 already"),
        ({"datum": "mars"}, "datum", "is no datum"),
        ({"id": "cam-sh-001"}, "id", "is a camera already"),
    ],
)
def test_a_fault_names_its_row_and_field(city: City, change: dict[str, Any], field: str, says: str) -> None:
    found = plan(city, csv_of(thing("good-1"), thing("bad-1") | change))
    faults = {(fault.row, fault.field): fault.fault for fault in found.faults}
    assert (3, field) in faults, faults
    import re

    assert re.search(says, faults[3, field])


def test_repeats_within_the_file_are_told_with_the_first(city: City) -> None:
    found = plan(city, csv_of(thing("a", object_code=CODE), thing("b", object_code=CODE), thing("a")))
    told = {(f.row, f.field): f.fault for f in found.faults}
    assert "row 2" in told[3, "object_code"] and "row 2" in told[4, "id"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no header"),
        (b"id,id\n1,2", "twice"),
        (b"id,,name\n1,2,3", "column 2 has no name"),
        (b'{"type": "Feature"}', "FeatureCollection"),
        (b'{"type": ', "not JSON"),
        (b"\xff\xff\xff", "GB 18030"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_fault(city: City, content: bytes, says: str) -> None:
    (fault,) = plan(city, content).faults
    assert says in str(fault)


def test_every_bad_row_is_told_and_an_unknown_column_once(city: City) -> None:
    good = csv_of(thing("good-1", colour="red")).decode()
    header, row = good.splitlines()
    content = "\n".join([header, row, "a,b", row.replace("good-1", "good-2"), f"{row},x", f"{row},,"]).encode()
    told = [(fault.row, fault.field) for fault in plan(city, content).faults]
    assert told == [(2, "colour"), (3, ""), (5, ""), (6, "id"), (6, "source_id")]
    point = {"geometry": {"type": "Point", "coordinates": [PLACE.lon, PLACE.lat]}, "properties": thing("ok")}
    features = [{"geometry": {"type": "Polygon", "coordinates": []}}, point, 7, point | {"properties": [1]}]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert [fault.row for fault in plan(city, content).faults if not fault.field] == [1, 3, 4]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_office_programs_write_as_they_like(city: City, encoding: str, delimiter: str) -> None:
    content = csv_of(thing()).decode().replace(",", delimiter).replace("\n", f"{delimiter}\r\n")
    found = plan(city, content.encode(encoding))
    assert not found.faults and found.created["new-1"]["name"] == "新设备"


def test_geojson_brings_cameras_and_changes_only_what_differs(city: City) -> None:
    known = city.register.list_cameras()[0]
    x, y = wgs84_to_datum("gcj02", PLACE)
    features = [
        {
            "type": "Feature",
            "id": "cam-new",
            "geometry": {"type": "Point", "coordinates": [x, y]},
            "properties": {"name": "新摄像机", "kind": "junction", "bearing_deg": 90, "angle_deg": 60,
                           "range_m": 80, "zones": ["gate", "crossing"],
                           "known_ids": [{"source": "frigate", "id": "front"}]},
        },
    ]  # fmt: skip
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    found = plan(city, content, "gcj02", "cameras")
    assert not found.faults
    fields = found.created["cam-new"]
    assert (fields["heading_deg"], fields["zones"], fields["known_ids"]) == (
        90.0,
        ["gate", "crossing"],
        [["frigate", "front"]],
    )
    rows = csv_of({"id": known.id, "state": "maintenance", "fov_deg": known.fov_deg})
    found = plan(city, rows, kind="cameras")
    assert not found.faults and found.changed == {known.id: {"state": "maintenance"}}
    assert plan(city, csv_of({"id": known.id, "fov_deg": known.fov_deg}), kind="cameras").unchanged == 1
    for status, state in {"in_service": "ok", "out_of_service": "maintenance", "fault": "fault"}.items():
        created = plan(
            city, csv_of(thing(status=status), thing("new-2", status=status, state="abandoned"))
        ).created
        assert created["new-2"]["state"] == "abandoned" and created["new-1"]["state"] == state


def test_a_camera_sees_within_its_range_and_angle() -> None:
    here = LonLat(118.3, 33.9)
    camera = Camera(
        id="c", name="", kind="", source="", source_id="", topic="", lonlat=here, area="", department="",
        status="", heading_deg=350.0, fov_deg=60.0, range_m=100.0,
    )  # fmt: skip
    north, east = LonLat(118.3, 33.9005), LonLat(118.3005, 33.9)
    assert camera.sees(north) and not camera.sees(east) and not camera.sees(LonLat(118.3, 33.902))
    assert camera.sees(here) and not camera.sees(LonLat(118.3, 33.8995))


def test_a_thing_is_found_however_its_id_is_spelled_unless_that_means_two(city: City) -> None:
    known = city.register.list_devices()[0]

    def named(id: str, source_id: str) -> Device:
        return dataclasses.replace(known, id=id, source="s", source_id=source_id)

    ids = {"eui": "70B3D57ED0000102", "mac": "44:19:B6:0a:0b:0c", "bus": "013900000001"}
    register = Register([*(named(*pair) for pair in ids.items()), named("a", "0139000"), named("b", "139000")])
    spelled = {
        "70-b3-d5-7e-d0-00-01-02": "eui", "4419.b60a.0b0c": "mac", "44-19-B6-0A-0B-0C": "mac",
        "13900000001": "bus", "00000000013900000001": "bus", "0139000": "a", "139000": "b",
    }  # fmt: skip
    found = {id: getattr(register.find_spelled("s", id), "id", None) for id in spelled}
    assert found == spelled
    assert register.find_spelled("s", "00139000") is None and register.find("s", "13900000001") is None
    assert register.find_source_of("4419b60a0b0c") == "s"
