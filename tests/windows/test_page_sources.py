"""The sources of the pages: both languages whole, small components, text as text, four colours in one place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.settings import load_settings
from foundation.settings_command import list_settings


def leaves(tree: Any, path: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}")
    else:
        yield path


def words(windows: Path, language: str) -> set[str]:
    folder = windows / "src" / "core" / "words" / language
    return {key for path in folder.glob("*.json") for key in leaves(json.loads(path.read_text()), path.stem)}


def components(windows: Path) -> list[Path]:
    return sorted((windows / "src").rglob("*.vue"))


def test_both_languages_have_the_same_keys(windows: Path) -> None:
    chinese, english = words(windows, "zh-CN"), words(windows, "en")
    assert chinese ^ english == set()
    assert len(chinese) > 400


def test_every_word_that_a_component_asks_for_exists(windows: Path) -> None:
    known = words(windows, "zh-CN")
    asked = {
        (path.name, key)
        for path in (windows / "src").rglob("*")
        if path.suffix in {".vue", ".ts"}
        for key in re.findall(r"\bt\(\s*\"([a-z_]+\.[\w.-]+)\"", path.read_text())
    }
    assert len(asked) > 100
    assert {pair for pair in asked if pair[1] not in known} == set()


def test_components_are_small(windows: Path) -> None:
    sizes = {path.name: len(path.read_text().splitlines()) for path in components(windows)}
    assert max(sizes.values()) <= 250, sizes
    assert sorted(sizes.values())[len(sizes) // 2] <= 120


def test_text_is_never_read_as_html(windows: Path) -> None:
    for path in (windows / "src").rglob("*"):
        if path.suffix in {".vue", ".ts"}:
            assert not re.search(r"v-html|innerHTML|insertAdjacentHTML|document\.write", path.read_text()), path


def test_the_four_colours_belong_to_the_grades_alone(windows: Path) -> None:
    colours = re.compile(r"#ff3b3b|#ff8a1f|#ffd21f|#4aa3ff|\b(?:red|orange|yellow|blue)\b(?=\s*[;,)])", re.I)
    comments = re.compile(r"/\*.*?\*/|<!--.*?-->|^\s*//.*$", re.S | re.M)
    sources = [path for path in (windows / "src").rglob("*") if path.suffix in {".vue", ".ts", ".css"}]
    holders = {path.name for path in sources if colours.search(comments.sub("", path.read_text()))}
    assert holders <= {"theme.css", "severity.ts"}


def test_the_lock_file_names_no_registry(windows: Path) -> None:
    lock = json.loads((windows / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_versions_are_exact(windows: Path) -> None:
    package = json.loads((windows / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_setting_is_told_in_both_languages(windows: Path, language: str) -> None:
    words = json.loads((windows / "src" / "core" / "words" / language / "settings.json").read_text())
    assert sorted(words["text"]) == sorted(one["name"] for one in list_settings(load_settings(environment={})))
