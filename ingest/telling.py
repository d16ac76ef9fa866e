"""Makes observations: what was decoded and judged, in the shape that climbs to the brain.

Comes in: an alarm, or a rule's finding with its device. Goes out: an ``Observation``. The register gives the
place where the message has none; a clock that cannot be right is flagged, and ``received_at`` rules.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from foundation.ids import new_id
from grid.registers import Camera, Device
from grid.sources import Source
from ingest.messages import Alarm, Message
from ingest.observation import CLOCK_SUSPECT, LATE, UNREGISTERED, Observation, Phase, SourceKind

CLOCK_TOLERANCE = timedelta(minutes=5)
LATE_AT_MOST = timedelta(days=7)
CANDIDATE = "candidate"


def clock_flags(at: datetime, received_at: datetime) -> tuple[str, ...]:
    """Return ``clock_suspect`` for a time that cannot be, ``late`` for one after a silence, or nothing."""
    off = received_at - at
    if -CLOCK_TOLERANCE <= off <= CLOCK_TOLERANCE:
        return ()
    return (LATE,) if CLOCK_TOLERANCE < off <= LATE_AT_MOST else (CLOCK_SUSPECT,)


def believed_at(at: datetime, received_at: datetime) -> datetime:
    """Return the time by which it is ordered: when we heard it, where the producer's clock cannot be right.

    One word from a clock that is ahead would else make all later ones old.
    """
    return received_at if CLOCK_SUSPECT in clock_flags(at, received_at) else at


def tell_alarm(alarm: Alarm, message: Message) -> Observation:
    """Return the observation that a device's own alarm is."""
    source, device = message.source, alarm.device
    lon, lat, how = alarm.lon, alarm.lat, "message"
    if lon is None and device is not None:
        lon, lat, how = device.lonlat.lon, device.lonlat.lat, "register"
    return Observation(
        source=source.name,
        kind=SourceKind(source.kind),
        device=(alarm.unregistered or alarm.worker) if device is None else device.id,
        id=alarm.id,
        phase=alarm.phase,
        category=alarm.category,
        at=alarm.at,
        received_at=message.received_at,
        trace_id=message.trace_id or new_id(),
        seq=alarm.seq,
        severity=alarm.severity,
        confidence=alarm.confidence,
        text=alarm.text,
        lon=lon,
        lat=lat,
        place_how=how if lon is not None else None,
        evidence=alarm.evidence,
        flags=alarm.flags
        + ((UNREGISTERED,) if alarm.unregistered else ())
        + clock_flags(alarm.at, message.received_at),
        replay=message.replay,
        drill=source.drill,
        receipt_to=None if message.replay else alarm.receipt_to,
        area=alarm.area,
        said=alarm.said,
    )


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found: an alarm of the rule's own making."""

    id: str
    phase: Phase
    category: str
    at: datetime
    rule: str
    text: str
    confidence: float | None
    severity: int | None = None
    values: dict[str, float] = {}
    flags: tuple[str, ...] = ()


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """How it reached us."""

    source: Source
    received_at: datetime
    trace_id: str = ""
    replay: bool = False


def hearing_of(message: Message) -> Hearing:
    """Return how this message reached us."""
    return Hearing(
        source=message.source, received_at=message.received_at, trace_id=message.trace_id, replay=message.replay
    )


def tell_finding(device: Device | Camera, finding: Finding, hearing: Hearing) -> Observation:
    """Return the observation that a rule made of what a device or camera said."""
    return Observation(
        source=hearing.source.name,
        kind=SourceKind(hearing.source.kind),
        device=device.id,
        id=finding.id,
        phase=finding.phase,
        category=finding.category,
        at=finding.at,
        received_at=hearing.received_at,
        trace_id=hearing.trace_id or new_id(),
        severity=finding.severity,
        confidence=finding.confidence,
        text=finding.text,
        lon=device.lonlat.lon,
        lat=device.lonlat.lat,
        place_how="register",
        rule=finding.rule,
        values=finding.values,
        flags=finding.flags,
        replay=hearing.replay,
        drill=hearing.source.drill,
    )
