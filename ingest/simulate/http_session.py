"""One person's session over HTTP: logs in, keeps the CSRF token, comes back after every restart.

Comes in: a demo account. Goes out: plain JSON answers, or ``Refused``. ``phone.py``, ``desk_hand.py`` and
``callers.py`` act through it and know no other way to the product.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx

from foundation.clock import monotonic_s
from ingest.simulate.demo_access import DemoAccount

API = "/api/v1"
AWAY = frozenset({502, 503, 504})


class Refused(Exception):
    """The product answered no: ``status``, the problem's stable ``kind``, and its sentence."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(f"{status} {kind}: {detail}")
        self.status = status
        self.kind = kind
        self.detail = detail


class HttpSession:
    """A logged-in person. Every call waits while the server is away, and a POST keeps its key meanwhile."""

    def __init__(self, client: httpx.AsyncClient, account: DemoAccount) -> None:
        self.account = account
        self._client = client
        self._cookie = ""
        self._csrf = ""
        self._lock = asyncio.Lock()

    @property
    def cookie(self) -> str:
        """The session's cookie as a request header, for the live feed."""
        return self._cookie

    async def log_in(self) -> None:
        """Start a session; waits while the server is away. Raises ``Refused`` for a wrong password."""
        said = {"username": self.account.username, "password": self.account.password}
        answer = await self._send("POST", "/session", {}, json=said)
        self._cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        self._csrf = str(answer.json()["csrf_token"])

    async def get(self, path: str, **params: Any) -> Any:
        """Return the answer to a GET; a parameter that is None is left out."""
        wanted = {key: value for key, value in params.items() if value is not None}
        return (await self._ask("GET", path, params=wanted)).json()

    async def post(self, path: str, said: Mapping[str, Any], *, key: str | None = None) -> Any:
        """Return the answer to a POST that takes effect once, however often it must be sent."""
        extra = {"Idempotency-Key": key or str(uuid.uuid4())}
        answer = await self._ask("POST", path, json=dict(said), extra=extra)
        return answer.json() if answer.content else None

    async def send_bytes(
        self, method: str, path: str, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        """Send a body as it is, for attachments."""
        return await self._ask(method, path, content=content, extra=dict(headers))

    async def _ask(
        self, method: str, path: str, *, extra: Mapping[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        if not self._cookie:
            await self._log_in_again("")
        cookie = self._cookie
        answer = await self._try(method, path, extra, body)
        if answer is None:
            await self._log_in_again(cookie)
            answer = await self._try(method, path, extra, body)
        if answer is None:
            raise Refused(401, "unauthenticated", f"{self.account.username} was logged out again at once")
        return answer

    async def _try(
        self, method: str, path: str, extra: Mapping[str, str] | None, body: Mapping[str, Any]
    ) -> httpx.Response | None:
        """Return the answer, or None when the session has ended."""
        headers = {"Cookie": self._cookie, "X-CSRF-Token": self._csrf, **(extra or {})}
        try:
            return await self._send(method, path, headers, **body)
        except Refused as refused:
            if refused.status == 401:
                return None
            raise

    async def _log_in_again(self, stale: str) -> None:
        async with self._lock:
            if self._cookie == stale:
                await self.log_in()

    async def _send(self, method: str, path: str, headers: Mapping[str, str], **body: Any) -> httpx.Response:
        """Send until the server answers; a growing pause between the tries."""
        pause_s = 0.3
        while True:
            try:
                answer = await self._client.request(method, API + path, headers=dict(headers), **body)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code not in AWAY:
                return _checked(answer)
            retry_after = answer.headers.get("retry-after", "") if answer is not None else ""
            await asyncio.sleep(max(pause_s, float(retry_after) if retry_after.isdigit() else 0.0))
            pause_s = min(pause_s * 1.7, 5.0)


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code < 400:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    kind = re.split(r"[:/]", str(problem.get("type", "")))[-1]
    raise Refused(
        answer.status_code, kind, str(problem.get("detail") or problem.get("title") or answer.text[:200])
    )


def make_client(base_url: str) -> httpx.AsyncClient:
    """Return a client that keeps no cookies: it is shared, and would hand one person's to the next."""
    limits = httpx.Limits(max_connections=48, max_keepalive_connections=32)
    client = httpx.AsyncClient(base_url=base_url, timeout=20.0, limits=limits, trust_env=False, verify=False)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


async def wait_for_server(client: httpx.AsyncClient, patience_s: float) -> bool:
    """Return whether the server said ready within the patience."""
    until_s = monotonic_s() + patience_s
    while monotonic_s() < until_s:
        try:
            if (await client.get("/readyz")).status_code == 200:
                return True
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.3)
    return False
