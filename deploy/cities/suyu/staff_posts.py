"""Staffs the city: posts of every level, 300 workers and crew members, community officers, the roster.

All names are made up and are shown masked; a worker's phone is a
short number of six digits within the closed group of the demo: none is a number that anybody can dial.
"""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

from district import HERE, District, Unit, point_in, write_csv

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = [
    "建国",
    "晓明",
    "海燕",
    "志强",
    "丽娟",
    "永军",
    "文静",
    "立新",
    "春梅",
    "学文",
    "玉兰",
    "国庆",
    "小红",
    "振华",
    "雪梅",
    "家宝",
    "桂芳",
    "德胜",
    "慧敏",
    "正阳",
]
FIRST_SHORT_NUMBER = 660001
DRILL = "drill"  # whose phones are enrolled for drills: the first grid of each community
SKILLS = ["first_aid", "fire", "flood", "mediation", "urban_management", "traffic", "environment", "electrical"]
TOWN_TEAMS = [
    ("enforcement", "综合执法队", "Integrated Enforcement Team"),
    ("emergency_office", "应急办", "Emergency Office"),
    ("public_order", "综治中心", "Public-Order Centre"),
    ("sanitation", "环卫队伍", "Sanitation Team"),
    ("police", "派出所联络组", "Police Liaison"),
]
PARK_OFFICE = ("safety_environment", "安环办", "Safety and Environment Office")
TEAM_SKILLS = {
    "enforcement": ["urban_management", "traffic"],
    "emergency_office": ["fire", "flood", "first_aid"],
    "safety_environment": ["fire", "environment"],
    "sanitation": ["urban_management", "environment"],
}
TOWN_CREWS = ("enforcement", "sanitation", "emergency_office")
PARK_CREWS = ("enforcement", "safety_environment")
CREWS = [
    ("drainage", 3, ["flood"]),
    ("traffic_police", 3, ["traffic", "first_aid"]),
    ("water_supply", 2, ["flood"]),
    ("gas_supply", 2, ["fire"]),
    ("power_supply", 2, ["electrical"]),
    ("lamp_maintenance", 2, ["electrical"]),
    ("fire_rescue", 2, ["fire", "first_aid"]),
    ("transport_bureau", 2, ["traffic"]),
    ("police", 2, ["traffic"]),
]
WORKERS = 300
WHOLE_DAY = ("08:00", "08:00")
SHIFTS = (("08:00", "20:00"), ("20:00", "08:00"))
POST_KINDS = {"desk": "desk", "dept": "department", "team": "team", "community": "community", "grid": "grid"}


def write_people(folder: Path, district: District, random: Random) -> None:
    write_csv(folder / "posts.csv", _posts(district))
    write_csv(folder / "workers.csv", _workers(district, random))
    write_csv(folder / "roster.csv", _roster(district, random))


def _post(code: str, level: str, area: str, names: tuple[str, str], **more: str) -> dict[str, object]:
    return {
        "code": code,
        "kind": POST_KINDS[code.split("-", maxsplit=1)[0]],
        "level": level,
        "area": area,
        "department": more.get("department", ""),
        "team": more.get("team", ""),
        "name": names[0],
        "name_en": names[1],
        "phone": "",
    }


def teams_of(town: Unit) -> list[tuple[str, str, str]]:
    if town.kind != "park":
        return TOWN_TEAMS
    return [PARK_OFFICE if team[0] == "emergency_office" else team for team in TOWN_TEAMS]


def _posts(district: District) -> list[dict[str, object]]:
    root = district.list_units("district")[0]
    rows = [_desk(root, "district")]
    for department in read_departments():
        if department["kind"] != "territorial":
            code, names = department["code"], (department["name"], department["name_en"])
            rows.append(_post(f"dept-{code}", "district", root.code, names, department=code))
    for town in district.list_units("town"):
        rows.append(_desk(town, "town"))
        for team, zh, en in teams_of(town):
            names = f"{town.short_name}{zh}", f"{town.name_en} {en}"
            rows.append(_post(f"team-{town.code}-{team}", "town", town.code, names, team=team))
    for unit in district.list_units("community"):
        rows.append(_post(f"community-{unit.code}", "community", unit.code, (unit.name, unit.name_en)))
    for grid in district.grids:
        unit = district.units[grid.community]
        names = f"{unit.name}第{grid.number}网格", f"{unit.name_en} Grid {grid.number}"
        rows.append(_post(f"grid-{grid.code}", "grid", grid.code, names))
    return rows


