"""The committed demo city: in order, repeatable, with the real codes and names, nothing personal."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from grid.city_folder.check_folder import CheckedFolder, check_folder

MADE = (
    "areas.csv", "areas.geojson", "grids.csv", "cells.geojson", "orientation.geojson", "places.csv",
    "posts.csv", "workers.csv", "roster.csv", "devices.csv", "calendar.toml", "cameras.csv",
    "conditions.csv", "duty_list.csv",
)  # fmt: skip


@pytest.fixture(scope="module")
def checked(suyu: Path) -> CheckedFolder:
    return check_folder(suyu)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_is_in_order(checked: CheckedFolder) -> None:
    assert checked.faults == []


def test_the_generator_writes_the_committed_bytes(suyu: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-B", str(suyu / "generate.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(MADE)
    assert {name: digest(tmp_path / name) for name in MADE} == {name: digest(suyu / name) for name in MADE}


def test_it_has_the_promised_size(checked: CheckedFolder, suyu: Path) -> None:
    levels = [entry.area.level for entry in checked.book.entries.values()]
    assert levels.count("town") == 15
    assert levels.count("community") == 74  # 73 real ones and the pseudo-communities' share, see README
    assert 950 <= levels.count("cell") <= 1050
    assert 230 <= levels.count("grid") <= 260
    roles = [row["role"] for row in rows(suyu, "workers.csv")]
    assert roles.count("grid_worker") + roles.count("handler") == 300
    assert len(rows(suyu, "cameras.csv")) == 120
    assert len(rows(suyu, "devices.csv")) == 400
    assert 300 <= len(rows(suyu, "places.csv")) <= 400
    assert 25 <= len(rows(suyu, "departments.csv")) <= 50


@pytest.mark.parametrize("level", ["cell", "grid", "community", "town"])
def test_neighbours_share_their_vertices(checked: CheckedFolder, level: str) -> None:
    shapes = [e.shape for e in checked.book.entries.values() if e.area.level == level]
    assert shapely.coverage_is_valid(shapes)
    assert all(shape.is_valid and shape.geom_type == "Polygon" for shape in shapes if shape is not None)


def test_it_lies_where_it_should(checked: CheckedFolder) -> None:
    root = checked.book.entries["321311"].shape
    assert root is not None
    west, south, east, north = root.bounds
    assert west > 118.20 and south > 33.78 and east < 118.62 and north < 34.18
    assert 900 < root.area * 111.195**2 * 0.829 < 1100


def test_every_outline_says_that_it_is_made_up(suyu: Path) -> None:
    for name in ("areas.geojson", "cells.geojson", "orientation.geojson"):
        document = json.loads((suyu / name).read_text(encoding="utf-8"))
        assert all(feature["properties"]["synthetic"] is True for feature in document["features"])
    assert all(row["synthetic"] == "true" for name in ("areas.csv", "grids.csv") for row in rows(suyu, name))


def test_cell_codes_have_fifteen_characters_below_their_community(checked: CheckedFolder) -> None:
    for entry in checked.book.entries.values():
        if entry.area.level == "cell":
            grid = checked.book.entries[entry.area.parent or ""].area
            assert len(entry.area.code) == 15 and entry.area.code.startswith(grid.parent or "?")
            assert len(grid.aliases) == 3


def test_codes_and_names_are_the_official_ones(suyu: Path, shared: Path) -> None:
    official = json.loads((shared / "catalogue" / "suyu_divisions.json").read_text(encoding="utf-8"))
    ours = {row["code"]: row for row in rows(suyu, "areas.csv")}
    for unit in official["units"]:
        code = unit["code9"]
        if not unit["in_15_inferred"] or code is None:
            assert code not in ours
            continue
        assert ours[code]["name"] == unit["name"]
        for village in unit["villages"]:
            name = ours[village["code"]]["name"]
            assert village["kind"] == "virtual" or village["name"].startswith(name.removesuffix("村"))


def test_nothing_is_called_virtual_and_no_phone_is_there(suyu: Path) -> None:
    assert not any("虚拟" in row["name"] for row in rows(suyu, "areas.csv"))
    assert all(row["phone"] == "" for row in rows(suyu, "posts.csv"))


def test_matters_of_persons_under_supervision_are_not_loaded(suyu: Path) -> None:
    left_out = {row["code"] for row in rows(suyu, "categories.csv") if row["loaded"] == "false"}
    assert left_out == {"PO-05005", "PO-05006", "PO-05007"}


def test_the_catalogue_has_the_national_categories(suyu: Path, shared: Path) -> None:
    with (shared / "catalogue" / "categories.csv").open(encoding="utf-8-sig", newline="") as file:
        official = {row["code"]: row["zh"] for row in csv.DictReader(file)}
    ours = {"EM-10003": "一线人员呼救"}  # what the product itself opens: a call for help from the field
    assert {row["code"]: row["zh"] for row in rows(suyu, "categories.csv")} == official | ours


def test_the_places_of_the_story_are_there(suyu: Path, checked: CheckedFolder) -> None:
    places = {row["kind"]: row for row in rows(suyu, "places.csv")}
    assert "下穿" in places["underpass"]["name"] and "汽车客运站" in places["bus_station"]["name"]
    underpass = shapely.Point(float(places["underpass"]["lon"]), float(places["underpass"]["lat"]))
    near = [
        code
        for code, entry in checked.book.entries.items()
        if entry.area.level == "town" and entry.shape is not None and entry.shape.distance(underpass) < 0.0005
    ]
    assert len(near) == 2
    cameras = {row["id"]: row for row in rows(suyu, "cameras.csv")}
    assert cameras["cam-sh-001"]["kind"] == "bus_station"


def test_half_of_the_devices_are_native_and_half_lorawan(suyu: Path) -> None:
    devices = rows(suyu, "devices.csv")
    radio = [row for row in devices if row["source"] == "chirpstack"]
    assert 150 <= len(radio) <= 250
    for row in radio:
        assert len(row["source_id"]) == 16 and int(row["source_id"], 16)
        assert row["topic"].endswith(f"/device/{row['source_id']}/event/up")
