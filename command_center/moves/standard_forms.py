"""What the standard of a case adds to the forms: which one, and that its closing condition is met. Pure."""

from __future__ import annotations

from command_center.cases.incident_tables import Incident
from command_center.cases.standards import Standards
from command_center.moves.move_forms import WITNESSED, Schema
from command_center.orders.order_tables import Order
from grid.filing_conditions import read_condition


def needs_statement(incident: Incident, order: Order | None) -> bool:
    """Return whether the end of this order, or of the case, is held to the standard."""
    return bool(incident.filing_condition) and (order is None or order.is_lead)


def with_standard(schema: Schema, incident: Incident, order: Order | None) -> Schema:
    """Return a form that ends something, with the closing condition to be stated where one is asked for."""
    if "closing_met" not in schema["properties"] or not needs_statement(incident, order):
        return schema
    standard = read_condition(incident.filing_condition or {})
    field = schema["properties"]["closing_met"] | {
        "const": True,
        "title": f"结案条件已满足：{standard.closing_zh}",
        "x-en": f"the closing condition is met: {standard.closing_en or standard.closing_zh}",
    }
    changed: Schema = schema | {
        "properties": schema["properties"] | {"closing_met": field},
        "required": [*schema["required"], "closing_met"],
    }
    needs_evidence = standard.evidence and "no_photo_reason" in schema["properties"]
    return changed | WITNESSED if needs_evidence else changed


def standard_field(standards: Standards, category: str) -> tuple[Schema, bool]:
    """Return the field that asks for the standard, and whether it is needed for the category as it stands."""
    field: Schema = {
        "type": "string",
        "title": "立案条件",
        "x-en": "filing condition",
        "x-widget": "filing_condition",
        "x-category": category,
        "x-enum-titles": {each.id: {"zh": each.zh, "en": each.en or each.zh} for each in standards.all},
        "maxLength": 40,
    }
    suggested = {"default": standards.suggested.id} if standards.suggested is not None else {}
    return field | suggested, bool(standards.all)
