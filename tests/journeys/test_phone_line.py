"""A phone whose line breaks in the middle of a photo, again and again: one photo, one act."""

from __future__ import annotations

import io
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.phone import OnDuty, Phone, on_duty
from tests.journeys.product import Product

pytestmark = [pytest.mark.journey, pytest.mark.browser]

BREAKS = 6


class BadLine:
    """A way to the product that is cut after so many bytes, a number of times, once photos go over it."""

    def __init__(self, port: int) -> None:
        self._to, self.cuts, self._chance = port, 0, random.Random(11)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_outward: bool) -> None:
        left = 10**12
        try:
            while content := source.recv(65536):
                if is_outward and b"PATCH /api/v1/attachments/" in content and self.cuts < BREAKS:
                    self.cuts += 1
                    left = self._chance.randrange(1, 150_000)
                sink.sendall(content[: max(0, left)])
                left -= len(content)
                if left <= 0:
                    break
        except OSError:
            pass  # the other direction has hung up
        for one in (source, sink):
            with suppress(OSError):  # a reset, not a farewell; the other direction may have done it
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self) -> None:
        self._door.close()


@pytest.fixture
def bad_line(product: Product) -> Iterator[BadLine]:
    line = BadLine(product.port)
    yield line
    line.close()


@pytest.mark.usefixtures("on_one_database")
def test_a_line_that_breaks_at_any_byte_makes_one_photo_and_one_act(
    product: Product, open_phone: Callable[..., Phone], bad_line: BadLine, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    Image.effect_noise((1600, 1200), 90).convert("RGB").save(out := io.BytesIO(), "JPEG", quality=85)
    photo.write_bytes(out.getvalue())
    with on_duty(product, open_phone, port=bad_line.port) as duty:
        _dispose_over(duty, bad_line, photo)


def _dispose_over(duty: OnDuty, bad_line: BadLine, photo: Path) -> None:
    operator, phone, number = duty.operator, duty.phone, duty.open_matter("UM-06018")
    phone.log_in(duty.account)
    card = duty.card(number)
    for act in ("签收", "到场"):
        card.locator(".acts button", has_text=act).click()
    card.locator(".acts button.main").click()
    sheet = phone.page.locator("form.sheet")
    sheet.locator('input[type="file"]').set_input_files(str(photo))
    expect(sheet.locator("figure img")).to_be_visible(timeout=10_000)
    sheet.get_by_role("group", name="结案条件").get_by_role("button", name="是", exact=True).click()
    sheet.locator('button[type="submit"]').click()
    for _ in range(40):
        phone.page.evaluate("window.dispatchEvent(new Event('online'))")
        phone.page.wait_for_timeout(500)
        if phone.page.locator(".outbox").count() == 0:
            break
    assert bad_line.cuts == BREAKS
    expect(phone.page.locator(".outbox")).to_have_count(0, timeout=40_000)
    kinds = [item["kind"] for item in operator.get(f"/incidents/{number}/timeline")["items"]]
    assert kinds.count("disposed") == 1
    assert len(operator.get(f"/incidents/{number}")["orders"][0]["result"]["photos"]) == 1
    assert len(operator.get(f"/incidents/{number}")["attachments"]) == 1
