"""Names places to find: villages, estates, roads, junctions, schools, and the two places of the story.

Names of estates and shops are made up; real are only those of villages, towns and general roads. The
bus station and the underpass are given to the registers, which put cameras and sensors there.
"""

from __future__ import annotations

import math
from pathlib import Path
from random import Random

import shapely
from district import District, DrawnCell, Unit, point_in, write_csv

HEADS = [
    ("前", "Qian"),
    ("后", "Hou"),
    ("东", "Dong"),
    ("西", "Xi"),
    ("大", "Da"),
    ("小", "Xiao"),
    ("新", "Xin"),
    ("老", "Lao"),
]
BODIES = [
    ("槐树", "huaishu"),
    ("柳塘", "liutang"),
    ("圩", "wei"),
    ("桥口", "qiaokou"),
    ("石桥", "shiqiao"),
    ("枣园", "zaoyuan"),
    ("河湾", "hewan"),
    ("沙岗", "shagang"),
    ("荷塘", "hetang"),
    ("竹园", "zhuyuan"),
    ("麦场", "maichang"),
    ("渡口", "dukou"),
]
ESTATE_HEADS = [
    ("锦绣", "Jinxiu"),
    ("香樟", "Xiangzhang"),
    ("望河", "Wanghe"),
    ("和悦", "Heyue"),
    ("春晖", "Chunhui"),
    ("金桂", "Jingui"),
    ("翠湖", "Cuihu"),
    ("明珠", "Mingzhu"),
    ("安康", "Ankang"),
    ("星辰", "Xingchen"),
    ("祥云", "Xiangyun"),
    ("丰泽", "Fengze"),
]
ESTATE_TAILS = [
    ("花园", "Garden"),
    ("苑", "Court"),
    ("家园", "Homes"),
    ("新村", "New Village"),
    ("名邸", "Residence"),
]
ROAD_NAMES = [
    ("人民路", "Renmin Road"),
    ("建设路", "Jianshe Road"),
    ("文化路", "Wenhua Road"),
    ("解放路", "Jiefang Road"),
    ("幸福路", "Xingfu Road"),
    ("工业路", "Gongye Road"),
    ("学府路", "Xuefu Road"),
    ("滨河路", "Binhe Road"),
]
PUBLIC = [
    ("卫生院", "Health Centre", "hospital"),
    ("农贸市场", "Farmers’ Market", "market"),
    ("文化广场", "Culture Square", "square"),
    ("便民服务中心", "Service Centre", "office"),
]

BUS_STATION = "P-BUS-STATION"
UNDERPASS = "P-UNDERPASS"
TOWN_OF_STATION, NEIGHBOUR_OF_UNDERPASS = "321311001", "321311002"


def write_places(folder: Path, district: District, random: Random) -> None:
    rows = story_places(district)
    for town in district.list_units("town"):
        rows += _of_town(district, town, random)
    for community in district.list_units("community"):
        rows += _of_community(district, community, random)
    for row in rows:
        row.setdefault("aliases", "")
    write_csv(folder / "places.csv", rows)


def story_places(district: District) -> list[dict[str, object]]:
    """Return the bus station and the underpass; the same for every random stream."""
    station = bus_station_cell(district).outline.representative_point()
    underpass = underpass_point(district)
    return [
        _row(
            BUS_STATION,
            ("宿豫汽车客运站", "Suyu Bus Station"),
            "bus_station",
            TOWN_OF_STATION,
            at=(station.x, station.y),
            aliases="汽车客运站;客运站;汽车站;bus station",
        ),
        _row(
            UNDERPASS,
            ("顺豫路下穿通道", "Shunyu Road Underpass"),
            "underpass",
            TOWN_OF_STATION,
            at=underpass,
            aliases="顺豫路下穿;下穿通道;underpass",
        ),
    ]


