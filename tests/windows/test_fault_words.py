"""Every refusal that the server writes has words of the page's own, in both languages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.server.errors import STATUS

ROOT = Path(__file__).resolve().parents[2]
WORDS = ROOT / "dashboards" / "windows" / "src" / "core" / "words"
A_FIGURE = "7"


def read_words(language: str, subject: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((WORDS / language / f"{subject}.json").read_text())
    return found


def slug_of(detail: str) -> str:
    """As ``core/api/problem.ts`` makes a key of a fault."""
    return re.sub(r"[^a-z]+", "_", re.sub(r"\d+(\.\d+)?", " n ", detail.lower())).strip("_")


def parts_of(detail: str) -> list[str]:
    """What the page looks up whole: all of it, what a colon or bracket parts, all but a code before it."""
    return [slug_of(part) for part in (detail, *re.split(r"[:(]", detail), detail.partition(" ")[2])]


def texts_of(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(one.value) if isinstance(one, ast.Constant) else A_FIGURE for one in node.values)
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)


def faults_of(call: ast.Call) -> Iterator[ast.expr]:
    """Yield what a refusal says about fields: ``invalid(x="…")``, ``fields={"x": "…"}``."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    for keyword in call.keywords:
        if isinstance(keyword.value, ast.Dict) and (keyword.arg == "fields" or name == "invalid"):
            yield from keyword.value.values
        elif name == "invalid":
            yield keyword.value


def list_faults() -> list[tuple[str, str]]:
    sources = [*(ROOT / "command_center").rglob("*.py"), *(ROOT / "dashboards" / "server").rglob("*.py")]
    return [
        (f"{path.name}:{node.lineno}", text)
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for value in faults_of(node)
        for text in texts_of(value)
        if slug_of(text) not in ("", "n", "n_n")
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_fault_and_every_type_has_words(language: str) -> None:
    assert STATUS.keys() - read_words(language, "problem").keys() == set()
    whole, within = (
        json.loads((WORDS / language / "forms.json").read_text())["fault"],
        read_words(language, "faults"),
    )
    faults = list_faults()
    unknown = [
        (place, text)
        for place, text in faults
        if not whole.keys() & set(parts_of(text)) and not any(f"_{key}_" in f"_{slug_of(text)}_" for key in within)
    ]
    assert len(faults) > 100 and unknown == []
