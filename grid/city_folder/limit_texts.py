"""Reads limits as municipal standards write them: 2紧急工作时, 4小时, 3工作日, 2天. Pure.

Source: domain.md 3.3, limit algebra: an hour without more is a work hour, a day without more a work day.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from grid.catalogue import LIMIT_MAX

UNITS = {
    "紧急工作时": "urgent_hour", "紧急工作小时": "urgent_hour", "紧急小时": "urgent_hour",
    "紧急工时": "urgent_hour",
    "紧急工作日": "urgent_day", "紧急日": "urgent_day", "紧急天": "urgent_day",
    "工作时": "work_hour", "工作小时": "work_hour", "个工作小时": "work_hour", "小时": "work_hour",
    "个小时": "work_hour", "工时": "work_hour",
    "工作日": "work_day", "个工作日": "work_day", "天": "work_day", "日": "work_day", "工作天": "work_day",
    "自然日": "natural_day", "个自然日": "natural_day", "自然天": "natural_day",
    "分钟": "minute", "分": "minute",
    "minute": "minute", "urgent_hour": "urgent_hour", "urgent_day": "urgent_day", "natural_day": "natural_day",
    "work_hour": "work_hour", "work_day": "work_day",
}  # fmt: skip
NUMERALS = {
    "半": 0.5,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_SHAPE = re.compile(
    rf"\s*([-+]?\d+(?:\.\d+)?|[{''.join(NUMERALS)}])\s*个?({'|'.join(sorted(UNITS, key=len, reverse=True))})(.*)",
    re.S,
)


class ReadLimit(NamedTuple):
    """``odd`` is what stands in the text beside the limit."""

    value: float
    unit: str
    odd: str


def read_limit_text(text: str) -> ReadLimit:
    """Return the limit that a text says.

    Raises:
        ValueError: It says none, or one that is not above 0.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no limit: a number and 紧急工作时, 工作时, 小时, 紧急工作日, 工作日 or 天")
    value = float(NUMERALS.get(found[1]) or found[1])
    if value <= 0:
        raise ValueError(f"the limit {text!r} is not above 0")
    if value > LIMIT_MAX:
        raise ValueError(f"the limit {text!r} is longer than {LIMIT_MAX} of any unit can be")
    return ReadLimit(value, UNITS[found[2]], found[3].strip())
