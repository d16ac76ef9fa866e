from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from foundation.database import Base, Database
from grid.city import City, load_city
from grid.city_folder.check_folder import check_folder
from grid.city_load import load_folder
from grid.routing_rules import category_fit, find_routing_rule, find_way_in


@pytest.fixture(scope="module")
def city(suyu: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('city') / 'city.db'}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        load_folder(session, check_folder(suyu))
    with database.read() as session:
        loaded = load_city(session)
    database.dispose()
    return loaded


@pytest.mark.parametrize(
    ("pattern", "fit"),
    [
        ("*", 0),
        ("urban_management", 1),
        ("UM", 3),
        ("UM-01", 6),
        ("UM-01003", 9),
        ("UM-02", -1),
        ("transport", -1),
    ],
)
def test_a_longer_pattern_is_closer(pattern: str, fit: int) -> None:
    assert category_fit(pattern, "UM-01003", "urban_management") == fit


def find_rule(city: City, category: str, area: str, urgency: str | None = None) -> str:
    found = city.catalogue.get_category(category)
    rule = find_routing_rule(
        city.policy("routing")["rules"], found, area=area, urgency=urgency or found.urgency, tree=city.tree
    )
    assert rule is not None
    return str(rule["id"])


def test_the_most_particular_rule_wins(city: City) -> None:
    assert find_rule(city, "manhole_cover_moved", "321311001") == "R-UM-01003"
    assert find_rule(city, "UM-01025", "321311001") == "R-UM-01"
    # a park has a safety and environment office where a town has an emergency office
    assert find_rule(city, "EM-03001", "321311001") == "R-EM-03"
    assert find_rule(city, "EM-03001", "321311402") == "R-EM-03-PARK"


def test_area_and_urgency_narrow_a_rule(city: City) -> None:
    category = city.catalogue.get_category("UM-06010")
    base = {"category": "UM-06010", "area": "", "urgency": ""}
    rules = [
        {**base, "id": "any"},
        {**base, "id": "class", "area": "A"},
        {**base, "id": "kind", "area": "street"},
        {**base, "id": "town", "area": "321311001"},
        {**base, "id": "town urgent", "area": "321311001", "urgency": "urgent"},
    ]
    grid = next(
        g for g in city.tree.list_level("grid") if g.area_class == "A" and city.tree.is_within(g.code, "321311001")
    )

    def pick(area: str, urgency: str) -> str:
        rule = find_routing_rule(rules, category, area=area, urgency=urgency, tree=city.tree)
        assert rule is not None
        return str(rule["id"])

    assert pick(grid.code, "urgent") == "town urgent"
    assert pick(grid.code, "normal") == "town"
    assert pick("321311002", "normal") == "kind"
    assert pick("321311108", "normal") == "any"


def test_road_flooding_at_the_underpass_is_copied_and_closed_and_pumped(city: City) -> None:
    rules = {rule["id"]: rule for rule in city.policy("routing")["rules"]}
    rule = rules[find_rule(city, "waterlogging", "321311001")]
    assert rule["copy_to_district"] is True
    assert [order["to"] for order in rule["orders"]] == [
        "grid",
        "department:drainage",
        "department:traffic_police",
    ]


def test_ways_in_follow_the_kind_of_source(city: City) -> None:
    rules = city.policy("ways_in")["rules"]
    manhole, dispute = city.catalogue.get_category("UM-01003"), city.catalogue.get_category("PO-05002")
    ways = {kind: find_way_in(rules, manhole, kind) for kind in ("device", "hotline", "worker", "smoke signal")}
    assert [way and way["way"] for way in ways.values()] == ["direct", "verify_first", "direct", None]
    private = find_way_in(rules, dispute, "hotline")
    assert private is not None and private["way"] == "candidate"


def test_nothing_of_class_two_goes_to_a_grid_worker_by_itself(city: City) -> None:
    for category in city.catalogue.list_categories():
        rule = find_routing_rule(
            city.policy("routing")["rules"], category, area="321311001", urgency=category.urgency, tree=city.tree
        )
        assert rule is not None
        if category.privacy_class == 2 and category.code != "PO-05001":  # a missing person is searched for
            assert all(order["to"] != "grid" for order in rule["orders"]), category.code


def test_every_alert_of_every_camera_becomes_an_incident(city: City) -> None:
    rules = city.policy("rules")["camera_rules"]
    for camera in city.register.list_cameras():
        for labels in (["person"], ["car"], ["dog"], ["unheard_of"]):
            fitting = [
                rule
                for rule in rules
                if rule["severity"] == "alert"
                and rule["camera_kind"] in ("*", camera.kind)
                and (not rule["labels"] or set(labels) & set(rule["labels"]))
                and (not rule["zones"] or set(camera.zones) & set(rule["zones"]))
            ]
            assert fitting[0]["outcome"] == "incident"
            category = city.catalogue.get_category(fitting[0]["category"])
            way = find_way_in(city.policy("ways_in")["rules"], category, "camera")
            assert way is not None and way["way"] == "direct"
            assert fitting[0]["confidence"] >= way["min_confidence"]


def test_a_category_may_be_replaced_by_a_changed_copy(city: City) -> None:
    category = replace(city.catalogue.get_category("UM-01003"), code="XX-1", domain="nowhere")
    rule = find_routing_rule(
        city.policy("routing")["rules"], category, area="321311001", urgency="normal", tree=city.tree
    )
    assert rule is not None and rule["id"] == "R-DEFAULT"
