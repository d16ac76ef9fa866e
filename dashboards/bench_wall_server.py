"""A stand-in for the server that ``bench_wall.py`` measures the wall against: canned answers, a busy live socket.

Comes in: a die. Goes out: the address of a server with the built wall, ten thousand things and a hundred changes a
second: incidents that change their mark, workers who walk. Beside it a page with bare MapLibre, the baseline.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboards.bench_running import NotMeasured

INCIDENTS, WORKERS, CAMERAS = 8000, 1500, 500
OBJECTS = INCIDENTS + WORKERS + CAMERAS
ENTRIES_PER_S, MOVES_PER_S = 80, 20
UPDATES_PER_S = ENTRIES_PER_S + MOVES_PER_S
HEARTBEAT_S = 5.0
BARE_PAGE = "/bare.html"
HERE = Path(__file__).parent
STATIC = HERE / "static"
MAPLIBRE = HERE / "windows" / "node_modules" / "maplibre-gl" / "dist"
WEST, SOUTH, SIDE = 118.2, 33.8, 0.4
AREA = {"code": "1", "name": "区", "name_en": "District", "level": "district"}
DOMAINS = ("emergency", "public_order", "urban_management", "transport")

BARE = """<!doctype html><meta charset="utf-8"><body style="margin:0"><div id="map" style="height:100vh"></div>
<script type="module">
import { Map as MapLibre, setWorkerUrl } from "/maplibre/maplibre-gl.mjs";
setWorkerUrl("/maplibre/maplibre-gl-worker.mjs");
const feature = (id, urgent) => ({ type: "Feature", id, properties: { id, urgent },
  geometry: { type: "Point", coordinates: [118.2 + Math.random() * 0.4, 33.8 + Math.random() * 0.4] } });
const all = Array.from({ length: OBJECTS }, (_, id) => feature(id, 0));
const source = { type: "geojson", promoteId: "id", data: { type: "FeatureCollection", features: all } };
const color = ["case", ["==", ["get", "urgent"], 1], "#fff", "#8496ae"];
const paint = { "circle-radius": 4, "circle-color": color };
const map = new MapLibre({ container: "map", bounds: [118.2, 33.8, 118.6, 34.2], fadeDuration: 0,
  style: { version: 8, sources: { all: source },
    layers: [{ id: "all", type: "circle", source: "all", paint }] } });
