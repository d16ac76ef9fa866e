"""A phone through a long day without a network: forty acts, killed twice, sent twice, told what was refused."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, Route, expect, sync_playwright

from ingest.simulate.photo import draw_photo
from tests.journeys.messages import new_id
from tests.journeys.product import Person, Product, eventually
from tests.journeys.test_worker_phone import CHROMIUM, FLAGS

pytestmark = [pytest.mark.journey, pytest.mark.browser]

MEDIA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
CATEGORIES = ("UM-06010", "UM-06014", "UM-06018", "UM-06020")
REPORTS = 24
WITH_PHOTO = 6
STEP_MS = 13 * 60_000
LOG_IN_S = 20_000


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


class Phone:
    """One phone with storage of its own; ``kill`` ends the app, ``wake`` opens it again."""

    def __init__(self, playwright: Playwright, product: Product, folder: Path, place: dict[str, float]) -> None:
        self._playwright, self._product, self._folder, self._place = playwright, product, folder, place
        self.context: BrowserContext = self._launch()
        self.page: Page = self.context.pages[0]

    def _launch(self) -> BrowserContext:
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        return self._playwright.chromium.launch_persistent_context(
            str(self._folder), executable_path=CHROMIUM, args=[*FLAGS, *MEDIA], env=environment, locale="zh-CN",
            viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True,
            base_url=self._product.base_url, permissions=["geolocation", "microphone"],
            geolocation={"longitude": self._place["lon"], "latitude": self._place["lat"], "accuracy": 9},
        )  # fmt: skip

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


@pytest.fixture
def open_phone(playwright: Playwright, product: Product, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    opened: list[Phone] = []

    def make(place: dict[str, float]) -> Phone:
        opened.append(Phone(playwright, product, tmp_path / f"phone-{len(opened)}", place))
        return opened[-1]

    yield make
    for phone in opened:
        phone.context.close()


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


def go(page: Page, tab: str) -> None:
    page.locator(".van-tabbar-item", has_text=tab).last.click()


def dispose(page: Page, photo: Path) -> None:
    """A photo and one choice."""
    sheet = page.locator("form.sheet")
    sheet.locator('input[type="file"]').set_input_files(str(photo))
    expect(sheet.locator("figure img")).to_be_visible(timeout=10_000)
    sheet.get_by_role("button", name="已清理").click()
    sheet.get_by_role("group", name="结案条件").get_by_role("button", name="是", exact=True).click()
    sheet.locator('button[type="submit"]').click()
    expect(sheet).to_have_count(0)


def report(page: Page, text: str, photo: Path | None) -> None:
    go(page, "上报")
    page.locator("textarea").fill(text)
    if photo is not None:
        page.locator('.report input[type="file"]').set_input_files(str(photo))
        expect(page.locator(".report figure img")).to_be_visible(timeout=10_000)
    page.locator(".report > button.main").click()
    expect(page.locator(".parts")).to_be_visible(timeout=10_000)


def twice(route: Route) -> None:
    """The network sends everything twice, and it is the second answer that arrives."""
    if route.request.method not in ("POST", "PATCH"):
        return route.continue_()
    route.fetch()
    return route.fulfill(response=route.fetch())


def test_forty_acts_of_a_day_without_a_network(
    product: Product, open_phone: Callable[..., Phone], tmp_path: Path
) -> None:
    if "CITYBRAIN_DATABASE_URL" in product.environment:
        pytest.skip("once is enough: what differs is the phone, not the database")
    account = product.account("grid_worker")
    operator = product.person("district_operator")
    worker = Person(product.base_url, account["username"], account["password"])
    worker.post("/workers/me/shift", {"on": True})
    place = place_in(operator, account["area"])
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(draw_photo(["现场"], "offline"))
    marks = [new_id() for _ in CATEGORIES]
    numbers = [_open(operator, category, mark, place) for category, mark in zip(CATEGORIES, marks, strict=True)]
    message = operator.post("/messages", {"text": "注意安全", "area": account["area"]})["id"]
    phone = open_phone(place)
    phone.log_in(account)
    _wait_for_shell(phone.page)
    for number in numbers:
        expect(_card(phone.page, operator, number)).to_be_visible(timeout=15_000)
    eventually(lambda: all(operator.get(f"/incidents/{n}")["orders"][0]["received_at"] for n in numbers), 20)
    phone.context.set_offline(True)
    hours = _work_offline(phone, operator, numbers, photo)
    _be_told_twice(phone)
    assert hours >= 7.5
    close_by_others(product, numbers[-1], account["area"])
    phone.context.route("**/api/v1/**", twice)
    phone.context.set_offline(False)
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.page.locator(".outbox", has_text="待上传")).to_have_count(0, timeout=60_000)
    _check_all_once(operator, worker, numbers, message)
    go(phone.page, "我的")
    expect(phone.page.get_by_text("未被接受。").first).to_be_visible()
    phone.show("refused")
    for person in (operator, worker):
        person.close()


def _open(operator: Person, category: str, mark: str, place: dict[str, float]) -> int:
    said = {"category": category, "text": f"演示 {mark}", "channel": "department", **place}
    return int(operator.post("/incidents", said)["number"])


def _card(page: Page, operator: Person, number: int) -> Locator:
    return page.locator("article.card", has_text=operator.get(f"/incidents/{number}")["title"])


def _wait_for_shell(page: Page) -> None:
    """Until the service worker has kept what the app is made of."""
    page.wait_for_function("navigator.serviceWorker.controller !== null", timeout=20_000)


def _be_told_twice(phone: Phone) -> None:
    phone.show("waiting")
    expect(phone.page.locator(".outbox")).to_contain_text("待上传")


def _work_offline(phone: Phone, operator: Person, numbers: list[int], photo: Path) -> float:
    """Four tasks of three acts, twenty-four reports, a message, off and on shift, help: forty acts."""
    passed_ms = STEP_MS

    def pass_time() -> None:
        nonlocal passed_ms
        passed_ms += STEP_MS
        phone.page.clock.fast_forward(STEP_MS)

    phone.page.clock.install(time=time.time())
    for count, number in enumerate(numbers):
        _finish_task(phone.page, _card(phone.page, operator, number), photo, pass_time)
        if count == 2:
            phone.kill_and_wake(at_ms=passed_ms)
    for count in range(REPORTS):
        report(phone.page, f"离线上报 {count}", photo if count < WITH_PHOTO else None)
        pass_time()
        if count == REPORTS // 2:
            phone.kill_and_wake(at_ms=passed_ms)
    go(phone.page, "消息")
    expect(phone.page.get_by_text("注意安全")).to_be_visible()
    _hold_for_help(phone)
    go(phone.page, "我的")
    for label in ("离岗", "上岗"):
        phone.page.locator(".shift button", has_text=label).click()
    return passed_ms / 3_600_000


def _finish_task(page: Page, card: Locator, photo: Path, pass_time: Callable[[], None]) -> None:
    for act in ("签收", "到场"):
        card.locator(".acts button", has_text=act).click()
        pass_time()
    card.locator(".acts button.main").click()
    dispose(page, photo)
    pass_time()


def _hold_for_help(phone: Phone) -> None:
    """Two seconds, by the phone's clock."""
    button = phone.page.locator("button.sos")
    button.dispatch_event("pointerdown")
    phone.page.clock.fast_forward(2100)
    phone.page.locator(".sos-told button").click()


