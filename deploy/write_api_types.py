"""Writes the TypeScript types of the interface, from the program's own OpenAPI document.

    python deploy/write_api_types.py          writes dashboards/windows/src/core/api/api.d.ts
    python deploy/write_api_types.py check    fails when the file has drifted from the program

Comes in: the answers that the routes describe. Goes out: what the pages import as ``components["schemas"]``.
Called by `python deploy/build_windows.py check`. The generator is openapi-typescript, pinned in package.json.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from build_windows import WindowsNotBuilt, find_node

WINDOWS = Path(__file__).resolve().parents[1] / "dashboards" / "windows"
TYPES = WINDOWS / "src" / "core" / "api" / "api.d.ts"
GENERATOR = WINDOWS / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
MEND = "The types of the interface have drifted: run `python deploy/write_api_types.py`."


def make_types() -> str:
    """Return the types of everything that answers and requests are made of."""
    from dashboards.server.app import bare_app

    document = bare_app().openapi()
    schemas = {name: document["components"]["schemas"][name] for name in sorted(document["components"]["schemas"])}
    info = {"title": document["info"]["title"], "version": "1"}
    plain = {"openapi": document["openapi"], "info": info, "paths": {}, "components": {"schemas": schemas}}
    node, _ = find_node()
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "api.d.ts"
        source.write_text(json.dumps(plain, ensure_ascii=False))
        command = [str(node), str(GENERATOR), str(source), "-o", str(target)]
        done = subprocess.run(command, cwd=WINDOWS, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WindowsNotBuilt(
                f"{done.stdout}{done.stderr}\nThe types of the interface cannot be made, see above."
            )
        return target.read_text()


def check_types() -> None:
    """Return when the file is what the program says; raise ``WindowsNotBuilt`` when it has drifted."""
    if not TYPES.exists() or TYPES.read_text() != make_types():
        raise WindowsNotBuilt(MEND)


def main(arguments: list[str]) -> int:
    try:
        if arguments == ["check"]:
            check_types()
        else:
            TYPES.write_text(make_types())
    except WindowsNotBuilt as fault:
        print(fault, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
