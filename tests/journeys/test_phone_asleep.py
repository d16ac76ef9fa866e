"""A phone's outbox goes on: while the app is closed, and while the server fails at one act of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.phone import OnDuty, Phone, on_duty
from tests.journeys.product import Product, eventually

pytestmark = [pytest.mark.journey, pytest.mark.browser]


@pytest.mark.usefixtures("on_one_database")
def test_an_outbox_waits_for_no_open_app_and_for_no_act_that_fails(
    product: Product, open_phone: Callable[..., Phone]
) -> None:
    with on_duty(product, open_phone, index=2) as duty:
        failing, other = duty.open_matter("UM-06010"), duty.open_matter("UM-06014")
        duty.phone.log_in(duty.account)
        duty.phone.page.wait_for_function("navigator.serviceWorker.controller !== null", timeout=20_000)
        _send_while_closed(duty, other)
        _go_past_what_fails(duty, failing, other)


def _order(duty: OnDuty, number: int) -> dict[str, Any]:
    return dict(duty.operator.get(f"/incidents/{number}")["orders"][0])


def _press(duty: OnDuty, number: int, act: str) -> None:
    duty.card(number).locator(".acts button", has_text=act).click()


def _send_while_closed(duty: OnDuty, number: int) -> None:
    """Signed without a network, the app closed; with the network back the service worker sends by itself."""
    page, context = duty.phone.page, duty.phone.context
    context.set_offline(True)
    _press(duty, number, "签收")
    expect(page.locator(".outbox")).to_contain_text("待上传 1")
    page.goto("about:blank")
    context.set_offline(False)
    _wake_service_worker(page, duty.operator.base_url)
    eventually(lambda: _order(duty, number)["signed_at"], 20)
    page.goto("/field")
    expect(duty.card(number).locator(".acts button", has_text="到场")).to_be_visible(timeout=15_000)
    # the page may have come to it before the service worker's answer: then it tries again after half a minute
    expect(page.locator(".outbox")).to_have_count(0, timeout=45_000)


def _wake_service_worker(page: Page, origin: str) -> None:
    """What Background Sync does when the network is back; the browser alone would let minutes pass."""
    devtools = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(said["registrations"]))
    devtools.send("ServiceWorker.enable")
    eventually(lambda: page.wait_for_timeout(50) or found, 10)
    id = next(one["registrationId"] for one in found if one["scopeURL"].startswith(origin))
    wanted = {"origin": origin, "registrationId": id, "tag": "outbox", "lastChance": False}
    devtools.send("ServiceWorker.dispatchSyncEvent", wanted)
    devtools.detach()


def _go_past_what_fails(duty: OnDuty, failing: int, other: int) -> None:
    """The server fails at one act: what follows on that case waits with it, another goes on; all arrive once."""
    page = duty.phone.page
    page.route(f"**/orders/{_order(duty, failing)['id']}/actions/sign", lambda route: route.fulfill(status=500))
    for act in ("签收", "到场"):
        _press(duty, failing, act)
    _press(duty, other, "到场")
    for _ in range(6):
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(300)
    assert eventually(lambda: _order(duty, other)["arrived_at"], 20)
    assert _order(duty, failing)["signed_at"] is None and _order(duty, failing)["arrived_at"] is None
    expect(page.locator(".outbox")).to_contain_text("已留存")
    page.locator(".outbox").click()
    expect(page.get_by_text("平台处理时出错")).to_be_visible()
    duty.phone.show("aside")
    page.unroute_all()
    page.get_by_role("button", name="立即上传").click()
    expect(page.locator(".outbox")).to_have_count(0, timeout=20_000)
    kinds = [one["kind"] for one in duty.operator.get(f"/incidents/{failing}/timeline")["items"]]
    assert [kind for kind in kinds if kind in ("signed", "arrived")] == ["signed", "arrived"]
