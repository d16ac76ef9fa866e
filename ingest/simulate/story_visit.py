"""``--story visit``: three minutes of a district, at real speed, with no way in that others do not have.

Comes in: the wired city. Goes out: one beat after another, each looked at through the API. The scenes stand in
``visit_cover.py``, ``visit_water.py`` and ``visit_dispute.py``.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ingest.simulate.city_life import CityLife
from ingest.simulate.visit_cast import choose_cast
from ingest.simulate.visit_cover import call_back, finish_cover, three_sources, worker_goes
from ingest.simulate.visit_dispute import play_dispute
from ingest.simulate.visit_watch import VisitWatch
from ingest.simulate.visit_water import play_water


async def play_visit(city: CityLife) -> bool:
    """Play it; return whether every beat came true."""
    visit = VisitWatch(city, choose_cast(city))
    background = [asyncio.create_task(city.desks.board.run()), asyncio.create_task(city.instruments.run())]
    try:
        await _play(visit)
    finally:
        for task in background:
            task.cancel()
    return visit.story.conclude()


async def _play(visit: VisitWatch) -> None:
    story = visit.story
    await _see_calm_wall(visit)
    await story.wait_until(20)
    await three_sources(visit)
    await worker_goes(visit)
    await story.wait_until(60)
    await asyncio.gather(play_water(visit), finish_cover(visit))
    await story.wait_until(120)
    await play_dispute(visit)
    await story.wait_until(145)
    await call_back(visit)


async def _see_calm_wall(visit: VisitWatch) -> None:
    """0:00 who is on duty, and whose phone a visitor may take over."""
    cast, story = visit.cast, visit.story
    await cast.phone.post("/workers/me/shift", {"on": True})
    here = cast.cover.lonlat
    said = {"lon": here.lon + 0.002, "lat": here.lat + 0.001, "accuracy_m": 10.0}
    await cast.phone.post("/workers/me/position", said)

    async def on_duty() -> list[dict[str, Any]] | None:
        return list((await cast.leader.get("/shifts"))["items"]) or None

    async def figures() -> dict[str, Any] | None:
        overview: dict[str, Any] = await cast.leader.get("/overview")
        return overview

    await story.expect("the wall shows who is on duty", on_duty, within_s=5, show=_show_duty)
    await story.expect("the wall has its figures", figures, within_s=5, show=_show_figures)
    story.say(f"  open /field as {cast.worker.username} to answer the worker's phone yourself")


def _show_duty(items: list[dict[str, Any]]) -> str:
    return ", ".join(f"{item.get('role')} {item.get('name') or item.get('person')}" for item in items[:4])


def _show_figures(overview: dict[str, Any]) -> str:
    totals = overview.get("totals", {})
    return f"{totals.get('open')} open, {totals.get('overdue', totals.get('is_overdue', 0))} overdue"