def _check_all_once(operator: Person, worker: Person, numbers: list[int], message: int) -> None:
    for number in numbers[:-1]:
        kinds = [item["kind"] for item in operator.get(f"/incidents/{number}/timeline")["items"]]
        assert [kind for kind in kinds if kind in ("signed", "arrived", "disposed")] == [
            "signed", "arrived", "disposed",
        ], (number, kinds)  # fmt: skip
        assert len(operator.get(f"/incidents/{number}")["orders"][0]["result"]["photos"]) == 1
    lost = [item["kind"] for item in operator.get(f"/incidents/{numbers[-1]}/timeline")["items"]]
    assert "disposed" not in lost and "closed" in lost
    found = operator.get("/incidents", q="离线上报", limit=100)["items"]
    said = sorted(source["text"] for one in found for source in one["sources"] if "离线上报" in source["text"])
    assert said == sorted(f"离线上报 {count}" for count in range(REPORTS)), "each once"
    photos = sum(len(one["attachments"]) for one in {one["number"]: one for one in found}.values())
    assert photos == WITH_PHOTO
    (read,) = [one for one in worker.get("/messages")["items"] if one["id"] == message]
    assert read["read_at"]
    assert worker.get("/me")["on_shift"] is True
    calls = [one for one in operator.get("/incidents", urgency="emergency")["items"] if "呼救" in one["title"]]
    assert len(calls) == 1 and calls[0]["source_count"] == 1


