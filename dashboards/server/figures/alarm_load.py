"""How many alarms the people at an area's seats bear: 特急, severity 1–4 and sensitive matters in ten minutes.

Comes in: the figures of an overview. Goes out: the load of each operator's seat, and whether it is a flood.
Source: ISA-18.2 and EEMUA 191: one alarm an operator in ten minutes is borne for long, more than ten is a flood.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboards.server.figures.overview import Figures

WINDOW = timedelta(minutes=10)
AIM_PER_SEAT = 1.0
FLOOD_PER_SEAT = 10.0


def make_alarm_load(figures: Figures, area: str) -> dict[str, Any]:
    """Return the alarms of the last ten minutes, by seat; with nobody at a seat they count as one seat's."""
    times: list[datetime] = sorted(row.opened_at for row in figures.ask("alarms"))
    seats = int(figures.ask("seats", area=area)[0].seats)
    count = len(times) - bisect_left(times, figures.now - WINDOW)
    per_seat = round(count / max(1, seats), 1)
    return {
        "alarms_10min": count,
        "seats_on": seats,
        "per_seat_10min": per_seat,
        "aim_per_seat": AIM_PER_SEAT,
        "flood_per_seat": FLOOD_PER_SEAT,
        "is_flood": per_seat > FLOOD_PER_SEAT,
        "peak_10min_24h": _find_peak(times),
        "alarms_24h": len(times),
    }


def _find_peak(times: list[datetime]) -> int:
    """Return the most alarms in any ten minutes."""
    return max((number + 1 - bisect_left(times, at - WINDOW) for number, at in enumerate(times)), default=0)
