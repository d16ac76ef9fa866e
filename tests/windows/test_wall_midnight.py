"""The wall over midnight, with nobody near it: the date turns in the city's zone, and the day begins at nought."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect, sync_playwright

from tests.windows.page_visit import CHROMIUM, open_chromium
from tests.windows.stand_in import INCIDENTS, Server, overview, serve_files

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is missing: `make test` installs it"),
]
NUMBER = 7
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)  # in the city; the browser's own zone is another


class Night(Server):
    """A server whose figures are those of its own moment, and which counts nothing but the hours of a day."""

    def __init__(self) -> None:
        super().__init__("wall")
        self.now = MIDNIGHT - timedelta(seconds=30)
        self.line: WebSocketRoute | None = None

    def hear(self, socket: Any, said: dict[str, Any]) -> None:
        super().hear(socket, said)
        if said.get("since", {}).get("number", NUMBER) == NUMBER:  # not the line over which the past is asked
            self.line = socket  # a wall that has heard nothing for a minute connects anew
        self.beat()

    def beat(self) -> None:
        if self.line is not None:
            self.say(
                self.line, type="snapshot", epoch="e", number=NUMBER, incidents=INCIDENTS, overview=self.board()
            )
            self.say(self.line, type="heartbeat", number=NUMBER, at=self.now.isoformat())

    def body_for(self, path: str) -> Any:
        return self.board() if path == "/overview" else super().body_for(path)

    def board(self) -> dict[str, Any]:
        said = overview() | {"at": self.now.isoformat()}
        today = {"opened_today": 0, "closed_today": 0} if self.now >= MIDNIGHT else {"opened_today": 9}
        last = self.now.replace(minute=0, second=0)
        hours = [last - timedelta(hours=back) for back in range(23, -1, -1)]
        trend = [{"hour": one.isoformat(), "opened": int(one < MIDNIGHT), "closed": 0} for one in hours]
        boards = {name: {**one, **today, "trend_24h": trend} for name, one in said["domains"].items()}
        return {**said, "totals": {**said["totals"], **today}, "domains": boards}


@pytest.fixture
def night(static: Path) -> Iterator[tuple[Night, Page]]:
    files, address = serve_files(static)
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        page = browser.new_page(viewport={"width": 1920, "height": 1080}, timezone_id="America/New_York")
        server = Night()
        page.clock.install(time=server.now)
        server.attach(page)
        page.goto(address + "/wall")
        yield server, page
        browser.close()
    files.shutdown()
    files.server_close()


def test_the_day_turns_without_a_hand(night: tuple[Night, Page]) -> None:
    server, page = night
    expect.set_options(timeout=30_000)  # a machine that does much else
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: line.type == "error" and faults.append(line.text))
    today, trend = page.locator(".left .panel .today").first, page.locator(".left .panel .trend [role=img]").first
    expect(page.locator(".clock .date")).to_have_text("2026年11月22日周日", timeout=30_000)
    expect(today).to_have_text("今日 新增 9 · 办结 1")
    expect(trend).to_have_attribute("aria-label", "24 小时趋势：新增 24，办结 0")
    server.now = MIDNIGHT + timedelta(seconds=30)  # nothing is told: the wall asks by itself
    page.clock.fast_forward("01:00")
    expect(today).to_have_text("今日 新增 0 · 办结 0")
    expect(trend).to_have_attribute("aria-label", "24 小时趋势：新增 23，办结 0")
    server.beat()
    expect(page.locator(".clock .date")).to_have_text("2026年11月23日周一")
    expect(page.locator(".clock time")).to_contain_text(re.compile("00:0[0-9]:"))  # it runs on meanwhile
    expect(page.locator(".stale")).to_have_count(0)
    expect.set_options(timeout=5_000)
    assert faults == []
