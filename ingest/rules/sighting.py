"""Rules over what a camera sees, and which alarm a sighting belongs to.

Comes in: a ``Sighting``. Goes out: the rule that fits, and the id under which it is one alarm: a review and
its objects are one, whichever is told first. Pure: what was told before is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from ingest.messages import Sighting
from ingest.observation import Phase

ANY = "*"


class CameraRule(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the city's camera rules; empty ``labels`` or ``zones`` fit everything."""

    id: str
    camera_kind: str
    labels: frozenset[str]
    zones: frozenset[str]
    severity: str
    category: str
    outcome: str
    min_score: float
    confidence: float | None
    zh: str
    en: str
    loiter_s: float = 0.0
    min_count: int = 1
    count_hold_s: float = 0.0
    stationary_once: bool = False
    shadow: bool = False

    def fits(self, seen: Sighting) -> bool:
        """Tell whether the rule speaks of this; what the producer leaves open (severity, score) fits."""
        return (
            self.camera_kind in {ANY, seen.camera.kind}
            and (not self.labels or not self.labels.isdisjoint(seen.labels))
            and (not self.zones or not self.zones.isdisjoint(seen.zones))
            and (seen.severity is None or seen.severity == self.severity)
            and (seen.score is None or seen.score >= self.min_score)
        )


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was told of a sighting: under which alarm, by which rule; ``review`` when a review leads it now.

    ``last_at`` is the producer's time of the last word, kept where silence ends it (``Sighting.lasts_s``).
    """

    alarm: str
    rule: str
    review: str | None = None
    is_ended: bool = False
    last_at: datetime | None = None


def find_camera_rule(rules: Iterable[CameraRule], seen: Sighting) -> CameraRule | None:
    """Return the first rule that fits, or None."""
    return next((rule for rule in rules if rule.fits(seen)), None)


def judge_sighting(
    seen: Sighting, rule: CameraRule | None, told: Mapping[str, Told], at: datetime
) -> tuple[Told, tuple[Phase, ...]] | str:
    """Return what is told now and as which phases, or the reason why nothing is.

    ``at`` orders what is said (``telling.believed_at``). ``told`` holds what is known of this sighting's id and of
    its parts. A review leads: its objects only speak for themselves as long as no review names them. What is first
    heard at its end begins and ends.
    """
    known = told.get(seen.id)
    if seen.lasts_s is not None:
        return _judge_lasting(seen, rule, known, at)
    if known is not None:
        if known.is_ended:
            return (known, (Phase.END,)) if seen.text else "already_ended"
        if known.review is not None and not seen.is_review:
            return "part_of_a_review"
        return msgspec.structs.replace(known, is_ended=seen.phase is Phase.END), (_later(seen.phase),)
    if not seen.opens:
        return "nothing_known_of_it"
    if rule is None or rule.outcome == "ignore":
        return f"camera_rule_{rule.id}" if rule else "no_camera_rule"
    return _tell_first(seen, rule, _join(seen, told))


def _judge_lasting(
    seen: Sighting, rule: CameraRule | None, known: Told | None, at: datetime
) -> tuple[Told, tuple[Phase, ...]] | str:
    """Judge what its producer repeats as long as it lasts: the first word begins it, silence or an end ends it."""
    last_at = known.last_at if known is not None else None
    if known is not None and last_at is not None:
        if at < last_at or (known.is_ended and at == last_at):
            return "older_than_the_last"
        if not known.is_ended:
            phases = (Phase.END,) if seen.phase is Phase.END else ()
            return msgspec.structs.replace(known, is_ended=bool(phases), last_at=at), phases
    if seen.phase is Phase.END:
        return "end_of_nothing_known"
    if rule is None or rule.outcome == "ignore":
        return f"camera_rule_{rule.id}" if rule else "no_camera_rule"
    alarm = f"{seen.id}@{at:%Y%m%dT%H%M%S.%f}"
    return Told(alarm=alarm, rule=rule.id, last_at=at), (Phase.BEGIN,)


def _tell_first(seen: Sighting, rule: CameraRule, joined: Told | None) -> tuple[Told, tuple[Phase, ...]]:
    told = Told(
        alarm=joined.alarm if joined else seen.id,
        rule=joined.rule if joined else rule.id,
        review=seen.id if seen.is_review else None,
        is_ended=seen.phase is Phase.END,
    )
    if joined:
        return told, (_later(seen.phase),)
    return told, (Phase.BEGIN, Phase.END) if told.is_ended else (Phase.BEGIN,)


def _later(phase: Phase) -> Phase:
    """Return the phase of what is not the first word: a second beginning is an update."""
    return Phase.END if phase is Phase.END else Phase.UPDATE


def _join(seen: Sighting, told: Mapping[str, Told]) -> Told | None:
    """Return what was told of an object of this review, the earliest first."""
    return next((told[part] for part in sorted(seen.parts) if part in told), None)
