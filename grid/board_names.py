"""The panels of the four domains' boards, as the city names what belongs to them (``limits.toml``, boards)."""

from __future__ import annotations

FAMILIES = ("water", "refuse", "lamps", "manholes", "sanitation")
DEVICE_PANELS = (*FAMILIES, "hazards", "passenger_flow", "congestion", "parking", "hazardous_goods")
CASE_PANELS = (*DEVICE_PANELS, "disputes", "places", "components")
