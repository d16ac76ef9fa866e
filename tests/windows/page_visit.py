"""One visit to one page: log in, open, take the picture, look for what is wrong.

Comes in: a browser, a running demo, a page of ``page_list.py``. Goes out: a PNG (and A4 sheets), and ``Found``.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, TimeoutError

from tests.journeys.product import Product
from tests.windows.lively_demo import LONG, find_busy_department
from tests.windows.page_list import Size, Window

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = Path(__file__).resolve().parents[2] / "dashboards" / "windows" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = Path(__file__).with_name("page_faults.js").read_text()
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"], runOnly: {type: "tag",
  values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})).violations"""
TOWN = "321311001"
MAP_MS = 3_000  # the map draws without a GPU
QUIET_MS = 700
PATIENCE_MS = 45_000


@dataclass
class Found:
    """What was wrong on one page; ``foreign`` words are told, and no fault: data has one language."""

    name: str
    faults: dict[str, list[str]] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Return a row of the table."""
        kinds = ", ".join(f"{kind} {len(words)}" for kind, words in self.faults.items()) or "clean"
        return f"{self.name:52} {kinds}" + (f"   foreign: {' | '.join(self.foreign[:4])}" if self.foreign else "")


def open_chromium(playwright: Playwright) -> Browser:
    """Start Debian's Chromium without a proxy."""
    environment: dict[str, str | float | bool] = {
        key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")
    }
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)


class Visitor:
    """Goes from page to page, logging in once as each person."""

    def __init__(self, browser: Browser, product: Product, out: Path | None) -> None:
        self._browser = browser
        self._product = product
        self._out = out
        self._logins: dict[str, Any] = {}
        self._addresses: dict[str, str] = {}
        self._busy = ""

    def visit(self, window: Window, language: str, size: Size) -> Found:
        """Open the page, take its picture, return what was found."""
        found = Found(f"{window.name} {language} {size[0]}x{size[1]}")
        context = self._enter(window, language, size)
        page = context.new_page()
        self._listen(page, found, patient=not window.role)
        page.goto(self._address(window, context))
        self._note(found, "map", settle(page, window))
        for step in window.steps:
            take_step(page, step)
        for kind, words in page.evaluate(LOOK, language).items():
            self._note(found, kind, words)
        self._picture(page, window, f"{window.name}-{language}-{size[0]}")
        self._note(found, "axe", list_axe_faults(page))
        context.close()
        return found

    def _note(self, found: Found, kind: str, words: list[str]) -> None:
        if kind == "foreign":
            found.foreign = words
        elif words:
            found.faults.setdefault(kind, []).extend(words)

    def _listen(self, page: Page, found: Found, *, patient: bool) -> None:
        own = (self._product.base_url, self._product.base_url.replace("http", "ws", 1), "data:", "blob:")

        def hear(kind: str, text: str) -> None:
            # nobody is logged in yet: that is what the page asks first
            if kind == "error" and not (patient and "401" in text):
                self._note(found, "console", [text])

        page.on("console", lambda line: hear(line.type, f"{line.text} {line.location.get('url', '')}"))
        page.on("pageerror", lambda error: self._note(found, "console", [str(error)]))
        page.on("dialog", lambda dialog: self._note(found, "console", [f"dialog {dialog.message}"]))
        page.on("request", lambda ask: ask.url.startswith(own) or self._note(found, "outside host", [ask.url]))

    def _enter(self, window: Window, language: str, size: Size) -> BrowserContext:
        # a far zone: every time on the page must be the city's, not the browser's
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=self._product.base_url, service_workers="block",
            geolocation={"longitude": 118.33, "latitude": 33.95}, permissions=["geolocation"],
            timezone_id="America/New_York", has_touch=size[0] < 500, reduced_motion="reduce",
        )  # fmt: skip
        context.add_init_script(f"localStorage.setItem('citybrain.language', '{language}')")
        if window.role:
            context.add_cookies(self._login(window))
        return context

    def _account(self, window: Window) -> dict[str, Any]:
        department = window.department
        if department == "{busy}":
            self._busy = self._busy or find_busy_department(self._product)
            department = self._busy
        facts = {"department": department} if department else {}
        if window.role in ("duty_leader", "wall"):
            facts["area"] = "321311"
        if window.role in ("grid_worker", "handler", "community_operator"):
            return self._worker(window.role)
        return self._product.account(window.role, **facts)

    def _worker(self, role: str) -> dict[str, Any]:
        """Return the one of these phones with most to do."""
        operator = self._product.person("district_operator")
        items = operator.get("/incidents", limit=500)["items"]
        operator.close()
        held: dict[str, int] = {}
        for order in (order for one in items if one["is_open"] for order in one["orders"]):
            ended = order["ended_at"] is not None
            for key in (
                (order["assignee"] or {}).get("id"),
                (order["holder"] or {}).get("code", "").removeprefix("community-"),
            ):
                held[str(key)] = held.get(str(key), 0) + (not ended)
        phones = [one for one in self._product.accounts() if one["role"] == role and one["worker"]]
        return max(
            phones,
            key=lambda one: held.get(one["worker"], 0) + (role == "community_operator") * held.get(one["area"], 0),
        )

    def _login(self, window: Window) -> Any:
        key = f"{window.role}/{window.department}"
        if key not in self._logins:
            context = self._browser.new_context(base_url=self._product.base_url)
            account = self._account(window)
            said = {"username": account["username"], "password": account["password"]}
            answer = context.request.post("/api/v1/session", data=said)
            assert answer.ok, f"{account['username']} was not let in: {answer.status} {answer.text()}"
            self._logins[key] = context.cookies()
            context.close()
        return self._logins[key]

    def _address(self, window: Window, context: BrowserContext) -> str:
        if "{" not in window.path:
            return window.path
        if window.name not in self._addresses:
            items = context.request.get("/api/v1/incidents?limit=500").json()["items"]
            self._addresses[window.name] = fill_address(
                window.path, [one for one in items if one["is_open"]] or items
            )
        return self._addresses[window.name]

    def _picture(self, page: Page, window: Window, name: str) -> None:
        if self._out is None:
            return
        page.screenshot(path=str(self._out / f"{name}.png"))
        if window.printed:
            page.pdf(path=str(self._out / f"{name}.pdf"), prefer_css_page_size=True, print_background=True)
            page.emulate_media(media="print")
            page.set_viewport_size({"width": 680, "height": 1010})  # A4 less its margins, at 96 dpi
            page.screenshot(path=str(self._out / f"{name}-paper.png"))
            page.emulate_media(media="screen")
            page.set_viewport_size({"width": 1366, "height": 768})


