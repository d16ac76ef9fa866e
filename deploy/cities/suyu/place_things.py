"""Places devices and cameras: about half speak the native format, half LoRaWAN; most cameras speak Frigate.

Every thing stands inside a cell. Kinds and quantities are those that ``rules.toml`` judges.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from random import Random

import shapely
from district import District, DrawnCell, Unit, point_in, write_csv
from name_places import NEIGHBOUR_OF_UNDERPASS, TOWN_OF_STATION, bus_station_cell, underpass_point

APPLICATION = "5b3c9a52-7c1e-4d0a-9a35-3213110000aa"
TOWN_LETTERS = {
    "321311001": "sh",
    "321311002": "yx",
    "321311003": "xx",
    "321311006": "lj",
    "321311105": "yh",
    "321311106": "dx",
    "321311108": "ll",
    "321311111": "gm",
    "321311113": "xz",
    "321311201": "cj",
    "321311401": "gx",
    "321311402": "hg",
    "321311403": "zjg",
    "321311451": "ds",
    "321311901": "ny",
}


@dataclass(frozen=True)
class Kind:
    """``where``: core, park (chemical park only), any. ``radio``: speaks LoRaWAN."""

    kind: str
    zh: str
    en: str
    count: int
    where: str
    department: str
    quantity: str
    radio: bool


KINDS = [
    Kind("manhole_cover", "智慧井盖", "Manhole cover", 90, "core", "drainage", "lean_angle_deg", True),
    Kind("underpass_water", "下穿水位", "Underpass water level", 6, "core", "drainage", "water_level_m", True),
    Kind("river_level", "河道水位", "River level", 14, "any", "water", "water_level_m", False),
    Kind("street_lamp", "智慧路灯", "Street lamp", 56, "core", "lamp_maintenance", "lamp_fault_ratio", False),
    Kind("waste_bin", "垃圾箱", "Waste bin", 50, "core", "sanitation", "fill_ratio", True),
    Kind("gas_detector", "燃气报警器", "Gas detector", 24, "core", "gas_supply", "methane_lel_ratio", False),
    Kind("smoke_detector", "烟感", "Smoke detector", 26, "core", "fire_rescue", "smoke_obscuration_ratio", True),
    Kind("noise_meter", "噪声监测", "Noise meter", 12, "core", "environment", "noise_db", False),
    Kind("parking_sensor", "停车地磁", "Parking sensor", 20, "core", "parking", "parked_s", True),
    Kind("traffic_radar", "交通雷达", "Traffic radar", 18, "core", "traffic_police", "queue_length_m", False),
    Kind(
        "passenger_counter",
        "客流计数",
        "Passenger counter",
        4,
        "station",
        "transport_bureau",
        "passenger_count",
        False,
    ),
    Kind("air_station", "扬尘监测", "Dust station", 16, "any", "environment", "pm10_ugm3", False),
    Kind("hydrant", "智慧消火栓", "Hydrant", 20, "core", "fire_rescue", "pressure_mpa", True),
    Kind("sewage_well", "污水井液位", "Sewage well", 14, "core", "drainage", "sewage_level_m", False),
    Kind("toxic_gas_detector", "有毒气体监测", "Toxic gas detector", 10, "park", "environment", "h2s_ppm", False),
    Kind("rain_gauge", "雨量站", "Rain gauge", 8, "any", "meteorology", "rain_mm_h", False),
    Kind("bridge_tilt", "桥梁倾角", "Bridge tilt sensor", 4, "any", "transport_bureau", "tilt_deg", False),
    Kind("pump_station", "排涝泵站", "Pump station", 8, "any", "water", "pump_fault_ratio", False),
]

CAMERA_KINDS = [
    # kind, zh, en, weight, zones
    ("junction", "路口", "Junction", 9, "carriageway;crossing;no_parking"),
    ("market", "市场", "Market", 4, "gate;no_parking"),
    ("school_gate", "学校门口", "School gate", 4, "gate;no_parking"),
    ("river_bank", "河岸", "River bank", 3, "water_edge"),
    ("estate_gate", "小区门口", "Estate gate", 5, "fire_lane;gate"),
    ("highway", "公路", "Road", 4, "carriageway;shoulder"),
    ("square", "广场", "Square", 2, "stage;manhole_watch"),
    ("construction", "工地", "Building site", 2, "gate"),
]


def write_things(folder: Path, district: District, random: Random) -> None:
    write_csv(folder / "devices.csv", _devices(district, random))
    write_csv(folder / "cameras.csv", _cameras(district, random))


def _devices(district: District, random: Random) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for kind in KINDS:
        for n in range(1, kind.count + 1):
            cell, at = _spot(district, random, kind, n)
            rows.append(_device(kind, n, at, district.units[cell.town]))
    return sorted(rows, key=lambda row: str(row["id"]))


def _spot(district: District, random: Random, kind: Kind, n: int) -> tuple[DrawnCell, tuple[float, float]]:
    if kind.kind == "underpass_water" and n == 1:
        at = underpass_point(district)
        holding = [c for c in district.cells if c.outline.buffer(1e-5).contains_properly(shapely.Point(at))]
        return min(holding, key=lambda c: c.code), at
    if kind.kind == "manhole_cover" and n == 1:
        return watched_manhole(district)
    towns = district.list_units("town")
    town = towns[(n * 7 + len(kind.kind)) % len(towns)].code
    if kind.where == "station":
        cell = bus_station_cell(district)
    elif kind.where == "park":
        cell = random.choice(district.cells_of("321311402"))
    else:
        cell = random.choice(district.core_of(town) if kind.where == "core" else district.cells_of(town))
    return cell, point_in(random, cell)


def _device(kind: Kind, n: int, at: tuple[float, float], town: Unit) -> dict[str, object]:
    device_id = f"{kind.kind.replace('_', '-')}-{n:03d}"
    eui = hashlib.sha256(device_id.encode()).hexdigest()[:12]
    source_id = f"70b3{eui}" if kind.radio else device_id
    topic = (
        f"application/{APPLICATION}/device/{source_id}/event/up"
        if kind.radio
        else f"citybrain/v1/devices/{device_id}/telemetry"
    )
    return {
        "id": device_id,
        "name": f"{town.short_name}{kind.zh}{n:03d}号",
        "name_en": f"{kind.en} {n:03d}, {town.name_en}",
        "kind": kind.kind,
        "source": "chirpstack" if kind.radio else "native",
        "source_id": source_id,
        "topic": topic,
        "lon": at[0],
        "lat": at[1],
        "department": kind.department,
        "status": "in_service",
        "parameters": f"quantity={kind.quantity}",
    }


def watched_manhole(district: District) -> tuple[DrawnCell, tuple[float, float]]:
    """Return where the first manhole cover lies: in the picture of a camera, for the story of the visit."""
    cell = district.core_of(TOWN_OF_STATION)[1]
    spot = cell.outline.representative_point()
    return cell, (round(spot.x, 6), round(spot.y, 6))


def _cameras(district: District, random: Random) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    pool = [kind for kind in CAMERA_KINDS for _ in range(kind[3])]
    for town in district.list_units("town"):
        for n in range(1, 9):
            kind = pool[(n * 5 + len(rows)) % len(pool)]
            at = point_in(random, random.choice(district.core_of(town.code)))
            kind, at = _special_camera(district, town, n) or (kind, at)
            rows.append({**_camera(town, n, kind), "lon": at[0], "lat": at[1], **_view(random)})
    return rows


CameraKind = tuple[str, str, str, int, str]


def _special_camera(district: District, town: Unit, n: int) -> tuple[CameraKind, tuple[float, float]] | None:
    """Return kind and place of the cameras that do not stand anywhere: station, underpass, square, parks."""
    random = Random(f"{town.code}-{n}")
    if town.code == TOWN_OF_STATION and n <= 3:
        station = ("bus_station", "客运站", "Bus station", 0, "hall;forecourt;no_parking")
        return station, point_in(random, bus_station_cell(district), 0.3)
    if town.code in (TOWN_OF_STATION, NEIGHBOUR_OF_UNDERPASS) and n == 4:
        return ("underpass", "下穿通道", "Underpass", 0, "carriageway"), underpass_point(district)
    if town.code == TOWN_OF_STATION and n == 5:
        _, manhole = watched_manhole(district)
        square = ("square", "广场", "Square", 0, "stage;manhole_watch")
        return square, (round(manhole[0] + 0.0003, 6), manhole[1])  # about 28 m east of the cover
    if town.kind == "park" and n in (2, 3):
        at = point_in(random, random.choice(district.core_of(town.code)))
        return ("industrial_park", "园区道路", "Park road", 0, "gate;fence"), at
    return None


def _camera(town: Unit, n: int, kind: CameraKind) -> dict[str, object]:
    name = f"cam-{TOWN_LETTERS[town.code]}-{n:03d}"
    return {
        "id": name,
        "name": f"{town.short_name}{kind[1]}{n:03d}号摄像机",
        "name_en": f"{kind[2]} camera {n:03d}, {town.name_en}",
        "kind": kind[0],
        **_voice(town, n, name),
        "department": "police" if kind[0] in ("square", "estate_gate") else "traffic_police",
        "status": "in_service",
        "parameters": "",
        "zones": kind[4],
    }


def _voice(town: Unit, n: int, name: str) -> dict[str, object]:
    """Return which system a camera speaks through, and what it is called there: the last two of a town vary."""
    place = list(TOWN_LETTERS).index(town.code)
    if n == 7:
        mac = f"02:00:00:32:13:{place + 1:02x}"  # the bit of a locally given address: no maker's
        return {"source": "hikvision", "source_id": f"{mac}/1", "topic": f"hikvision/{name}"}
    if n == 8 and place % 3 == 0:
        return {"source": "dahua", "source_id": name, "topic": f"dahua/{name}"}
    if n == 8 and place % 3 == 1:
        return {"source": "onvif", "source_id": name, "topic": f"onvif/{name}/onvif-ej"}
    if n == 8:
        return {"source": "gat1400", "source_id": f"32131100001320{place + 1:06d}", "topic": "gat1400/VIID"}
    return {"source": "frigate", "source_id": name, "topic": "frigate/reviews"}


def _view(random: Random) -> dict[str, object]:
    return {
        "heading_deg": random.randrange(0, 360, 5),
        "fov_deg": random.choice((60, 75, 90, 110)),
        "range_m": random.choice((60, 80, 120, 200)),
    }