def _desk(unit: Unit, level: str) -> dict[str, object]:
    return _post(
        f"desk-{unit.code}", level, unit.code, (f"{unit.name}综合指挥调度中心", f"{unit.name_en} Command Centre")
    )


def read_departments() -> list[dict[str, str]]:
    with (HERE / "departments.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _workers(district: District, random: Random) -> list[dict[str, object]]:
    rows = [*_grid_workers(district, random), *_team_handlers(district, random), *_crews(district, random)]
    if len(rows) != WORKERS:
        raise ValueError(f"{len(rows)} workers instead of {WORKERS}")
    for unit in district.list_units("community"):
        home = point_in(random, random.choice(district.cells_of(unit.code)))
        row = _worker(f"co-{unit.code}", "community_operator", f"community-{unit.code}", unit.code)
        rows.append({**row, **_person(random, ["mediation"], home)})
    return [{**row, "phone": str(FIRST_SHORT_NUMBER + n)} for n, row in enumerate(rows)]


def _grid_workers(district: District, random: Random) -> list[dict[str, object]]:
    rows = []
    for grid in district.grids:
        home = point_in(random, random.choice(district.cells_of(grid.code)))
        skills = random.sample(SKILLS, random.choice((1, 2, 2, 3)))
        if grid.code.endswith("G01"):
            skills.append(DRILL)
        row = _worker(f"gw-{grid.code}", "grid_worker", f"grid-{grid.code}", grid.code)
        rows.append({**row, **_person(random, skills, home)})
    return rows


def _team_handlers(district: District, random: Random) -> list[dict[str, object]]:
    rows = []
    for town in district.list_units("town"):
        for team in PARK_CREWS if town.kind == "park" else TOWN_CREWS:
            home = point_in(random, random.choice(district.core_of(town.code)))
            row = _worker(f"h-{town.code}-{team}", "handler", f"team-{town.code}-{team}", town.code)
            rows.append({**row, **_person(random, TEAM_SKILLS[team], home)})
    return rows


def _crews(district: District, random: Random) -> list[dict[str, object]]:
    root, towns = district.list_units("district")[0], district.list_units("town")
    rows = []
    for department, count, skills in CREWS:
        for n in range(1, count + 1):
            home = point_in(random, random.choice(district.core_of(towns[(n * 4) % len(towns)].code)))
            row = _worker(f"h-{department}-{n}", "handler", f"dept-{department}", root.code)
            rows.append({**row, **_person(random, skills, home), "department": department})
    return rows


def _worker(id: str, role: str, post: str, area: str) -> dict[str, object]:
    return {"id": id, "name": "", "role": role, "post": post, "area": area, "department": ""}


def _person(random: Random, skills: list[str], home: tuple[float, float]) -> dict[str, object]:
    return {"name": made_up_name(random), "skills": ";".join(skills), "lon": home[0], "lat": home[1]}


def made_up_name(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN)


def _roster(district: District, random: Random) -> list[dict[str, object]]:
    """Four teams by turns at the district, three at each town; day shift and night shift."""
    root = district.list_units("district")[0]
    rows: list[dict[str, object]] = []
    for day in range(4):
        turn = {"cycle_days": 4, "day": day, "anchor_on": "2026-01-01"}
        rows.append({**_line(root.code, "duty_leader", WHOLE_DAY, random), **turn})
        for hours in SHIFTS:
            rows.append({**_line(root.code, "shift_leader", hours, random), **turn})
            for seat in ("1", "2", "3", "4"):
                rows.append({**_line(root.code, "district_operator", hours, random), "seat": seat, **turn})
    for town in district.list_units("town"):
        for day in range(3):
            turn = {"cycle_days": 3, "day": day, "anchor_on": "2026-01-01"}
            rows.append({**_line(town.code, "duty_leader", WHOLE_DAY, random), **turn})
            for hours in SHIFTS:
                rows.append({**_line(town.code, "town_operator", hours, random), **turn})
    return rows


def _line(area: str, role: str, hours: tuple[str, str], random: Random) -> dict[str, object]:
    person = made_up_name(random)
    return {"area": area, "role": role, "seat": "1", "person": person, "starts": hours[0], "ends": hours[1]}
