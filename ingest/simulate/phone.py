"""One worker's phone: on shift, on the move, and answering its orders the way people do.

Comes in: the live feed of its own account. Goes out: positions every half minute, and for each order received,
read, sign, arrive, done with a photo, or cannot_handle. ``habits.py`` decides who is slow or silent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any

from foundation.logs import get_logger
from grid.coordinates import LonLat
from ingest.simulate.doing import do_action, list_offers
from ingest.simulate.evidence import upload_photo
from ingest.simulate.habits import Temper, judge_temper
from ingest.simulate.http_session import HttpSession, Refused
from ingest.simulate.live_board import Incident, LiveBoard
from ingest.simulate.tempo import Tempo
from ingest.simulate.walk import RIDE_M_S, STROLL_M_S, step_towards, stroll

POSITION_EVERY_S = 25.0
HANDS = 3  # tasks that one worker has in hand; further ones wait on the phone
OPEN_STATES = frozenset({"issued", "received", "read", "signed", "arrived"})
HURRY_S = 40.0  # orders of the first seconds are answered quickly, so that a fresh wall shows every state

log = get_logger("simulate")


@dataclass(frozen=True, slots=True)
class Task:
    """An order that lies on this phone."""

    incident: int
    order: int
    kind: str
    lonlat: LonLat | None
    title: str


class Phone:
    """A worker with an account. ``worker`` is the roster's id, learned from ``/me`` and told to ``on_phones``."""

    def __init__(
        self, session: HttpSession, home: LonLat, tempo: Tempo, *, base_url: str, seed: int, on_phones: set[str]
    ) -> None:
        self.session = session
        self.worker = ""
        self.here = home
        self.done = 0
        self._home = home
        self._tempo = tempo
        self._seed = seed
        self._on_phones = on_phones
        self._draw = Random(f"{seed}/phone/{session.account.username}")
        self._target: LonLat | None = None
        self._known: set[int] = set()
        self._errands: set[asyncio.Task[None]] = set()
        self._hands = asyncio.Semaphore(HANDS)
        self.board = LiveBoard(session, base_url, view="field", on_change=self._noticed)

    async def run(self) -> None:
        """Be on shift for ever."""
        me = await self.session.get("/me")
        self.worker = str((me.get("worker") or {}).get("id", ""))
        self._on_phones.add(self.worker)
        await self.session.post("/workers/me/shift", {"on": True})
        await asyncio.gather(self.board.run(), self._wander())

    async def _wander(self) -> None:
        await asyncio.sleep(self._draw.uniform(0, 3))
        while True:
            await self._tell_position()
            await asyncio.sleep(POSITION_EVERY_S * self._draw.uniform(0.8, 1.2))
            seconds = POSITION_EVERY_S * self._tempo.speed
            if self._target is not None:
                self.here = step_towards(self.here, self._target, RIDE_M_S * seconds)
            else:
                self.here = stroll(self.here, self._home, STROLL_M_S * seconds, self._draw)

    async def _tell_position(self) -> None:
        said = {"lon": round(self.here.lon, 6), "lat": round(self.here.lat, 6), "accuracy_m": 12.0}
        try:
            await self.session.post("/workers/me/position", said)
        except Refused as refused:
            log.debug("a position was refused", who=self.worker, why=str(refused))
            if refused.kind == "off_shift":
                await self.session.post("/workers/me/shift", {"on": True})

    def _noticed(self, number: int, incident: Incident | None) -> None:
        for order in (incident or {}).get("orders", ()):
            assignee = (order.get("assignee") or {}).get("id")
            if assignee == self.worker and order["state"] in OPEN_STATES and order["id"] not in self._known:
                self._known.add(order["id"])
                task = asyncio.create_task(self._answer(_read_task(number, incident or {}, order)))
                self._errands.add(task)
                task.add_done_callback(self._errands.discard)

    async def _answer(self, task: Task) -> None:
        try:
            temper = judge_temper(self._seed, task.order, task.kind)
            if temper.silent:
                await self._tempo.pause(temper.read_s)
            await self._do(task, "receive")
            async with self._hands:
                await self._carry_out(task, temper)
        except Refused as refused:
            log.info("an order slipped away", order=task.order, why=str(refused))
        except Exception as error:  # noqa: BLE001 - one order that fails must not put the phone out of service
            log.warning("a phone stumbled", order=task.order, why=repr(error))

    async def _carry_out(self, task: Task, temper: Temper) -> None:
        hurry = self._draw.choice((0.03, 0.1, 1.0)) if self._tempo.elapsed_s < HURRY_S else 1.0
        await self._tempo.pause(0 if temper.silent else temper.read_s * hurry)
        await self._do(task, "read")
        await self._tempo.pause(temper.sign_s * hurry)
        await self._do(task, "sign")
        self._target = task.lonlat
        await self._tempo.pause(temper.arrive_s * hurry)
        if task.lonlat is not None:
            self.here = task.lonlat
            await self._tell_position()
        await self._do(task, "arrive")
        await self._tempo.pause(temper.done_s * hurry)
        await self._finish(task, temper)
        self._target = None
        self.done += 1

    async def _finish(self, task: Task, temper: Temper) -> None:
        if temper.outcome == "cannot_handle" and await self._do(task, "cannot_handle"):
            return
        photo = await upload_photo(
            self.session, [task.title[:20], f"{task.kind} #{task.incident}"], f"{task.order}"
        )
        offered = {
            o["action"] for o in await list_offers(self.session, task.incident) if o.get("order") == task.order
        }
        wanted = next(
            (name for name in (task.kind, "verify", "check", "visit", "dispose", "done") if name in offered), ""
        )
        if wanted:
            await self._do(task, wanted, photos=[photo], is_true=True, passed=True)

    async def _do(self, task: Task, *names: str, **known: Any) -> bool:
        facts = {"lon": round(self.here.lon, 6), "lat": round(self.here.lat, 6), "accuracy_m": 12.0, **known}
        for name in names:
            if await do_action(self.session, task.incident, name, task.order, **facts) is not None:
                return True
        return False


def _read_task(number: int, incident: Incident, order: dict[str, Any]) -> Task:
    location = incident.get("location")
    lonlat = LonLat(location["lon"], location["lat"]) if location else None
    return Task(number, order["id"], order["kind"], lonlat, str(incident.get("title", "")))
