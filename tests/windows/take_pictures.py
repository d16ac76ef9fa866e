"""Takes pictures of the windows of a running demo: walls, desk, call form, field; both languages.

Comes in: the address of a running `citybrain up --demo`, its data folder (demo-accounts.json), a folder for the
pictures. Goes out: one PNG a page and language, and a line for each console error or page wider than its window.

Run: `python tests/windows/take_pictures.py http://127.0.0.1:8000 DATA OUT [zh-CN|en] [name …]`
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WALL, DESK, PHONE = (1920, 1080), (1440, 900), (390, 844)
# name: (role of the demo account, address, size of the window)
PICTURES = {
    "wall": ("wall", "/wall", WALL),
    "wall-emergency": ("wall", "/wall/emergency", WALL),
    "wall-public-order": ("wall", "/wall/public-order", WALL),
    "wall-urban-management": ("wall", "/wall/urban-management", WALL),
    "wall-transport": ("wall", "/wall/transport", WALL),
    "wall-1440": ("wall", "/wall", DESK),
    "wall-390": ("wall", "/wall", PHONE),
    "desk": ("district_operator", "/desk/incidents/{number}", DESK),
    "desk-call": ("district_operator", "/desk/call", DESK),
    "desk-390": ("district_operator", "/desk", PHONE),
    "desk-incident-390": ("district_operator", "/desk/incidents/{number}", PHONE),
    "field": ("grid_worker", "/field", PHONE),
    "field-report": ("grid_worker", "/field/report", PHONE),
}
SETTLE_MS = 5000  # the map draws without a GPU


def choose_account(accounts: list[dict[str, str]], role: str) -> dict[str, str]:
    """Return the first demo account with a role."""
    return next(one for one in accounts if one["role"] == role)


def log_in(context: BrowserContext, account: dict[str, str]) -> None:
    """Log in by the interface, as a page would."""
    body = {"username": account["username"], "password": account["password"]}
    answer = context.request.post("/api/v1/session", data=body)
    if not answer.ok:
        raise SystemExit(f"{account['username']} was not let in: {answer.status} {answer.text()}")


def choose_incident(context: BrowserContext) -> int:
    """Return the open incident with the most to show: one that has orders and a place."""
    items = context.request.get("/api/v1/incidents?limit=200").json()["items"]
    seen = [one for one in items if one["is_open"] and one["location"]] or items
    return int(max(seen, key=lambda one: (len(one["orders"]), len(one["sources"]), -one["severity"]))["number"])


def take_picture(browser: Browser, base: str, account: dict[str, str], shot: tuple[str, str, Path]) -> None:
    """Take one picture and say what was wrong on the page."""
    name, language, out = shot
    _, path, (width, height) = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=base, service_workers="block",
        geolocation={"longitude": 118.33, "latitude": 33.95}, permissions=["geolocation"],
    )  # fmt: skip
    context.add_init_script(f"localStorage.setItem('citybrain.language', '{language}')")
    log_in(context, account)
    if "{number}" in path:
        path = path.format(number=choose_incident(context))
    page = context.new_page()
    page.on("console", lambda line: say(f"{name} {language}: {line.text}") if line.type == "error" else None)
    page.goto(path)
    page.wait_for_timeout(SETTLE_MS)
    # a busy machine draws the map late; what covers it says so until then
    page.locator(".map .failed").first.wait_for(state="detached", timeout=60_000)
    page.screenshot(path=str(out / f"{name}-{language}.png"))
    say_width(page, f"{name} {language}", width)
    context.close()


def say_width(page: Page, name: str, width: int) -> None:
    """Say whether the page must be scrolled sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    say(f"{name}: {'too wide, ' + str(wide) if wide > width else 'taken'}")


def say(line: str) -> None:
    """Write one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(base: str, data: Path, out: Path, wanted: list[str]) -> None:
    """Take the wanted pictures (all where none is named)."""
    accounts = json.loads((data / "demo-accounts.json").read_text())
    languages = [one for one in ("zh-CN", "en") if one in wanted] or ["zh-CN", "en"]
    names = [one for one in PICTURES if one in wanted] or list(PICTURES)
    out.mkdir(parents=True, exist_ok=True)
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)
        for name in names:
            account = choose_account(accounts, PICTURES[name][0])
            for language in languages:
                take_picture(browser, base, account, (name, language, out))
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
