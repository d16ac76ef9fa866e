"""What a phone is told: its clock is wrong, its draft lost its task, a small matter was settled."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.messages import new_id
from tests.journeys.phone import OnDuty, Phone, close_by_others, on_duty, place_in
from tests.journeys.product import Product, eventually

pytestmark = [pytest.mark.journey, pytest.mark.browser]


@pytest.mark.usefixtures("on_one_database")
def test_a_wrong_clock_a_lost_draft_and_a_community_of_its_own(
    product: Product, open_phone: Callable[..., Phone], tmp_path: Path
) -> None:
    with on_duty(product, open_phone, index=1) as duty:
        number, operator, phone = duty.open_matter("UM-06014"), duty.operator, duty.phone
        phone.log_in(duty.account, off_ms=86_400_000)
        expect(phone.page.get_by_text("手机时钟偏差")).to_be_visible(timeout=15_000)
        card = duty.card(number)
        for act in ("签收", "到场"):
            card.locator(".acts button", has_text=act).click()
        eventually(lambda: operator.get(f"/incidents/{number}")["orders"][0]["arrived_at"], 45)
        expect(phone.page.locator(".outbox")).to_have_count(0, timeout=15_000)
        lines = operator.get(f"/incidents/{number}/timeline")["items"]
        (signed,) = [item for item in lines if item["kind"] == "signed"]
        assert "acted_at" not in signed["data"], "a day off, and yet told in time"
        _lose_a_draft(duty, card, product, number)


def _lose_a_draft(duty: OnDuty, card: Locator, product: Product, number: int) -> None:
    """A form is begun, the case is closed by somebody else: the draft is kept, told of, and becomes a report."""
    phone = duty.phone
    card.locator(".acts button.main", has_text="处置").click()
    phone.page.locator("form.sheet").get_by_role("button", name="已清理").click()
    expect(phone.page.get_by_text("草稿已保存在手机上")).to_be_visible()
    phone.page.locator("form.sheet .close").click()
    close_by_others(product, number, duty.account["area"])
    lost = phone.page.locator(".lost .card")
    expect(lost).to_contain_text("草稿仍在", timeout=15_000)
    phone.show("draft")
    lost.get_by_role("button", name="转为上报").click()
    expect(phone.page.locator("textarea")).to_have_value(re.compile("已清理"))


@pytest.mark.usefixtures("on_one_database")
def test_a_community_officer_settles_a_small_matter(
    product: Product, open_phone: Callable[..., Phone], tmp_path: Path
) -> None:
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
