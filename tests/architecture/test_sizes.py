"""The shape of the code as a gate: no module over 250 lines, no function over 40, docstrings not counted."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FLOORS = ("foundation", "grid", "ingest", "command_center", "dashboards", "deploy")
MODULE_LINES, FUNCTION_LINES = 250, 40  # positional parameters are ruff's to count (PLR0917)
FORBIDDEN = {"utils", "util", "common", "helpers", "helper", "core", "misc", "base", "stuff"}
NOT_OURS = {
    "node_modules",
    "static",
    "__pycache__",
    "versions",
}  # a migration is a record, as long as it has to be
Function = ast.FunctionDef | ast.AsyncFunctionDef


def list_modules() -> list[Path]:
    found = [ROOT / "citybrain.py"]
    for floor in FLOORS:
        found += [path for path in (ROOT / floor).rglob("*.py") if NOT_OURS.isdisjoint(path.parts)]
    return sorted(found)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def docstring_lines(node: ast.AST) -> set[int]:
    """Return the line numbers of every docstring at or below the node, also of those under a constant."""
    lines: set[int] = set()
    for inner in ast.walk(node):
        for statement in getattr(inner, "body", []) if isinstance(getattr(inner, "body", []), list) else []:
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if is_text and isinstance(statement.value.value, str):
                lines.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    return lines


def list_functions(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


@pytest.mark.parametrize("path", list_modules(), ids=name_of)
def test_a_module_has_the_shape_of_the_house(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    texts = docstring_lines(tree)
    lines = len(text.splitlines()) - len(texts)
    assert lines <= MODULE_LINES, f"{name_of(path)} has {lines} lines: split it by subject"
    for function in list_functions(tree):
        own = range(function.lineno, (function.end_lineno or function.lineno) + 1)
        length = len(own) - len(texts.intersection(own))
        where = f"{name_of(path)}:{function.lineno} {function.name}"
        assert length <= FUNCTION_LINES, f"{where} has {length} lines: split it by step"
    assert not any(isinstance(node, ast.Global) for node in ast.walk(tree)), f"{name_of(path)} has global state"


@pytest.mark.parametrize("path", list_modules(), ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text())
    if tree.body:
        assert ast.get_docstring(tree), f"{name_of(path)} opens with no docstring"


def test_no_file_has_a_name_that_says_nothing() -> None:
    parts = {part for path in list_modules() for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    assert not parts & FORBIDDEN


def test_no_two_files_are_both_called_service_or_models() -> None:
    counts = Counter(path.name for path in list_modules())
    assert counts["service.py"] <= 1 and counts["models.py"] <= 1


def test_the_house_has_no_other_rooms() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert rooms <= {*FLOORS, "tests"}
    assert [path.name for path in ROOT.glob("*.py")] == ["citybrain.py"]