def test_a_wrong_clock_a_lost_draft_and_a_community_of_its_own(
    product: Product, open_phone: Callable[..., Phone], tmp_path: Path
) -> None:
    if "CITYBRAIN_DATABASE_URL" in product.environment:
        pytest.skip("once is enough: what differs is the phone, not the database")
    account = product.account("grid_worker", area=_second_grid(product))
    operator = product.person("district_operator")
    worker = Person(product.base_url, account["username"], account["password"])
    worker.post("/workers/me/shift", {"on": True})
    place = place_in(operator, account["area"])
    number = _open(operator, "UM-06014", new_id(), place)
    phone = open_phone(place)
    phone.log_in(account, off_ms=86_400_000)
    expect(phone.page.get_by_text("手机时钟偏差")).to_be_visible(timeout=15_000)
    card = _card(phone.page, operator, number)
    for act in ("签收", "到场"):
        card.locator(".acts button", has_text=act).click()
    expect(phone.page.locator(".outbox")).to_have_count(0, timeout=45_000)
    assert operator.get(f"/incidents/{number}")["orders"][0]["arrived_at"]
    signed = [item for item in operator.get(f"/incidents/{number}/timeline")["items"] if item["kind"] == "signed"]
    assert "acted_at" not in signed[0]["data"], "a day off, and yet told in time"
    _lose_a_draft(phone, card, product, number)
    for person in (operator, worker):
        person.close()


def _second_grid(product: Product) -> str:
    return [one for one in product.accounts() if one["role"] == "grid_worker"][1]["area"]


def _lose_a_draft(phone: Phone, card: Locator, product: Product, number: int) -> None:
    """A form is begun, the case is closed by somebody else: the draft is kept, told of, and becomes a report."""
    card.locator(".acts button.main", has_text="处置").click()
    phone.page.locator("form.sheet").get_by_role("button", name="已清理").click()
    expect(phone.page.get_by_text("草稿已保存在手机上")).to_be_visible()
    phone.page.locator("form.sheet .close").click()
    close_by_others(product, number, _second_grid(product))
    lost = phone.page.locator(".lost .card")
    expect(lost).to_contain_text("草稿仍在", timeout=15_000)
    phone.show("draft")
    lost.get_by_role("button", name="转为上报").click()
    expect(phone.page.locator("textarea")).to_have_value(re.compile("已清理"))


def test_a_community_officer_settles_a_small_matter(
    product: Product, open_phone: Callable[..., Phone], tmp_path: Path
) -> None:
    if "CITYBRAIN_DATABASE_URL" in product.environment:
        pytest.skip("once is enough: what differs is the phone, not the database")
    account = product.account("community_operator")
    operator = product.person("district_operator")
    place = place_in(operator, account["area"])
    said = {"category": "UM-06010", "text": f"演示 {new_id()}", "channel": "citizen", **place}
    number = int(operator.post("/incidents", said)["number"])
    phone = open_phone(place)
    phone.log_in(account)
    phone.page.locator("ul .card", has_text=operator.get(f"/incidents/{number}")["title"]).first.click()
    phone.show("community")
    phone.page.locator(".acts button", has_text="自行处置").click()
    sheet = phone.page.locator("form.sheet")
    sheet.locator("textarea").first.fill("已当面调解，双方和解")
    for box in sheet.locator("textarea").all()[1:]:
        box.fill("涉及隐私，不宜拍照")
    sheet.locator('button[type="submit"]').click()
    eventually(lambda: operator.get(f"/incidents/{number}")["state"] in ("closed", "archived"), 20)
    operator.close()
