"""Opens an incident and joins a further source to one: what both doors, machines' and people's, have in common.

A ``Sighting`` comes in, located and named; a ``CaseFile`` goes out, reported, with its first entry, its
source and its decisions. What happens next is ``dispatching.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shapely import Point

from command_center.cases.actors import Actor
from command_center.cases.case_file import CaseFile, new_case
from command_center.cases.freezing import freeze_at_opening
from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.cases.severity import grade
from command_center.cases.upstream import keep_told_upstream
from command_center.journal.journal_tables import Decision
from command_center.journal.ledger import Ledger
from command_center.orders.route import Route, route
from command_center.signals.locate import Located, holding_area
from command_center.signals.place_names import get_place_names
from command_center.signals.ways_in import WayIn
from grid.catalogue import Category
from grid.coordinates import LonLat
from ingest.observation import Observation, SourceKind

TITLE_TEXT_LENGTH = 24
WAYS = {"candidate": "人工研判", "verify_first": "先核实", "direct": "直接立案"}
UNNAMED = "未分类"
UNNAMED_DOMAIN = "public_order"
"""What a caller says without naming a category is a citizen's request until an acceptor names it."""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What one source says, ready to open or join. ``at`` is the moment that counts; ``kind`` the source's."""

    kind: str
    source: str
    device: str | None
    alarm_id: str
    category: Category | None
    located: Located
    at: datetime
    text: str = ""
    place_text: str = ""
    severity: int | None = None
    confidence: float | None = None
    evidence: tuple[str, ...] = ()
    rule: str | None = None
    seq: int | None = None
    ended_at: datetime | None = None
    drill: bool = False
    replay: bool = False
    clock_suspect: bool = False
    flags: tuple[str, ...] = ()
    upstream: dict[str, Any] | None = None


def open_incident(ledger: Ledger, sighting: Sighting, way: WayIn, actor: Actor) -> tuple[CaseFile, Route]:
    """Open an incident in state ``reported`` and return it with the route it will take."""
    graded = grade(sighting.category, sighting.severity)
    chosen = route(ledger.city, sighting.category, sighting.located.place, graded.urgency)
    incident = _build(ledger, sighting, way, chosen)
    case = new_case(ledger, incident)
    _add_source(case, sighting)
    if sighting.upstream:
        keep_told_upstream(case, sighting.upstream)
    decide(
        case,
        "way_in",
        (way.rule, way.version),
        reason=way.reason,
        candidates=[{"code": way.path, "name": WAYS[way.path]}],
    )
    decide(case, "route", (chosen.rule, chosen.version), reason=chosen.reason, candidates=told_route(chosen))
    facts = {"source_kind": sighting.kind, "source": sighting.source, "device": sighting.device}
    case.record("incident_opened", actor, **facts, severity_proposed=incident.severity_proposed)
    freeze_at_opening(case)
    return case, chosen


def _build(ledger: Ledger, sighting: Sighting, way: WayIn, chosen: Route) -> Incident:
    incident = ledger.make(
        Incident,
        **_matter(sighting),
        **_whereabouts(ledger, sighting),
        number=ledger.next_incident(),
        title="",
        text=sighting.text,
        drill=sighting.drill,
        replay=sighting.replay,
        state="reported",
        level=chosen.level,
        holder_kind=chosen.holder.kind,
        holder_code=chosen.holder.code,
        way_in=way.path,
        channel=sighting.kind,
        upstream=sighting.upstream,
        policy_version=ledger.city.version,
        clock_suspect=sighting.clock_suspect,
        last_signal_at=sighting.at,
        opened_at=ledger.now,
        updated_at=ledger.now,
    )
    incident.copied_to_district = chosen.copy_to_district
    incident.unowned = sighting.located.place.town is not None and has_no_owner(chosen)
    incident.title = build_title_of(ledger, incident)
    return incident


def _matter(sighting: Sighting) -> dict[str, Any]:
    """Return what it is: category, domain, grade."""
    category = sighting.category
    graded = grade(category, sighting.severity)
    return {
        "domain": category.domain if category else UNNAMED_DOMAIN,
        "category": category.code if category else "",
        "family": category.family if category else "",
        "privacy_class": category.privacy_class if category else 0,
        "severity": graded.severity,
        "severity_proposed": graded.proposed,
        "urgency": graded.urgency,
        "sensitive": graded.sensitive,
    }


def _whereabouts(ledger: Ledger, sighting: Sighting) -> dict[str, Any]:
    """Return where it is, and how that is known."""
    located = sighting.located
    lonlat, place = located.lonlat, located.place
    return {
        "area": holding_area(place, ledger.city.code),
        "grid": place.grid,
        "cell": place.cell,
        "lon": lonlat.lon if lonlat else None,
        "lat": lonlat.lat if lonlat else None,
        "point": Point(lonlat) if lonlat else None,
        "accuracy_m": located.accuracy_m,
        "located_how": located.how,
        "place_text": sighting.place_text,
    }


def build_title_of(ledger: Ledger, incident: Incident) -> str:
    """Return place and category, as a dispatcher would say it; of a private matter the category alone."""
    category = ledger.city.catalogue.find_category(incident.category)
    if category is not None and category.privacy_class >= 2:
        return category.zh
    where = incident.place_text or _name_place(ledger, incident)
    first_line = incident.text.partition("\n")[0]
    what = category.zh if category is not None else first_line[:TITLE_TEXT_LENGTH] or UNNAMED
    mark = "【演练】" if incident.drill else "【回放】" if incident.replay else ""
    return f"{mark}{where} {what}".strip()[:200]


def _name_place(ledger: Ledger, incident: Incident) -> str:
    if incident.lon is not None and incident.lat is not None:
        found = get_place_names(ledger.session, ledger.city).find_near(LonLat(incident.lon, incident.lat))
        if found is not None:
            return found
    area = ledger.city.tree.find_area(incident.area)
    return area.name if area is not None else ""


def join_incident(case: CaseFile, sighting: Sighting, actor: Actor, reason: dict[str, Any]) -> None:
    """Add a source to an open incident; its version stays, since nobody changed anything."""
    incident = case.incident
    _add_source(case, sighting)
    incident.last_signal_at = max(incident.last_signal_at or sighting.at, sighting.at)
    proposed = grade(case.ledger.city.catalogue.find_category(incident.category), sighting.severity).proposed
    if proposed is not None and proposed < min(incident.severity_proposed or incident.severity, incident.severity):
        incident.severity_proposed = proposed
    facts = {"source_kind": sighting.kind, "source": sighting.source, "device": sighting.device}
    case.record("signal_joined", actor, **facts, **reason)


def add_member(case: CaseFile, sighting: Sighting) -> None:
    """Add a source to the parent of a storm without an entry of its own: one tells of all of a batch."""
    _add_source(case, sighting)
    incident = case.incident
    incident.members += 1
    incident.last_signal_at = max(incident.last_signal_at or sighting.at, sighting.at)


def propose_again(case: CaseFile, observation: Observation, told: str | None) -> None:
    """Let a warning's newest message replace what the earlier proposed; what a leader confirmed stays."""
    incident, severity = case.incident, observation.severity
    if told is None or severity is None or observation.kind is not SourceKind.WARNING:
        return
    if incident.severity == grade(_category_of(case), None).severity:
        incident.severity_proposed = grade(_category_of(case), severity).proposed


