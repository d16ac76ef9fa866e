"""Candidates: what a person must judge before it becomes an incident, and how it becomes one.

``take_signal.py`` keeps them; the actions ``confirm_candidate`` and ``dismiss_candidate`` decide. A later,
surer message of the same alarm can promote one without a person.
"""

from __future__ import annotations

import msgspec

from command_center.cases.actors import Actor, by_device
from command_center.cases.entry_words import take_words
from command_center.journal.ledger import Ledger
from command_center.people.audience import Audience
from command_center.signals.locate import Located, holding_area
from command_center.signals.phases import effective_at
from command_center.signals.signal_tables import Candidate
from command_center.signals.ways_in import DIRECT, WayIn, choose_way_in
from foundation.ids import sha256_hex
from grid.catalogue import Category
from grid.city import City
from ingest.observation import Observation, Phase

ID_LENGTH = 32


def keep_candidate(
    ledger: Ledger, observation: Observation, what: tuple[Category, Located | None], way: WayIn
) -> Candidate:
    """Store the observation for a person's judgement; ``what`` is its category and place."""
    category, located = what
    area = holding_area(located.place, ledger.city.code) if located is not None else ledger.city.code
    lonlat = located.lonlat if located is not None else None
    candidate = ledger.make(
        Candidate,
        id=sha256_hex(observation.source_key().encode())[:ID_LENGTH],
        state="open",
        source=observation.source,
        device=observation.device,
        alarm_id=observation.id,
        category=category.code,
        domain=category.domain,
        area=area,
        lon=lonlat.lon if lonlat else observation.lon,
        lat=lonlat.lat if lonlat else observation.lat,
        confidence=observation.confidence,
        text=observation.text,
        reason=dict(way.reason),
        rule=way.rule,
        observation=msgspec.to_builtins(observation),
        signals=1,
        at=effective_at(observation),
    )
    record_candidate(ledger, candidate, "candidate_opened", rule=way.rule, rule_version=way.version)
    return candidate


def record_candidate(
    ledger: Ledger, candidate: Candidate, kind: str, actor: Actor | None = None, **data: object
) -> int:
    """Append an entry about a candidate; its audience is its area's, though there is no incident."""
    area = ledger.city.tree.find_area(candidate.area)
    category = ledger.city.catalogue.find_category(candidate.category)
    facts = {
        "candidate": candidate.id,
        "area": candidate.area,
        "area_name": {"zh": area.name, "en": area.name_en} if area else {},
        "category": candidate.category,
        "category_name": {"zh": category.zh, "en": category.en} if category else {},
        "reason": candidate.reason,
        "source": candidate.source,
        "device": candidate.device,
    }
    audience = candidate_audience(candidate, ledger.city)
    actor = actor or by_device(candidate.device or candidate.source)
    said = take_words(ledger, {**facts, **data})
    return ledger.append(kind, actor, data=said, audience=(audience, audience))


def candidate_audience(candidate: Candidate, city: City) -> Audience:
    """Return who may see a candidate."""
    category = city.catalogue.find_category(candidate.category)
    known = city.tree.find_area(candidate.area) is not None
    return Audience(
        domain=candidate.domain,
        privacy_class=category.privacy_class if category is not None else 0,
        areas=city.tree.path(candidate.area) if known else (candidate.area,),
    )


def is_promoted(candidate: Candidate, observation: Observation, city: City) -> bool:
    """Return whether a later message of the alarm is sure enough to open without a person."""
    category = city.catalogue.find_category(observation.category)
    if candidate.state != "open" or observation.phase is Phase.END or category is None:
        return False
    was = candidate.confidence
    surer = observation.confidence is not None and (was is None or observation.confidence > was)
    return surer and choose_way_in(city, category, observation.kind, observation.confidence).path == DIRECT
