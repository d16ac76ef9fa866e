"""Rules over several devices: so many of them within a window are a happening of another kind.

``take_signal.py`` shows it every beginning that has taken effect. Comes out: the observation that the rule itself
makes, to be taken in like any other, once for each happening. What counts stands in the database, so that it
outlives the process and two brains count alike.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from sqlalchemy import select

from command_center.journal.ledger import Ledger
from command_center.signals.phases import effective_at
from command_center.signals.rule_tables import GroupHit, GroupTelling
from command_center.signals.storm_watch import Fresh
from command_center.signals.trust import Trusts
from grid.city import City
from ingest.observation import GROUP, SHADOW, Observation, Phase, SourceKind

Place = tuple[str, str, bool]
EVERYWHERE = "*"
NO_MATCH: dict[str, str] = {}


class GroupRule(msgspec.Struct, frozen=True, kw_only=True):
    """One ``[[group_rules]]`` as ``grid/city_folder/rule_documents.py`` describes it."""

    id: str
    kind: str
    watched: tuple[str, ...]
    count: int
    window_s: float
    category: str
    confidence: float
    zh: str
    en: str
    match: dict[str, str] = NO_MATCH
    within: str | None = None
    min_trust: float = 0.0
    severity: int | None = None
    shadow: bool = False


@lru_cache(maxsize=4)
def _read(_version: str, document: bytes) -> tuple[GroupRule, ...]:
    return tuple(msgspec.json.decode(document, type=list[GroupRule]))


class GroupRules:
    """The rules over several devices as one batch meets them."""

    def __init__(self, ledger: Ledger, trusts: Trusts) -> None:
        self._ledger, self._trusts = ledger, trusts
        self._version = ledger.city.policy_version("rules")
        self._rules = _read(self._version, msgspec.json.encode(ledger.city.policy("rules").get("group_rules", [])))
        self._hits: dict[Place, dict[str, GroupHit]] = {}
        self._tellings: dict[Place, GroupTelling] = {}  # made in this batch: no query finds them yet

    def hear(self, one: Fresh) -> list[Observation]:
        """Count a beginning; return what it makes full."""
        observation = one.observation
        if observation.phase is not Phase.BEGIN or GROUP in observation.flags or observation.device is None:
            return []
        return [told for rule in self._rules if (told := self._judge(rule, one)) is not None]

    def _judge(self, rule: GroupRule, one: Fresh) -> Observation | None:
        observation, category, located = one
        if category.family not in rule.watched and category.code not in rule.watched:
            return None
        if (
            not _fits(rule, observation, self._ledger.city)
            or self._trusts.find(observation.source) < rule.min_trust
        ):
            return None
        area = EVERYWHERE if rule.within is None else getattr(located.place, rule.within)
        if area is None:
            return None
        place, at = (rule.id, area, observation.replay), effective_at(observation)
        devices = self._count(place, rule, observation, at)
        return self._tell(place, rule, (observation, at), devices) if devices >= rule.count else None

    def _count(self, place: Place, rule: GroupRule, observation: Observation, at: datetime) -> int:
        """Note the device and return how many different ones spoke within the window."""
        hits = self._hits.get(place)
        if hits is None:
            hits = self._hits[place] = self._read_hits(place)
        device = f"{observation.source}|{observation.device}"[:160]
        hit = hits.get(device)
        if hit is None:
            hit = hits[device] = GroupHit(rule=place[0], place=place[1], replay=place[2], device=device, at=at)
            self._ledger.session.add(hit)
        hit.at = max(hit.at, at)
        window = timedelta(seconds=rule.window_s)
        return sum(1 for other in hits.values() if abs(at - other.at) <= window)

    def _read_hits(self, place: Place) -> dict[str, GroupHit]:
        rule, area, replay = place
        chosen = select(GroupHit).where(GroupHit.rule == rule, GroupHit.place == area, GroupHit.replay.is_(replay))
        return {row.device: row for row in self._ledger.session.scalars(chosen)}

    def _tell(
        self, place: Place, rule: GroupRule, heard: tuple[Observation, datetime], devices: int
    ) -> Observation | None:
        """Return the rule's own observation, or None while it goes on about what it has told."""
        observation, at = heard
        session = self._ledger.session
        telling = self._tellings.get(place) or session.get(GroupTelling, place)
        if telling is not None and at - telling.last_at <= timedelta(seconds=rule.window_s):
            telling.last_at, telling.devices = max(telling.last_at, at), max(telling.devices, devices)
            return None
        if telling is None:
            telling = GroupTelling(rule=place[0], place=place[1], replay=place[2])
            session.add(telling)
            self._tellings[place] = telling
        telling.alarm_id = f"{rule.id}:{place[1]}@{at:%Y%m%dT%H%M%S.%f}"[:128]
        telling.began_at, telling.last_at, telling.devices = at, at, devices
        return Observation(
            source=observation.source,
            kind=SourceKind.DEVICE,
            device=None,
            id=telling.alarm_id,
            phase=Phase.BEGIN,
            category=rule.category,
            at=at,
            received_at=observation.received_at,
            trace_id=observation.trace_id,
            severity=rule.severity,
            confidence=rule.confidence,
            text=rule.zh,
            lon=observation.lon,
            lat=observation.lat,
            place_how=observation.place_how,
            rule=f"{rule.id}/{self._version}",
            values={"devices": float(devices)},
            flags=(GROUP, SHADOW) if rule.shadow else (GROUP,),
            replay=observation.replay,
            drill=observation.drill,
        )


def _fits(rule: GroupRule, observation: Observation, city: City) -> bool:
    if not rule.match:
        return True
    id = observation.device or ""
    thing = city.register.find_device(id) or city.register.find_camera(id)
    return thing is not None and all(getattr(thing, key) == wanted for key, wanted in rule.match.items())
