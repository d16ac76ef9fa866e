"""The figures of the web process for Prometheus: requests, live clients, frames, delays."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

DELAYS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """One registry a process, so that two applications in one test do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "citybrain_http_requests",
            "HTTP requests by route, method and status",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "citybrain_http_request_seconds",
            "Time until an answer was complete",
            ["route"],
            buckets=DELAYS_S,
            registry=self.registry,
        )
        self.live_clients = Gauge(
            "citybrain_live_clients", "Open live connections by view", ["view"], registry=self.registry
        )
        self.live_frames = Counter(
            "citybrain_live_frames", "Live frames sent by type", ["type"], registry=self.registry
        )
        self._frames_of: dict[str, Counter] = {}
        self.live_delay_seconds = Histogram(
            "citybrain_live_delay_seconds",
            "From an entry's time to the moment it was handed to a socket",
            buckets=DELAYS_S,
            registry=self.registry,
        )
        self.live_resets = Counter(
            "citybrain_live_resets", "Clients told to start anew, by reason", ["reason"], registry=self.registry
        )
        self.ingested = Counter(
            "citybrain_http_ingested", "Messages taken over HTTP by source and outcome", ["source", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.unproven = Counter(
            "citybrain_http_unproven", "Messages whose sender did not prove who it is, by source and reason",
            ["source", "reason"], registry=self.registry,
        )  # fmt: skip
        self.logins = Counter("citybrain_logins", "Log-ins by outcome", ["outcome"], registry=self.registry)

    def count_frames(self, kind: str, count: int) -> None:
        """Count live frames; looking its counter up by label each time would cost as much as a tenth of it."""
        counter = self._frames_of.get(kind)
        if counter is None:
            counter = self._frames_of[kind] = self.live_frames.labels(kind)
        counter.inc(count)

    def count_unproven(self) -> dict[str, dict[str, int]]:
        """Return how often each source's proof was refused since this process started, by reason."""
        counts: dict[str, dict[str, int]] = {}
        for sample in next(iter(self.unproven.collect())).samples:
            if sample.name.endswith("_total"):
                counts.setdefault(sample.labels["source"], {})[sample.labels["reason"]] = int(sample.value)
        return counts