map.once("idle", () => setInterval(async () => {
  const id = Math.floor(Math.random() * all.length), since = performance.now();
  all[id].properties.urgent = 1 - all[id].properties.urgent;
  window.benchWaits.set(since, since);
  await map.getSource("all").updateData({ add: [all[id]] });
  map.once("render", () => {
    window.benchWaits.delete(since);
    window.benchDelays.push(performance.now() - since);
  });
  map.triggerRepaint();
}, 1000 / RATE));
</script>"""


class Things:
    """Ten thousand things and what changes of them."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._opened = datetime.now(UTC) - timedelta(hours=1)
        self.incidents = [self._make(number) for number in range(1, INCIDENTS + 1)]
        self.workers = [{"id": f"w{n}", "name": "张**", "on_shift": True, **self._place()} for n in range(WORKERS)]
        self.cameras = [_camera(n, self._place()) for n in range(CAMERAS)]
        self.number = 1

    def _place(self) -> dict[str, float]:
        return {"lon": WEST + self._dice.random() * SIDE, "lat": SOUTH + self._dice.random() * SIDE}

    def _make(self, number: int) -> dict[str, Any]:
        due = (self._opened + timedelta(hours=2 + number % 40)).isoformat()
        opened = (self._opened + timedelta(seconds=number % 3000)).isoformat()
        clock = {"stage": "dispose", "due_at": due, "paused": False, "calendar": "continuous", "order": number}
        post = {"kind": "town", "code": f"T{number % 15}", "name": "综合指挥中心", "name_en": "Centre"}
        area = {**AREA, "path": ["1"]}
        order = {
            "id": number,
            "kind": "dispose",
            "state": "issued",
            "holder": post,
            "assignee": None,
            "clocks": [clock],
        }
        return {
            "number": number, "title": f"井盖移位 {number}", "title_en": f"manhole cover {number}",
            "domain": DOMAINS[number % 4], "category": f"UM-0100{number % 9 + 1}", "severity": 5,
            "severity_proposed": None, "urgency": "normal" if number % 50 else "emergency", "sensitive": False,
            "drill": False, "state": "dispatched", "level": "town", "area": area, "grid": None, "cell": None,
            "location": {**self._place(), "accuracy_m": None, "how": "register"}, "holder": post,
            "orders": [order], "clocks": [clock], "sources": [], "upstream": None, "version": 1,
            "opened_at": opened, "updated_at": opened, "closed_at": None,
        }  # fmt: skip

    def change(self) -> dict[str, Any]:
        """Change the mark of one incident; return the frame that tells of it."""
        incident = self._dice.choice(self.incidents)
        incident["urgency"] = "normal" if incident["urgency"] == "urgent" else "urgent"
        # Its place as well: a mark changed back before its turn leaves nothing to draw, and would be waited for.
        incident["location"]["lon"] = WEST + self._dice.random() * SIDE
        incident["version"] += 1
        self.number += 1
        actor = {"kind": "person", "name": "", "role": "town_operator"}
        entry = {
            "number": self.number, "at": _now(), "incident": incident["number"], "kind": "category_changed",
            "actor": actor, "data": {}, "state_after": incident,
        }  # fmt: skip
        head = {"type": "entries", "epoch": "e", "from": self.number, "to": self.number}
        return {**head, "entries": [entry], "gone": []}

    def walk(self, count: int) -> dict[str, Any]:
        """Let some workers walk; return the frame that tells of it."""
        items = [{**worker, **self._place()} for worker in self._dice.sample(self.workers, count)]
        return {"type": "positions", "items": items}

    def snapshot(self) -> dict[str, Any]:
        head = {"type": "snapshot", "epoch": "e", "number": self.number}
        return {**head, "incidents": self.incidents, "overview": self.overview()}

    def overview(self) -> dict[str, Any]:
        counts = {"open": INCIDENTS // 4, "emergency_urgency": 40, "overdue": 0, "due_soon": 0, "opened_today": 9}
        figures = {**counts, "closed_today": 1, "on_time_ratio": 0.9, "needs_person": 40}
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        hours = [
            {"hour": (midnight + timedelta(hours=hour)).isoformat(), "opened": hour % 5, "closed": hour % 3}
            for hour in range(24)
        ]
        return {
            "area": AREA, "at": _now(), "epoch": "e", "number": self.number, "demo": True, "on_duty": [],
            "totals": {**figures, "severity": {}, "class_2_open": 0}, "children": [], "board": None,
            "domains": {name: {**figures, "trend_24h": hours} for name in DOMAINS},
        }  # fmt: skip

    def answer(self, path: str) -> Any:
        ring = [
            [WEST, SOUTH],
            [WEST + SIDE, SOUTH],
            [WEST + SIDE, SOUTH + SIDE],
            [WEST, SOUTH + SIDE],
            [WEST, SOUTH],
        ]
        area = {"type": "Feature", "properties": {**AREA, "parent": None}}
        shape = {**area, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        city = {**AREA, "timezone": "Asia/Shanghai", "demo": True, "synthetic": True, "levels": []}
        grant = {"role": "wall", "area": AREA, "domains": None, "department": None}
        answers: dict[str, Any] = {
            "session": {"logged_in": True},
            "me": {"username": "wall", "name": "", "csrf_token": "t", "assignments": [grant], "city": city},
            "overview": self.overview(),
            "grid/areas": {"type": "FeatureCollection", "features": [shape]},
            "workers": {"items": self.workers, "next": None},
            "cameras": {"items": self.cameras, "next": None},
        }
        return answers.get(path, {"items": [], "next": None})


def _camera(number: int, place: dict[str, float]) -> dict[str, Any]:
    return {"id": f"c{number}", "name": "摄像机", "kind": "junction", "status": "online", **place}


def _now() -> str:
    return datetime.now(UTC).isoformat()


@contextmanager
def serve_wall(dice: Random) -> Iterator[str]:
    """Serve the wall and its stand-in on a free port; yield the address.

    Raises:
        NotMeasured: The pages are not built.
    """
    if not (STATIC / "wall.html").exists() or not (MAPLIBRE / "maplibre-gl.mjs").exists():
        raise NotMeasured("the front ends are not built here: run `make build`, then measure again")
    server = uvicorn.Server(uvicorn.Config(_make_app(Things(dice)), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def _make_app(things: Things) -> Starlette:
    async def api(request: Request) -> Response:
        return JSONResponse(things.answer(request.path_params["path"]))

    async def page(_request: Request) -> Response:
        return FileResponse(STATIC / "wall.html")

    async def bare(_request: Request) -> Response:
        return HTMLResponse(BARE.replace("OBJECTS", str(OBJECTS)).replace("RATE", str(UPDATES_PER_S)))

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        with suppress(WebSocketDisconnect, RuntimeError):
            await _speak(socket, things)

    return Starlette(
        routes=[
            WebSocketRoute("/api/v1/live", live),
            Route("/api/v1/{path:path}", api, methods=["GET", "POST"]),
            Route("/wall", page),
            Route(BARE_PAGE, bare),
            Mount("/maplibre", StaticFiles(directory=MAPLIBRE)),
            Mount("/", StaticFiles(directory=STATIC)),
        ]
    )


async def _speak(socket: WebSocket, things: Things) -> None:
    """Answer each subscription, and change something at an even pace until the screen leaves.

    A screen asks once more over a socket of its own for what was told before its snapshot. Nothing may be changed
    for that one: the first would find a gap in its numbers and wait for a snapshot.
    """
    if "since" in msgspec.json.decode(await socket.receive_text()):
        nothing = {"type": "entries", "epoch": "e", "from": 1, "to": things.number, "entries": [], "gone": []}
        await socket.send_text(msgspec.json.encode(nothing).decode())
        return
    await socket.send_text(msgspec.json.encode(things.snapshot()).decode())
    hears = asyncio.create_task(_answer_again(socket, things))
    try:
        await _tell_changes(socket, things)
    finally:
        hears.cancel()


async def _answer_again(socket: WebSocket, things: Things) -> None:
    """Send a snapshot to a screen that lost its place."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
            await socket.send_text(msgspec.json.encode(things.snapshot()).decode())


async def _tell_changes(socket: WebSocket, things: Things) -> None:
    """Send entries, positions and heartbeats until the screen leaves."""
    began_s, told, walked_s, beat_s = time.monotonic(), 0, 0.0, 0.0
    while True:
        await asyncio.sleep(0.005)
        past_s = time.monotonic() - began_s
        while told < past_s * ENTRIES_PER_S:
            told += 1
            await socket.send_text(msgspec.json.encode(things.change()).decode())
        if past_s - walked_s >= 1.0:
            walked_s = past_s
            await socket.send_text(msgspec.json.encode(things.walk(MOVES_PER_S)).decode())
        if past_s - beat_s >= HEARTBEAT_S:
            beat_s = past_s
            beat = {"type": "heartbeat", "number": things.number, "at": _now()}
            await socket.send_text(msgspec.json.encode(beat).decode())
