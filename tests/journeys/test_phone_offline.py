"""A phone through a long day without a network: forty acts, killed twice, sent twice, told what was refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from ingest.simulate.photo import draw_photo
from tests.journeys.phone import OnDuty, Phone, card_of, close_by_others, on_duty
from tests.journeys.product import Person, Product, eventually

pytestmark = [pytest.mark.journey, pytest.mark.browser]

CATEGORIES = ("UM-06010", "UM-06014", "UM-06018", "UM-06020")
REPORTS = 24
WITH_PHOTO = 6
STEP_MS = 13 * 60_000


def go(page: Page, tab: str) -> None:
    page.locator(".van-tabbar-item", has_text=tab).last.click()


def dispose(page: Page, photo: Path) -> None:
    """A photo and one choice: that the closing condition is met says the result as well."""
    sheet = page.locator("form.sheet")
    sheet.locator('input[type="file"]').set_input_files(str(photo))
    expect(sheet.locator("figure img")).to_be_visible(timeout=10_000)
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


@pytest.mark.usefixtures("on_one_database")
def test_forty_acts_of_a_day_without_a_network(
    product: Product, open_phone: Callable[..., Phone], tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(draw_photo(["现场"], "offline"))
    with on_duty(product, open_phone) as duty:
        _live_a_day(product, duty, photo)


def _live_a_day(product: Product, duty: OnDuty, photo: Path) -> None:
    operator, phone, area = duty.operator, duty.phone, duty.account["area"]
    numbers = [duty.open_matter(category) for category in CATEGORIES]
    message = operator.post("/messages", {"text": "注意安全", "area": area})["id"]
    phone.log_in(duty.account)
    _wait_for_shell(phone.page)
    for number in numbers:
        expect(duty.card(number)).to_be_visible(timeout=15_000)
    eventually(lambda: all(operator.get(f"/incidents/{n}")["orders"][0]["received_at"] for n in numbers), 20)
    phone.context.set_offline(True)
    hours = _work_offline(phone, operator, numbers, photo)
    _be_told_twice(phone)
    assert hours >= 7.5
    close_by_others(product, numbers[-1], area)
    phone.context.route("**/api/v1/**", twice)
    phone.context.set_offline(False)
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.page.locator(".outbox", has_text="待上传")).to_have_count(0, timeout=60_000)
    _check_all_once(operator, duty.worker, numbers, message)
    go(phone.page, "我的")
    expect(phone.page.get_by_text("未被接受。").first).to_be_visible()
    phone.show("refused")


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
        _finish_task(phone.page, card_of(phone.page, operator, number), photo, pass_time)
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
