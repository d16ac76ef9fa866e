"""A small city of two towns, written as a folder: the tests of the checks spoil copies of it."""

# ruff: noqa: E501 - lines of CSV
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

SUYU = Path(__file__).parent.parent.parent / "deploy" / "cities" / "suyu"

CITY_TOML = """\
code = "320000"
name = "试区"
name_en = "Trial District"
timezone = "Asia/Shanghai"
datum = "wgs84"
synthetic = true
demo = true
levels = [
  { code = "district", zh = "区", en = "District" },
  { code = "town", zh = "镇", en = "Town" },
  { code = "community", zh = "村", en = "Community" },
  { code = "grid", zh = "网格", en = "Grid" },
  { code = "cell", zh = "单元", en = "Cell" },
]
"""
SOURCES_TOML = """\
[native]
kind = "device"
format = "native"
transport = "mqtt"
topic_filter = "citybrain/v1/devices/+/+"
trust = 0.9
coord_sys = "wgs84"
zh = "设备"
en = "Devices"

[frigate]
kind = "camera"
format = "frigate"
transport = "mqtt"
topic_filter = "frigate/#"
trust = 0.8
coord_sys = "wgs84"
zh = "视频"
en = "Video"
"""
WAY = """\
[[rules]]
id = "W-{0}"
category = "*"
source = "{0}"
way = "direct"
min_confidence = 0.5
reason_zh = "直接"
reason_en = "direct"

"""
KINDS = ("device", "camera", "hotline", "citizen", "worker", "media", "superior", "department")
LIMITS_TOML = (
    "warn_ratios = [0.5, 1.0]\nreturn_work_hours = 4\narea_factors = { A = 1, B = 1, C = 1.5 }\n"
    + "".join(
        f'[stages.{stage}]\nemergency = [5, "minute"]\nurgent = [10, "minute"]\nnormal = [1, "work_hour"]\n'
        for stage in ("accept", "dispatch", "verify", "sign", "arrive", "check")
    )
)
LIMITS_TOML += '[disposal]\nemergency = "urgent"\nurgent = "normal"\nnormal = "normal"\n'
LEVELS_TOML = """\
[down]
never_enforce = ["community", "grid"]
enforcement = ["UM-02"]
least_told = ["grid"]

[[rules]]
id = "overdue"
of = "U8"
zh = "超时"
en = "late"
when = { stages = ["sign"], ratio = 1.0 }
then = { supervise = [24, "urgent_hour"] }

[[rules]]
id = "half"
of = "U8"
zh = "过半"
en = "half"
when = { ratio = 0.5 }
then = { urge = ["holder"] }

[[rules]]
id = "due"
of = "U8"
zh = "到期"
en = "due"
when = { ratio = 1.0 }
then = { urge = ["holder", "leader"] }

[[rules]]
id = "copied"
of = "U6"
zh = "抄送"
en = "copied"
when = { categories = ["UM"], urgency = ["emergency"] }
then = { copy_to = ["district"] }
"""
CORRELATION_TOML = (
    "[default]\nradius_m = 50\nwindow_s = 3600\n[families]\nmanhole = { radius_m = 80, window_s = 60 }\n"
)
CALENDAR_TOML = """\
week = [1, 2, 3, 4, 5]
slots = [["08:00", "12:00"], ["14:00", "18:00"]]

[years.2026]
holidays = ["2026-10-01", "2026-10-02"]
makeup_workdays = ["2026-10-10"]
[[seasons]]
first = "07-01"
last = "09-30"
slots = [["08:00", "12:00"], ["14:30", "18:30"]]

[[seasons]]
first = "12-01"
last = "02-28"
slots = [["08:30", "12:00"], ["13:30", "17:00"]]
"""
RULES_TOML = """\
[[rules]]
id = "tilt"
kind = "threshold"
match = { kind = "manhole_cover" }
quantity = "lean_angle_deg"
above = 15.0
clear_below = 8.0
hold_s = 5
category = "UM-01"
confidence = 0.9
zh = "倾斜"
en = "tilted"

[[camera_rules]]
id = "cam-person"
camera_kind = "gate"
labels = ["person"]
zones = []
severity = "alert"
category = "UM-02"
outcome = "incident"
min_score = 0.6
confidence = 0.9
zh = "有人"
en = "person"

[[camera_rules]]
id = "cam-any"
camera_kind = "*"
labels = []
zones = []
severity = "alert"
category = "UM-02"
outcome = "incident"
min_score = 0.6
confidence = 0.9
zh = "警示"
en = "alert"
"""
AREAS_CSV = """\
code,parent,level,name,name_en,kind,area_class,synthetic,aliases
D,,district,试区,Trial,district,B,true,
T1,D,town,一镇,Town One,town,B,true,
T2,D,town,二镇,Town Two,town,C,true,
V1,T1,community,甲村,Village A,village,B,true,
V2,T2,community,乙村,Village B,village,C,true,
"""
GRIDS_CSV = """\
code,parent,name,name_en,kind,area_class,synthetic,alias_emergency,alias_public_order,alias_urban_management
V1G01,V1,甲一,A1,duty,B,true,YJ-1,ZZ-1,CG-1
V2G01,V2,乙一,B1,duty,C,true,YJ-2,ZZ-2,CG-2
"""
PLACES_CSV = (
    "code,name,name_en,kind,town,lon,lat,aliases\nP1,东庄,Dongzhuang,village,T1,118.305,34.005,东村;老东庄\n"
)
DEPARTMENTS_CSV = """\
code,name,name_en,kind,domain
water,水务,Water,department,urban_management
town,属地,Town,territorial,
"""
POSTS_CSV = """\
code,kind,level,area,department,team,name,name_en,phone
desk-D,desk,district,D,,,区中心,Centre,
desk-T1,desk,town,T1,,,一镇中心,Centre 1,
desk-T2,desk,town,T2,,,二镇中心,Centre 2,
dept-water,department,district,D,water,,水务,Water,
team-T1-clean,team,town,T1,,clean,一镇环卫,Cleaners 1,
team-T2-clean,team,town,T2,,clean,二镇环卫,Cleaners 2,
grid-V1G01,grid,grid,V1G01,,,甲一网格,Grid A1,
grid-V2G01,grid,grid,V2G01,,,乙一网格,Grid B1,
"""
WORKERS_CSV = """\
id,name,role,post,area,department,skills,lon,lat
w1,王一,grid_worker,grid-V1G01,V1G01,,first_aid;flood,118.305,34.005
w2,李二,grid_worker,grid-V2G01,V2G01,,,118.325,34.005
h1,张三,handler,dept-water,D,water,flood,118.305,34.005
"""
ROSTER_CSV = """\
area,role,seat,person,starts,ends,cycle_days,day,anchor_on
D,duty_leader,1,赵一,08:00,08:00,2,0,2026-01-01
D,duty_leader,1,赵二,08:00,08:00,2,1,2026-01-01
"""
CATEGORIES_CSV = """\
code,domain,class_code,class_zh,class_en,zh,en,kind,aliases,severity,urgency,level,lead_department,assist_departments,urgent_limit,normal_limit,max_limit,privacy_class,sensitive,family,sla_profile,standard,loaded
UM-01,urban_management,01,设施,facility,井盖异常,manhole cover,component_fault,manhole,5,urgent,town,water,town,2 urgent_hour,5 work_day,5 work_day,0,false,manhole,C1,,true
UM-02,urban_management,02,秩序,order,占道,road trading,matter,vendor,5,normal,town,town,,2 work_hour,1 work_day,3 work_day,0,false,trade,C1,,true
PO-05,public_order,05,帮扶,help,帮扶,help,matter,,5,normal,town,town,,2 work_hour,1 work_day,3 work_day,2,false,help,S1,,false
"""
DEVICES_CSV = """\
id,name,name_en,kind,source,source_id,topic,lon,lat,department,status,parameters
m1,井盖一,Cover 1,manhole_cover,native,m1,citybrain/v1/devices/m1/telemetry,118.305,34.005,water,in_service,quantity=lean_angle_deg;depth_m=2.5
"""
CAMERAS_CSV = """\
id,name,name_en,kind,source,source_id,topic,lon,lat,department,status,parameters,zones,heading_deg,fov_deg,range_m
c1,摄像机一,Camera 1,gate,frigate,c1,frigate/reviews,118.325,34.005,water,in_service,,door,90,75,80
"""
ROUTING_CSV = """\
id,category,area,urgency,level,holder,orders,copy_to_district,reason_zh,reason_en
R-1,UM-01,,,town,desk,attend=grid;dispose=department,false,部门处置,the department disposes
R-2,UM-02,,,,desk,dispose=team:clean,false,环卫处置,the cleaners dispose
"""

