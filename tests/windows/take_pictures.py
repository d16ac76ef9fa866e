"""Takes a picture of every page, in both languages, at the sizes of use, and says what is wrong on it.

Comes in: nothing (a demo in a folder of its own is started, made lively, and stopped), or a running one. Goes
out: a PNG a page, language and size (a PDF of what is printed), and a table of what was found: axe (WCAG 2.2 A,
AA), clipped, overlapping and outside texts, requests to other hosts, errors of the console. Exit 1 on any.

Run: `python -m tests.windows.take_pictures [PAGE …]`; a PAGE is the beginning of a name in `page_list.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.journeys.product import Product
from tests.windows.lively_demo import furnish_rooms, play_traffic
from tests.windows.page_list import choose_pages
from tests.windows.page_visit import AXE, Found, Visitor, open_chromium

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("zh-CN", "en")
TRAFFIC_S = 75
README_SHOWS = {
    "wall": "wall-incident-zh-CN-1920.png", "desk": "incident-zh-CN-1366.png",
    "inbox": "inbox-case-zh-CN-1366.png", "cockpit": "cockpit-zh-CN-1366.png",
    "field": "phone-report-zh-CN-390.png",
}  # fmt: skip


class Running(Product):
    """A demo that somebody else has started."""

    def __init__(self, address: str, data: Path) -> None:
        super().__init__(data)
        self.base_url = address.rstrip("/")
        self.port = int(self.base_url.rsplit(":", 1)[1])


@contextlib.contextmanager
def lively_product(data: Path, traffic_s: int) -> Iterator[Product]:
    """Yield a demo of its own with something to see in every room."""
    product = Product(data)
    try:
        product.start()
        play_traffic(product, traffic_s)
        for line in furnish_rooms(product):
            say(f"not furnished: {line}")
        yield product
    finally:
        product.stop()


def take_all(product: Product, wanted: argparse.Namespace) -> list[Found]:
    """Visit every wanted page in every wanted language and size."""
    found: list[Found] = []
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        visitor = Visitor(browser, product, wanted.out)
        for page in choose_pages(wanted.pages):
            for language in wanted.languages:
                for size in (one for one in page.sizes if not wanted.widths or one[0] in wanted.widths):
                    found.append(visitor.visit(page, language, size))
                    say(found[-1].line())
        browser.close()
    if wanted.readme:
        keep_for_readme(wanted.out, ROOT / "docs" / "pictures")
    return found


def keep_for_readme(taken: Path, folder: Path) -> None:
    """Put the pictures that the README shows where it looks for them, in few colours."""
    for name, file in README_SHOWS.items():
        if (taken / file).exists():
            Image.open(taken / file).convert("RGB").quantize(160).save(folder / f"{name}.png", optimize=True)


def say(line: str) -> None:
    """Write one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell(found: list[Found]) -> int:
    """Say what was found, each fault once; return how many pages are at fault."""
    faulty = [one for one in found if one.faults]
    for one in faulty:
        say(f"\n{one.name}")
        for kind, words in one.faults.items():
            for word in words:
                say(f"  {kind:12} {word}")
    say(f"\n{len(found)} pictures, {len(faulty)} with faults")
    return len(faulty)


def read_arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Return what is wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="pages whose name begins so (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "pictures", help="folder of the pictures")
    parser.add_argument("--language", dest="languages", action="append", choices=LANGUAGES)
    parser.add_argument("--width", dest="widths", type=int, action="append", help="only sizes of this width")
    parser.add_argument("--traffic-s", type=int, default=TRAFFIC_S, help="how long the demo lives before (s)")
    parser.add_argument("--at", help="address of a running demo, with --data; it is taken as it stands")
    parser.add_argument("--data", type=Path, help="data folder of the running demo")
    parser.add_argument("--readme", action="store_true", help="renew docs/pictures from what was taken")
    wanted = parser.parse_args(words)
    wanted.languages = wanted.languages or list(LANGUAGES)
    return wanted


def main(words: list[str] | None = None) -> int:
    """Take the wanted pictures; return the exit code."""
    wanted = read_arguments(words)
    if not AXE.exists():
        sys.exit("axe-core is missing: `python deploy/build_windows.py check` installs it")
    wanted.out.mkdir(parents=True, exist_ok=True)
    if wanted.at:
        return 1 if tell(take_all(Running(wanted.at, wanted.data), wanted)) else 0
    folder = tempfile.TemporaryDirectory(prefix="citybrain-")
    with folder, lively_product(Path(folder.name), wanted.traffic_s) as product:
        return 1 if tell(take_all(product, wanted)) else 0


if __name__ == "__main__":
    sys.exit(main())
