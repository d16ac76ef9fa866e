"""Staffs the city: posts of every level, 300 workers and crew members, community officers, the roster.

All names are made up and are shown masked; phones are left empty, none may be a real one.
"""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

from district import HERE, District, Unit, point_in, write_csv

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = ["建国", "晓明", "海燕", "志强", "丽娟", "永军", "文静", "立新", "春梅", "学文", "玉兰", "国庆", "小红", "振华", "雪梅", "家宝", "桂芳", "德胜", "慧敏", "正阳"]  # fmt: skip
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
    ("drainage", 3, ["flood"]), ("traffic_police", 3, ["traffic", "first_aid"]), ("water_supply", 2, ["flood"]),
    ("gas_supply", 2, ["fire"]), ("power_supply", 2, ["electrical"]), ("lamp_maintenance", 2, ["electrical"]),
    ("fire_rescue", 2, ["fire", "first_aid"]), ("transport_bureau", 2, ["traffic"]), ("police", 2, ["traffic"]),
]  # fmt: skip
WORKERS = 300


def write_people(folder: Path, district: District, random: Random) -> None:
    write_csv(folder / "posts.csv", _posts(district))
    write_csv(folder / "workers.csv", _workers(district, random))
    write_csv(folder / "roster.csv", _roster(district, random))


def _post(code: str, kind: str, level: str, area: str, name: str, name_en: str, **more: str) -> dict[str, object]:
    return {
        "code": code,
        "kind": kind,
        "level": level,
        "area": area,
        "department": more.get("department", ""),
        "team": more.get("team", ""),
        "name": name,
        "name_en": name_en,
        "phone": "",
    }


def teams_of(town: Unit) -> list[tuple[str, str, str]]:
    if town.kind != "park":
        return TOWN_TEAMS
    return [PARK_OFFICE if team[0] == "emergency_office" else team for team in TOWN_TEAMS]


def _posts(district: District) -> list[dict[str, object]]:
    root = district.list_units("district")[0]
    name, name_en = f"{root.name}综合指挥调度中心", f"{root.name_en} Command Centre"
    rows = [_post(f"desk-{root.code}", "desk", "district", root.code, name, name_en)]
    for department in read_departments():
        if department["kind"] != "territorial":
            code = department["code"]
            rows.append(_post(f"dept-{code}", "department", "district", root.code, department["name"], department["name_en"], department=code))  # fmt: skip
    for town in district.list_units("town"):
        name, name_en = f"{town.name}综合指挥调度中心", f"{town.name_en} Command Centre"
        rows.append(_post(f"desk-{town.code}", "desk", "town", town.code, name, name_en))
        for team, zh, en in teams_of(town):
            name = f"{town.short_name}{zh}"
            rows.append(_post(f"team-{town.code}-{team}", "team", "town", town.code, name, f"{town.name_en} {en}", team=team))  # fmt: skip
    for unit in district.list_units("community"):
        rows.append(_post(f"community-{unit.code}", "community", "community", unit.code, unit.name, unit.name_en))
    for grid in district.grids:
        unit = district.units[grid.community]
        name, name_en = f"{unit.name}第{grid.number}网格", f"{unit.name_en} Grid {grid.number}"
        rows.append(_post(f"grid-{grid.code}", "grid", "grid", grid.code, name, name_en))
    return rows


def read_departments() -> list[dict[str, str]]:
    with (HERE / "departments.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _workers(district: District, random: Random) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for grid in district.grids:
        home = point_in(random, random.choice(district.cells_of(grid.code)))
        skills = random.sample(SKILLS, random.choice((1, 2, 2, 3)))
        rows.append(
            _worker(f"gw-{grid.code}", "grid_worker", f"grid-{grid.code}", grid.code, random, skills, home)
        )
    for town in district.list_units("town"):
        for team in PARK_CREWS if town.kind == "park" else TOWN_CREWS:
            home, post = point_in(random, random.choice(district.core_of(town.code))), f"team-{town.code}-{team}"
            rows.append(
                _worker(f"h-{town.code}-{team}", "handler", post, town.code, random, TEAM_SKILLS[team], home)
            )
    root, towns = district.list_units("district")[0], district.list_units("town")
    for department, count, skills in CREWS:
        for n in range(1, count + 1):
            home = point_in(random, random.choice(district.core_of(towns[(n * 4) % len(towns)].code)))
            row = _worker(f"h-{department}-{n}", "handler", f"dept-{department}", root.code, random, skills, home)
            rows.append({**row, "department": department})
    if len(rows) != WORKERS:
        raise ValueError(f"{len(rows)} workers instead of {WORKERS}")
    for unit in district.list_units("community"):
        home, post = point_in(random, random.choice(district.cells_of(unit.code))), f"community-{unit.code}"
        rows.append(_worker(f"co-{unit.code}", "community_operator", post, unit.code, random, ["mediation"], home))
    return rows


def _worker(id: str, role: str, post: str, area: str, random: Random, skills: list[str], home: tuple[float, float]) -> dict[str, object]:  # fmt: skip
    return {
        "id": id,
        "name": made_up_name(random),
        "role": role,
        "post": post,
        "area": area,
        "department": "",
        "skills": ";".join(skills),
        "lon": home[0],
        "lat": home[1],
    }


def made_up_name(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN)


def _roster(district: District, random: Random) -> list[dict[str, object]]:
    """Four teams by turns at the district, three at each town; day shift and night shift."""
    root = district.list_units("district")[0]
    rows: list[dict[str, object]] = []
    for day in range(4):
        rows.append(_line(root.code, "duty_leader", "1", random, day=day, cycle=4, hours=("08:00", "08:00")))
        for hours in (("08:00", "20:00"), ("20:00", "08:00")):
            rows.append(_line(root.code, "shift_leader", "1", random, day=day, cycle=4, hours=hours))
            for seat in ("1", "2", "3", "4"):
                rows.append(_line(root.code, "district_operator", seat, random, day=day, cycle=4, hours=hours))
    for town in district.list_units("town"):
        for day in range(3):
            rows.append(_line(town.code, "duty_leader", "1", random, day=day, cycle=3, hours=("08:00", "08:00")))
            for hours in (("08:00", "20:00"), ("20:00", "08:00")):
                rows.append(_line(town.code, "town_operator", "1", random, day=day, cycle=3, hours=hours))
    return rows


def _line(area: str, role: str, seat: str, random: Random, *, day: int, cycle: int, hours: tuple[str, str]) -> dict[str, object]:  # fmt: skip
    return {
        "area": area,
        "role": role,
        "seat": seat,
        "person": made_up_name(random),
        "starts": hours[0],
        "ends": hours[1],
        "cycle_days": cycle,
        "day": day,
        "anchor_on": "2026-01-01",
    }
