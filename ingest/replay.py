"""Publishes recorded messages to the running product, in their own rhythm.

Comes in: files and options of ``citybrain replay``. Goes out: MQTT messages below ``replay/``, under a
credential that may publish nowhere else; with ``live`` on the plain topics under the gateway's.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from foundation.bus.credentials import GATEWAY, read_passwords
from foundation.bus.server import CONFIG
from foundation.clock import monotonic_s
from foundation.ids import new_id
from foundation.processes import CannotRun, WrongInput
from foundation.settings import Settings
from ingest.mqtt_session import Endpoint
from ingest.receive import find_endpoint
from ingest.replay_lines import BadLine, Recorded, read_line, shift_times
from ingest.sources import REPLAY

CONNECT_PATIENCE_S = 5.0
ANSWER_PATIENCE_S = 30.0
IN_FLIGHT = 200


@dataclass(kw_only=True)
class Report:
    """What came of a replay; ``faults`` name file, line and reason."""

    published: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ReplayPlan:
    """How to replay. ``speed`` 2 is twice as fast; 0 is as fast as it goes."""

    speed: float = 1.0
    keep_time: bool = False
    live: bool = False


def list_recorded(files: Iterable[Path], report: Report) -> Iterator[Recorded]:
    """Yield the messages of the files; what cannot be published goes into the report.

    Raises:
        WrongInput: A file cannot be read.
    """
    for file in files:
        try:
            lines = file.read_bytes().splitlines()
        except OSError as error:
            raise WrongInput(f"{file} cannot be read: {error.strerror}.") from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield read_line(line)
            except BadLine as fault:
                report.faults.append(f"{file}:{number}: {fault}")


def find_replay_endpoint(settings: Settings, *, live: bool) -> Endpoint:
    """Return the broker with the credential for a replay, or with the gateway's.

    Raises:
        CannotRun: There is no such credential: the product has never run on this data folder.
    """
    endpoint = find_endpoint(settings)
    if settings.mqtt_url:
        return endpoint
    name = GATEWAY if live else "citybrain.replay"
    password = read_passwords(settings.data).get(name)
    if password is None:
        mend = "start `citybrain up --demo`" if live else "start `citybrain up`"
        raise CannotRun(f"The data folder {settings.data} knows no {name}: {mend} on it, or set CITYBRAIN_DATA.")
    config = settings.data / CONFIG
    port = json.loads(config.read_text())["mqtt"]["port"] if config.exists() else endpoint.port
    is_told = "mqtt_port" in settings.origins
    return Endpoint(
        host=endpoint.host,
        port=endpoint.port if is_told else port,
        username=name,
        password=password,
        tls=endpoint.tls,
        pinned=endpoint.pinned,
    )


def replay(settings: Settings, files: Sequence[Path], plan: ReplayPlan) -> Report:
    """Publish everything; returns when the broker has acknowledged the last message.

    Raises:
        CannotRun: The broker does not answer or refuses us.
        WrongInput: A file cannot be read.
    """
    report = Report()
    for file in files:
        if not file.is_file():
            raise WrongInput(f"{file} is no file: name files of JSON lines.")
    publisher = Publisher(find_replay_endpoint(settings, live=plan.live))
    try:
        pace = Pace(plan)
        for recorded in list_recorded(files, report):
            moment = pace.wait_for(recorded)
            payload = recorded.payload
            if not plan.keep_time and moment is not None:
                payload = shift_times(payload, datetime.now(UTC) - moment)
            publisher.publish(recorded.topic if plan.live else REPLAY + recorded.topic, payload)
            report.published += 1
            if sys.stderr.isatty() and report.published % 100 == 0:
                sys.stderr.write(f"\r{report.published} published")
        publisher.finish()
    finally:
        publisher.close()
    return report


class Pace:
    """Waits between messages as they were apart, divided by the speed."""

    def __init__(self, plan: ReplayPlan) -> None:
        self._speed = plan.speed
        self._begin_s = monotonic_s()
        self._first: datetime | None = None
        self._last: datetime | None = None

    def wait_for(self, recorded: Recorded) -> datetime | None:
        """Wait until it is the message's turn; return when it was recorded, as far as is known."""
        moment = recorded.at or self._last
        self._last = moment
        if moment is None:
            return None
        self._first = self._first or moment
        if self._speed > 0:
            due_s = self._begin_s + (moment - self._first).total_seconds() / self._speed
            time.sleep(max(0.0, due_s - monotonic_s()))
        return moment


class Publisher:
    """A connection that publishes with QoS 1 and a bounded number of messages under way."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._under_way: deque[MQTTMessageInfo] = deque()
        self._answered = threading.Event()
        self._refusal = ""
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"replay-{new_id()}")
        self._client.username_pw_set(endpoint.username, endpoint.password)
        if endpoint.tls:
            self._client.tls_set_context(endpoint.tls_context())
        self._client.on_connect = self._on_connect
        self._connect()

    def _on_connect(self, _client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._refusal = str(reason) if reason.is_failure else ""
        self._answered.set()

    def _connect(self) -> None:
        where = f"{self._endpoint.host}:{self._endpoint.port}"
        try:
            self._client.connect(self._endpoint.host, self._endpoint.port)
        except OSError as error:
            raise CannotRun(f"No MQTT broker answers at {where} ({error}): is `citybrain up` running?") from error
        self._client.loop_start()
        if not self._answered.wait(CONNECT_PATIENCE_S) or self._refusal:
            raise CannotRun(f"The broker at {where} does not admit the replay: {self._refusal or 'no answer'}.")

    def publish(self, topic: str, payload: bytes) -> None:
        self._under_way.append(self._client.publish(topic, payload, qos=1))
        while len(self._under_way) > IN_FLIGHT:
            self._wait_for_first()

    def finish(self) -> None:
        """Return when everything is acknowledged."""
        while self._under_way:
            self._wait_for_first()

    def _wait_for_first(self) -> None:
        info = self._under_way.popleft()
        try:
            info.wait_for_publish(ANSWER_PATIENCE_S)
        except (ValueError, RuntimeError) as error:
            raise CannotRun(f"The broker does not take the messages: {error}.") from error
        if not info.is_published():
            raise CannotRun(f"The broker has not acknowledged a message within {ANSWER_PATIENCE_S:.0f} s.")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
