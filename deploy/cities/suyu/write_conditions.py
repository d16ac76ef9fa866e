"""Writes ``conditions.csv``: by which standards each category of the demo city is filed and closed.

Words of our own, from the category's name, kind and three limits: a city that has a table of its own puts it
beside ``standards.toml`` instead. Each different limit of a category is one standard, the shortest first.
"""

from __future__ import annotations

import csv
from pathlib import Path

from district import HERE

COLUMNS = (
    "id", "category", "zh", "en", "closing_zh", "closing_en", "limit", "factor_a", "factor_b", "factor_c",
    "evidence",
)  # fmt: skip
OUTSKIRTS_FACTOR = "1.5"
# By kind of matter: what is seen (zh, en) and when it is settled (zh, en), from the most pressing on.
Words = tuple[str, str, str, str]
STANDARDS: dict[str, tuple[Words, Words, Words]] = {
    "component_fault": (
        ("{zh}：缺失、移位或损坏，危及行人车辆", "{en}: missing, displaced or broken, a danger to passers-by",
         "隐患已消除，设施已复位或已围护", "the danger is gone: put back, or fenced off"),
        ("{zh}：功能受损，暂无安全隐患", "{en}: out of order, no danger at present",
         "已修复或更换，功能恢复", "repaired or replaced, works again"),
        ("{zh}：外观破损或周边地面受损", "{en}: worn, or the ground around it damaged",
         "外观及周边已恢复", "its look and its surroundings are restored"),
    ),
    "urban_management": (
        ("{zh}：影响通行或存在安全隐患", "{en}: in the way, or a danger",
         "已制止或清除，隐患已消除", "stopped or cleared, the danger is gone"),
        ("{zh}：影响市容环境", "{en}: spoils the look of the street",
         "已清理，现场恢复整洁", "cleared, the place is tidy again"),
        ("{zh}：面积较大或需立案查处", "{en}: extensive, or a case for enforcement",
         "查处完毕，现场恢复原状", "enforced, the place is as it was"),
    ),
    "emergency": (
        ("{zh}：险情仍在发展，或有人员受困", "{en}: still growing, or people are trapped",
         "险情已控制，受困人员已脱离危险", "under control, everyone out of danger"),
        ("{zh}：险情已控制，需现场处置", "{en}: under control, to be dealt with on the spot",
         "现场处置完毕，警戒解除", "dealt with on the spot, the cordon lifted"),
        ("{zh}：需排查整改或善后", "{en}: to be inspected and put right",
         "整改完毕并经复查", "put right and looked at again"),
    ),
    "public_order": (
        ("{zh}：矛盾可能激化，或涉及人身安全", "{en}: may turn worse, or people are at risk",
         "事态平息，当事人得到保护", "calmed down, those concerned are safe"),
        ("{zh}：需现场劝导或调解", "{en}: to be talked over on the spot",
         "已劝导或达成调解，情况记录在案", "talked over or settled, and on record"),
        ("{zh}：需多方会商化解", "{en}: to be settled between several parties",
         "化解方案已落实并回访", "the settlement is carried out and called back on"),
    ),
    "transport": (
        ("{zh}：造成拥堵或存在二次事故风险", "{en}: blocks traffic, or may cause a second accident",
         "现场清理完毕，恢复通行", "cleared, traffic flows"),
        ("{zh}：影响部分车道或设施使用", "{en}: part of the road or a facility cannot be used",
         "已修复或疏导，恢复正常使用", "repaired or relieved, in normal use"),
        ("{zh}：需工程处置或专项整治", "{en}: needs works, or an operation",
         "工程或整治完毕并验收", "the works or the operation are done and accepted"),
    ),
}  # fmt: skip
LENGTH_S = {"minute": 60, "urgent_hour": 3600, "urgent_day": 86_400, "natural_day": 86_400, "work_hour": 3600}
WORK_DAY_S = 28_800


def write_conditions(folder: Path) -> None:
    with (HERE / "categories.csv").open(encoding="utf-8", newline="") as file:
        categories = list(csv.DictReader(file))
    with (folder / "conditions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for category in categories for row in _list_rows(category))


def _list_rows(category: dict[str, str]) -> list[dict[str, str]]:
    words = STANDARDS.get(category["kind"], STANDARDS[category["domain"]])
    named = {"zh": category["zh"].removesuffix("异常"), "en": category["en"].removesuffix(" fault")}
    limits = dict.fromkeys(category[f"{name}_limit"] for name in ("urgent", "normal", "max"))
    ordered = sorted(limits, key=_length_s)
    chosen = {1: (1,), 2: (0, 1), 3: (0, 1, 2)}[len(ordered)]
    return [
        _row(category, f"{category['code']}-{n}", limit, tuple(part.format(**named) for part in words[which]))
        for n, (limit, which) in enumerate(zip(ordered, chosen, strict=True), start=1)
    ]


def _row(category: dict[str, str], id: str, limit: str, words: tuple[str, ...]) -> dict[str, str]:
    is_slow = category["domain"] == "urban_management" and limit.split()[1].startswith("work_")
    is_private = category["privacy_class"] == "2"
    return {
        "id": id,
        "category": category["code"],
        **dict(zip(("zh", "en", "closing_zh", "closing_en"), words, strict=True)),
        "limit": limit,
        "factor_a": "1",
        "factor_b": "1",
        "factor_c": OUTSKIRTS_FACTOR if is_slow else "1",
        "evidence": "" if is_private else "before;after" if category["kind"] == "component_fault" else "after",
    }


def _length_s(limit: str) -> float:
    value, unit = limit.split()
    return float(value) * LENGTH_S.get(unit, WORK_DAY_S)
