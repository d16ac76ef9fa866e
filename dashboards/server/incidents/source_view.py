"""How one source of a case looks: what told it, of which device, in whose words."""

from __future__ import annotations

from typing import Any

from command_center.cases.incident_tables import IncidentSource
from dashboards.server.incidents.names import told_in_english
from grid.city import City

SOURCE_TEXT_MAX = 500


def show_source(source: IncidentSource, city: City) -> dict[str, Any]:
    """Return one source through all its phases; the device by its name in both languages."""
    thing = city.register.find_thing(source.device) if source.device else None
    return {
        "kind": source.kind,
        "source": source.source,
        "id": source.alarm_id,
        "at": source.at,
        "ended_at": source.ended_at,
        "device": source.device,
        "name": thing.name if thing is not None else None,
        "name_en": thing.name_en if thing is not None else None,
        "confidence": source.confidence,
        "text": source.text[:SOURCE_TEXT_MAX],
        "text_en": told_in_english(city, source.text),
        "evidence": source.evidence,
        "rule": source.rule,
        "flags": source.flags,
    }
