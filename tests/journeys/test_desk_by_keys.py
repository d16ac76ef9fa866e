"""The desk without a mouse, in Chromium: an alarm to its closing, and a call in well under a minute."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.messages import alarm, find_device, new_id
from tests.journeys.product import Person, Product, eventually
from tests.journeys.test_scripts import sqlite_product
from tests.journeys.test_worker_phone import browser

__all__ = ["browser", "sqlite_product"]
pytestmark = [pytest.mark.journey, pytest.mark.browser]

DISTRICT, TOWN = "321311", "321311001"
MISSING_PERSON = "PO-05001"
DEVICE = "river-level-007"
CALL_S = 60.0


class Seat:
    """A desk that only a keyboard works, and everything that went wrong at it."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.faults: list[str] = []
        self.presses = 0
        self.base_url = base_url
        page.on("console", lambda line: self.note(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.note(str(error)))
        page.on("request", lambda request: self.note_request(request.url))

    def note(self, fault: str) -> None:
        self.faults.append(fault)

    def note_request(self, url: str) -> None:
        own = (self.base_url, self.base_url.replace("http", "ws"), "data:", "blob:")
        if not url.startswith(own):
            self.note(f"asked outside: {url}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.presses += 1
            self.page.keyboard.press(key)

    def type(self, words: str) -> None:
        self.presses += len(words)
        self.page.keyboard.type(words)

    def enter(self, account: dict[str, Any]) -> None:
        """Log in: the first field has the cursor."""
        self.page.goto("/desk")
        expect(self.page.locator('input[name="username"]')).to_be_focused(timeout=20_000)
        self.type(account["username"])
        self.press("Tab")
        self.type(account["password"])
        self.press("Enter")
        expect(self.page.get_by_role("link", name="事项队列")).to_be_visible(timeout=20_000)

    def command(self, line: str) -> None:
        self.press("/")
        expect(self.page.get_by_role("combobox", name="命令行")).to_be_focused()
        self.type(line)
        expect(self.page.get_by_role("option").first).to_be_visible()
        self.press("Enter")

    def form(self) -> None:
        """Wait until a form has the cursor in its first field, or on its only button."""
        expect(self.page.locator("[role=dialog] form :focus")).to_have_count(1, timeout=15_000)

    def expect_state(self, words: str) -> None:
        expect(self.page.locator("article.panel header .state").first).to_have_text(words, timeout=15_000)

    def expect_offer(self, words: str) -> None:
        offers = self.page.locator(".incident-actions")
        expect(offers.get_by_role("button", name=words).first).to_be_visible(timeout=15_000)


@pytest.fixture
def seat(browser: Browser, sqlite_product: Product) -> Iterator[Seat]:
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=sqlite_product.base_url
    )
    yield Seat(context.new_page(), sqlite_product.base_url)
    context.close()


def carry_out(product: Product, watcher: Person, number: int) -> None:
    """Do what is other people's, by their own accounts: each who holds an order signs, arrives, disposes."""
    for order in watcher.get(f"/incidents/{number}")["orders"]:
        if order["kind"] not in ("attend", "dispose", "check") or order["state"] != "issued":
            continue
        hand = hand_of(product, order)
        offered = {one["action"] for one in hand.get(f"/incidents/{number}/actions")["items"]}
        for action in ("sign", "arrive", "dispose", "check"):
            offer = hand.find_action(number, action, order["id"])
            if offer is None:
                continue
            said: dict[str, Any] = {"dispose": {"result": "演示：已找到"}, "check": {"passed": True}}.get(
                action, {}
            )
            met = {"closing_met": True} if "closing_met" in offer["schema"]["required"] else {}
            evidence = {"no_photo_reason": "演示：涉及隐私"} if action in ("dispose", "check") else {}
            hand.act(number, action, order["id"], **said, **met, **evidence)
        assert offered, f"{order['holder']} is offered nothing"
        hand.close()


def hand_of(product: Product, order: dict[str, Any]) -> Person:
    kind, code = order["holder"]["kind"], order["holder"]["code"]
    if kind == "team":
        return product.person("handler", department=code)
    if kind == "grid":
        return product.person("grid_worker", area=code.removeprefix("grid-"))
    if kind == "community":
        return product.person("community_operator", area=code.removeprefix("community-"))
    return product.person("liaison", department=code.removeprefix("dept-"))


def test_an_alarm_to_its_closing_by_keys_alone(sqlite_product: Product, seat: Seat) -> None:
    product, page = sqlite_product, seat.page
    watcher = product.person("district_operator", area=DISTRICT)
    device = find_device(watcher, id=DEVICE)
    seat.enter(product.account("district_operator", area=DISTRICT))
    expect(page.locator(".queue .count")).to_be_visible()
    gateway = product.producer()
    said = alarm(MISSING_PERSON, text=f"演示：走失老人 {new_id()}")
    gateway.publish(f"citybrain/v1/devices/{device['id']}/alarm", said)
    number = int(
        eventually(lambda: [i for i in watcher.get("/incidents", limit=5)["items"] if said["text"] in str(i)])[0][
            "number"
        ]
    )
    # what is new waits until the hand asks; then the queue is walked down to it
    expect(page.get_by_role("button", name="条新事项").or_(page.get_by_text(f"#{number} ·"))).to_be_visible(
        timeout=20_000
    )
    seat.press("n")
    seat.press("1", "1")  # only one domain, and all again
    for _ in range(60):
        seat.press("j")
        page.wait_for_url("**/desk/incidents/*")
        if page.url.endswith(f"/{number}"):
            break
    assert page.url.endswith(f"/{number}"), "J reaches it"
    seat.press("k", "j")
    seat.expect_state("待签收")
    seat.expect_offer("确认告警")
    seat.press("Enter")
    expect(page.locator(".incident-actions button").first).to_be_focused()
    seat.press("a")
    expect(page.get_by_text("告警已确认")).to_be_visible(timeout=15_000)
    seat.expect_offer("接管")
    seat.command(">接管")
    seat.form()
    seat.press("Control+Enter")  # what is missing is said, and nothing done
    expect(page.get_by_text("请填写：理由")).to_be_visible()
    seat.type("演示：由区中心统一调度")
    seat.press("Control+Enter")
    seat.expect_state("已立案")
    seat.expect_offer("派遣")
    seat.press("d")
    seat.form()
    seat.press("Control+Enter")
    seat.expect_state("待签收")
    carry_out(product, watcher, number)
    seat.expect_state("已处置")
    seat.expect_offer("下发核查")
    seat.command(">下发核查")
    seat.form()
    seat.press("Control+Enter")
    seat.expect_state("核查中")
    carry_out(product, watcher, number)
    seat.expect_state("已处置")
    seat.expect_offer("结案")
    seat.command(">结案")
    seat.form()
    met = page.get_by_role("dialog").get_by_role("radio", name="是")
    if met.count():
        seat.press("Space")
    seat.press("Control+Enter")
    expect(page.get_by_text("不可撤销")).to_be_visible()
    page.wait_for_timeout(700)  # a second press within this time would belong to the first
    seat.press("Enter")
    seat.expect_state("已结案")
    assert watcher.get(f"/incidents/{number}")["state"] == "closed"
    assert seat.faults == []
    gateway.close()
    watcher.close()


def test_a_clerk_takes_a_call_in_under_a_minute(sqlite_product: Product, seat: Seat) -> None:
    product, page = sqlite_product, seat.page
    seat.enter(product.account("town_operator", area=TOWN))
    seat.press("g", "c")
    expect(page.get_by_role("textbox", name="发生了什么")).to_be_focused(timeout=15_000)
    text = f"演示：路灯不亮 {new_id()}"
    began, before = time.monotonic(), seat.presses
    seat.type(text)
    seat.press("Tab")
    seat.type("路灯")  # the first that matches is taken
    expect(page.locator(".el-select-dropdown__item:visible").first).to_contain_text("路灯")
    seat.press("Enter", "Tab")
    seat.type("便民")
    expect(page.get_by_role("listbox", name="地点").get_by_role("option").first).to_be_visible()
    seat.press("ArrowDown", "Enter")
    expect(page.get_by_text("›")).to_be_visible()  # the place names its town and community
    seat.press("Control+Enter")
    page.wait_for_url("**/desk/incidents/*")
    took_s, presses = time.monotonic() - began, seat.presses - before
    number = int(page.url.rsplit("/", 1)[1])
    person = product.person("town_operator", area=TOWN)
    saved = person.get(f"/incidents/{number}")
    assert saved["text"] == text and saved["location"] and saved["area"]["path"][1] == TOWN
    seat.press("Escape")  # one's own call stands in the queue at once, behind no "1 new"
    expect(page.locator(".queue ol").get_by_text(f"#{number} ·")).to_be_visible(timeout=15_000)
    assert "路灯" in saved["title"]
    assert took_s < CALL_S / 2 and presses - len(text) < 15, (took_s, presses)
    assert seat.faults == []
    person.close()
