"""The visit's first happening: a sensor, a camera and a caller tell of one manhole cover, until the call-back.

Comes in: ``VisitWatch``. Goes out: its beats. What a visitor does on the worker's phone is left to the visitor.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ingest.simulate.evidence import upload_photo
from ingest.simulate.live_board import Incident
from ingest.simulate.speak_frigate import Sighting, compose_review
from ingest.simulate.visit_cast import DRAINAGE
from ingest.simulate.visit_watch import VisitWatch, show_case, show_order

CALL_TEXT = "演示：路边井盖翘起来了，车压过去响得厉害"
REPLY = "演示：井盖已复位加固，现场已清理"


async def three_sources(visit: VisitWatch) -> None:
    """0:20 a sensor, a camera and a caller tell of the same thing."""
    cover, camera, tempo = visit.cast.cover, visit.cast.camera, visit.city.tempo
    sensor = asyncio.create_task(visit.city.instruments.begin(cover.id))
    await asyncio.sleep(2)
    sighting = Sighting(camera.source_id, ("manhole",), (), tempo.now(), salt=tempo.run)
    visit.city.producers.publish(compose_review(sighting, "new", tempo.now()))
    await sensor

    async def opened() -> Incident | None:
        return visit.of_device(cover.id)

    incident = await visit.story.expect("the sensor opens an incident", opened, within_s=8, show=show_case)
    if incident is None:
        return
    visit.cover_case = incident["number"]
    await take_call(visit)

    async def one_case() -> Incident | None:
        found = visit.city.desks.board.incidents.get(visit.cover_case)
        kinds = {source["kind"] for source in found["sources"]} if found else set()
        return found if {"device", "camera", "hotline"} <= kinds else None

    await visit.story.expect("one case, three sources", one_case, within_s=8, show=show_case)
    visit.city.producers.publish(compose_review(sighting, "end", tempo.now()))


async def take_call(visit: VisitWatch) -> None:
    """Take the caller's words down; what is open nearby is offered before it is saved, and joined."""
    cover = visit.cast.cover
    here = {"lon": cover.lonlat.lon + 0.0001, "lat": cover.lonlat.lat + 0.0001}
    category = cover.rule.category if cover.rule else None
    similar = await visit.cast.operator.get("/incidents/similar", **here, category=category)
    numbers = [item["number"] for item in similar["items"]]
    reporter = {"name": "演示市民", "phone": "000-0000-0001", "anonymous": False, "wants_reply": True}
    said: dict[str, Any] = {
        "category": category,
        "text": CALL_TEXT,
        "town": cover.town,
        "channel": "hotline",
        "reporter": reporter,
    }
    said |= here | {"place_text": visit.city.stage.name_near(cover.lonlat, cover.town)}
    if visit.cover_case in numbers:
        said["join"] = visit.cover_case
    await visit.cast.operator.post("/incidents", said)


async def worker_goes(visit: VisitWatch) -> None:
    """0:30 the nearest worker's phone rings; signed, arrived with a photo; the maintenance unit signs."""
    number, phone = visit.cover_case, visit.cast.phone

    async def rings() -> dict[str, Any] | None:
        order = await visit.order(number, "attend")
        return order if order and order["assignee"] else None

    order = await visit.story.expect("the nearest worker's phone rings", rings, within_s=6, show=show_order)
    if order is None:
        return
    for action in ("receive", "read"):
        await visit.act(phone, number, action, order["id"])
    await asyncio.sleep(5)
    await visit.act(phone, number, "sign", order["id"])
    await asyncio.sleep(6)
    photo = await upload_photo(phone, ["到场", f"#{number}"], f"visit-{number}")
    here = visit.cast.cover.lonlat
    await visit.act(
        phone, number, "arrive", order["id"], photos=[photo], lon=here.lon, lat=here.lat, accuracy_m=8.0
    )

    async def arrived() -> dict[str, Any] | None:
        seen = await visit.order(number, "attend")
        return seen if seen and (seen["arrived_at"] or seen["state"] == "done") else None

    await visit.story.expect("the worker is there", arrived, within_s=40, show=show_order)
    await visit.sign_for(number, DRAINAGE, "the maintenance unit signs")


async def finish_cover(visit: VisitWatch) -> None:
    """Until 2:20, beside the water: the cover is back, checked and closed, so that the caller can be told."""
    number, cast = visit.cover_case, visit.cast
    await visit.story.wait_until(85)
    await visit.city.instruments.end(cast.cover.id)
    attend = await visit.order(number, "attend")
    if attend is not None:
        photo = await upload_photo(cast.phone, ["现场", f"#{number}"], f"attend-{number}")
        await visit.act(cast.phone, number, "dispose", attend["id"], photos=[photo], result=REPLY)
    dispose = await visit.order(number, "dispose", DRAINAGE)
    if dispose is not None:
        liaison = cast.liaisons[DRAINAGE]
        photo = await upload_photo(liaison, ["处置后", f"#{number}"], f"after-{number}")
        await visit.act(liaison, number, "dispose", dispose["id"], photos=[photo], result=REPLY)
    await asyncio.sleep(3)
    await visit.act(cast.operator, number, "send_check")
    check = await visit.order(number, "check")
    if check is not None:
        photo = await upload_photo(cast.phone, ["核查", f"#{number}"], f"check-{number}")
        await visit.act(cast.phone, number, "check", check["id"], photos=[photo], passed=True)
    await visit.act(cast.operator, number, "reply", reply=REPLY)
    await visit.act(cast.operator, number, "close")


async def call_back(visit: VisitWatch) -> None:
    """2:25 the caller is called back; a figure opens its cases."""
    number = visit.cover_case

    async def closed() -> Incident | None:
        seen: Incident = await visit.cast.operator.get(f"/incidents/{number}")
        return seen if seen["state"] in ("closed", "archived") else None

    await visit.story.expect("the case is closed", closed, within_s=10, show=show_case)
    await visit.act(visit.cast.operator, number, "revisit", satisfaction="very_satisfied")

    async def revisited() -> list[dict[str, Any]] | None:
        items = (await visit.cast.operator.get(f"/incidents/{number}/timeline"))["items"]
        return [line for line in items if line["kind"] == "revisited"] or None

    async def figure() -> tuple[int, int] | None:
        items = (await visit.cast.leader.get("/incidents", domain="urban_management", state="closed"))["items"]
        return (len(items), number) if any(item["number"] == number for item in items) else None

    await visit.story.expect(
        "the caller is called back", revisited, within_s=6, show=lambda lines: lines[-1]["at"]
    )
    await visit.story.expect(
        "a figure opens its cases", figure, within_s=6, show=lambda f: f"{f[0]}, with #{f[1]}"
    )
