"""Brings the brain's receipts to a broker of the city's own, where the devices listen.

Comes in: what the brain tells on the bus. Goes out: the same on the first session of ``receive_mqtt.py``. The
embedded engine is bus and broker in one and needs none of it.
"""

from __future__ import annotations

from foundation.clock import monotonic_s
from ingest.receive_mqtt import MqttReceiver

ECHO_S, MOST_BROUGHT = 2.0, 1000


class ReceiptCarrier:
    """Carries each receipt once; a lost one is asked for by repeating the alarm."""

    def __init__(self, receiver: MqttReceiver) -> None:
        self._receiver = receiver
        self._brought: dict[tuple[str, bytes], float] = {}

    async def bring(self, subject: str, payload: bytes) -> None:
        """Publish a receipt at the broker."""
        told, now_s = (subject, payload), monotonic_s()
        if now_s - self._brought.get(told, -ECHO_S) < ECHO_S:
            return  # where bus and broker are one engine after all it is our own, come back
        if len(self._brought) > MOST_BROUGHT:
            self._brought.clear()
        self._brought[told] = now_s
        topic = subject.replace(".", "/")
        self._receiver.call(lambda: self._receiver.sessions[0].publish(topic, payload))
