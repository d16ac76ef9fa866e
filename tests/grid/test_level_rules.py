# ruff: noqa: E501 - rows of a table
"""Level rules that are wrong never come into force: each is named with file and row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grid.city_folder.check_folder import check_folder

Spoil = Callable[[str, str, str], None]

# what is replaced, by what, the row, what it says
CASES: dict[str, tuple[str, str, int, str]] = {
    "unknown key": ("ratio = 1.0", "ration = 1.0", 6, "unknown key 'ration'"),
    "unknown effect": ("copy_to =", "copyto =", 30, "unknown key 'copyto'"),
    "unknown stage": ('["sign"]', '["sing"]', 6, "sing"),
    "unknown role": ('copy_to = ["district"]', 'tell = ["mayor"]', 30, "mayor"),
    "unknown level": ('urgency = ["emergency"]', 'levels = ["county"]', 30, "county"),
    "unknown category": ('["UM"]', '["XX"]', 30, "can never match: no category 'XX'"),
    "unknown family": ('urgency = ["emergency"]', 'families = ["dragon"]', 30, "unknown family 'dragon'"),
    "unknown department": ('urgency = ["emergency"]', 'departments = ["navy"]', 30, "unknown department 'navy'"),
    "unknown area": ('urgency = ["emergency"]', 'areas = ["X9"]', 30, "unknown area 'X9'"),
    "a list of nothing": ('urgency = ["emergency"]', "urgency = []", 35, "can never match: urgency is an empty list"),
    "duplicate id": ('"copied"', '"overdue"', 30, "duplicate id overdue"),
    "limit of zero": ("[24,", "[0,", 6, "0"),
    "unit of nothing": ('"urgent_hour"', '"fortnight"', 6, "fortnight"),
    "a ratio at which nobody is warned": ("ratio = 1.0", "ratio = 0.7", 6, "none of warn_ratios"),
    "a stage without a ratio": (", ratio = 1.0", "", 6, "stages needs the ratio"),
    "two moments": ("ratio = 1.0", "ratio = 1.0, returns = 2", 6, "never the same moment"),
    "no condition": ('{ categories = ["UM"], urgency = ["emergency"] }', "{}", 30, "when is empty"),
    "no effect": ('{ copy_to = ["district"] }', "{}", 30, "then is empty"),
    "time that moves a case": ('supervise = [24, "urgent_hour"]', "escalate = true", 6, "time alone never moves"),
    "urging without a limit": ('copy_to = ["district"]', 'urge = ["holder"]', 30, "urge needs the ratio"),
    "nothing above": ('urgency = ["emergency"] }\nthen = { copy_to = ["district"]', 'levels = ["district"] }\nthen = { escalate = true', 30, "nothing is above the district"),
    "a list of repeats without repeats": ('copy_to = ["district"]', "long_term = true", 30, "long_term needs repeats"),
    "conditions that no category meets": ('urgency = ["emergency"]', "sensitive = true", 30, "no category has all of this"),
    "a grade of daily matters": ('urgency = ["emergency"]', "severity_at_most = 5", 30, "severity_at_most"),
    "a warning that urges nobody": ("when = { ratio = 0.5 }", "when = { ratio = 1.0 }", 0, "nobody is urged at 0.5"),
    "enforcement of nothing": ('["UM-02"]', '["ZZ"]', 1, "no category 'ZZ'"),
    "unknown table": ("[down]", "[up]\na = 1\n[down]", 1, "unknown key 'up'"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_rule_is_refused_with_its_row(name: str, small_city: Path, spoil: Spoil) -> None:
    old, new, row, says = CASES[name]
    spoil("levels.toml", old, new)
    found = [str(fault) for fault in check_folder(small_city).faults]
    assert any(
        fault.startswith(f"levels.toml:{row}:" if row else "levels.toml:") and says in fault for fault in found
    ), found


def test_a_route_that_lets_a_community_enforce_is_refused(small_city: Path, spoil: Spoil) -> None:
    spoil("routing.csv", "dispose=team:clean", "dispose=community")
    found = [str(fault) for fault in check_folder(small_city).faults]
    assert any("would enforce" in fault for fault in found), found
