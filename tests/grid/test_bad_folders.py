"""A city folder with a fault is refused, and the fault is named with file and row."""

# ruff: noqa: E501 - one case a line reads better
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from grid.city_folder.check_folder import check_folder
from grid.city_folder.table_rows import policy_documents, table_rows
from grid.coordinates import LonLat, from_wgs84

Spoil = Callable[[str, str, str], None]


def faults_of(folder: Path) -> list[str]:
    return [str(fault) for fault in check_folder(folder).faults]


def test_the_small_city_is_in_order(small_city: Path) -> None:
    assert faults_of(small_city) == []


# file, what is replaced, by what, how the one fault begins, what it says
CASES: dict[str, tuple[str, str, str, str, str]] = {
    "unknown parent": ("areas.csv", "V2,T2,comm", "V2,T9,comm", "areas.csv:6:", "V2 has an unknown parent T9"),
    "duplicate area": ("areas.csv", "V2,T2,comm", "V1,T2,comm", "areas.csv:6:", "duplicate code V1, first in areas.csv:5"),
    "grid below a town": ("grids.csv", "V2G01,V2,", "V2G01,T2,", "grids.csv:3:", "T2 is no community"),
    "unknown level": ("areas.csv", "D,town,二", "D,city,二", "areas.csv:4:", "unknown level 'city'"),
    "cell of unknown grid": ("cells.geojson", '"grid": "V2G01"', '"grid": "V9"', "cells.geojson:4:", "unknown grid 'V9'"),
    "duplicate cell": ("cells.geojson", '"code": "V2C2"', '"code": "V2C1"', "cells.geojson:5:", "duplicate code V2C1"),
    "outline of nothing": ("areas.geojson", '"code": "V2"', '"code": "X"', "areas.geojson:6:", "outline of X"),
    "bad number": ("devices.csv", "118.305,34.005", "118.3O5,34.005", "devices.csv:2:", "lon: '118.3O5' is not a number"),
    "NaN": ("devices.csv", "118.305,34.005", "nan,34.005", "devices.csv:2:", "not a finite number"),
    "device outside": ("devices.csv", "118.305,34.005", "118.405,34.005", "devices.csv:2:", "m1 lies outside the city"),
    "device nowhere": ("devices.csv", "118.305,34.005", "0,0", "devices.csv:2:", "no possible place"),
    "axes exchanged": ("devices.csv", "118.305,34.005", "34.005,118.305", "devices.csv:2:", "m1 has no possible place"),
    "camera outside": ("cameras.csv", "118.325,34.005", "118.325,34.105", "cameras.csv:2:", "c1 lies outside"),
    "place of unknown town": ("places.csv", "village,T1", "village,T7", "places.csv:2:", "unknown town T7"),
    "unknown source": ("devices.csv", "native,m1,", "other,m1,", "devices.csv:2:", "unknown source other"),
    "bad device id": ("devices.csv", "native,m1,", "native,m 1,", "devices.csv:2:", "cannot be a device id"),
    "unknown department of a category": ("categories.csv", "town,water,town", "town,fire,town", "categories.csv:2:", "unknown department fire"),
    "limit of zero": ("categories.csv", "2 urgent_hour", "0 urgent_hour", "categories.csv:2:", "not above 0"),
    "limit below zero": ("limits.toml", '[5, "minute"]', '[-5, "minute"]', "limits.toml:5:", "emergency"),
    "limit without unit": ("categories.csv", "2 urgent_hour", "2", "categories.csv:2:", "has no unit"),
    "bad severity": ("categories.csv", "manhole,5,", "manhole,9,", "categories.csv:2:", "severity 9 is not 1 to 5"),
    "duplicate alias": ("categories.csv", "matter,vendor", "matter,manhole", "categories.csv:3:", "duplicate alias 'manhole'"),
    "worker without grid": ("workers.csv", "grid-V2G01,V2G01,", "grid-V2G01,,", "workers.csv:3:", "worker w2 has no grid"),
    "worker of a town": ("workers.csv", "grid-V2G01,V2G01,", "grid-V2G01,T2,", "workers.csv:3:", "has no grid: T2 is of level town"),
    "worker of an unknown post": ("workers.csv", "grid-V2G01,V2", "grid-X,V2", "workers.csv:3:", "unknown post grid-X"),
    "post in an unknown area": ("posts.csv", "desk,town,T2", "desk,town,T5", "posts.csv:4:", "unknown area T5"),
    "post of an unknown department": ("posts.csv", "D,water,,", "D,fire,,", "posts.csv:5:", "unknown department fire"),
    "a day that never comes": ("roster.csv", "2,1,2026", "2,2,2026", "roster.csv:3:", "day 2 never comes"),
    "bad time": ("roster.csv", "赵一,08:00", "赵一,25:00", "roster.csv:2:", "starts: '25:00' is not a time"),
    "unknown column": ("devices.csv", ",status,", ",colour,", "devices.csv:1:", "column 'colour'"),
    "too few fields": ("places.csv", ",东村;老东庄", "", "places.csv:2:", "7 fields where the header has 8"),
    "unknown key": ("limits.toml", "warn_ratios", "warn_ratio", "limits.toml:1:", "unknown key 'warn_ratio'"),
    "unknown key in a table": ("sources.toml", "trust = 0.8", "thrust = 0.8", "sources.toml:16:", "unknown key 'thrust'"),
    "unknown key in a rule": ("rules.toml", "hold_s = 5", "hold = 5", "rules.toml:8:", "unknown key 'hold'"),
    "not TOML": ("city.toml", 'code = "320000"', "code = 320 000", "city.toml:1:", "not TOML"),
    "MQTT without topic": ("sources.toml", 'topic_filter = "frigate/#"\n', "", "sources.toml:11:", "no topic_filter"),
    "unknown time zone": ("city.toml", "Asia/Shanghai", "Asia/Nowhere", "city.toml:", "unknown timezone"),
    "rule that ends before it begins": ("rules.toml", "clear_below = 8.0", "clear_below = 18.0", "rules.toml:1:", "would end before it begins"),
    "rule without a device": ("rules.toml", 'kind = "manhole_cover"', 'kind = "volcano"', "rules.toml:1:", "can never match"),
    "rule of an unknown category": ("rules.toml", 'category = "UM-01"', 'category = "UM-99"', "rules.toml:1:", "unknown category"),
    "camera rule in the shade": ("rules.toml", 'kind = "gate"\nlabels = ["person"]', 'kind = "*"\nlabels = []', "rules.toml:", "can never match"),
    "alert of a camera nobody takes": ("rules.toml", 'camera_kind = "*"\nlabels = []', 'camera_kind = "*"\nlabels = ["car"]', "cameras.csv:2:", "takes every alert"),
    "category without route": ("routing.csv", "R-2,UM-02", "R-2,UM-01", "routing.csv:", "UM-02 has no route"),
    "route of an unknown category": ("routing.csv", "R-1,UM-01", "R-1,XX-01", "routing.csv:2:", "can never match"),
    "route at an unknown area": ("routing.csv", "UM-01,,,", "UM-01,T8,,", "routing.csv:2:", "unknown area 'T8'"),
    "route to an unknown department": ("routing.csv", "dispose=department", "dispose=department:fire", "routing.csv:2:", "unknown department 'fire'"),
    "route to an unknown team": ("routing.csv", "team:clean", "team:paint", "routing.csv:3:", "no town has a team 'paint'"),
    "route to a team that one town lacks": ("posts.csv", "team,town,T2,,clean", "team,town,T2,,paint", "routing.csv:", "needs a team clean of 二镇"),
    "unknown order": ("routing.csv", "attend=grid", "admire=grid", "routing.csv:2:", "'admire=grid'"),
    "a route that another takes first": ("routing.csv", "R-2,UM-02,", "R-3,UM-01,,,,desk,dispose=team:clean,false,甲,a\nR-2,UM-02,", "routing.csv:3:", "R-3 can never match: R-1 in line 2 is about the very same"),
    "no way in": ("ways_in.toml", 'source = "hotline"', 'source = "citizen"', "ways_in.toml:", "seen by hotline have no way in"),
    "bad way": ("ways_in.toml", 'way = "direct"', 'way = "perhaps"', "ways_in.toml:5:", "way"),
    "correlation of nothing": ("correlation.toml", "manhole =", "manhole_x =", "correlation.toml:", "names nothing"),
    "radius of zero": ("correlation.toml", "radius_m = 80", "radius_m = 0", "correlation.toml:", "radius_m"),
    "slot that ends before it starts": ("calendar.toml", '"08:00", "12:00"', '"12:00", "08:00"', "calendar.toml:2:", "ends before it starts"),
    "slot of no length": ("calendar.toml", '"08:00", "12:00"', '"12:00", "12:00"', "calendar.toml:2:", "ends before it starts"),
    "an hour that is none": ("calendar.toml", '"14:00", "18:00"', '"14:00", "25:00"', "calendar.toml:2:", "slots[1][1]: is no time of day from 00:00 to 23:59"),
    "overlapping hours": ("calendar.toml", '"14:00", "18:00"', '"11:30", "18:00"', "calendar.toml:2:", "11:30–18:00 overlaps the one before it, which ends at 12:00"),
    "no hours": ("calendar.toml", '[["08:00", "12:00"], ["14:00", "18:00"]]', "[]", "calendar.toml:2:", "no work would ever be done"),
    "no weekday": ("calendar.toml", "[1, 2, 3, 4, 5]", "[]", "calendar.toml:1:", "no work would ever be done"),
    "date twice": ("calendar.toml", '"2026-10-02"', '"2026-10-01"', "calendar.toml:5:", "2026-10-01 stands twice among the holidays"),
    "holiday and day of work": ("calendar.toml", '["2026-10-10"]', '["2026-10-02"]', "calendar.toml:6:", "2026-10-02 is both a holiday and a day of work"),
    "make-up for a day that is worked anyway": ("calendar.toml", '["2026-10-10"]', '["2026-10-12"]', "calendar.toml:6:", "2026-10-12 is a Monday, worked anyway"),
    "limit without end": ("limits.toml", '[5, "minute"]', '[inf, "minute"]', "limits.toml:5:", "emergency"),
    "limit of ages": ("categories.csv", "2 urgent_hour", "999999999 urgent_hour", "categories.csv:2:", "longer than"),
    "date of another year": ("calendar.toml", '"2026-10-02"', '"2027-10-02"', "calendar.toml:5:", "2027-10-02 stands under the year 2026"),
    "date that is none": ("calendar.toml", '"2026-10-02"', '"2026-02-30"', "calendar.toml:5:", "holidays: '2026-02-30' is not a date"),
    "year that is none": ("calendar.toml", "[years.2026]", "[years.next]", "calendar.toml:4:", "'next' is no year"),
    "overlapping hours of a season": ("calendar.toml", '["14:30", "18:30"]', '["11:00", "18:30"]', "calendar.toml:10:", "11:00–18:30 overlaps"),
    "season of no day": ("calendar.toml", '"09-30"', '"09-31"', "calendar.toml:7:", "no such day"),
    "overlapping seasons": ("calendar.toml", '"12-01"', '"08-01"', "calendar.toml:12:", "overlaps the one in line 7"),
    "unknown key of a season": ("calendar.toml", 'last = "02-28"', 'until = "02-28"', "calendar.toml:14:", "unknown key 'until'"),
    "limit of zero in a stage": ("limits.toml", '[1, "work_hour"]\n[stages.dispatch', '[0, "work_hour"]\n[stages.dispatch', "limits.toml:7:", "stages.accept.normal"),
    "limit of an unknown unit": ("limits.toml", '[stages.check]\nemergency = [5, "minute"]', '[stages.check]\nemergency = [5, "moon"]', "limits.toml:25:", "stages.check.emergency"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_named_with_file_and_row(name: str, small_city: Path, spoil: Spoil) -> None:
    file, old, new, begins, says = CASES[name]
    spoil(file, old, new)
    found = faults_of(small_city)
    assert any(fault.startswith(begins) and says in fault for fault in found), found


def test_every_fault_is_told_at_once(small_city: Path, spoil: Spoil) -> None:
    spoil("areas.csv", "V2,T2,comm", "V2,T9,comm")
    spoil("devices.csv", "native,m1,", "other,m1,")
    spoil("workers.csv", "grid-V2G01,V2G01,", "grid-V2G01,,")
    files = {fault.split(":")[0] for fault in faults_of(small_city)}
    assert {"areas.csv", "devices.csv", "workers.csv"} <= files


def test_a_missing_file_is_named(small_city: Path) -> None:
    (small_city / "posts.csv").unlink()
    assert "posts.csv: file is missing" in faults_of(small_city)


def test_a_missing_folder_is_one_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "nowhere") == [f"{tmp_path / 'nowhere'}: there is no such folder"]


def test_bytes_that_are_not_utf8_are_named_with_their_row(small_city: Path) -> None:
    path = small_city / "places.csv"
    path.write_bytes(path.read_bytes() + "P2,东庄,x,village,T1,118.305,34.005,\n".encode("gbk"))
    assert any(fault.startswith("places.csv:3: not UTF-8") for fault in faults_of(small_city))


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b"null", b'{"features": [1]}', b"\x00\x01", b"{" * 2000])
def test_junk_instead_of_geojson_is_a_fault_and_no_traceback(junk: bytes, small_city: Path) -> None:
    (small_city / "cells.geojson").write_bytes(junk)
    assert any(fault.startswith("cells.geojson") for fault in faults_of(small_city))


