"""Forty scripts as words, names, addresses and file names, through API and MQTT: none runs on any page."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.messages import alarm, find_by_source
from tests.journeys.product import Person, Producer, Product, eventually
from tests.journeys.scripts import PAYLOADS
from tests.journeys.test_worker_phone import browser

__all__ = ["browser"]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)
# of the city's correlation.toml: ten devices in ten seconds are one incident
FEWER_THAN_A_STORM, STORM_WINDOW_S = 8, 10
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


def tell_by_machines(gateway: Producer, desk: Person) -> list[int]:
    """Have forty devices tell of forty matters, each with a payload; return the incident of each alarm."""
    devices = [one for one in desk.get("/devices", limit=500)["items"] if one["source"] == "native"]
    kinds = [one["code"] for one in desk.get("/categories", limit=500)["items"] if one["code"].startswith("UM-")]
    chosen = zip(devices[:: len(devices) // len(PAYLOADS)], kinds[:: len(kinds) // len(PAYLOADS)], strict=False)
    ids: list[str] = []
    for index, (payload, (device, category)) in enumerate(zip(PAYLOADS, chosen, strict=False)):
        if index and index % FEWER_THAN_A_STORM == 0:
            time.sleep(STORM_WINDOW_S + 1)
        said = alarm(category, text=payload, evidence=[payload])
        gateway.publish(f"citybrain/v1/devices/{device['id']}/alarm", said)
        gateway.publish(device["topic"], {"values": {payload: payload}, "at": payload})
        ids.append(str(said["id"]))
    assert len(ids) == len(PAYLOADS)
    found = [eventually(lambda id=id: find_by_source(desk, id), 30) for id in ids]
    assert all(any(source.get("text") for source in one["sources"]) for one in found), "a text is kept as it came"
    numbers = [int(one["number"]) for one in found]
    assert len(set(numbers)) == len(PAYLOADS), "each alarm opened an incident of its own"
    return numbers


def check_workbooks(person: Person) -> None:
    """Nothing in an exported workbook is a formula or a link; what looks like one is quoted."""
    quoted = 0
    for path in ("/incidents.xlsx", "/kpi.xlsx"):
        answer = person.http.get(f"/api/v1{path}")
        assert answer.status_code == 200, (path, answer.text)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            parts = {name: ElementTree.fromstring(book.read(name)) for name in book.namelist() if ".xml" in name}
        texts = ["".join(one.itertext()) for one in parts["xl/sharedStrings.xml"].iter(f"{SHEET}si")]
        styles = [one.get("quotePrefix") for one in next(parts["xl/styles.xml"].iter(f"{SHEET}cellXfs"))]
        for name, sheet in parts.items():
            assert not [*sheet.iter(f"{SHEET}f"), *sheet.iter(f"{SHEET}hyperlink")], (path, name)
            for cell in sheet.iter(f"{SHEET}c"):
                text = texts[int(cell.findtext(f"{SHEET}v", "0"))] if cell.get("t") == "s" else ""
                if text.startswith(("=", "+", "-", "@")):
                    assert styles[int(cell.get("s", "0"))] == "1", (path, name, text)
                    quoted += 1
    assert quoted, "the payload that is a formula stands in the export"


def visit(page: Page, path: str, wait: str) -> dict[str, Any]:
    """Open a page, let it draw, lay it out on paper where it is printed; return what went wrong."""
    page.goto(path)
    page.wait_for_selector(wait, timeout=20_000)
    page.wait_for_timeout(700)
    if path in PRINTED:
        page.emulate_media(media="print")
        assert page.pdf(format="A4").startswith(b"%PDF")
        page.emulate_media(media="screen")
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


ROUNDS: dict[str, tuple[str, ...]] = {
    "district_operator": (
        "queue", "alarms", "call", "candidates", "callbacks", "decisions", "shift", "tasks", "responses", "levels",
        "devices", "sources", "quarantine", "rules",
    ),
    "duty_leader": ("queue", "leader", "cockpit", "decisions"),
    "liaison": ("inbox", "decisions", "kpi"),
    "leader": ("cockpit", "leader", "kpi", "tasks"),
    "system_admin": ("devices", "quarantine", "sources", "settings"),
    "audit_admin": ("audit", "accounts"),
}  # fmt: skip
WALLS = (
    "/wall",
    "/wall/emergency",
    "/wall/public-order",
    "/wall/urban-management",
    "/wall/transport",
    "/wall/playback",
)
PRINTED = ("/desk/inbox", "/desk/kpi", "/desk/shift")
PHONE = ("/field", "/field/messages", "/field/report", "/field/me")


def tell_in_other_rooms(product: Product, desk: Person, number: int, payload: str) -> None:
    """Put the payload wherever else people type: messages, tasks, handover, names of devices, consultations."""
    due_at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    items = [{"title": payload, "text": payload, "area": "321311001"}]
    checklist = [{"key": "a", "kind": "text", "zh": payload, "en": payload}]
    desk.post("/messages", {"text": payload, "area": "321311"})
    desk.post("/shifts/handovers", {"notes": payload})
    desk.post(f"/incidents/{number}/actions/urge", {"note": payload})
    task = {"title": payload, "text": payload, "domain": "urban_management", "due_at": due_at, "items": items}
    desk.post("/tasks", {**task, "checklist": checklist})
    duty = product.person("duty_leader")
    if duty.find_action(number, "consult"):
        duty.act(number, "consult", topic=payload, members=["traffic_police"])
        guest = product.person("liaison", department="traffic_police")
        guest.act(number, "give_opinion", opinion=payload)
        duty.act(number, "decide", decision=payload)
        guest.close()
    duty.close()
    keeper = product.person("system_admin")
    first = keeper.get("/devices", limit=1)["items"][0]
    device, version = first["id"], first.get("version", 0)
    renamed = keeper.http.patch(f"/api/v1/devices/{device}", json={"name": payload[:60], "version": version})
    assert renamed.status_code in (200, 422), renamed.text
    keeper.close()


def look_round(browser: Browser, product: Product, person: Person, paths: list[str]) -> None:
    """Open pages as somebody; nothing runs, nothing is reported, nothing breaks out of the page's width."""
    context, page, faults = enter(browser, product, person)
    for path in paths:
        found = visit(page, path, "body" if path.startswith("/field") else "main")
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert found["ran"] is None and found["violations"] == [] and not faults, (path, found, faults)
        assert wide <= 1, (path, wide)
    context.close()


