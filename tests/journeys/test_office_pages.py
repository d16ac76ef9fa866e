"""A few offices of the running product, seen as the script of the pictures sees all: nothing is wrong there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.journeys.product import Product
from tests.windows.page_list import PAGES
from tests.windows.page_visit import AXE, CHROMIUM, Visitor, open_chromium

OFFICES = {"settings": "zh-CN", "accounts": "en", "shift": "zh-CN", "task-form": "en"}
STATIC = Path(__file__).resolve().parents[2] / "dashboards" / "static"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("product", ["sqlite"], indirect=True),
    pytest.mark.skipif(not (STATIC / "desk.html").exists(), reason="the front ends are not built"),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is missing: `make test` installs it"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is missing: `python deploy/build_windows.py check`"),
]


def test_the_offices_are_fit_to_be_seen(product: Product) -> None:
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        visitor = Visitor(browser, product, None)
        found = [visitor.visit(page, OFFICES[page.name], (1366, 768)) for page in PAGES if page.name in OFFICES]
        browser.close()
    assert {one.name: one.faults for one in found if one.faults} == {}
