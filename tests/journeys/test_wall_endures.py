"""The wall that nobody touches: a gap, a dead server, a reload, a network asleep; its figures stay right."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Playwright, WebSocketRoute, expect

from tests.journeys.messages import alarm, new_id
from tests.journeys.product import Person, Product, eventually
from tests.windows.page_visit import CHROMIUM, open_chromium

STATIC = Path(__file__).resolve().parents[2] / "dashboards" / "static"
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.parametrize("product", ["sqlite"], indirect=True),
    pytest.mark.skipif(not (STATIC / "wall.html").exists(), reason="the front ends are not built"),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is missing: `make test` installs it"),
]
BACK_MS = 90_000
# A town of its own, in which no other journey of the shared product lets anything happen.
TOWN, LAMP, PLACE = "321311402", "street-lamp-015", "化工园区滨河路"
LOST = re.compile("WebSocket|ERR_|Failed to load resource")
STALE = "数据中断，地图已停止更新"
READ = """() => {
  const texts = (where) => [...document.querySelectorAll(where)].map((one) => one.textContent.trim());
  return { head: texts(".head .figures > li:not(.grades) b"), domains: texts(".left .panel .figures dd"),
    today: texts(".left .panel .today"), needs: texts(".needs header b") };
}"""


class Wall:
    """A wall in a browser whose line and clock are in our hand."""

    def __init__(self, context: BrowserContext, product: Product, person: Person) -> None:
        self.product, self.person = product, person
        self.page = context.new_page()
        self.page.clock.install()
        self.faults: list[str] = []
        self.outside: list[str] = []
        self.snapshots_asked = 0
        self.own_line: WebSocketRoute | None = None
        self.drops_entries = self.has_gap = self.is_silent = self.may_lose = False
        self.page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        self.page.on("console", lambda line: self._hear(line.type, line.text))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.route_web_socket(re.compile("/api/v1/live$"), self._join)
        self.page.goto(product.base_url + "/wall")

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and not (self.may_lose and LOST.search(text)):
            self.faults.append(text)

    def _note(self, address: str) -> None:
        if not address.startswith((self.product.base_url, "data:", "blob:")):
            self.outside.append(address)

    def _join(self, line: WebSocketRoute) -> None:
        if self.is_silent:
            return
        server = line.connect_to_server()
        line.on_message(lambda said: self._ask(line, server, str(said)))
        server.on_message(lambda frame: self._tell(line, str(frame)))

    def _ask(self, line: WebSocketRoute, server: WebSocketRoute, said: str) -> None:
        if '"since"' not in said:  # the line of the page; what was told before is asked over one of its own
            self.snapshots_asked += 1
            self.own_line = line
        if not self.is_silent:
            server.send(said)

    def _tell(self, line: WebSocketRoute, frame: str) -> None:
        if self.is_silent:
            return
        if line is not self.own_line:  # in a quiet town the line that asks for the past stays open for seconds
            line.send(frame)
            return
        is_entries = frame.startswith('{"type":"entries"')
        if self.drops_entries and is_entries:
            self.drops_entries, self.has_gap = False, True
            return
        self.has_gap = self.has_gap and not is_entries
        if not self.has_gap:  # a heartbeat would say that nothing is missing
            line.send(frame)

    def shows(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self.page.evaluate(READ)
        return found

    def is_true(self) -> bool:
        """Whether every figure is what the server answers now; while it is away, it is not."""
        try:
            return self.shows() == figures_of(self.person)
        except (httpx.HTTPError, AssertionError):
            return False

    def wait_true(self) -> None:
        def look() -> bool:
            self.page.wait_for_timeout(300)
            return self.is_true()

        try:
            eventually(look, BACK_MS / 1000)
        except AssertionError as error:
            shown = self.page.evaluate("document.body.innerText.slice(0, 400)")
            raise AssertionError(f"it shows {self.shows()}, {shown!r}; faults {self.faults}") from error
        expect(self.page.locator(".stale")).to_have_count(0, timeout=BACK_MS)


def figures_of(person: Person) -> dict[str, list[str]]:
    """Return what the wall must show, from the API."""
    answer = person.http.get("/api/v1/overview")
    assert answer.status_code == 200
    said = answer.json()
    totals, boards = said["totals"], said["domains"].values()

    def row(one: dict[str, Any]) -> list[str]:
        on_time = one["on_time_ratio"]
        share = "—" if on_time is None else f"{int(on_time * 100 + 0.5)}%"
        return [str(one["open"]), str(one["emergency_urgency"]), str(one["overdue"]), share]

    return {
        "head": [str(totals[name]) for name in ("emergency_urgency", "open", "overdue")],
        "domains": [text for one in boards for text in row(one)],
        "today": [f"今日 新增 {one['opened_today']} · 办结 {one['closed_today']}" for one in boards],
        "needs": [str(totals["needs_person"])],
    }


@pytest.fixture
def wall(product: Product, playwright: Playwright) -> Iterator[Wall]:
    browser = open_chromium(playwright)
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, service_workers="block")
    account = product.account("wall", area=TOWN)
    said = {"username": account["username"], "password": account["password"]}
    assert context.request.post(product.base_url + "/api/v1/session", data=said).ok
    person = product.person("wall", area=TOWN)
    yield Wall(context, product, person)
    person.close()
    browser.close()


def tell_of_a_lamp(product: Product) -> None:
    """A device speaks, whether the web lives or not."""
    gateway = product.producer()
    gateway.publish(f"citybrain/v1/devices/{LAMP}/alarm", alarm("UM-01037"))
    gateway.close()


def report(product: Product, count: int) -> None:
    """Have an operator take calls; what they tell of is counted when the server has answered."""
    operator = product.person("district_operator")
    place = operator.get("/places", q=PLACE)["items"][0]
    for _ in range(count):
        said = {"category": "UM-09015", "text": f"演示 {new_id()}", "lon": place["lon"], "lat": place["lat"]}
        operator.post("/incidents", {**said, "channel": "department"})
    operator.close()


def test_a_wall_outlives_what_happens_to_it(wall: Wall, product: Product) -> None:
    page = wall.page
    wall.wait_true()
    before = wall.snapshots_asked

    wall.drops_entries = True  # the numbers have a gap: the wall must ask again
    report(product, 1)
    eventually(lambda: page.wait_for_timeout(200) or not wall.drops_entries, 30)
    report(product, 2)
    eventually(lambda: page.wait_for_timeout(200) or wall.snapshots_asked > before, 60)
    wall.wait_true()
    assert wall.snapshots_asked == before + 1

    wall.may_lose = True
    os.kill(product.pids()["web"], signal.SIGKILL)
    tell_of_a_lamp(product)
    wall.wait_true()
    page.reload()
    wall.wait_true()

    wall.is_silent = True  # as when the network sleeps: nothing comes, and nothing says so
    page.context.set_offline(True)
    page.clock.fast_forward("00:15")
    expect(page.get_by_text(STALE)).to_be_visible(timeout=BACK_MS)
    expect(page.locator(".needs .panel-age.old")).to_be_visible()
    page.clock.fast_forward("10:00")
    expect(page.locator(".left .panel-age.old")).to_have_count(4, timeout=BACK_MS)
    report(product, 2)
    wall.is_silent = False
    page.context.set_offline(False)
    wall.wait_true()
    expect(page.get_by_text(STALE)).to_have_count(0)
    expect(page.locator(".panel-age.old")).to_have_count(0, timeout=BACK_MS)
    assert (wall.faults, wall.outside) == ([], [])


@pytest.mark.prove
def test_a_wall_outlives_a_restart_of_the_whole_product(wall: Wall, product: Product) -> None:
    wall.wait_true()
    wall.may_lose = True
    product.stop()
    expect(wall.page.get_by_text(STALE)).to_be_visible(timeout=BACK_MS)
    product.start()
    report(product, 1)
    wall.wait_true()
    assert (wall.faults, wall.outside) == ([], [])
