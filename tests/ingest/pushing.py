"""Messages by HTTP as the senses get them, for the tests of the formats that are pushed."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grid.city import City
from ingest.http_request import HttpRequest
from ingest.judge import Senses
from ingest.messages import Message, Taken
from ingest.observation import Observation, Quarantined

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SHARED = Path(__file__).parent.parent.parent.parent / "shared"


class Pusher:
    """Sends a source's messages over HTTP; ``options`` stand in for those of ``sources.toml``."""

    def __init__(self, city: City, source: str, **options: Any) -> None:
        self.senses, self.source = Senses(city), city.sources[source]
        if options:
            self.source = dataclasses.replace(self.source, options={**self.source.options, **options})
        self.at = NOW

    def message(self, body: bytes | str, content_type: str = "application/json", **request: Any) -> Message:
        content = body.encode() if isinstance(body, str) else body
        asked = HttpRequest(content_type=content_type, **request)
        return Message(self.source, "", content, self.at, "trace", "http", False, asked)

    def push(self, body: bytes | str, content_type: str = "application/json", **request: Any) -> Taken:
        return self.senses.take(self.message(body, content_type, **request))

    def told(self, body: bytes | str, content_type: str = "application/json", **request: Any) -> list[Observation]:
        """Return what is told; nothing may be refused."""
        taken = self.push(body, content_type, **request)
        refused = [record for record in taken.records if isinstance(record, Quarantined)]
        assert not refused, refused
        return [record for record in taken.records if isinstance(record, Observation)]

    def refused(self, body: bytes | str, content_type: str = "application/json", **request: Any) -> str:
        """Return the reason of the refusal."""
        (record,) = self.push(body, content_type, **request).records
        assert isinstance(record, Quarantined), record
        return record.reason


def list_samples(*folders: str) -> list[Path]:
    """Return the real messages of these folders, or skip where they do not lie beside the project."""
    found = [path for folder in folders for path in sorted((SHARED / folder).glob("*")) if path.is_file()]
    if not found:
        pytest.skip("no real samples beside the project")
    return found


def outcome_of(taken: Taken) -> str:
    """Return what became of a message in one word: told, ignored with the reason, or refused with it."""
    refused = [record.reason for record in taken.records if isinstance(record, Quarantined)]
    if refused:
        return f"refused:{refused[0]}"
    return f"ignored:{taken.ignored}" if not taken.records else "told"
