"""The names on the bus, in one place: what is stored, what rings, what asks for an answer."""

from __future__ import annotations

OBSERVATIONS_STREAM = "OBSERVATIONS"
OBSERVATION_SUBJECT = "observations.record"
URGENT_SUBJECT = "observations.urgent"
"""The quick lane: an observation that must not wait behind a backlog (``ingest/lanes.py``)."""

QUARANTINE_SUBJECT = "observations.quarantine"
BRAIN_CONSUMER = "brain"
URGENT_CONSUMER = "brain-urgent"

STATES_STREAM = "STATES"
"""What a role must remember over a restart, the newest of each key: ``states.<base64url of the key>``."""

RING = "rings.journal"
"""New entries stand in the journal: ``{"epoch", "from", "to"}``."""

POSITIONS = "rings.positions"
"""A phone or vehicle says where it is: ``{"worker" or "vehicle", "lon", "lat", "accuracy_m", "at"}``."""

RIGHTS = "rings.rights"
"""Somebody's rights changed or a session ended: ``{"account"}`` or ``{"session"}``."""

ACTIONS = "requests.actions"
"""A person acts; the brain answers. Shapes in ``command_center/moves/requests.py``."""

DEVICES = "rings.devices"
"""Who was heard lately: ``{device: {"at", "seq"?, "gaps"?, "value"?}}``, every few seconds, by ingest."""

SHOW = "rings.show"
"""A seat puts something up on the walls of an area. Shape in ``dashboards/server/live/live_show.py``."""

INGEST_HTTP = "requests.ingest-http"
"""A message that came by HTTP, for the rules of one device. Shapes in ``ingest/receive_http.py``."""

INGEST_STATE = "requests.ingest-state"
"""How the senses are: ingest answers with ``ingest/receive_state.py: IngestState`` as JSON."""

GATE_STATE = "requests.gate-state"
"""Whom the gate admits and what it refused: it answers with ``ingest/gate/gate_state.py: GateState`` as JSON."""

BRAIN_STATE = "requests.brain-state"
"""Whether a brain lives: it answers ``{"brain", "beat_age_s"}``, how long ago its clockwork last turned."""


def receipt_subject(device_id: str) -> str:
    """Return the subject that MQTT clients see as ``citybrain/v1/devices/{device_id}/receipt``."""
    return f"citybrain.v1.devices.{device_id}.receipt"
