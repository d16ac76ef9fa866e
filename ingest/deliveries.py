"""What one message wants stored before it is acknowledged: from ``receive_mqtt.py`` to ``storing.py`` and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.messages import Taken

if TYPE_CHECKING:
    from ingest.mqtt_session import MqttSession


@dataclass(slots=True, eq=False)
class Delivery:
    """What one message (or the passing of time: no session) wants stored, and what to acknowledge then.

    A packet id means nothing on another connection, so ``connection`` counts them. ``print`` is by what the
    message is known again there (``repeats.py``).
    """

    taken: Taken
    session: MqttSession | None = None
    connection: int = 0
    mid: int = 0
    when_stored: Callable[[], None] | None = None
    print: int = 0

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.session.number if self.session else -1, self.connection, self.mid)
