"""The built pages in a real browser, under the real policy, in both languages: no fault, axe clean."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.windows.page_visit import LOOK
from tests.windows.stand_in import FOREIGN, INCIDENTS, Server, opened_entry, serve_files

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"wall": (1920, 1080), "desk": (1440, 900), "field": (390, 844)}
SEEN = {
    ("/wall", "zh-CN"): "需要处理",
    ("/wall", "en"): "Needs a person",
    ("/wall/transport", "zh-CN"): "全部领域",
    ("/desk", "zh-CN"): "事项队列",
    ("/desk/incidents/1", "en"): "Orders and clocks",
    ("/desk/call", "zh-CN"): "发生了什么",
    ("/desk/call", "en"): "What happened",
    ("/field", "zh-CN"): "我的任务",
    ("/field", "en"): "My tasks",
    ("/field/report", "zh-CN"): "井盖",
}


@pytest.fixture(scope="module")
def base(static: Path) -> Iterator[str]:
    server, address = serve_files(static)
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is missing: `make test` installs it")
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)
        yield chromium
        chromium.close()


class Opened:
    """A page with everything that went wrong on it."""

    def __init__(self, context: BrowserContext, base: str, server: Server) -> None:
        self.page = context.new_page()
        self.server = server
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog {dialog.message}"))
        self.page.on("console", lambda line: self.note(line.type, line.text))
        self.page.on("request", lambda request: self.note_request(request.url, base))
        server.attach(self.page)

    def note(self, kind: str, text: str) -> None:
        if kind == "error" and "401" not in text:
            self.faults.append(text)

    def note_request(self, url: str, base: str) -> None:
        if not url.startswith((base, "data:", "blob:", "ws://127.0.0.1")):
            self.faults.append(f"asked outside: {url}")


def open_page(
    browser: Browser, base: str, path: str, *, language: str = "zh-CN", server: Server | None = None
) -> Opened:
    width, height = SIZES[path.split("?", maxsplit=1)[0].split("/")[1]]
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=base, service_workers="block",
        geolocation={"longitude": 118.4, "latitude": 33.95}, permissions=["geolocation"],
    )  # fmt: skip
    context.add_init_script(f"localStorage.setItem('citybrain.language', '{language}')")
    opened = Opened(context, base, server or Server())
    opened.page.goto(path)
    return opened


def axe_faults(page: Page, windows: Path) -> list[str]:
    """Return what axe finds; the map's canvas is judged by its list."""
    axe = windows / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.exists():
        pytest.skip("axe-core is not installed: `python deploy/build_windows.py check` installs it")
    page.evaluate(axe.read_text())
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def ill_fitting(page: Page, path: str, language: str) -> dict[str, list[str]]:
    """Return the words that are cut off, lie outside or on one another; the desk also on a small screen."""
    if path.startswith("/desk"):
        page.set_viewport_size({"width": 1366, "height": 768})
        page.wait_for_function("document.documentElement.clientWidth === 1366")
    found: dict[str, list[str]] = page.evaluate(LOOK, language)
    return {kind: words for kind, words in found.items() if words and kind != "foreign"}


@pytest.mark.parametrize(("path", "language"), list(SEEN), ids=lambda value: value.strip("/").replace("/", "-"))
def test_a_page_opens_without_a_fault(
    browser: Browser, base: str, windows: Path, path: str, language: str
) -> None:
    opened = open_page(browser, base, path, language=language)
    expect(opened.page.get_by_text(SEEN[path, language]).first).to_be_visible(timeout=15_000)
    expect(opened.page.get_by_text("演示数据" if language == "zh-CN" else "Demo data").first).to_be_visible()
    opened.page.wait_for_timeout(1500)
    assert opened.faults == []
    assert ill_fitting(opened.page, path, language) == {}
    # the phone follows the light in which it is read
    for light in ("light", "dark") if path.startswith("/field") else ("dark",):
        opened.page.emulate_media(color_scheme=light)
        assert axe_faults(opened.page, windows) == []
    opened.page.context.close()


@pytest.mark.parametrize("path", ["/wall", "/desk", "/field"])
def test_nobody_enters_without_a_login(browser: Browser, base: str, windows: Path, path: str) -> None:
    server = Server(logged_in=False)
    opened = open_page(browser, base, path, server=server)
    opened.page.locator('input[name="username"]').fill("somebody")
    opened.page.locator('input[name="password"]').fill("secret")
    assert axe_faults(opened.page, windows) == []
    opened.page.locator('button[type="submit"]').click()
    expect(opened.page.get_by_text("演示数据").first).to_be_visible(timeout=15_000)
    _, headers, body = server.posts[0]
    assert body == {"username": "somebody", "password": "secret"}
    assert headers["idempotency-key"]
    assert opened.faults == []
    opened.page.context.close()


def test_a_page_is_not_for_every_role(browser: Browser, base: str) -> None:
    opened = open_page(browser, base, "/field", server=Server("leader"))
    expect(opened.page.get_by_text("这个账号不能使用本页面")).to_be_visible(timeout=15_000)
    opened.page.context.close()


def test_the_language_changes_on_the_page_and_stays(browser: Browser, base: str) -> None:
    opened = open_page(browser, base, "/desk")
    expect(opened.page.get_by_role("link", name="事项队列")).to_be_visible(timeout=15_000)
    opened.page.get_by_role("button", name="切换到英文").click()
    expect(opened.page.get_by_role("link", name="Queue")).to_be_visible()
    assert opened.page.evaluate("document.documentElement.lang") == "en"
    opened.page.context.close()