@pytest.mark.prove
@pytest.mark.browser
def test_no_text_becomes_a_program(sqlite_product: Product, browser: Browser) -> None:
    product = sqlite_product
    assert len(PAYLOADS) == 40 == len(set(PAYLOADS))
    desk = product.person("district_operator")
    numbers = [tell_by_api(desk, payload) for payload in PAYLOADS]
    gateway = product.producer()
    machine = tell_by_machines(gateway, desk)
    assert desk.get(f"/incidents/{numbers[0]}")["text"] == PAYLOADS[0], "a text is kept as it was said"
    for number, payload in zip(numbers[::10], PAYLOADS[::10], strict=True):
        tell_in_other_rooms(product, desk, number, payload)
    cases = [f"/desk/incidents/{number}" for number in (*numbers[::3], *machine)]
    look_round(browser, product, desk, [*WALLS, f"/wall?incident={numbers[0]}", *PHONE, *cases])
    check_workbooks(desk)
    holders = [order["holder"]["code"] for n in machine for order in desk.get(f"/incidents/{n}")["orders"]]
    department = next(code.removeprefix("dept-") for code in holders if code.startswith("dept-"))
    for role, rooms in ROUNDS.items():
        person = product.person(role, **({"department": department} if role == "liaison" else {}))
        look_round(browser, product, person, [f"/desk/{room}" for room in rooms])
        person.close()
    worker = product.person("grid_worker")
    look_round(browser, product, worker, list(PHONE))
    worker.close()
    gateway.close()
    desk.close()
