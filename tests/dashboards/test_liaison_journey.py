"""A liaison in Chromium signs in bulk, returns one from the duty list, asks for an extension; no fault."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from command_center.people.roles import Role
from command_center.people.scope import Grant
from tests.dashboards.served import PASSWORD, TOWN_A, Served, read_city, with_brain
from tests.windows.test_pages_in_chromium import CHROMIUM, FLAGS

CITY = "321311"
STATIC = Path(__file__).parents[2] / "dashboards" / "static"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
    pytest.mark.skipif(not (STATIC / "desk.html").exists(), reason="the front ends are not built"),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is missing: `make test` installs it"),
]


def open_for_one_department(command: Served) -> tuple[str, list[int]]:
    """Return a department and three cases that lie with it, unsigned."""
    numbers = [command.open_incident(TOWN_A, "UM-01001", skip) for skip in (0, 4, 9, 14, 19)]
    watch = command.enter(Role.DISTRICT_OPERATOR, CITY)
    found: dict[str, list[int]] = {}
    for number in sorted(set(numbers)):
        shown = watch.get(f"/api/v1/incidents/{number}").json()
        for order in shown["orders"]:
            if order["kind"] == "dispose" and order["state"] == "issued":
                found.setdefault(order["holder"]["code"], []).append(number)
    post, mine = max(found.items(), key=lambda pair: len(pair[1]))
    department = next(
        one.department for one in command.city.posts.list_posts(kind="department") if one.code == post
    )
    assert len(mine) >= 2, found
    return department, mine


def fill_form(page: Page, reason: str) -> None:
    """Fill the open dialog: the first choice of each list, the words, then send."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for radio in dialog.locator(".el-radio-group").all():
        radio.locator(".el-radio").first.click()
    for select in dialog.locator(".field .el-select").all():
        select.click()
        page.locator(".el-select-dropdown__item:visible").first.click()
    for words in dialog.locator("textarea").all():
        words.fill(reason)
    dialog.locator("button[type=submit]").click()
    if dialog.locator("fieldset[disabled]").count():
        dialog.locator("button[type=submit]").click()
    expect(dialog).to_be_hidden()


def answer_late(route: Route) -> None:
    """Answer after the live feed has told that the case is gone: the page asks for it no more."""
    answer = route.fetch()
    time.sleep(1)
    route.fulfill(response=answer)


def test_a_liaison_clears_the_inbox(serve: Callable[..., Served], database: Any) -> None:
    city = read_city(database)
    command = serve(with_brain(database, lambda: city), static=STATIC)
    department, numbers = open_for_one_department(command)
    command.add_account("liaison.journey", Grant(Role.LIAISON, CITY, None, department))
    ask = command.enter(Role.LIAISON, CITY, department=department)
    faults: list[str] = []
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.on("response", lambda got: faults.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.on("pageerror", lambda error: faults.append(f"error {error}"))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.goto(f"{command.url}/desk/inbox")
        page.fill("input[name=username]", "liaison.journey")
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="选中全部待签收").click()
        page.keyboard.press("s")
        expect(page.locator(".outcome")).to_have_count(len(numbers))
        expect(page.locator(".outcome.refused")).to_have_count(0)
        page.keyboard.press("j")
        page.route("**/actions/return", answer_late)
        page.locator(".incident-actions").get_by_role("button", name="退回", exact=True).click()
        fill_form(page, "不属于本部门职责，请改派。")
        expect(page.locator(".inbox li")).to_have_count(len(numbers) - 1)
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.locator(".incident-actions").get_by_role("button", name="申请延期").click()
        fill_form(page, "材料未到，需要更多时间。")
        expect(page.get_by_text("申请延期").first).to_be_visible()
        browser.close()
    states = {number: ask.get(f"/api/v1/incidents/{number}") for number in numbers}
    gone = [number for number, said in states.items() if said.status_code == 404 or not said.json()["orders"]]
    waiting = [
        request["action"]
        for said in states.values()
        if said.status_code == 200
        for request in said.json().get("approvals") or ()
    ]
    returned = command.enter(Role.DISTRICT_OPERATOR, CITY)
    codes = [returned.get(f"/api/v1/incidents/{number}").json().get("returned") for number in numbers]
    assert gone or any(codes)
    assert waiting == ["extend"]
    assert faults == []
