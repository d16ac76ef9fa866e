"""A phone of the field app as a journey holds it: storage of its own, killed, woken, without a network."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect

from tests.journeys.messages import new_id
from tests.journeys.product import Person, Product
from tests.journeys.test_worker_phone import ASLEEP, CHROMIUM, FLAGS

MEDIA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
LOG_IN_S = 20_000


class Phone:
    """One phone with storage of its own; ``kill`` ends the app, ``wake`` opens it again."""

    def __init__(
        self, playwright: Playwright, product: Product, folder: Path, place: dict[str, float], *, port: int = 0
    ) -> None:
        self._playwright, self._product, self._folder, self._place = playwright, product, folder, place
        self._base_url = f"http://127.0.0.1:{port or product.port}"
        self.context: BrowserContext = self._launch()
        self.page: Page = self.context.pages[0]

    def _launch(self) -> BrowserContext:
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        context = self._playwright.chromium.launch_persistent_context(
            str(self._folder), executable_path=CHROMIUM, args=[*FLAGS, *MEDIA], env=environment, locale="zh-CN",
            viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True,
            base_url=self._base_url, permissions=["geolocation", "microphone"],
            geolocation={"longitude": self._place["lon"], "latitude": self._place["lat"], "accuracy": 9},
        )  # fmt: skip
        context.add_init_script(ASLEEP)
        return context

    def log_in(self, account: dict[str, Any], *, off_ms: int = 0) -> None:
        if off_ms:
            self.page.clock.install(time=time.time() + off_ms / 1000)
        self.page.goto("/field")
        self.page.locator('input[name="username"]').fill(account["username"])
        self.page.locator('input[name="password"]').fill(account["password"])
        self.page.locator('button[type="submit"]').click()
        expect(self.page.locator(".parts")).to_be_visible(timeout=LOG_IN_S)

    def kill_and_wake(self, *, at_ms: int) -> None:
        """The app ends without a word and opens again, still without a network, so much later."""
        self.context.close()
        self.context = self._launch()
        self.context.set_offline(True)
        self.page = self.context.pages[0]
        self.page.clock.install(time=time.time() + at_ms / 1000)
        self.page.goto("/field")
        expect(self.page.locator(".parts")).to_be_visible(timeout=LOG_IN_S)

    def show(self, name: str) -> None:
        folder = os.environ.get("CITYBRAIN_PICTURES")
        if folder:
            self.page.screenshot(path=f"{folder}/{name}.png")


@dataclass(frozen=True)
class OnDuty:
    """A grid worker on shift with the phone in the hand, and the operator who sends matters there."""

    account: dict[str, Any]
    operator: Person
    worker: Person
    place: dict[str, float]
    phone: Phone

    def open_matter(self, category: str) -> int:
        return open_matter(self.operator, category, new_id(), self.place)

    def card(self, number: int) -> Locator:
        return card_of(self.phone.page, self.operator, number)


@contextmanager
def on_duty(
    product: Product, open_phone: Callable[..., Phone], *, index: int = 0, port: int = 0
) -> Iterator[OnDuty]:
    """Yield the so-many-th grid worker of the demonstration, on shift and not yet logged in on the phone."""
    account = [one for one in product.accounts() if one["role"] == "grid_worker"][index]
    operator = product.person("district_operator")
    worker = Person(product.base_url, account["username"], account["password"])
    worker.post("/workers/me/shift", {"on": True})
    place = place_in(operator, account["area"])
    yield OnDuty(account, operator, worker, place, open_phone(place, port=port))
    operator.close()
    worker.close()


def place_in(operator: Person, area: str) -> dict[str, float]:
    found = [d for d in operator.get("/devices", limit=500)["items"] if area in d["path"]]
    return {"lon": found[0]["lon"], "lat": found[0]["lat"]}


def close_by_others(product: Product, number: int, grid: str) -> None:
    """One leader asks for it, another agrees: the case is closed, and nobody asked the phone."""
    asks, agrees = (product.person("duty_leader", area=area) for area in ("321311", grid[:9]))
    asks.act(number, "force_close", reason="演练：已由他人处置")
    agrees.act(number, "approve")
    asks.close()
    agrees.close()


def open_matter(operator: Person, category: str, mark: str, place: dict[str, float]) -> int:
    said = {"category": category, "text": f"演示 {mark}", "channel": "department", **place}
    return int(operator.post("/incidents", said)["number"])


def card_of(page: Page, operator: Person, number: int) -> Locator:
    return page.locator("article.card", has_text=operator.get(f"/incidents/{number}")["title"])
