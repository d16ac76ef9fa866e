"""The page of figures for Prometheus: the web's own, the brain's as it wrote them, the senses' as they say.

Whatever does not answer is left out, and said so by ``citybrain_up``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from command_center.running.brain_tables import BrainState
from command_center.signals.signal_tables import DeviceState
from dashboards.server.figures.readiness import CHECK_MAX_S, read_gate, read_ingest
from dashboards.server.routes.register_view import gap_alarm_of
from dashboards.server.toolbox import Web
from ingest.gate.gate_state import GateState
from ingest.receive_state import IngestState

COUNTED = {
    "received": "source",
    "told": "source",
    "quarantined": "source",
    "ignored": "reason",
    "flagged": "flag",
    "shed": "source",
}
FAMILIES = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}


async def write_figures(web: Web) -> bytes:
    """Return everything in Prometheus' text format."""
    for view in ("wall", "desk", "field"):
        count = sum(client.view == view for client in web.hub.clients)
        web.metrics.live_clients.labels(view).set(count)
    brain, gaps, senses, stream, gate = await asyncio.gather(
        _ask(asyncio.to_thread(_read_brain, web)),
        _ask(asyncio.to_thread(_read_gaps, web)),
        _ask(read_ingest(web)),
        _ask(web.bus.stream_state()),
        _ask(read_gate(web)),
    )
    registry = CollectorRegistry()
    registry.register(_Foreign([*brain, *(gaps or ())] if brain else None, senses, stream, gate))
    return generate_latest(web.metrics.registry) + generate_latest(registry)


async def _ask(question: Any) -> Any:
    try:
        async with asyncio.timeout(CHECK_MAX_S):
            return await question
    except Exception:  # noqa: BLE001 the edge of a page of figures: what does not answer is left out
        return None


def _read_brain(web: Web) -> list[dict[str, Any]]:
    with web.database.read() as session:
        return list_brain_figures(session)


def _read_gaps(web: Web) -> list[dict[str, Any]]:
    """Asked apart: a city that is only being read must not take the brain's own figures off the page."""
    limit = gap_alarm_of(web.city.get())
    with web.database.read() as session:
        return _list_gaps(session, limit)


def _list_gaps(session: Session, limit: int) -> list[dict[str, Any]]:
    """Return how many numbers of devices are missing, and of how many devices more than the city bears."""
    losing = func.count().filter(DeviceState.sequence_gaps >= limit)
    missing, alarmed = session.execute(select(func.sum(DeviceState.sequence_gaps), losing)).one()
    said = ("Numbers of devices that never came", "Devices that lose more messages than the city bears")
    names = ("citybrain_device_sequence_gaps", "citybrain_devices_gap_alarm")
    values = zip(names, said, (missing, alarmed), strict=True)
    return [{"name": name, "help": text, "value": value or 0} for name, text, value in values]


def list_brain_figures(session: Session) -> list[dict[str, Any]]:
    """Return the figures that the brain wrote last."""
    newest = select(BrainState).where(BrainState.name == "metrics").order_by(BrainState.at.desc()).limit(1)
    row = session.scalars(newest).one_or_none()
    if row is None:
        return []
    data: Any = row.data
    figures: list[dict[str, Any]] = data if isinstance(data, list) else data.get("metrics", [])
    return figures


class _Foreign:
    """The figures of the other roles as one collector."""

    def __init__(
        self,
        brain: list[dict[str, Any]] | None,
        senses: IngestState | None,
        stream: dict[str, int] | None,
        gate: GateState | None,
    ) -> None:
        self._gate = gate
        self._brain = brain
        self._senses = senses
        self._stream = stream

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("citybrain_up", "Whether a role answered", labels=["role"])
        up.add_metric(["brain"], float(bool(self._brain)))
        up.add_metric(["ingest"], float(self._senses is not None))
        up.add_metric(["gate"], float(self._gate is not None))
        up.add_metric(["bus"], float(self._stream is not None))
        yield up
        yield from _show_brain(self._brain or [])
        if self._senses is not None:
            yield from _show_senses(self._senses)
        if self._gate is not None:
            yield from _show_gate(self._gate)
        for name, value in (self._stream or {}).items():
            yield GaugeMetricFamily(f"citybrain_bus_observations_{name}", f"OBSERVATIONS: {name}", value=value)


def _show_brain(figures: list[dict[str, Any]]) -> Iterator[Metric]:
    families: dict[str, Any] = {}
    for figure in figures:
        labels: dict[str, str] = figure.get("labels") or {}
        family = families.get(figure["name"])
        if family is None:
            kind = FAMILIES.get(figure.get("kind", "gauge"), GaugeMetricFamily)
            family = kind(figure["name"], figure.get("help", ""), labels=list(labels))
            families[figure["name"]] = family
        family.add_metric([str(value) for value in labels.values()], float(figure["value"]))
    yield from families.values()


def _show_senses(state: IngestState) -> Iterator[Metric]:
    for name, label in COUNTED.items():
        family = CounterMetricFamily(f"citybrain_ingest_{name}", f"Messages {name} by the senses", labels=[label])
        for key, count in getattr(state, name).items():
            family.add_metric([key], count)
        yield family
    yield GaugeMetricFamily(
        "citybrain_ingest_sessions_wanted", "MQTT sessions wanted", value=state.sessions_wanted
    )
    yield GaugeMetricFamily(
        "citybrain_ingest_sessions_hearing", "MQTT sessions that hear", value=state.sessions_hearing
    )
    yield GaugeMetricFamily("citybrain_ingest_in_flight", "Messages that wait for the bus", value=state.in_flight)
    yield CounterMetricFamily("citybrain_ingest_store_failures", "Failed stores", value=state.store_failures)


def _show_gate(state: GateState) -> Iterator[Metric]:
    yield CounterMetricFamily("citybrain_gate_admitted", "MQTT connections admitted", value=state.admitted)
    refused = CounterMetricFamily("citybrain_gate_refused", "MQTT connections refused", labels=["reason"])
    for reason, count in state.reasons.items():
        refused.add_metric([reason], count)
    yield refused
    publishes = CounterMetricFamily(
        "citybrain_gate_refused_publishes", "Publishes outside what a credential may say", labels=["credential"]
    )
    for name, count in state.publishes.items():
        publishes.add_metric([name], count)
    yield publishes
