"""What passes through the senses: bytes as received, and what a decoder made of them.

Comes in from ``receive_mqtt.py`` or ``receive_http.py`` as a ``Message``; a decoder turns it into readings,
alarms or sightings; ``judge.py`` turns those into observations.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from grid.registers import Camera, Device
from grid.sources import Source
from ingest.http_request import HttpRequest
from ingest.observation import Observation, Phase, Quarantined, Said

MAX_PAYLOAD_BYTES = 64 * 1024  # no producer of ours sends a tenth of it
UNKNOWN = frozenset({"unknown_device", "unknown_camera"})
KEPT_BYTES = 64 * 1024  # of what is longer, quarantine keeps the beginning


class Message(msgspec.Struct, frozen=True, gc=False):
    """Bytes as received. ``topic`` is the producer's own, without our prefixes; ``request`` came by HTTP.

    ``retained``: the broker kept it and told it again when we subscribed. ``repeated``: it may have come before.
    """

    source: Source
    topic: str
    payload: bytes
    received_at: datetime
    trace_id: str = ""
    transport: str = "mqtt"
    replay: bool = False
    request: HttpRequest | None = None
    retained: bool = False
    repeated: bool = False


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What a sensor measures; worth telling only if a rule says so."""

    device: Device | Camera
    at: datetime
    values: dict[str, float]
    seq: int | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """What a device itself calls an alarm. Positions are WGS-84, or None when the register gives them.

    ``worker``: somebody of the roster calls for help from a terminal of their own, which no register knows.
    """

    device: Device | Camera | None
    id: str
    phase: Phase
    category: str
    at: datetime
    seq: int | None = None
    severity: int | None = None
    confidence: float | None = None
    text: str = ""
    lon: float | None = None
    lat: float | None = None
    evidence: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    receipt_to: str | None = None
    unregistered: str | None = None
    worker: str | None = None
    area: str | None = None
    said: Said | None = None


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What a camera's analytics saw: one object, or a review over several (``parts`` are its objects' ids).

    ``severity`` is ``alert``, ``detection`` or None where the producer does not say; ``score`` 0–1. ``lasts_s``
    says that the producer names no happening: ``id`` names what watches (camera, kind, region), what is not told
    again for so many seconds has ended, and what comes later is another. ``opens`` is False for words about
    what only may be known already. ``since`` is when it was first seen, ``box`` where in the picture it is (left,
    top, right, bottom), ``is_standing`` that it does not move; None and False where the producer does not say.
    """

    camera: Camera
    id: str
    phase: Phase
    is_review: bool
    labels: frozenset[str]
    zones: frozenset[str]
    at: datetime
    severity: str | None = None
    score: float | None = None
    parts: frozenset[str] = frozenset()
    lasts_s: float | None = None
    opens: bool = True
    text: str = ""
    since: datetime | None = None
    box: tuple[float, float, float, float] | None = None
    is_standing: bool = False


class Fix(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a worker (by the roster's id) or a vehicle (by the register's) is, in WGS-84 degrees."""

    worker: str = ""
    vehicle: str = ""
    lon: float
    lat: float
    at: datetime
    accuracy_m: float | None = None

    @property
    def key(self) -> str:
        return self.vehicle or self.worker


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a public warning's chain: ``alert``, ``update`` or ``cancel``, as ``kind`` says.

    ``references``: the earlier messages, the oldest first. ``is_outside``: it names areas, and none is the city's.
    """

    id: str
    references: tuple[str, ...]
    kind: str
    category: str
    severity: int | None
    confidence: float | None
    text: str
    at: datetime
    expires_at: datetime
    is_outside: bool = False
    is_drill: bool = False
    area: str | None = None
    lon: float | None = None
    lat: float | None = None
    flags: tuple[str, ...] = ()


class Unread(msgspec.Struct, frozen=True, gc=False):
    """One of several in a message that cannot be understood: the message is kept, the others are told."""

    reason: str
    detail: str
    source_id: str | None = None


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """Understood, and nothing to tell; ``reason`` is counted."""

    reason: str


class Gone(msgspec.Struct, frozen=True, gc=False):
    """The video system, or one camera of it, has stopped seeing: what it still had under way has ended."""

    camera: Camera | None = None


Decoded = Reading | Alarm | Sighting | Gone | Warned | Fix | Unread | Ignored


class Taken(msgspec.Struct):
    """What came of a message.

    ``states``: key → bytes to keep, None to forget. ``ignored``: why nothing is told. ``is_part_unread``: some
    of several things in it could not be read, and the others were.
    """

    records: list[Observation | Quarantined] = []
    states: dict[str, bytes | None] = {}
    ignored: str | None = None
    is_part_unread: bool = False


class Refused(Exception):
    """A message cannot be understood: a stable code, one sentence, and what could be read of its sender.

    ``device`` is told of it; ``source_id`` is what the sender calls itself where the register does not know it.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        device: str | None = None,
        alarm_id: str | None = None,
        seq: int | None = None,
        phase: str | None = None,
        source_id: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail
        self.device, self.alarm_id, self.seq, self.phase = device, alarm_id, seq, phase
        self.source_id = source_id or (device if reason in UNKNOWN else None)