def redraw(folder: Path, file: str, code: str, change: Callable[[float, float], tuple[float, float]]) -> None:
    """Move the corners of one outline, or of all (code '*')."""
    path = folder / file
    document = json.loads(path.read_text(encoding="utf-8"))
    for feature in document["features"]:
        if code in ("*", feature["properties"]["code"]):
            rings = feature["geometry"]["coordinates"]
            feature["geometry"]["coordinates"] = [[list(change(*point)) for point in points] for points in rings]
    lines = ",\n".join(json.dumps(feature) for feature in document["features"])
    path.write_text('{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n", encoding="utf-8")


def test_an_overlap_is_named(small_city: Path) -> None:
    redraw(small_city, "cells.geojson", "V1C2", lambda x, y: (x - 0.002 if x < 118.315 else x, y))
    found = faults_of(small_city)
    assert len(found) == 1
    assert found[0].startswith("cells.geojson:3: V1C2 overlaps V1C1 by ")
    assert "(features 2 and 1, V1C1 in line 2)" in found[0]


def test_a_gap_is_named(small_city: Path) -> None:
    redraw(small_city, "cells.geojson", "V1C2", lambda x, y: (x + 0.002 if x < 118.315 else x, y))
    found = faults_of(small_city)
    assert len(found) == 1
    assert found[0].startswith(("cells.geojson:2: gap of ", "cells.geojson:3: gap of "))
    assert "in V1" in found[0] and ", feature " in found[0]


def test_cells_of_two_grids_that_overlap_are_told_once_with_their_row(small_city: Path) -> None:
    redraw(small_city, "cells.geojson", "V2C1", lambda x, y: (x - 0.002, y))
    found = [fault for fault in faults_of(small_city) if "overlaps" in fault]
    assert found and all(fault.startswith("cells.geojson:") and "features " in fault for fault in found), found
    assert not any(fault.startswith(":") for fault in faults_of(small_city))


@pytest.mark.parametrize(
    "file", ["areas.csv", "posts.csv", "workers.csv", "sources.toml", "cells.geojson", "categories.csv"]
)
@pytest.mark.parametrize("harm", ["gone", "gbk"])
def test_a_file_that_cannot_be_read_is_one_fault(file: str, harm: str, small_city: Path) -> None:
    path = small_city / file
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + "东".encode("gbk"))
    (found,) = faults_of(small_city)
    assert found.startswith(f"{file}:") and ("missing" in found or "not UTF-8" in found)


