"""The built front ends, once for all tests: as `make build` left them, or built now."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_build() -> ModuleType:
    """Return deploy/build_windows.py, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("build_windows", ROOT / "deploy" / "build_windows.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def build() -> ModuleType:
    return load_build()


@pytest.fixture(scope="session")
def windows() -> Path:
    return ROOT / "dashboards" / "windows"


@pytest.fixture(scope="session")
def static(build: ModuleType) -> Path:
    """Return the folder of the built pages, up to date."""
    try:
        build.build_windows(ROOT)
    except build.WindowsNotBuilt as fault:
        folder = ROOT / "dashboards" / "static"
        if not (folder / "wall.html").exists():
            pytest.skip(f"the front ends are not built: {fault}")
    return ROOT / "dashboards" / "static"