def fill_address(path: str, items: list[dict[str, Any]]) -> str:
    """Put into the address what this person may see and there is most to see of."""
    rich = max(
        items,
        key=lambda one: (bool(one["location"]), len(one["orders"]), len(one["sources"]), len(one["attachments"])),
    )
    grave = min(items, key=lambda one: (one.get("severity_proposed") or one["severity"], not one["sensitive"]))
    long = next((one for one in items if LONG[:20] in json.dumps(one, ensure_ascii=False)), rich)
    own = [(one["number"], order["id"]) for one in items for order in one["orders"] if not order["ended_at"]]
    task = next(iter(own), (rich["number"], 0))
    return path.format(
        town=TOWN, incident=rich["number"], grave=grave["number"], long=long["number"], village=rich["number"],
        task=f"{task[0]}/{task[1]}",
    )  # fmt: skip


def settle(page: Page, window: Window) -> list[str]:
    """Wait until the page says nothing more: no word of loading, the text stands still, the map is drawn.

    Returns what stands in place of the map where it is not drawn.
    """
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    still = """([patience, quiet]) => new Promise((done) => {
      let [before, since] = ["", performance.now()], began = since;
      const look = () => {
        const now = performance.now(), text = document.body.innerText.replace(/\\d/g, "");
        if (text !== before) [before, since] = [text, now];
        const loading = /载入中|等待数据|Loading|Waiting for data/.test(text) || text.trim() === "";
        if ((now - since > quiet && !loading) || now - began > patience) return done(now - began);
        setTimeout(look, 100);
      };
      look();
    })"""
    page.evaluate(still, [12_000, QUIET_MS])
    if window.has_map:
        waiting = page.locator(".map .failed[role=status]").first
        with contextlib.suppress(TimeoutError):
            waiting.wait_for(state="detached", timeout=PATIENCE_MS)
        page.wait_for_timeout(MAP_MS)
    return page.locator(".map .failed").all_inner_texts()


def take_step(page: Page, step: str) -> None:
    """Click the first of what a selector finds, or press a key."""
    if step.startswith("key:"):
        page.keyboard.press(step.removeprefix("key:"))
    else:
        target = page.locator(step).locator("visible=true").first
        if target.count():
            target.click(timeout=5_000)
    page.wait_for_timeout(1_200)


def list_axe_faults(page: Page) -> list[str]:
    """Return what axe finds; the map's canvas is judged by its list."""
    page.evaluate(AXE.read_text())
    return [f"{one['id']}: {node['html'][:150]}" for one in page.evaluate(RUN_AXE) for node in one["nodes"][:3]]
