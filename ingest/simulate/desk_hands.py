"""The hands at the desks: operators, liaisons and duty leaders who keep the cases moving.

Comes in: the district's live feed, as the overseer's screen shows it. Goes out: actions under the accounts
that answer for each case or order, at a human pace. What lies on a phone is left to the phone.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Set
from random import Random

from foundation.clock import monotonic_s
from foundation.logs import get_logger
from ingest.simulate.doing import list_offers, take_offer
from ingest.simulate.evidence import upload_photo
from ingest.simulate.habits import judge_temper
from ingest.simulate.http_session import HttpSession, Refused
from ingest.simulate.live_board import Incident, LiveBoard
from ingest.simulate.next_step import Step, choose_step
from ingest.simulate.people import People
from ingest.simulate.tempo import Tempo

AGAIN_S = 90.0  # somebody else's turn: look again after so long even when nothing changed
HANDS = 6
HURRY_S = 40.0

log = get_logger("simulate")


class DeskHands:
    """Takes up cases one after another. ``hands_off``: incidents that a story plays by itself."""

    def __init__(self, people: People, tempo: Tempo, *, base_url: str, seed: int, on_phones: Set[str]) -> None:
        self.steps = 0
        self.hands_off: set[int] = set()
        self._people = people
        self._tempo = tempo
        self._seed = seed
        self._on_phones = on_phones
        self._draw = Random(f"{seed}/desks")
        self._due: list[tuple[float, int]] = []
        self._planned: dict[int, float] = {}
        self._seen: dict[int, tuple[object, ...]] = {}
        self.board = LiveBoard(people.get_overseer(), base_url, view="desk", on_change=self._noticed)

    async def run(self) -> None:
        """Work for ever."""
        await asyncio.gather(self.board.run(), *(self._work() for _ in range(HANDS)))

    def _noticed(self, number: int, incident: Incident | None) -> None:
        """Plan a look at a case whose state, holder or orders changed; not for every further signal."""
        if incident is None or not incident.get("is_open", True) or incident.get("replay"):
            self._seen.pop(number, None)
            if incident is None or not _wants_call(incident):
                return
        signature = (incident["state"], incident["version"], *((o["id"], o["state"]) for o in incident["orders"]))
        if self._seen.get(number) == signature:
            return
        self._seen[number] = signature
        self._plan(number, self._pause_s(number, incident))

    def _plan(self, number: int, after_s: float) -> None:
        due_s = monotonic_s() + after_s / self._tempo.speed
        self._planned[number] = due_s
        heapq.heappush(self._due, (due_s, number))

    def _pause_s(self, number: int, incident: Incident) -> float:
        """Return how long people think about this; some orders lie about until their clock is missed."""
        if self._tempo.elapsed_s < HURRY_S:
            return self._draw.choice((0.3, 1.5, 6.0, 40.0))
        open_orders = [o for o in incident["orders"] if o["state"] in ("issued", "received", "read")]
        if open_orders and judge_temper(self._seed, open_orders[0]["id"], open_orders[0]["kind"]).silent:
            return self._draw.uniform(900, 1800)
        if incident["state"] in ("reported", "filed", "disposed", "checking"):
            return self._draw.uniform(6, 40)
        return self._draw.uniform(15, 120)

    async def _work(self) -> None:
        while True:
            number = self._take_due()
            if number is None:
                await asyncio.sleep(0.25)
                continue
            try:
                await self._advance(number)
            except Refused as refused:
                log.debug("a step was refused", incident=number, why=str(refused))
                self._plan(number, AGAIN_S)
            except Exception as error:  # noqa: BLE001 - one case that fails must not empty the desk
                log.warning("a desk stumbled", incident=number, why=repr(error))
                self._plan(number, AGAIN_S)

    def _take_due(self) -> int | None:
        while self._due and self._due[0][0] <= monotonic_s():
            due_s, number = heapq.heappop(self._due)
            if self._planned.get(number) == due_s and number not in self.hands_off:
                del self._planned[number]
                return number
        return None

    async def _advance(self, number: int) -> None:
        incident = self.board.incidents.get(number)
        if incident is None:
            return
        for person in self._list_people(incident):
            offers = await list_offers(person, number)
            step = choose_step(incident, offers, self._seed, phones=self._on_phones)
            if step is not None:
                await self._take(person, number, step)
                self.steps += 1
                return
        if incident.get("is_open", True):
            self._plan(number, AGAIN_S * self._draw.uniform(0.8, 1.4))

    async def _take(self, person: HttpSession, number: int, step: Step) -> None:
        known = dict(step.known)
        if step.needs_photo:
            photo = await upload_photo(person, [f"#{number}", str(step.offer["action"])], f"{number}")
            known["photos"] = [photo]
        await take_offer(person, number, step.offer, **known)

    def _list_people(self, incident: Incident) -> list[HttpSession]:
        """Return who may have a turn: who holds an order that no phone carries, then who holds the case."""
        path = list(incident["area"]["path"])
        found: list[HttpSession] = []
        for order in incident["orders"]:
            if order["state"] in ("issued", "received", "read", "signed", "arrived"):
                holder = order["holder"]
                found += self._people.list_for_holder(holder["kind"], holder["code"], path)
        holder = incident["holder"]
        found += self._people.list_for_holder(holder["kind"], holder["code"], path)
        found += self._people.list_for_holder("desk", "", path)
        return list(dict.fromkeys(found))


def _wants_call(incident: Incident) -> bool:
    reporter = incident.get("reporter") or {}
    return bool(
        incident.get("state") == "closed" and reporter.get("wants_reply") and not reporter.get("satisfaction")
    )
