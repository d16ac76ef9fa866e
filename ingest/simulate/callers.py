"""Citizens who call, and workers who report what they see on their round.

Comes in: a happening and its words. Goes out: ``POST /incidents``, typed by whoever sits at the town's desk,
or from the worker's own phone. An enquiry is answered by the same person, which closes it.
"""

from __future__ import annotations

from random import Random
from typing import Any

from ingest.simulate.day_book import Happening, Signal
from ingest.simulate.demo_access import DemoAccount
from ingest.simulate.doing import do_action
from ingest.simulate.http_session import HttpSession
from ingest.simulate.people import People
from ingest.simulate.tempo import Tempo

ANSWER = "演示：已告知办理地点、材料和电话，来电人表示清楚"


class Callers:
    """Types calls and reports in. ``taken`` counts them."""

    def __init__(self, people: People, phones: list[DemoAccount], tempo: Tempo) -> None:
        self._people = people
        self._phones = phones
        self._tempo = tempo
        self.taken = 0

    async def call(self, happening: Happening, signal: Signal) -> None:
        """Take a call down."""
        operator = self._people.get_operator(happening.town)
        incident = await self.take_call(operator, happening, signal)
        if happening.play.is_answered:
            await self._tempo.pause(Random(happening.id).uniform(20, 60))
            await do_action(operator, incident["number"], "answer", reply=ANSWER)

    async def take_call(self, operator: HttpSession, happening: Happening, signal: Signal) -> dict[str, Any]:
        """Type one call in and return the incident that it became or joined."""
        said: dict[str, Any] = {
            "category": happening.play.category,
            "text": signal.text,
            "place_text": happening.place,
            "town": happening.town,
            "channel": "hotline",
            "reporter": _reporter(happening.id),
        }
        if signal.lonlat is not None and Random(happening.id).random() < 0.7:
            said |= {"lon": signal.lonlat.lon, "lat": signal.lonlat.lat, "coord_sys": "wgs84"}
        return await self._report(operator, said)

    async def report(self, happening: Happening, signal: Signal) -> None:
        """Let the worker of that town who is nearest by the order of the list report; else the desk types it."""
        mine = [a for a in self._phones if self._people.town_of(a.area) == happening.town]
        if not mine:
            await self.call(happening, signal)
            return
        worker = self._people.session(Random(happening.id).choice(mine))
        said: dict[str, Any] = {"category": happening.play.category, "text": signal.text, "channel": "worker"}
        said |= {"place_text": happening.place, "town": happening.town}
        if signal.lonlat is not None:
            said |= {"lon": signal.lonlat.lon, "lat": signal.lonlat.lat, "coord_sys": "wgs84"}
        await self._report(worker, said)

    async def _report(self, person: HttpSession, said: dict[str, Any]) -> dict[str, Any]:
        incident: dict[str, Any] = await person.post("/incidents", said)
        self.taken += 1
        return incident


def _reporter(id: str) -> dict[str, Any]:
    """Return a caller who exists nowhere: no such name, no such number."""
    draw = Random(f"caller/{id}")
    number = draw.randrange(100)
    if draw.random() < 0.2:
        return {"anonymous": True, "wants_reply": False}
    return {
        "name": f"演示市民{number:02d}",
        "phone": f"000-0000-{number:04d}",
        "anonymous": False,
        "wants_reply": draw.random() < 0.6,
    }