def test_titles_are_text_and_drills_are_marked(browser: Browser, base: str) -> None:
    opened = open_page(browser, base, "/desk")
    expect(opened.page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible(timeout=15_000)
    expect(opened.page.get_by_text("【演练】井盖移位 4")).to_be_visible()
    assert opened.faults == []
    opened.page.context.close()


def test_the_wall_goes_by_keys_and_stands_again_after_a_reload(browser: Browser, base: str) -> None:
    opened = open_page(browser, base, f"/wall?area={FOREIGN}")
    page = opened.page
    expect(page.locator(".needs li")).to_have_count(2, timeout=15_000)
    expect(page.get_by_text(f"没有区域 {FOREIGN}")).to_be_visible()  # and it has gone home
    expect(page).to_have_url(f"{base}/wall")
    page.keyboard.press("j")
    expect(page.locator("article.card h2")).to_have_text("井盖移位 1")
    page.keyboard.press("j")
    expect(page.locator("article.card h2")).to_have_text("井盖移位 2")
    page.reload()
    expect(page.locator("article.card h2")).to_have_text("井盖移位 2", timeout=15_000)
    page.keyboard.press("Escape")
    expect(page.locator("article.card")).to_have_count(0)
    page.keyboard.press("4")
    expect(page).to_have_url(f"{base}/wall/transport")
    page.context.close()


def test_a_figure_opens_its_cases(browser: Browser, base: str) -> None:
    opened = open_page(browser, base, "/wall")
    opened.page.get_by_role("button", name="特急 1").first.click(timeout=15_000)
    expect(opened.page.locator(".cases tbody tr")).to_have_count(2)
    assert opened.faults == []
    opened.page.context.close()


def test_entries_are_told_and_a_gap_asks_for_a_new_snapshot(browser: Browser, base: str) -> None:
    server = Server()
    opened = open_page(browser, base, "/wall", server=server)
    expect(opened.page.locator(".needs li")).to_have_count(2, timeout=15_000)
    entry = opened_entry(8, urgency="emergency")
    socket = server.sockets[0]
    server.say(socket, type="entries", epoch="e", **{"from": 8, "to": 8}, entries=[entry], gone=[])
    expect(opened.page.locator(".needs li")).to_have_count(3)
    expect(opened.page.get_by_text("来龙镇 设备 上报 井盖移位 9")).to_be_visible()
    asked = len([one for one in server.subscriptions if "since" not in one])
    server.say(socket, type="entries", epoch="e", **{"from": 11, "to": 11}, entries=[], gone=[])
    expect(opened.page.locator(".needs li")).to_have_count(2)
    assert len([one for one in server.subscriptions if "since" not in one]) == asked + 1
    opened.page.context.close()


def test_a_silent_server_greys_the_wall(browser: Browser, base: str) -> None:
    server = Server()
    opened = open_page(browser, base, "/wall", server=server)
    expect(opened.page.locator(".needs li")).to_have_count(2, timeout=15_000)
    server.is_mute = True
    expect(opened.page.get_by_text("数据中断，地图已停止更新")).to_be_visible(timeout=30_000)
    expect(opened.page.get_by_text("数据已停止更新", exact=False).first).to_be_visible()
    opened.page.context.close()


def test_what_cannot_be_undone_is_asked_twice_and_a_double_click_acts_once(browser: Browser, base: str) -> None:
    server = Server()
    opened = open_page(browser, base, "/desk/incidents/1", server=server)
    page = opened.page
    page.get_by_role("button", name="不予受理").click(timeout=15_000)
    dialog = page.get_by_role("dialog")
    dialog.locator("textarea").fill("不属实")
    dialog.get_by_role("button", name="下一步").dblclick()
    expect(dialog.get_by_text("不可撤销")).to_be_visible()
    page.wait_for_timeout(700)  # the second press of a double click confirms nothing
    assert [path for path, _, _ in server.posts] == []
    dialog.get_by_role("button", name="确认不予受理").dblclick()
    expect(page.get_by_text("不予受理：已完成").first).to_be_visible()
    acts = [(path, headers["x-csrf-token"], body) for path, headers, body in server.posts if "/actions/" in path]
    assert acts == [("/incidents/1/actions/reject", "t0k", {"version": 1, "reason": "不属实"})]
    page.context.close()


def test_new_matters_wait_until_the_hand_asks(browser: Browser, base: str) -> None:
    server = Server()
    opened = open_page(browser, base, "/desk", server=server)
    rows = opened.page.locator(".queue ol li")
    expect(rows).to_have_count(len(INCIDENTS), timeout=15_000)
    entry = opened_entry(8, severity=1, domain="emergency")
    server.say(server.sockets[0], type="entries", epoch="e", **{"from": 8, "to": 8}, entries=[entry], gone=[2])
    waiting = opened.page.get_by_role("button", name="1 条新事项")
    expect(waiting).to_be_visible()
    expect(rows).to_have_count(len(INCIDENTS) - 1)
    waiting.click()
    expect(rows).to_have_count(len(INCIDENTS))
    expect(rows.first).to_contain_text("井盖移位 9")
    opened.page.context.close()


def test_an_administrator_lands_in_a_room_of_their_own_and_hears_no_incidents(browser: Browser, base: str) -> None:
    server = Server("system_admin")
    opened = open_page(browser, base, "/desk", server=server)
    expect(opened.page).to_have_url(f"{base}/desk/tokens", timeout=15_000)
    expect(opened.page.get_by_role("link", name="事项队列")).to_have_count(0)
    assert server.subscriptions == []
    assert opened.faults == []
    opened.page.context.close()