def test_a_cell_in_two_communities_is_named(small_city: Path) -> None:
    redraw(small_city, "cells.geojson", "V1C2", lambda x, y: (x + 0.003 if x > 118.315 else x, y))
    found = faults_of(small_city)
    assert any(f.startswith("cells.geojson:3:") and "it lies in two areas, V1 and V2" in f for f in found), found


def test_a_sliver_from_rounding_is_let_pass(small_city: Path) -> None:
    redraw(small_city, "cells.geojson", "V1C2", lambda x, y: (x + 0.0000005 if x < 118.315 else x, y))
    assert faults_of(small_city) == []


def gcj(lon: float, lat: float) -> tuple[float, float]:
    return tuple(from_wgs84(LonLat(lon, lat), "gcj02"))


def test_cells_in_gcj02_declared_as_wgs84_are_named_as_that(small_city: Path) -> None:
    redraw(small_city, "cells.geojson", "*", gcj)
    found = faults_of(small_city)
    assert found[0].startswith("cells.geojson:2: V1C1 and every other child of V1 lie 5")
    assert all("wrong datum, these are GCJ-02 degrees" in fault for fault in found)


def test_one_cell_in_gcj02_is_named_as_that(small_city: Path) -> None:
    redraw(small_city, "cells.geojson", "V2C2", gcj)
    assert any(f.startswith("cells.geojson:5: V2C2 lies 5") and "GCJ-02" in f for f in faults_of(small_city))