def bus_station_cell(district: District) -> DrawnCell:
    cells = district.core_of(TOWN_OF_STATION)
    return cells[len(cells) // 2]


def underpass_point(district: District) -> tuple[float, float]:
    """Return a point 15 m inside the first town, beside the border that two towns share."""
    here = [c for c in district.cells if c.town == TOWN_OF_STATION]
    there = [c for c in district.cells if c.town == NEIGHBOUR_OF_UNDERPASS]
    pairs = [(a.outline.intersection(b.outline).length, a, b) for a in here for b in there]
    _, cell, neighbour = max(pairs, key=lambda p: (p[0], p[1].code))
    line = shapely.line_merge(cell.outline.intersection(neighbour.outline))
    middle = line.interpolate(0.5, normalized=True)
    inside = cell.outline.representative_point()
    away = math.dist((middle.x, middle.y), (inside.x, inside.y))
    step = 0.00015 / away  # about 15 m
    return round(middle.x + (inside.x - middle.x) * step, 6), round(middle.y + (inside.y - middle.y) * step, 6)


def _row(
    code: str, names: tuple[str, str], kind: str, town: str, *, at: tuple[float, float], aliases: str = ""
) -> dict[str, object]:
    return {
        "code": code,
        "name": names[0],
        "name_en": names[1],
        "kind": kind,
        "town": town,
        "lon": round(at[0], 6),
        "lat": round(at[1], 6),
        "aliases": aliases,
    }


def _of_town(district: District, town: Unit, random: Random) -> list[dict[str, object]]:
    core = district.core_of(town.code)
    rows = []
    short, english = town.short_name, town.name_en.split(" ")[0]
    roads = random.sample(ROAD_NAMES, 4)
    for n, (name, name_en) in enumerate(roads, start=1):
        at = point_in(random, random.choice(core))
        rows.append(
            _row(f"P-{town.code}-R{n}", (f"{short}{name}", f"{english} {name_en}"), "road", town.code, at=at)
        )
    for n in range(3):
        (a, a_en), (b, b_en) = roads[n], roads[n + 1]
        at = point_in(random, random.choice(core))
        names = f"{short}{a}与{b}路口", f"{english} {a_en} and {b_en} Junction"
        rows.append(_row(f"P-{town.code}-J{n + 1}", names, "junction", town.code, at=at))
    schools = [("中心小学", "Central Primary School"), ("初级中学", "Middle School")]
    for n, (name, name_en) in enumerate(schools, start=1):
        at = point_in(random, random.choice(core))
        names = f"{short}{name}", f"{english} {name_en}"
        rows.append(_row(f"P-{town.code}-S{n}", names, "school", town.code, at=at))
    for n, (name, name_en, kind) in enumerate(PUBLIC, start=1):
        at = point_in(random, random.choice(core))
        names = f"{short}{name}", f"{english} {name_en}"
        rows.append(_row(f"P-{town.code}-C{n}", names, kind, town.code, at=at))
    return rows


def _of_community(district: District, community: Unit, random: Random) -> list[dict[str, object]]:
    cells = district.cells_of(community.code)
    is_rural = community.kind == "village"
    rows, names = [], set()
    while len(rows) < 2:
        if is_rural:
            (a, a_en), (b, b_en) = random.choice(HEADS), random.choice(BODIES)
            name, name_en, kind = f"{a}{b}庄", f"{a_en}{b_en} Hamlet", "village"
        else:
            (a, a_en), (b, b_en) = random.choice(ESTATE_HEADS), random.choice(ESTATE_TAILS)
            name, name_en, kind = f"{a}{b}", f"{a_en} {b_en}", "estate"
        if name in names:
            continue
        names.add(name)
        base = community.name.removesuffix("社区").removesuffix("村")
        code = f"P-{community.code}-{len(rows) + 1}"
        full = f"{base}{name}", f"{community.name_en.rsplit(' ', 1)[0]} {name_en}"
        at = point_in(random, random.choice(cells))
        rows.append(_row(code, full, kind, community.parent, at=at, aliases=name))
    return rows
