"""What can happen in the simulated city, as it stands in ``plays.toml``.

Comes in: the table beside this file. Goes out: ``Play`` after ``Play`` for ``casting.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.simulate.rhythm import Busy

MEASURE, SEE, CALL, REPORT = "measure", "see", "call", "report"
TABLE = Path(__file__).with_name("plays.toml")

_BUSY = {
    "dawn": (Busy(4.5, 8, 5),),
    "evening": (Busy(18, 23, 3),),
    "night": (Busy(20, 6, 4),),
    "peaks": (Busy(7, 9, 4), Busy(16.5, 19, 4)),
    "school": (Busy(7, 8.5, 8), Busy(11.3, 12.3, 4), Busy(16, 17.7, 8)),
    "workday": (Busy(8, 18, 3),),
}


@dataclass(frozen=True, slots=True)
class Play:
    """One kind of happening; ``plays.toml`` says what its fields mean."""

    name: str
    domain: str
    category: str
    voice: str
    weight: float
    of: str = ""
    labels: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    minutes: tuple[float, float] = (6, 20)
    busy: tuple[Busy, ...] = ()
    rain: float = 1.0
    also: tuple[tuple[str, float], ...] = ()
    is_answered: bool = False


@lru_cache(maxsize=1)
def list_plays() -> tuple[Play, ...]:
    """Return every kind of happening, in the order of the table."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(_play(name, said) for name, said in table.items())


def _play(name: str, said: Mapping[str, Any]) -> Play:
    facts: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in said.items()
    }
    facts["busy"] = _BUSY[facts["busy"]] if "busy" in facts else ()
    facts["also"] = tuple(facts.get("also", {}).items())
    return Play(name=name, **facts)