def _category_of(case: CaseFile) -> Category | None:
    return case.ledger.city.catalogue.find_category(case.incident.category)


def _add_source(case: CaseFile, sighting: Sighting) -> None:
    source = case.ledger.make(
        IncidentSource,
        incident=case.number,
        kind=sighting.kind,
        source=sighting.source,
        device=sighting.device,
        alarm_id=sighting.alarm_id,
        at=sighting.at,
        last_at=sighting.at,
        ended_at=sighting.ended_at,
        last_seq=sighting.seq,
        signals=1,
        confidence=sighting.confidence,
        text=sighting.text,
        evidence=list(sighting.evidence),
        rule=sighting.rule,
        category=sighting.category.code if sighting.category is not None else None,
        flags=list(sighting.flags),
    )
    case.sources.append(source)


def has_no_owner(chosen: Route) -> bool:
    """Return whether the table names hands that this place does not have, and no others (rule U10)."""
    wanted = any(refusal.get("role") == "dispose" for refusal in chosen.refused)
    return wanted and not any(order.kind == "dispose" for order in chosen.orders)


def told_route(chosen: Route) -> list[dict[str, Any]]:
    """Return a route as the candidates of a decision: who holds, who gets orders, who could not."""
    held = {"code": chosen.holder.code, "name": chosen.holder.name, "role": "holder", "level": chosen.level}
    planned = [{"code": o.post.code, "name": o.post.name, "role": o.kind} for o in chosen.orders]
    return [held, *planned, *(dict(refusal) for refusal in chosen.refused)]


def decide(
    case: CaseFile,
    step: str,
    rule: tuple[str, str],
    *,
    reason: Mapping[str, str],
    candidates: list[dict[str, Any]],
) -> None:
    """Store why: one step of judgement, by (rule, version)."""
    if step == "route":
        case.incident.routed_rule, case.incident.routed_version = rule
    case.ledger.write(
        Decision,
        incident=case.number,
        at=case.ledger.now,
        step=step,
        rule=rule[0],
        version=rule[1],
        reason=dict(reason),
        candidates=candidates,
    )