# code, grid, west, south, east, north; the two towns share the meridian 118.32
CELLS = [
    ("V1C1", "V1G01", 118.30, 34.00, 118.31, 34.01),
    ("V1C2", "V1G01", 118.31, 34.00, 118.32, 34.01),
    ("V2C1", "V2G01", 118.32, 34.00, 118.33, 34.01),
    ("V2C2", "V2G01", 118.33, 34.00, 118.34, 34.01),
]


def ring(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def collection(features: list[tuple[dict[str, str], list[list[list[float]]]]]) -> str:
    lines = [
        json.dumps({"type": "Feature", "properties": p, "geometry": {"type": "Polygon", "coordinates": c}})
        for p, c in features
    ]
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"


def write_small_city(folder: Path) -> None:
    west, middle, east, south, north = 118.30, 118.32, 118.34, 34.00, 34.01
    left, right, whole = (
        ring(west, south, middle, north),
        ring(middle, south, east, north),
        ring(west, south, east, north),
    )
    # corners of the children stand on the borders of the parents too, as the format asks
    outlines = [("D", whole), ("T1", left), ("T2", right), ("V1", left), ("V2", right)]
    files = {
        "city.toml": CITY_TOML,
        "sources.toml": SOURCES_TOML,
        "ways_in.toml": "".join(WAY.format(kind) for kind in KINDS),
        "limits.toml": LIMITS_TOML,
        "levels.toml": LEVELS_TOML,
        "correlation.toml": CORRELATION_TOML,
        "calendar.toml": CALENDAR_TOML,
        "rules.toml": RULES_TOML,
        "areas.csv": AREAS_CSV,
        "grids.csv": GRIDS_CSV,
        "places.csv": PLACES_CSV,
        "departments.csv": DEPARTMENTS_CSV,
        "posts.csv": POSTS_CSV,
        "workers.csv": WORKERS_CSV,
        "roster.csv": ROSTER_CSV,
        "categories.csv": CATEGORIES_CSV,
        "devices.csv": DEVICES_CSV,
        "cameras.csv": CAMERAS_CSV,
        "routing.csv": ROUTING_CSV,
        "areas.geojson": collection([({"code": code}, shape) for code, shape in outlines]),
        "cells.geojson": collection([({"code": c[0], "grid": c[1]}, ring(*c[2:])) for c in CELLS]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")


Spoil = Callable[[str, str, str], None]


@pytest.fixture
def small_city(tmp_path: Path) -> Path:
    """Return the folder of a small city that is in order."""
    write_small_city(tmp_path / "small")
    return tmp_path / "small"


@pytest.fixture
def spoil(small_city: Path) -> Spoil:
    """Return a function that replaces a piece of a file of the small city."""

    def replace(file: str, old: str, new: str) -> None:
        path = small_city / file
        content = path.read_text(encoding="utf-8")
        assert old in content, f"{old!r} is not in {file}"
        path.write_text(content.replace(old, new, 1), encoding="utf-8", newline="")

    return replace


@pytest.fixture(scope="session")
def suyu() -> Path:
    """Return the folder of the committed demo city."""
    return SUYU
