"""What happens to every request at the edge: trace id, security headers, access log, figures.

Pure ASGI, outermost; HTTP and WebSocket alike get a trace id that goes on to the brain and into every log line.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.server.errors import Refused
from dashboards.server.figures.metrics import Metrics
from foundation.clock import monotonic_s
from foundation.ids import new_id
from foundation.logs import get_logger

TRACE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(self)",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
PROBLEM = "application/problem+json"
QUIET = frozenset({"/livez", "/readyz", "/metrics"})

log = get_logger("access")


class Edge:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, is_secure: bool) -> None:
        self.app = app
        self.metrics = metrics
        self.headers = {**HEADERS, **(HSTS if is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        trace_id = _read_trace_id(scope)
        scope.setdefault("state", {})["trace_id"] = trace_id
        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            if scope["type"] == "websocket":
                await self.app(scope, receive, send)
            else:
                await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_s, status, is_told = monotonic_s(), 500, False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, is_told
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, message)
                if status == 413 and Headers(scope=message).get("content-type") != PROBLEM:
                    # the framework's own limit answers in plain text, before any handler of ours
                    is_told = True
                    await self._tell_too_large(scope, message, send)
            if not is_told:
                await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            self._note(scope, status, monotonic_s() - started_s)

    async def _tell_too_large(self, scope: Scope, message: Message, send: Send) -> None:
        refused = Refused("too_large", "The body is larger than this address takes.")
        body = msgspec.json.encode(refused.document(scope["state"]["trace_id"]))
        headers = MutableHeaders(scope=message)
        headers["Content-Type"] = PROBLEM
        headers["Content-Length"] = str(len(body))
        await send(message)
        await send({"type": "http.response.body", "body": body})

    def _add_headers(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers["X-Trace-Id"] = scope["state"]["trace_id"]
        for name, value in self.headers.items():
            headers.setdefault(name, value)
        if scope["path"].startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self.metrics.requests.labels(route, scope["method"], status).inc()
        self.metrics.request_seconds.labels(route).observe(seconds)
        if scope["path"] in QUIET and status < 400:
            return
        log.info(
            "request",
            method=scope["method"],
            path=scope["state"].get("shown_path", scope["path"]),
            status=status,
            duration_ms=round(seconds * 1000, 1),
            account=scope["state"].get("account"),
            client=(scope.get("client") or ("",))[0],
        )


def _read_trace_id(scope: Scope) -> str:
    shown = Headers(scope=scope).get("x-trace-id", "")
    return shown if TRACE_ID.fullmatch(shown) else new_id()


def trace_id_of(state: Any) -> str:
    """Return the trace id of a request's ``state``."""
    return str(getattr(state, "trace_id", ""))
