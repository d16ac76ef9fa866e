from __future__ import annotations

import pytest

from grid.area_tree import Area, AreaTree


def area(code: str, level: str, parent: str | None, *aliases: str) -> Area:
    return Area(code, code, code, level, parent, level, aliases=aliases)


@pytest.fixture
def tree() -> AreaTree:
    return AreaTree(
        [
            area("G1", "grid", "V1", "YJ-7", "ZZ-7"),
            area("D", "district", None),
            area("T2", "town", "D"),
            area("T1", "town", "D"),
            area("V1", "community", "T1"),
            area("POLICE", "police", None),
        ]
    )


def test_a_path_runs_from_the_root_down_to_the_area(tree: AreaTree) -> None:
    assert tree.path("G1") == ("D", "T1", "V1", "G1")
    assert tree.path("D") == ("D",)


def test_areas_are_found_by_the_codes_of_older_nets(tree: AreaTree) -> None:
    assert tree.get_area("ZZ-7").code == "G1"
    assert tree.find_area("nothing") is None
    with pytest.raises(KeyError):
        tree.get_area("nothing")


def test_children_and_levels_come_in_order(tree: AreaTree) -> None:
    assert [a.code for a in tree.children("D")] == ["T1", "T2"]
    assert [a.code for a in tree.children(None)] == ["D", "POLICE"]
    assert [a.code for a in tree.list_level("town")] == ["T1", "T2"]


def test_within_is_itself_and_everything_below(tree: AreaTree) -> None:
    assert tree.is_within("G1", "T1") and tree.is_within("T1", "T1")
    assert not tree.is_within("G1", "T2") and not tree.is_within("T1", "G1")
    assert not tree.is_within("nothing", "D")
    found = tree.find_ancestor("G1", "town")
    assert found is not None and found.code == "T1"


@pytest.mark.parametrize(
    "areas",
    [
        [area("A", "district", None), area("A", "town", None)],
        [area("A", "town", "B")],
        [area("A", "town", "B"), area("B", "town", "A")],
    ],
)
def test_a_tree_that_is_none_is_refused(areas: list[Area]) -> None:
    with pytest.raises(ValueError):
        AreaTree(areas)