def test_outlines_of_parents_in_gcj02_are_named_as_that(small_city: Path) -> None:
    redraw(small_city, "areas.geojson", "*", gcj)
    found = faults_of(small_city)
    assert any(f.startswith("areas.geojson:") and "wrong datum, these are GCJ-02" in f for f in found), found


def test_a_folder_that_declares_gcj02_is_in_order(small_city: Path, spoil: Spoil) -> None:
    redraw(small_city, "areas.geojson", "*", gcj)
    redraw(small_city, "cells.geojson", "*", gcj)
    spoil("city.toml", 'datum = "wgs84"', 'datum = "gcj02"')
    for file, count in (("devices.csv", 1), ("places.csv", 1), ("workers.csv", 3), ("cameras.csv", 1)):
        for _ in range(count):
            lon = 118.305 if "118.305,34" in (small_city / file).read_text(encoding="utf-8") else 118.325
            moved = gcj(lon, 34.005)
            spoil(file, f"{lon},34.005", f"{moved[0]},{moved[1]}")
    assert faults_of(small_city) == []


def test_an_outline_that_crosses_itself_is_named(small_city: Path) -> None:
    redraw(small_city, "cells.geojson", "V2C2", lambda x, y: (118.34 - (x - 118.33), y) if y > 34.005 else (x, y))
    assert any("cells.geojson:5: V2C2: invalid outline" in fault for fault in faults_of(small_city))


