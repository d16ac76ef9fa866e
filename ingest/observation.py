"""What a source says it saw, decoded and judged worth telling: the shape that climbs to the brain.

Comes in from the decoders and the rules of one device; goes out over the bus stream OBSERVATIONS to
``command_center/intake.py``. What could not be decoded climbs beside it as ``Quarantined``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from foundation.ids import sha256_hex
from ingest.http_request import HttpRequest

CLOCK_SUSPECT = "clock_suspect"
"""Flag: the source's clock cannot be right; ``received_at`` rules."""

LATE = "late"
"""Flag: it was true, up to seven days ago, and comes after a silence."""


IMPLAUSIBLE_PLACE = "implausible_place"
"""Flag: the message's own place cannot be; the register's stands in for it."""

SHADOW = "shadow"
"""Flag: a rule on trial says it; the brain notes what it would have done, and does nothing."""

GROUP = "group"
"""Flag: the brain's own rule over several devices says it; it is a happening of its own."""

UNREGISTERED = "unregistered"
"""Flag: the register does not know the device; ``device`` is what it calls itself, and a person judges."""

EVIDENCE_DROPPED = "evidence_dropped"
"""Flag: some of the evidence was no address that a screen may open."""


class Phase(StrEnum):
    """Where in its life an alarm is. A single shot begins and never ends."""

    BEGIN = "begin"
    UPDATE = "update"
    END = "end"


class SourceKind(StrEnum):
    """What kind of eye saw it; the ways in are a table of category by this."""

    DEVICE = "device"
    CAMERA = "camera"
    HOTLINE = "hotline"
    CITIZEN = "citizen"
    WORKER = "worker"
    MEDIA = "media"
    SUPERIOR = "superior"
    DEPARTMENT = "department"
    WARNING = "warning"


class Caller(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who called. It goes to the table of reporters and nowhere else."""

    name: str = ""
    phone: str = ""
    anonymous: bool = False
    wants_reply: bool = False


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What only a person says: the place in words, the number in the system that sent it, who called.

    ``upstream`` is {system, number, due_at, reply_state}. ``caller`` is taken out before anything is kept.
    """

    place_text: str = ""
    town: str = ""
    upstream: dict[str, str] | None = None
    caller: Caller | None = None


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that one source saw, at one phase of its life.

    ``id`` names the alarm through all its phases and is the producer's own, or derived from (device,
    rule, start of the episode). ``lon``/``lat`` are WGS-84 degrees; ``place_how`` says whether the
    message itself or the register gave them; ``area`` where a whole area of the city is meant. ``seq`` orders
    phases together with ``at``. ``device``: a worker's id where one calls for help.
    ``said``: a person's report; its category may be empty, then an acceptor names it.
    """

    source: str
    kind: SourceKind
    device: str | None
    id: str
    phase: Phase
    category: str
    at: datetime
    received_at: datetime
    trace_id: str
    seq: int | None = None
    severity: int | None = None
    confidence: float | None = None
    text: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    place_how: str | None = None
    evidence: tuple[str, ...] = ()
    rule: str | None = None
    values: dict[str, float] = {}
    flags: tuple[str, ...] = ()
    replay: bool = False
    drill: bool = False
    receipt_to: str | None = None
    area: str | None = None
    said: Said | None = None

    def without_caller(self) -> Observation:
        """Return the same without who called, as it may be kept."""
        if self.said is None or self.said.caller is None:
            return self
        return msgspec.structs.replace(self, said=msgspec.structs.replace(self.said, caller=None))

    @property
    def happened_at(self) -> datetime:
        """When it happened as far as anybody can tell: ``at``, or ``received_at`` when the clock is suspect."""
        return self.received_at if CLOCK_SUSPECT in self.flags else self.at

    def content_hash(self) -> str:
        """Return a digest of what is said, without when and how it reached us."""
        said = (self.category, self.severity, self.text, self.lon, self.lat, self.evidence, self.values)
        more = (
            [self.area, self.said.place_text, self.said.upstream]
            if self.said
            else [self.area]
            if self.area
            else []
        )
        return sha256_hex(msgspec.json.encode([*said, self.seq, self.at, *more]))

    def source_key(self) -> str:
        """Return the key under which this takes effect once: source, device, id, phase, content."""
        parts = (self.source, self.device or "", self.id, str(self.phase), self.content_hash())
        return sha256_hex(*(part.encode() for part in parts))


class Quarantined(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What nobody could decode, with its bytes (identity objects taken out) and the reason.

    ``reason`` is a stable code such as ``not_json`` or ``unknown_device``; ``detail`` is one sentence
    that says what, where and the mend. ``source_id`` names the sender as its producer does, where the register
    does not know it. ``repeated``: the broker sent it once more, and an earlier run may have kept it.
    """

    id: str
    source: str
    transport: str
    topic: str
    payload: bytes
    reason: str
    detail: str
    received_at: datetime
    trace_id: str
    device: str | None = None
    alarm_id: str | None = None
    seq: int | None = None
    phase: str | None = None
    request: HttpRequest | None = None
    source_id: str | None = None
    repeated: bool = False


_OBSERVATION = msgspec.json.Decoder(Observation)
_QUARANTINED = msgspec.json.Decoder(Quarantined)


def encode(record: Observation | Quarantined) -> bytes:
    """Return the record as it travels on the bus."""
    return msgspec.json.encode(record)


def decode_observation(payload: bytes) -> Observation:
    """Return the observation that ``encode`` wrote. Raises ``msgspec.DecodeError`` for anything else."""
    return _OBSERVATION.decode(payload)


def decode_quarantined(payload: bytes) -> Quarantined:
    """Return the record that ``encode`` wrote. Raises ``msgspec.DecodeError`` for anything else."""
    return _QUARANTINED.decode(payload)
