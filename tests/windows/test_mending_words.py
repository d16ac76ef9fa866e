"""Every sentence about a kept message, or about a row of a register, has a shape with words in both languages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.windows.test_fault_words import texts_of

ROOT = Path(__file__).resolve().parents[2]
SHAPES = ROOT / "dashboards" / "windows" / "src" / "desk" / "admin" / "mending" / "en.json"
SENTENCE_AT = {"Refused": 1, "Unread": 1, "ValueError": 0, "BadPlace": 0, "Unreadable": 1, "RowFault": 2}
"""Which argument of what is raised or kept is the sentence."""
MESSAGES = ("ingest/decoders", "ingest/judge.py")
REGISTERS = ("grid/register_import", "grid/datums.py", "grid/city_folder/read_csv.py")
NOT_OF_THE_REGISTER = {"limit", "clock_time", "day", "flag", "whole"}
"""Readers of a city folder's other tables: no import at the desk reaches them."""


def nodes_under(places: tuple[str, ...]) -> Iterator[tuple[Path, ast.AST]]:
    for place in places:
        paths = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
        for path in paths:
            tree = ast.parse(path.read_text())
            tree.body = [one for one in tree.body if getattr(one, "name", "") not in NOT_OF_THE_REGISTER]
            yield from ((path, node) for node in ast.walk(tree))


def sentences_of(node: ast.AST) -> Iterator[str]:
    """Yield what a call raises or keeps, and what is put under the name of a sentence or into ``faults``."""
    if isinstance(node, ast.Call):
        at = SENTENCE_AT.get(getattr(node.func, "id", ""), len(node.args))
        said = [word.value for word in node.keywords if word.arg == "fault"]
        for value in [*node.args[at : at + 1], *said]:
            yield from texts_of(value)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            name = target.value if isinstance(target, ast.Subscript) else target
            if re.fullmatch(r"faults|fault|detail|ENCRYPTED", getattr(name, "id", getattr(name, "attr", ""))):
                yield from texts_of(node.value)


def test_what_is_to_be_mended_has_words_in_both_languages() -> None:
    shapes = [
        re.compile(".+?".join(map(re.escape, re.split(r"\{\w+\}", text))), re.DOTALL)
        for text in json.loads(SHAPES.read_text()).values()
    ]
    said = {
        (path.name, text)
        for path, node in nodes_under((*MESSAGES, *REGISTERS))
        for text in sentences_of(node)
        if re.search(r"[a-z]{3}", text)
    }
    unknown = sorted((name, text) for name, text in said if not any(one.fullmatch(text) for one in shapes))
    assert len(said) > 110 and unknown == []
