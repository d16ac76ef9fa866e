"""The visit at 2:00: two departments return a case, and the duty leader names one lead.

Comes in: ``VisitWatch``. Goes out: its beats.
"""

from __future__ import annotations

from typing import Any

from ingest.simulate.visit_cast import DISPUTED
from ingest.simulate.visit_watch import VisitWatch

DISPUTED_CATEGORY = "UM-09015"
DISPUTED_TEXT = "演示：店铺无证经营餐饮并占用人行道"


async def play_dispute(visit: VisitWatch) -> None:
    """2:00 two departments return a case; the duty leader names one lead."""
    first, second = DISPUTED
    town = visit.cast.cover.town
    place = visit.city.stage.spots[town][0]
    said: dict[str, Any] = {
        "category": DISPUTED_CATEGORY,
        "text": DISPUTED_TEXT,
        "town": town,
        "channel": "department",
    }
    said |= {"lon": place.lonlat.lon, "lat": place.lonlat.lat, "place_text": place.name}
    number = (await visit.cast.operator.post("/incidents", said))["number"]
    await _give_back(visit, number, first)
    await visit.act(visit.cast.operator, number, "dispatch", holder=second)
    await _give_back(visit, number, second)
    await visit.act(
        visit.cast.leader, number, "arbitrate", lead=first, assistants=[second], reason="演示：按权责清单确定"
    )

    async def lead() -> dict[str, Any] | None:
        order = await visit.order(number, "dispose", first)
        return order if order and order["is_lead"] and order["state"] not in ("returned", "cancelled") else None

    await visit.story.expect(
        "the duty leader names one lead", lead, within_s=6, show=lambda o: f"#{number} to {o['holder']['name']}"
    )


async def _give_back(visit: VisitWatch, number: int, department: str) -> None:
    order = await visit.order(number, "dispose", department)
    if order is not None:
        reason = "演示：职责清单列在他处"
        await visit.act(
            visit.cast.liaisons[department], number, "return", order["id"], reason_code="other", reason=reason
        )

    async def returned() -> int | None:
        incident = await visit.cast.leader.get(f"/incidents/{number}")
        held = any(
            o["state"] not in ("returned", "cancelled") and department in o["holder"]["code"]
            for o in incident["orders"]
        )
        return None if held else number

    await visit.story.expect(f"{department} returns it", returned, within_s=6, show=lambda n: f"#{n}")
