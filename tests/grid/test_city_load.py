"""A folder becomes editions in the database, on SQLite and on PostGIS, and a city in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import shapely
from sqlalchemy import select, text

from foundation.database import Database
from grid.area_tables import AreaRow
from grid.bench_locate import bench_locate
from grid.city import NoCityLoaded, city_version, load_city
from grid.city_commands import describe_city
from grid.city_folder.check_folder import check_folder
from grid.city_load import LaterEdition, LoadReport, load_folder
from grid.city_map import load_city_map
from grid.coordinates import LonLat
from grid.gazetteer import find_places

Spoil = Callable[[str, str, str], None]


def load(database: Database, folder: Path, effective_on: date | None = None) -> LoadReport:
    with database.write() as session:
        return load_folder(session, check_folder(folder), effective_on)


def test_a_loaded_city_is_all_in_memory(database: Database, small_city: Path) -> None:
    load(database, small_city)
    with database.read() as session:
        city = load_city(session)
    assert (city.code, city.name, city.synthetic, city.demo) == ("320000", "试区", True, True)
    assert city.bounds == (118.30, 34.00, 118.34, 34.01)
    assert [len(city.tree.list_level(level)) for level in city.tree.levels] == [1, 2, 2, 2, 4]
    place = city.map.locate(LonLat(118.305, 34.005))
    assert place is not None and place.grid == "V1G01"
    assert city.map.find_shape("V1G01") is not None  # the union of its cells
    device = city.register.find("native", "m1")
    assert device is not None and device.area == "V1C1"
    assert device.parameters == {"quantity": "lean_angle_deg", "depth_m": 2.5}
    camera = city.register.find_camera("c1")
    assert camera is not None and (camera.zones, camera.heading_deg) == (("door",), 90.0)
    assert [c.id for c in city.register.list_cameras_near(LonLat(118.3251, 34.005), 100)] == ["c1"]
    assert city.register.list_cameras_near(LonLat(118.305, 34.005), 100) == []
    category = city.catalogue.find_category("MANHOLE")
    assert category is not None and category.code == "UM-01"
    assert (category.radius_m, category.window_s, category.limits.urgent) == (80.0, 60.0, (2.0, "urgent_hour"))
    assert city.catalogue.find_category("PO-05") is None  # not loaded
    assert city.posts.find_desk("T1") is not None and city.posts.find_team("T2", "clean") is not None
    assert [w.id for w in city.workers.list_workers(area="V1G01")] == ["w1"]
    assert city.workers.get_worker("w1").skills == ("first_aid", "flood")
    assert city.sources["frigate"].kind == "camera"
    assert city.policy("routing")["rules"][0]["orders"][0] == {"kind": "attend", "to": "grid"}
    rule = city.policy("rules")["rules"][0]
    assert rule["match"] == {"kind": "manhole_cover"} and "below" not in rule
    assert city.policy("calendar")["slots"][0] == ["08:00", "12:00"]
    assert city.policy_version("limits").startswith("2000-01-01.")
    on_duty = city.list_on_duty(datetime(2026, 1, 1, 3, tzinfo=UTC))  # 11:00 in Shanghai
    assert [line.person for line in on_duty] == ["赵一"]


def test_loading_twice_changes_nothing(database: Database, small_city: Path) -> None:
    first = load(database, small_city)
    second = load(database, small_city)
    assert first.changed > 0
    assert (second.version, second.changed, second.ended) == (first.version, 0, 0)


def test_without_a_city_the_mend_is_said(database: Database) -> None:
    with database.read() as session, pytest.raises(NoCityLoaded, match="citybrain city load DIR"):
        load_city(session)
    with database.read() as session:
        assert city_version(session) is None


def test_a_changed_boundary_keeps_the_old_one_for_its_time(
    database: Database, small_city: Path, spoil: Spoil
) -> None:
    first = load(database, small_city)
    # the border between the two cells of the first village moves 100 m west
    for file_part in ("[118.31, 34.0]", "[118.31, 34.01]"):
        content = (small_city / "cells.geojson").read_text(encoding="utf-8")
        moved = content.replace(file_part, file_part.replace("118.31", "118.309"))
        (small_city / "cells.geojson").write_text(moved, encoding="utf-8")
    spoil("areas.csv", "二镇", "新二镇")
    second = load(database, small_city, date(2030, 1, 1))
    assert second.version != first.version
    point = LonLat(118.3095, 34.005)
    with database.read() as session:
        old, new = load_city(session, date(2029, 12, 31)), load_city(session, date(2030, 1, 1))
        assert city_version(session, date(2029, 12, 31)) == first.version
        assert city_version(session, date(2030, 1, 1)) == second.version
        cells = [city_map.locate(point) for city_map in (load_city_map(session, date(2029, 1, 1)), new.map)]
    assert [cell.cell for cell in cells if cell is not None] == ["V1C1", "V1C2"]
    assert old.tree.get_area("T2").name == "二镇"
    assert new.tree.get_area("T2").name == "新二镇"
    assert old.tree.get_area("T1") == new.tree.get_area("T1")


def test_what_vanishes_ends_and_what_is_changed_back_comes_back(
    database: Database, small_city: Path, spoil: Spoil
) -> None:
    load(database, small_city)
    spoil("places.csv", "P1,东庄", "P9,西庄")
    report = load(database, small_city, date(2030, 1, 1))
    assert report.ended == 1
    with database.read() as session:
        assert [p.code for p in find_places(session, "庄", on=date(2029, 1, 1))] == ["P1"]
        assert [p.code for p in find_places(session, "庄", on=date(2030, 1, 1))] == ["P9"]
    spoil("places.csv", "P9,西庄", "P1,东庄")
    load(database, small_city, date(2030, 1, 1))  # the same day again: the day's edition is replaced
    with database.read() as session:
        assert [p.code for p in find_places(session, "庄", on=date(2031, 1, 1))] == ["P1"]


def test_a_load_before_the_last_one_is_refused(database: Database, small_city: Path, spoil: Spoil) -> None:
    load(database, small_city, date(2030, 1, 1))
    spoil("areas.csv", "二镇", "新二镇")
    with pytest.raises(LaterEdition, match="2030-01-01"):
        load(database, small_city, date(2029, 1, 1))


def test_a_folder_with_faults_is_not_loaded(database: Database, small_city: Path, spoil: Spoil) -> None:
    spoil("areas.csv", "V2,T2,comm", "V2,T9,comm")
    with pytest.raises(ValueError, match="faults"):
        load(database, small_city)


def test_places_are_found_by_pieces_of_their_names(database: Database, small_city: Path) -> None:
    lines = ["P2,东庄小学,Dongzhuang School,school,T1,118.306,34.005,", "P3,小东庄,x,village,T2,118.326,34.005,"]
    path = small_city / "places.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")
    load(database, small_city)
    with database.read() as session:
        assert [p.code for p in find_places(session, "东庄")] == ["P1", "P2", "P3"]
        assert [p.code for p in find_places(session, " 东庄 ", "T2")] == ["P3"]
        assert [p.code for p in find_places(session, "school")] == ["P2"]
        assert [p.code for p in find_places(session, "老东")] == ["P1"]
        assert [p.code for p in find_places(session, "东庄", limit=1)] == ["P1"]
        assert find_places(session, "%") == find_places(session, "") == find_places(session, "_") == []
        assert find_places(session, "东庄")[0].area == "V1C1"


def test_outlines_can_be_asked_in_the_database_of_gis_staff(database: Database, small_city: Path) -> None:
    load(database, small_city)
    with database.read() as session:
        stored = session.scalars(select(AreaRow.shape).where(AreaRow.code == "V1C1")).one()
        assert stored is not None and shapely.equals(stored, shapely.box(118.30, 34.00, 118.31, 34.01))
        if database.is_sqlite:
            return
        where = "ST_Contains(shape, ST_SetSRID(ST_Point(118.305, 34.005), 4326)) AND level = 'cell'"
        assert session.execute(text(f"SELECT code FROM city_areas WHERE {where}")).scalars().all() == ["V1C1"]
        index = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_city_areas_shape'"
        assert "gist" in session.execute(text(index)).scalar_one()


def test_the_demo_city_loads_fast_and_shows_its_counts(database: Database, suyu: Path) -> None:
    begin = time.perf_counter()
    load(database, suyu)
    loaded_s = time.perf_counter() - begin
    begin = time.perf_counter()
    with database.read() as session:
        city = load_city(session)
    read_s = time.perf_counter() - begin
    lines = list(describe_city(city))
    assert lines[0].startswith("宿豫区 Suyu District (321311)") and "示意" in lines[0]
    assert "  areas: 1 district, 15 town, 74 community, 240 grid, 981 cell" in lines
    assert any("321311001 顺河街道" in line for line in lines)
    # three times the wanted 3 s and 1 s, because other tests share the machine
    assert loaded_s < 9 and read_s < 3
    assert all(city.map.locate(device.lonlat) is not None for device in city.register.list_devices())
    assert all(len(city.posts.list_posts(kind="desk", area=t.code)) == 1 for t in city.tree.list_level("town"))


def test_the_benchmark_gives_its_figures_and_ratios(suyu: Path) -> None:
    figures = bench_locate(suyu, points=2_000)
    assert figures["single_ratio"] > 0.3 and figures["batch_ratio"] > 0.3
    assert figures["single_points_per_s"] > 10_000 and figures["batch_points_per_s"] > 50_000