def test_an_area_that_is_a_point_is_named(small_city: Path) -> None:
    path = small_city / "cells.geojson"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["features"][3]["geometry"] = {"type": "Point", "coordinates": [118.335, 34.005]}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert any("V2C2 is a Point, an area needs a polygon" in fault for fault in faults_of(small_city))


def test_a_code_longer_than_the_database_takes_is_named(small_city: Path, spoil: Spoil) -> None:
    spoil("areas.csv", "T2,D,town", f"{'T' * 30},D,town")
    assert any(f.startswith("areas.csv:4: code:") and "at most 24" in f for f in faults_of(small_city))


def test_a_city_of_two_levels_needs_neither_grids_nor_cells(small_city: Path) -> None:
    levels = ("district", "town")
    lines = (small_city / "areas.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (small_city / "areas.csv").write_text("".join(lines[:4]), encoding="utf-8")
    outlines = json.loads((small_city / "areas.geojson").read_text(encoding="utf-8"))
    outlines["features"] = outlines["features"][:3]
    (small_city / "areas.geojson").write_text(json.dumps(outlines), encoding="utf-8")
    (small_city / "grids.csv").unlink()
    (small_city / "cells.geojson").unlink()
    header = (small_city / "city.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [
        line
        for line in header
        if "code = " not in line or line.startswith("code") or any(f'"{w}"' in line for w in levels)
    ]
    (small_city / "city.toml").write_text("".join(kept), encoding="utf-8")
    for name, keep in (("workers.csv", "h1,"), ("posts.csv", "grid-")):
        rows = (small_city / name).read_text(encoding="utf-8").splitlines(keepends=True)
        chosen = [row for row in rows[1:] if row.startswith(keep) == (name == "workers.csv")]
        (small_city / name).write_text("".join([rows[0], *chosen]), encoding="utf-8")
    assert faults_of(small_city) == []


JUNK = (b"", b"0", b"-1", b"nan", b'"', b",", b"\n", b"[", b"{", b"null", b"\xff", b"\x00", b";", b"=", b"9" * 30)


@pytest.mark.parametrize("seed", range(60))
def test_no_scribble_in_any_file_ends_in_a_traceback(small_city: Path, seed: int) -> None:
    random = Random(seed)
    for _ in range(1 + seed % 3):
        path = random.choice(sorted(small_city.iterdir()))
        content = bytearray(path.read_bytes())
        start = random.randrange(len(content) + 1)
        content[start : start + random.choice((0, 1, 2, 8))] = random.choice(JUNK)
        path.write_bytes(bytes(content))
    checked = check_folder(small_city)
    if not checked.faults:
        assert table_rows(checked) and policy_documents(checked)
