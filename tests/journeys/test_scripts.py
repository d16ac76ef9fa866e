"""Forty scripts as words, names, addresses and file names, through API and MQTT: none runs on any page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.messages import alarm
from tests.journeys.product import Person, Product, eventually
from tests.journeys.scripts import PAYLOADS
from tests.journeys.test_worker_phone import browser

__all__ = ["browser"]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)
WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation',
  (one) => window.__violations.push(one.violatedDirective + ' ' + one.blockedURI));
"""


@pytest.fixture
def sqlite_product(product: Product) -> Iterator[Product]:
    if "CITYBRAIN_DATABASE_URL" in product.environment:
        pytest.skip("pages are the same on either database")
    yield product


def upload(person: Person, name: str) -> str:
    """Send a photo under a name; a name that is refused is none."""
    said = {"name": name[:80], "content_type": "image/png", "size": len(PNG)}
    answer = person.http.post("/api/v1/attachments", json=said)
    if answer.status_code != 201:
        assert answer.status_code == 422, answer.text
        return ""
    id = str(answer.json()["id"])
    person.http.patch(f"/api/v1/attachments/{id}", content=PNG, headers={"Upload-Offset": "0"}).raise_for_status()
    return id


def tell_by_api(person: Person, payload: str) -> int:
    """Report with the payload as text, address, name and file name; return the incident."""
    photo = upload(person, payload)
    said: dict[str, Any] = {
        "text": payload, "place_text": payload[:150], "town": "321311001",
        "channel": "phone", "category": "UM-01003",
        "reporter": {"name": payload[:60], "phone": "13900000000", "wants_reply": True},
    }  # fmt: skip
    if photo:
        said["attachments"] = [photo]
    return int(person.post("/incidents", said)["number"])


def visit(page: Page, path: str, wait: str) -> dict[str, Any]:
    """Open a page, let it draw, touch what is there; return what went wrong."""
    page.goto(path)
    page.wait_for_selector(wait, timeout=20_000)
    page.wait_for_timeout(700)
    found: dict[str, Any] = page.evaluate("() => ({ran: window.__ran ?? null, violations: window.__violations})")
    return found


def enter(browser: Browser, product: Product, person: Person) -> tuple[BrowserContext, Page, list[str]]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=product.base_url)
    context.add_init_script(WATCH)
    cookies = [{"name": n, "value": v, "url": product.base_url} for n, v in person.http.cookies.items()]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page, faults = context.new_page(), list[str]()
    page.on("dialog", lambda one: faults.append(f"dialog {one.message}"))
    page.on("pageerror", lambda one: faults.append(f"error {one}"))
    return context, page, faults


@pytest.mark.prove
@pytest.mark.browser
def test_no_text_becomes_a_program(sqlite_product: Product, browser: Browser) -> None:
    product = sqlite_product
    assert len(PAYLOADS) == 40 == len(set(PAYLOADS))
    desk = product.person("district_operator")
    numbers = [tell_by_api(desk, payload) for payload in PAYLOADS]
    device = next(
        one for one in desk.get("/devices", limit=500)["items"] if one["topic"].startswith("citybrain/v1")
    )
    gateway = product.producer()
    for payload in PAYLOADS:
        gateway.publish(device["topic"], alarm("UM-01001", text=payload, evidence=[payload]))
    shown = desk.get(f"/incidents/{numbers[0]}")
    assert shown["text"] == PAYLOADS[0], "a text is kept as it was said"
    eventually(lambda: "onerror" in str([n["sources"] for n in desk.get("/incidents", limit=99)["items"]]), 20)
    pages = ("/desk/queue", "/desk/callbacks", f"/wall?incident={numbers[0]}", "/wall/urban-management", "/field")
    visits = [(path, "body" if path == "/field" else "main") for path in (*pages, "/wall/playback")]
    visits += [(f"/desk/incidents/{number}", "main") for number in numbers[::4]]
    context, page, faults = enter(browser, product, desk)
    for path, wait in visits:
        found = visit(page, path, wait)
        assert found["ran"] is None and found["violations"] == [] and not faults, (path, found, faults)
    context.close()
    gateway.close()
    desk.close()
