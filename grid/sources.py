"""The sources of a city: who sends us messages, in which format, by which road.

``sources.toml`` of the city folder comes in through ``city``; ``ingest`` subscribes and decodes by it,
the brain takes ``kind`` as the column of its table of ways in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """One producer or channel.

    ``transport`` is ``mqtt`` (with ``topic_filter``, and ``also_filters`` for producers with fixed topics)
    or ``http`` (with ``http_path``). ``trust`` 0–1 is what its word counts without a confidence of its own.
    ``coord_sys``: the datum it writes degrees in. ``proof``: how it may prove itself over HTTP beside bearer
    token and signature: ``basic``, ``digest``, ``url``. Beyond ``rate_per_s`` messages (``burst`` at once) its
    readings are shed, its alarms never. ``snapshot``: where single pictures of its cameras are asked for; ``{id}``
    stands for what the source calls the camera.
    """

    name: str
    kind: str
    format: str
    transport: str
    trust: float
    coord_sys: str
    topic_filter: str | None = None
    http_path: str | None = None
    zh: str = ""
    en: str = ""
    drill: bool = False
    proof: Sequence[str] = ()
    also_filters: Sequence[str] = ()
    rate_per_s: float | None = None
    burst: float | None = None
    snapshot: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def filters(self) -> tuple[str, ...]:
        """Return every MQTT topic filter of the source; none unless it speaks MQTT."""
        if self.transport != "mqtt" or not self.topic_filter:
            return ()
        return (self.topic_filter, *self.also_filters)
