"""The visit at 1:00: a rain warning, and rising water at an underpass on the border of two towns.

Comes in: ``VisitWatch``. Goes out: its beats: copied to the district, road closed, pumps, clocks that count.
"""

from __future__ import annotations

import asyncio

from ingest.simulate.live_board import Incident
from ingest.simulate.visit_cast import DRAINAGE, TRAFFIC
from ingest.simulate.visit_watch import VisitWatch

RAIN = "EM-06001"
RAIN_TEXT = "演示：短时强降雨预警，未来两小时雨量较大，注意低洼路段积水"


async def play_water(visit: VisitWatch) -> None:
    """1:00 a warning; the water rises: copied to the district, traffic police close, pumps run, clocks count."""
    await _warn(visit)
    underpass = visit.cast.underpass
    await visit.story.wait_until(68)
    await visit.city.instruments.begin(underpass.id)

    async def opened() -> Incident | None:
        found = visit.of_device(underpass.id)
        return found if found and found["copied_to_district"] else None

    incident = await visit.story.expect(
        "water in the underpass, copied to the district", opened, within_s=8, show=_show
    )
    if incident is None:
        return
    number = incident["number"]
    await visit.sign_for(number, TRAFFIC, "the traffic police close the road", kind="attend")
    order = await visit.order(number, "attend", TRAFFIC)
    if order is not None:
        await visit.act(visit.cast.liaisons[TRAFFIC], number, "arrive", order["id"])
    await visit.sign_for(number, DRAINAGE, "the pumps are on their way")
    await _see_clocks(visit, number)
    await visit.story.wait_until(110)
    await visit.city.instruments.end(underpass.id)


async def _warn(visit: VisitWatch) -> None:
    said = {"category": RAIN, "text": RAIN_TEXT, "channel": "warning", "town": visit.cast.underpass.town}
    said["place_text"] = visit.city.stage.name_near(visit.cast.underpass.lonlat, visit.cast.underpass.town)
    answer = await visit.cast.district.post("/incidents", said)

    async def warned() -> Incident | None:
        seen: Incident = await visit.cast.leader.get(f"/incidents/{answer['number']}")
        return seen if seen["category"] == RAIN else None

    await visit.story.expect("a rain warning stands on the wall", warned, within_s=5, show=_show)


async def _see_clocks(visit: VisitWatch, number: int) -> None:
    first = await _clocks(visit, number)
    await asyncio.sleep(2.5)

    async def counting() -> str | None:
        now = await _clocks(visit, number)
        falling = [stage for stage, left_s in now.items() if stage in first and left_s < first[stage]]
        return ", ".join(f"{stage} {now[stage]} s left" for stage in falling) or None

    await visit.story.expect("clocks count down", counting, within_s=6)


async def _clocks(visit: VisitWatch, number: int) -> dict[str, int]:
    incident = await visit.cast.leader.get(f"/incidents/{number}")
    return {f"{c['stage']}/{c.get('order')}": int(c["remaining_s"]) for c in incident["clocks"] if not c["paused"]}


def _show(incident: Incident) -> str:
    clocks = ", ".join(sorted({clock["stage"] for clock in incident["clocks"]}))
    holder = incident["holder"]["name"]
    return f"#{incident['number']} {incident['title']}, held by {holder}, clocks: {clocks or 'none'}"
