"""Twenty thousand devices with every kind of rule on them, for ``bench_ingest.py`` alone.

Comes in: the database with the city as it is shipped. Goes out: copies of its native devices, and four more rules
beside the city's own, so that each of them is watched by at least five.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from foundation.database import Database
from grid.policy_tables import CityPolicy
from grid.register_tables import DeviceRow

NATIVE = "native"
SAID: dict[str, Any] = {
    "category": "UM-01050", "confidence": 0.9, "during": [], "shadow": False, "zh": "基准", "en": "bench",
}  # fmt: skip
LEVEL = {"kind": "threshold", "hold_s": 5, "clear_hold_s": 0}
RULES: tuple[dict[str, Any], ...] = (
    {**LEVEL, "quantity": "water_level_m", "above": 1.5, "clear_below": 1.0},
    {**LEVEL, "quantity": "temperature_c", "above": 60.0, "clear_below": 50.0},
    {"kind": "silence", "silent_s": 3600},
    {"kind": "sequence_gap", "missing": 10, "within_s": 600, "clear_s": 600},
    {"kind": "flapping", "changes": 6, "within_s": 600, "quiet_s": 600},
)


def add_devices(database: Database, count: int) -> list[str]:
    """Add the devices and the rules; return the topics of all that speak telemetry in our own format."""
    with database.write() as session:
        shipped = list(session.scalars(select(DeviceRow).where(DeviceRow.source == NATIVE).order_by(DeviceRow.id)))
        speaking = [row for row in shipped if row.topic.endswith("/telemetry")]
        topics = [row.topic for row in speaking]
        copies = [_copy(speaking[n % len(speaking)], n) for n in range(max(0, count - len(speaking)))]
        for start in range(0, len(copies), 500):
            session.execute(insert(DeviceRow), copies[start : start + 500])
        policy = session.scalars(
            select(CityPolicy).where(CityPolicy.name == "rules").order_by(CityPolicy.id.desc())
        ).first()
        if policy is not None:
            added = [
                {"id": f"bench-{n}", "match": {"source": NATIVE}, **SAID, **rule} for n, rule in enumerate(RULES)
            ]
            policy.document = {**policy.document, "rules": [*policy.document["rules"], *added]}
    return [*topics, *(copy["topic"] for copy in copies)]


def _copy(row: DeviceRow, number: int) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in DeviceRow.__mapper__.column_attrs}
    del values["edition"]
    id = f"bench-{number:05d}"
    return {**values, "id": id, "source_id": id, "topic": f"citybrain/v1/devices/{id}/telemetry"}
