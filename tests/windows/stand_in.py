"""A stand-in for the server at the edge of the browser: real built files under the real policy, canned answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
NOW = datetime.now(UTC)
AREA = {"code": "321311", "name": "宿豫区", "name_en": "Suyu District", "level": "district"}
TOWN = {"code": "321311100", "name": "来龙镇", "name_en": "Lailong Town", "path": ["321311", "321311100"]}
ROLES = ("wall", "district_operator", "duty_leader", "grid_worker")
DOMAINS = ("emergency", "public_order", "urban_management", "transport")


def later(**by: float) -> str:
    return (NOW + timedelta(**by)).isoformat()


def incident(number: int, **change: Any) -> dict[str, Any]:
    clock = {
        "stage": "dispose",
        "due_at": later(hours=2),
        "paused": False,
        "calendar": "continuous",
        "order": number * 10,
    }
    order = {
        "id": number * 10, "kind": "dispose", "state": "issued",
        "holder": {"kind": "grid", "code": "G1", "name": "第一网格"},
        "assignee": {"id": "w1", "name": "张**"}, "clocks": [clock], "incident": number,
    }  # fmt: skip
    return {
        "number": number, "title": f"井盖移位 {number}", "title_en": f"manhole cover out of place {number}",
        "domain": "urban_management", "category": "UM-01002",
        "category_name": {"zh": "井盖移位", "en": "manhole cover"},
        "severity": 5, "severity_proposed": None, "urgency": "normal", "sensitive": False, "drill": False,
        "state": "dispatched", "level": "town", "area": TOWN, "grid": None, "cell": None,
        "location": {"lon": 118.4, "lat": 33.95, "accuracy_m": None, "how": "register"},
        "holder": {"kind": "town", "code": "T1", "name": "来龙镇综合指挥中心", "name_en": "Lailong Centre"},
        "supervised_by": None, "orders": [order], "clocks": [clock],
        "sources": [{"kind": "device", "source": "native", "id": "a1", "at": later(minutes=-9)}], "upstream": None,
        "version": 1, "opened_at": later(minutes=-9), "updated_at": later(minutes=-9), "closed_at": None, **change,
    }  # fmt: skip


INCIDENTS = [
    incident(1, severity=2, domain="emergency", urgency="emergency"),
    incident(2, urgency="emergency"),
    incident(3, title="<img src=x onerror=alert(1)>", title_en="<img src=x onerror=alert(1)>"),
    incident(4, drill=True),
]


def me(*roles: str) -> dict[str, Any]:
    grants = [{"role": role, "area": AREA, "domains": None, "department": None} for role in roles or ROLES]
    city = {
        "code": "321311", "name": "宿豫区", "name_en": "Suyu District", "timezone": "Asia/Shanghai", "demo": True,
        "synthetic": True, "bounds": [118.2, 33.8, 118.6, 34.2], "center": [118.4, 34.0], "levels": [],
    }  # fmt: skip
    return {
        "username": "somebody", "name": "某人", "csrf_token": "t0k", "assignments": grants,
        "worker": {"id": "w1", "name": "张三"}, "on_shift": True, "city": city,
    }  # fmt: skip


def overview() -> dict[str, Any]:
    hours = [{"hour": later(hours=-back), "opened": back % 5, "closed": back % 3} for back in range(23, -1, -1)]
    figures = {
        "open": 2,
        "emergency_urgency": 1,
        "overdue": 1,
        "due_soon": 0,
        "opened_today": 3,
        "closed_today": 1,
    }
    return {
        "area": AREA, "at": later(), "epoch": "e", "number": 7, "demo": True,
        "totals": {**figures, "severity": {"1": 0, "2": 1, "3": 0, "4": 0}, "on_time_ratio": 0.9},
        "domains": {name: {**figures, "on_time_ratio": None, "trend_24h": hours} for name in DOMAINS},
        "on_duty": [{"role": "duty_leader", "name": "高**", "area": AREA}],
        "children": [{**TOWN, "level": "town", "open": 4, "overdue": 1, "emergency_urgency": 2}],
    }  # fmt: skip


def areas() -> dict[str, Any]:
    def square(area: dict[str, Any], level: str, parent: str | None) -> dict[str, Any]:
        ring = [[118.3, 33.85], [118.5, 33.85], [118.5, 34.1], [118.3, 34.1], [118.3, 33.85]]
        return {
            "type": "Feature",
            "properties": {**area, "level": level, "parent": parent},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }

    return {
        "type": "FeatureCollection",
        "features": [square(AREA, "district", None), square(TOWN, "town", "321311")],
    }


REASON = {"type": "string", "title": "理由", "x-en": "reason", "minLength": 1, "x-widget": "text"}
ACTIONS = {
    "items": [
        {"action": "sign", "order": 10, "label": {"zh": "签收", "en": "sign"}, "irreversible": False,
         "schema": {"type": "object", "properties": {}, "required": []}},
        {"action": "reject", "order": None, "label": {"zh": "不予受理", "en": "reject"}, "irreversible": True,
         "schema": {"type": "object", "properties": {"reason": REASON}, "required": ["reason"]}},
    ]
}  # fmt: skip


def opened_entry(number: int, **change: Any) -> dict[str, Any]:
    """Return the journal entry with which an incident appears."""
    return {
        "number": number, "at": later(), "incident": 9, "kind": "incident_opened",
        "actor": {"kind": "device", "name": "d"}, "data": {"area_name": "来龙镇"},
        "state_after": incident(9, **change),
    }  # fmt: skip


FOREIGN = "999999"


class Server:
    """Answers the API of one page and speaks on its live socket; remembers what was asked and said."""

    def __init__(self, *roles: str, logged_in: bool = True) -> None:
        self.roles = roles
        self.logged_in = logged_in
        self.is_mute = False
        self.posts: list[tuple[str, dict[str, str], Any]] = []
        self.subscriptions: list[dict[str, Any]] = []
        self.sockets: list[WebSocketRoute] = []

    def attach(self, page: Page) -> None:
        page.route("**/api/v1/**", self.answer)
        page.route_web_socket("**/api/v1/live", self.live)

    def live(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self.hear(socket, json.loads(str(text))))

    def hear(self, socket: WebSocketRoute, said: dict[str, Any]) -> None:
        self.subscriptions.append(said)
        if said.get("area") == FOREIGN:
            socket.close(code=4404)
            return
        if "since" not in said and not self.is_mute:
            self.say(socket, type="snapshot", epoch="e", number=7, incidents=INCIDENTS, overview=overview())

    def say(self, socket: WebSocketRoute, **frame: Any) -> None:
        socket.send(json.dumps(frame))

    def answer(self, route: Route) -> None:
        request = route.request
        path = request.url.split("/api/v1", 1)[1].split("?")[0]
        if request.method != "GET":
            self.posts.append((path, request.headers, json.loads(request.post_data or "null")))
            if path == "/session":
                self.logged_in = True
        if path == "/session" and request.method == "GET":
            route.fulfill(json={"logged_in": self.logged_in})
            return
        if not self.logged_in:
            problem = {"type": "urn:citybrain:problem:not_logged_in", "status": 401}
            route.fulfill(status=401, json=problem)
            return
        route.fulfill(json=self.body_for(path))

    def body_for(self, path: str) -> Any:
        fixed: dict[str, Callable[[], Any]] = {
            "/me": lambda: me(*self.roles),
            "/session": lambda: {"csrf_token": "t0k", "me": me(*self.roles)},
            "/overview": overview,
            "/grid/areas": areas,
            "/incidents": lambda: {"items": INCIDENTS, "next": None},
        }
        if path in fixed:
            return fixed[path]()
        if path.endswith("/actions"):
            return ACTIONS
        if "/actions/" in path:
            return {**INCIDENTS[0], "version": 2, "state": "handling"}
        parts = path.strip("/").split("/")
        if parts[0] == "incidents" and len(parts) == 2:
            return INCIDENTS[int(parts[1]) - 1]
        return {"items": [], "next": None}


class _Files(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        first = self.path.split("?")[0].strip("/").split("/")[0]
        if first in {"wall", "desk", "field"}:
            self.path = f"/{first}.html"
        super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve_files(static: Path) -> tuple[ThreadingHTTPServer, str]:
    """Serve the built files on a free port; the caller shuts the server down."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(static)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"
