"""No decoder knows another: what two of them need lies beside them."""

from __future__ import annotations

import ast
from pathlib import Path

from ingest.decoders import DECODERS

ROOM = Path(__file__).parent.parent.parent / "ingest" / "decoders"


def test_no_decoder_imports_another() -> None:
    formats = {decode.__module__.rpartition(".")[2] for decode in DECODERS.values()}
    for name in sorted(formats):
        tree = ast.parse((ROOM / f"{name}.py").read_text())
        imported = {
            node.module.rpartition(".")[2] if node.module != "ingest.decoders" else alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ingest.decoders")
            for alias in node.names
            if node.module
        }
        assert not imported & (formats - {name}), f"{name} imports {imported & formats}"
