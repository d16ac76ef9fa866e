"""Rules over several devices: so many of them within a window are a happening of another kind.

``take_signal.py`` shows it every beginning and end that has taken effect. Comes out: the observation that the rule
itself makes, to be taken in like any other: once for each happening, and once more when every device that counted
has ended. What counts stands in the database, so that it outlives the process and two brains count alike.
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
        """Count a beginning or an end; return what it makes full, or ends."""
        observation = one.observation
        if observation.phase is Phase.UPDATE or GROUP in observation.flags or observation.device is None:
            return []
        judge = self._judge if observation.phase is Phase.BEGIN else self._end
        places = [(rule, place) for rule in self._rules if (place := self._find_place(rule, one)) is not None]
        return [told for rule, place in places if (told := judge(rule, place, observation)) is not None]

    def _find_place(self, rule: GroupRule, one: Fresh) -> Place | None:
        """Return where the rule counts this; None where it does not."""
        observation, category, located = one
        if category.family not in rule.watched and category.code not in rule.watched:
            return None
        if (
            not _fits(rule, observation, self._ledger.city)
            or self._trusts.find(observation.source) < rule.min_trust
        ):
            return None
        area = EVERYWHERE if rule.within is None else getattr(located.place, rule.within)
        return (rule.id, area, observation.replay) if area is not None else None

    def _judge(self, rule: GroupRule, place: Place, observation: Observation) -> Observation | None:
        at = effective_at(observation)
        devices = self._count(place, rule, observation, at)
        return self._tell(place, rule, (observation, at), devices) if devices >= rule.count else None

    def _end(self, rule: GroupRule, place: Place, observation: Observation) -> Observation | None:
        """Note that a device's alarm is over; the rule's own is when none of those that counted goes on."""
        hits, at = self._list_hits(place), effective_at(observation)
        hit = hits.get(_name_of(observation))
        if hit is None:
            return None
        hit.ended_at = at
        telling = self._find_telling(place)
        if telling is None or not telling.alarm_id:
            return None
        since = telling.began_at - timedelta(seconds=rule.window_s)
        if any(other.ended_at is None for other in hits.values() if other.at >= since):
            return None
        told = self._observe(rule, telling, (observation, at), Phase.END)
        telling.alarm_id, telling.last_at = "", at
        return told

    def _count(self, place: Place, rule: GroupRule, observation: Observation, at: datetime) -> int:
        """Note the device and return how many different ones spoke within the window."""
        hits, device = self._list_hits(place), _name_of(observation)
        hit = hits.get(device)
        if hit is None:
            hit = hits[device] = GroupHit(rule=place[0], place=place[1], replay=place[2], device=device, at=at)
            self._ledger.session.add(hit)
        hit.at, hit.ended_at = max(hit.at, at), None
        window = timedelta(seconds=rule.window_s)
        over_at = self._over_at(place)
        counted = (other for other in hits.values() if over_at is None or other.at > over_at)
        return sum(1 for other in counted if abs(at - other.at) <= window)

    def _find_telling(self, place: Place) -> GroupTelling | None:
        return self._tellings.get(place) or self._ledger.session.get(GroupTelling, place)

    def _over_at(self, place: Place) -> datetime | None:
        """Return when the last happening was over: what counted for it does not count again."""
        telling = self._find_telling(place)
        return telling.last_at if telling is not None and not telling.alarm_id else None

    def _list_hits(self, place: Place) -> dict[str, GroupHit]:
        if place not in self._hits:
            self._hits[place] = self._read_hits(place)
        return self._hits[place]

    def _read_hits(self, place: Place) -> dict[str, GroupHit]:
        rule, area, replay = place
        chosen = select(GroupHit).where(GroupHit.rule == rule, GroupHit.place == area, GroupHit.replay.is_(replay))
        return {row.device: row for row in self._ledger.session.scalars(chosen)}

    def _tell(
        self, place: Place, rule: GroupRule, heard: tuple[Observation, datetime], devices: int
    ) -> Observation | None:
        """Return the rule's own observation, or None while it goes on about what it has told."""
        _, at = heard
        telling = self._find_telling(place)
        is_going_on = telling is not None and bool(telling.alarm_id)
        if telling is not None and is_going_on and at - telling.last_at <= timedelta(seconds=rule.window_s):
            telling.last_at, telling.devices = max(telling.last_at, at), max(telling.devices, devices)
            return None
        if telling is None:
            telling = GroupTelling(rule=place[0], place=place[1], replay=place[2])
            self._ledger.session.add(telling)
            self._tellings[place] = telling
        telling.alarm_id = f"{rule.id}:{place[1]}@{at:%Y%m%dT%H%M%S.%f}"[:128]
        telling.began_at, telling.last_at, telling.devices = at, at, devices
        return self._observe(rule, telling, heard, Phase.BEGIN)

    def _observe(
        self, rule: GroupRule, telling: GroupTelling, heard: tuple[Observation, datetime], phase: Phase
    ) -> Observation:
        """Return the rule's own alarm, in what it has in common with the one that made it."""
        observation, at = heard
        return Observation(
            source=observation.source,
            kind=SourceKind.DEVICE,
            device=None,
            id=telling.alarm_id,
            phase=phase,
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
            values={"devices": float(telling.devices)},
            flags=(GROUP, SHADOW) if rule.shadow else (GROUP,),
            replay=observation.replay,
            drill=observation.drill,
        )


def _name_of(observation: Observation) -> str:
    return f"{observation.source}|{observation.device}"[:160]


def _fits(rule: GroupRule, observation: Observation, city: City) -> bool:
    if not rule.match:
        return True
    id = observation.device or ""
    thing = city.register.find_device(id) or city.register.find_camera(id)
    return thing is not None and all(getattr(thing, key) == wanted for key, wanted in rule.match.items())
