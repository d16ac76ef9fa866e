"""A city's own table of case standards comes in by a mapping; what is odd is named with its row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grid.city_folder.check_folder import CheckedFolder, check_folder
from grid.city_folder.limit_texts import read_limit_text
from grid.city_folder.table_rows import policy_documents, table_rows
from grid.policy_tables import CategoryRow
from tests.conftest import SHARED

Spoil = Callable[[str, str, str], None]
MAPPING = """\
file = "own.csv"

[columns]
category = "新码"
old_kind = "类型"
old_class = "大类"
old_number = "小类"
name = "名称"
condition = "立案条件"
closing = "结案条件"
limit = "时限"

[old_kinds]
"部件" = "component"
"事件" = "event"

[local]
level = "town"
lead_department = "water"
"""
TABLE = """\
类型,大类,小类,名称,新码,立案条件,结案条件,时限,备注
部件,01,10,井盖,UM-01,缺失,补齐,2紧急工作时,
部件,01,10,井盖,,松动,加固,4小时,
事件,02,01,占道,,占道经营,清退,1紧急工作时制止,
部件,01,99,驿站,,破损,修复,2天,
"""


@pytest.fixture
def own_table(small_city: Path, spoil: Spoil) -> Path:
    spoil("categories.csv", ",manhole,5", ",manhole;部件0110,5")
    spoil("categories.csv", ",vendor,5", ",vendor;事件0201,5")
    (small_city / "standards.toml").write_text(MAPPING, encoding="utf-8")
    (small_city / "own.csv").write_text(TABLE, encoding="utf-8")
    spoil("routing.csv", "R-2,UM-02,", "R-3,UM-L,,,,desk,,false,本地,local\nR-2,UM-02,")
    return small_city


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("2紧急工作时", (2, "urgent_hour", "")),
        ("4小时", (4, "work_hour", "")),
        ("4工作时", (4, "work_hour", "")),
        ("3工作日", (3, "work_day", "")),
        ("2天", (2, "work_day", "")),
        ("1紧急工作日", (1, "urgent_day", "")),
        ("1.5 工作时", (1.5, "work_hour", "")),
        ("两个工作日", (2, "work_day", "")),
        ("15分钟", (15, "minute", "")),
        ("2自然日", (2, "natural_day", "")),
        ("2 urgent_hour", (2, "urgent_hour", "")),
        ("1紧急工作时制止", (1, "urgent_hour", "制止")),
    ],
)
def test_limits_are_read_as_standards_write_them(text: str, limit: tuple[float, str, str]) -> None:
    assert tuple(read_limit_text(text)) == limit


@pytest.mark.parametrize("text", ["", "尽快", "0天", "-1小时", "3", "工作日", "3周", "0.0紧急工作时", "nan天"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"limit"):
        read_limit_text(text)


def test_every_row_of_the_table_becomes_a_standard(own_table: Path) -> None:
    checked = check_folder(own_table)
    assert checked.faults == []
    conditions = policy_documents(checked)["conditions"]["categories"]
    assert [each["limit"] for each in conditions["UM-01"]] == [[2, "urgent_hour"], [4, "work_hour"]]
    assert conditions["UM-02"][0]["zh"] == "占道经营" and conditions["UM-L0199C"][0]["closing_zh"] == "修复"
    assert [str(remark) for remark in checked.draft.remarks.sorted()] == [
        "own.csv:4: limit '1紧急工作时制止' is read as 1 urgent_hour; '制止' is no part of a limit",
        "own.csv:5: 部件0199 驿站 fits no category of the catalogue: 1 standards of a local one, UM-L0199C",
    ]
    local = next(row for row in table_rows(checked)[CategoryRow] if row["code"] == "UM-L0199C")
    assert local["zh"] == "驿站" and local["document"]["aliases"] == ["部件0199"]


FAULTS: dict[str, tuple[str, str, str, str]] = {
    "limit of zero": ("own.csv", "4小时", "0小时", "own.csv:3: limit: the limit '0小时' is not above 0"),
    "limit below zero": ("own.csv", "4小时", "-4小时", "own.csv:3: limit: the limit '-4小时' is not above 0"),
    "unknown unit": ("own.csv", "4小时", "4周", "own.csv:3: limit: '4周' is no limit"),
    "no condition": ("own.csv", "松动", "", "own.csv:3: condition: is empty"),
    "unknown category": ("own.csv", "UM-01,缺失", "UM-77,缺失", "own.csv:2: unknown category 'UM-77'"),
    "unknown kind": ("own.csv", "事件,02", "事项,02", "own.csv:4: old_kind '事项' is not in old_kinds"),
    "too few fields": ("own.csv", "2天,", "2天", "own.csv:5: 8 fields where the header has 9"),
    "no such column": (
        "standards.toml",
        '"时限"',
        '"期限"',
        "standards.toml:11: limit: own.csv has no column '期限'",
    ),
    "no such file": (
        "standards.toml",
        "own.csv",
        "other.csv",
        "standards.toml:1: file 'other.csv' cannot be read",
    ),
    "file elsewhere": (
        "standards.toml",
        "own.csv",
        "../own.csv",
        "standards.toml:1: file '../own.csv' is not in this folder",
    ),
    "unknown key": ("standards.toml", "closing =", "close =", "standards.toml:10: unknown key 'close'"),
    "nothing local": (
        "standards.toml",
        '[local]\nlevel = "town"\nlead_department = "water"\n',
        "",
        "own.csv:5: 部件0199 驿站 is no category",
    ),
    "local department": (
        "standards.toml",
        '"water"',
        '"fire"',
        "own.csv:5: category UM-L0199C has an unknown department fire",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_file_and_row(name: str, own_table: Path, spoil: Spoil) -> None:
    file, old, new, says = FAULTS[name]
    spoil(file, old, new)
    found = [str(fault) for fault in check_folder(own_table).faults]
    assert any(fault.startswith(says) for fault in found), found


def test_a_table_in_another_encoding_is_read_as_it_says(own_table: Path, spoil: Spoil) -> None:
    (own_table / "own.csv").write_bytes(TABLE.encode("gb18030"))
    assert "own.csv:1: not utf-8" in str(check_folder(own_table).faults[0])
    spoil("standards.toml", 'file = "own.csv"', 'file = "own.csv"\nencoding = "gb18030"')
    assert check_folder(own_table).faults == []


def test_every_category_of_the_demo_city_has_a_standard(suyu: Path) -> None:
    checked = check_folder(suyu)
    loaded = {row["code"] for row in checked.draft.rows["categories.csv"] if row["loaded"]}
    assert set(checked.draft.conditions) == loaded
    assert all(row["limit"][0] > 0 for rows in checked.draft.conditions.values() for row in rows)


def test_old_national_codes_are_aliases_of_the_new(suyu: Path) -> None:
    rows = check_folder(suyu).draft.rows["categories.csv"]
    aliases = {alias: row["code"] for row in rows for alias in row["aliases"]}
    assert aliases["部件0110"] == "UM-01010" and aliases["事件0136"] == "UM-06036"
    assert "0110" not in aliases  # a component and an event have it: nobody guesses
    assert aliases["0153"] == "UM-01053"


STANDARDS = SHARED / "catalogue" / "case_standards_one_city.csv"
REAL_MAPPING = """\
file = "standards.csv"
[columns]
category = "our_code"
old_kind = "sheet"
old_class = "local_big"
old_number = "local_small"
name = "local_small_name"
class_name = "local_big_name"
condition = "filing_condition"
closing = "close_condition"
limit = "limit_text"
[old_kinds]
"部件" = "component"
"事件" = "event"
[local]
level = "town"
lead_department = "urban_management"
"""


@pytest.mark.skipif(not STANDARDS.exists(), reason="the reference material does not lie beside the project")
def test_all_rows_of_a_real_table_come_in(suyu: Path, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(suyu, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "standards.csv").write_bytes(STANDARDS.read_bytes())
    (folder / "standards.toml").write_text(REAL_MAPPING, encoding="utf-8")
    checked: CheckedFolder = check_folder(folder)
    assert checked.faults == []
    own = {code for code, _ in checked.draft.placed}
    assert sum(len(checked.draft.conditions[code]) for code in own) == 519
    odd = [remark for remark in checked.draft.remarks.sorted() if "no part of a limit" in str(remark)]
    assert len(odd) == 1 and odd[0].row == 403
