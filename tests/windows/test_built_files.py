"""What is shipped asks nobody outside, evaluates nothing, and is complete."""

from __future__ import annotations

import json
import re
from pathlib import Path

PAGES = ("wall.html", "desk.html", "field.html")
# Addresses that stand in the code as names, licences or error texts and are never asked.
NAMED_ONLY = {
    "www.w3.org",
    "scripts.sil.org",
    "element-plus.org",
    "github.com",
    "maplibre.org",
    "maplibre.invalid",
    "vuejs.org",
    "wiki.openstreetmap.org",
}


def texts(static: Path, *suffixes: str) -> dict[str, str]:
    return {
        str(path.relative_to(static)): path.read_text() for path in static.rglob("*") if path.suffix in suffixes
    }


def test_no_file_names_a_host_that_could_be_asked(static: Path) -> None:
    found = {
        (name, host)
        for name, text in texts(static, ".html", ".css", ".js", ".svg", ".webmanifest").items()
        for host in re.findall(r"(?:https?|wss?)://([\w.-]+\.\w+)", text)
        if host not in NAMED_ONLY
    }
    assert found == set()


def test_styles_take_fonts_and_pictures_from_our_own_server(static: Path) -> None:
    for name, text in texts(static, ".css").items():
        outside = re.findall(r"url\(\s*[\"']?((?:https?:)?//[^)]*)\)", text) + re.findall(
            r"@import[^;]*//[^;]*", text
        )
        assert outside == [], name
        assert "data:font" not in text, f"{name}: the Content-Security-Policy refuses fonts in a style sheet"


def test_pages_have_no_inline_script_and_load_only_their_own_files(static: Path) -> None:
    for page in PAGES:
        text = (static / page).read_text()
        for script in re.findall(r"<script\b([^>]*)>(.*?)</script>", text, re.S):
            assert "src=" in script[0] and script[1].strip() == "", page
        addresses = re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
        assert addresses and all(address.startswith("/") for address in addresses), page
        assert all((static / address.lstrip("/")).exists() for address in addresses), page
        assert not re.search(r"\son\w+=", text), page


def test_nothing_evaluates_text_as_code(static: Path) -> None:
    for name, text in texts(static, ".js").items():
        assert not re.search(r"\bnew Function\s*\(|(?<![\w.$])eval\s*\(", text), name


def test_the_chinese_font_ships_with_its_licence(static: Path) -> None:
    fonts = list((static / "assets").glob("noto-sans-sc-*.woff2"))
    assert len(fonts) > 90
    assert sum(font.stat().st_size for font in fonts) < 8_000_000
    assert "SIL Open Font License" in (static / "assets" / "NotoSansSC-OFL.txt").read_text()


def test_the_service_worker_keeps_a_shell_that_exists(static: Path) -> None:
    worker = (static / "field-sw.js").read_text()
    assert "process.env" not in worker, "a page's library is in it: a service worker dies of that"
    shell = json.loads(worker.split("const SHELL = ", 1)[1].split(";\n", 1)[0])
    assert (
        "/field" in shell
        and any(name.endswith(".js") for name in shell)
        and any(n.endswith(".css") for n in shell)
    )
    assert all((static / name.lstrip("/")).exists() for name in shell if name != "/field")
    assert "__VERSION__" not in worker


def test_the_app_can_be_installed(static: Path) -> None:
    manifest = json.loads((static / "assets" / "field.webmanifest").read_text())
    assert manifest["start_url"] == manifest["scope"] == "/field"
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert (static / icon["src"].lstrip("/")).read_bytes().startswith(b"\x89PNG")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
