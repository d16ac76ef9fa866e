"""A worker answers from the phone, in Chromium: logs in, is told of the order, signs, arrives, sends a photo."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from ingest.simulate.photo import draw_photo
from tests.journeys.messages import new_id
from tests.journeys.product import Person, Product, eventually

pytestmark = [pytest.mark.journey, pytest.mark.browser]

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# ``set_offline`` cuts off the page and not its service worker, which the browser would wake at once.
ASLEEP = "if (globalThis.SyncManager) SyncManager.prototype.register = async () => undefined;"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert Path(CHROMIUM).exists(), "Chromium is missing: `make test` installs it"
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)
        yield chromium
        chromium.close()


@pytest.fixture
def phone(browser: Browser, product: Product) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        locale="zh-CN",
        base_url=product.base_url,
        geolocation={"longitude": 118.30, "latitude": 33.97},
        permissions=["geolocation"],
        is_mobile=True,
        has_touch=True,
    )
    context.add_init_script(ASLEEP)
    page = context.new_page()
    yield page
    context.close()


def log_in(page: Page, account: dict[str, Any]) -> None:
    page.goto("/field")
    page.locator('input[name="username"]').fill(account["username"])
    page.locator('input[name="password"]').fill(account["password"])
    page.locator('button[type="submit"]').click()
    expect(page.get_by_role("heading", name="我的任务")).to_be_visible(timeout=15_000)


def report_in(operator: Person, grid: str, category: str) -> int:
    """Report a matter of that category within a grid, at a device that stands there, else at its middle."""
    places = [d for d in operator.get("/devices", limit=500)["items"] if grid in d["path"]]
    assert places, f"no device stands in {grid}"
    said = {"category": category, "text": f"演示 {new_id()}", "channel": "department"}
    return int(operator.post("/incidents", {**said, "lon": places[0]["lon"], "lat": places[0]["lat"]})["number"])


def card_of(phone: Page, operator: Person, number: int) -> Locator:
    """Return the task of this case; the worker may have others, such as a patrol."""
    return phone.locator("article.card", has_text=operator.get(f"/incidents/{number}")["title"])


def test_a_worker_answers_from_the_phone(product: Product, phone: Page, tmp_path: Path) -> None:
    account = product.account("grid_worker")
    operator = product.person("district_operator")
    worker = Person(product.base_url, account["username"], account["password"])
    worker.post("/workers/me/shift", {"on": True})
    log_in(phone, account)
    number = report_in(operator, account["area"], "UM-06010")

    def state() -> dict[str, Any]:
        orders = operator.get(f"/incidents/{number}")["orders"]
        return dict(orders[0]) if orders else {}

    assert state()["assignee"]["id"] == worker.get("/me")["worker"]["id"], "the worker of the grid goes"
    card = card_of(phone, operator, number)
    expect(card).to_be_visible(timeout=10_000)
    eventually(lambda: state()["received_at"], 10)
    card.locator("button.head").click()
    eventually(lambda: state()["read_at"], 10)
    phone.get_by_role("button", name="签收").click()
    eventually(lambda: state()["signed_at"], 10)
    phone.get_by_role("button", name="到场").click()
    _send_sheet_if_any(phone)
    eventually(lambda: state()["arrived_at"], 10)
    phone.get_by_role("button", name="处置").first.click()
    sheet = phone.locator("form.sheet")
    photo = tmp_path / "after.jpg"
    photo.write_bytes(draw_photo(["处置后"], "journey"))
    sheet.locator('input[type="file"]').set_input_files(str(photo))
    expect(sheet.locator("figure img")).to_be_visible(timeout=10_000)
    for box in sheet.locator("textarea, input[type=text]").all():
        if box.get_attribute("required") is not None or "结果" in (box.locator("xpath=..").inner_text() or ""):
            box.fill("演示：已清理")
    sheet.get_by_role("group", name=re.compile("结案条件")).get_by_role("button", name="是", exact=True).click()
    sheet.locator('button[type="submit"]').click()
    eventually(lambda: state()["state"] == "done", 20)
    photos = state()["result"]["photos"]
    assert len(photos) == 1
    picture = operator.http.get(f"/api/v1/attachments/{photos[0]}")
    assert picture.status_code == 200 and picture.headers["content-type"].startswith("image/")
    assert operator.get(f"/incidents/{number}")["state"] == "disposed"
    expect(phone.get_by_text("待上传")).to_have_count(0, timeout=10_000)
    operator.close()
    worker.close()


def _send_sheet_if_any(page: Page) -> None:
    sheet = page.locator("form.sheet")
    try:
        sheet.wait_for(timeout=1500)
    except PlaywrightTimeout:
        return
    sheet.locator('button[type="submit"]').click()


def test_what_is_done_offline_arrives_later(product: Product, phone: Page) -> None:
    account = product.account("grid_worker")
    operator = product.person("district_operator")
    worker = Person(product.base_url, account["username"], account["password"])
    worker.post("/workers/me/shift", {"on": True})
    log_in(phone, account)
    number = report_in(operator, account["area"], "UM-06014")
    card = card_of(phone, operator, number)
    expect(card).to_be_visible(timeout=10_000)
    card.get_by_role("button", name="签收").wait_for(timeout=10_000)
    phone.context.set_offline(True)
    card.get_by_role("button", name="签收").click()
    expect(phone.get_by_text("待上传").first).to_be_visible(timeout=10_000)
    assert operator.get(f"/incidents/{number}")["orders"][0]["signed_at"] is None
    phone.context.set_offline(False)
    eventually(lambda: operator.get(f"/incidents/{number}")["orders"][0]["signed_at"], 45, every_s=0.5)
    operator.close()
    worker.close()
