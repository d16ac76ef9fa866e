"""Takes in what came by HTTP: the web server checked who sends it, the senses judge it like any other message.

Comes in: an ``HttpDelivery`` over the bus subject ``requests.ingest-http`` from
``dashboards/server/routes/ingest_routes.py``. Goes out: an ``HttpAnswer`` after the bus has stored it, or with
the reason of the refusal. One process remembers each device, whichever road its messages take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import msgspec

from ingest.messages import Message
from ingest.observation import Observation, Quarantined
from ingest.receive_mqtt import Delivery, MqttReceiver
from ingest.sources import plain_topic

PATIENCE_S = 10.0


class HttpDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """The body of one request, and which source it is from (the name in ``sources.toml``).

    ``topic`` is empty, the kind that the source's query named (``event/up``), or where a quarantined message
    came in that is now tried again, by the ``transport`` that brought it.
    """

    source: str
    body: bytes
    received_at: datetime
    trace_id: str
    topic: str = ""
    transport: str = "http"


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of it: the ids of what was told (none when nothing was worth telling), or why it was refused.

    ``ignored``: understood, and why nothing is told of it.

    ``refused`` is a stable code such as ``wrong_shape``, ``unknown_device``, ``unknown_source``, or ``not_now``
    when the bus did not store it in time; ``detail`` is one sentence.
    """

    ids: list[str] = []
    refused: str | None = None
    detail: str = ""
    ignored: str | None = None


_DELIVERY = msgspec.json.Decoder(HttpDelivery)
_ANSWER = msgspec.json.Decoder(HttpAnswer)


def encode(message: HttpDelivery | HttpAnswer) -> bytes:
    """Return the message as it travels on the bus."""
    return msgspec.json.encode(message)


def decode_delivery(payload: bytes) -> HttpDelivery:
    """Return the delivery that ``encode`` wrote."""
    return _DELIVERY.decode(payload)


def decode_answer(payload: bytes) -> HttpAnswer:
    """Return the answer that ``encode`` wrote."""
    return _ANSWER.decode(payload)


class HttpDoor:
    """The senses' side of the door: judges in the receiving thread, answers when it is stored."""

    def __init__(self, receiver: MqttReceiver) -> None:
        self._receiver = receiver

    async def answer(self, payload: bytes) -> bytes:
        """Answer one delivery."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[HttpAnswer] = loop.create_future()

        def set_once(answer: HttpAnswer) -> None:
            if not answered.done():
                answered.set_result(answer)

        def settle(answer: HttpAnswer) -> None:
            loop.call_soon_threadsafe(set_once, answer)

        delivery = decode_delivery(payload)
        self._receiver.call(lambda: self._take(delivery, settle))
        try:
            return encode(await asyncio.wait_for(answered, PATIENCE_S))
        except TimeoutError:
            return encode(HttpAnswer(refused="not_now", detail="The bus did not store it in time; send it again."))

    def _take(self, delivery: HttpDelivery, settle: Callable[[HttpAnswer], None]) -> None:
        """Judge in the receiving thread; nothing may raise here."""
        receiver = self._receiver
        source = receiver.senses.city.sources.get(delivery.source)
        if source is None:
            settle(HttpAnswer(refused="unknown_source", detail=f"The city has no source {delivery.source!r}."))
            return
        topic, replay = plain_topic(delivery.topic)
        message = Message(
            source, topic, delivery.body, delivery.received_at, delivery.trace_id, delivery.transport, replay
        )
        taken = receiver.senses.take(message)
        receiver.counts.count(source.name, taken)
        refused = next((record for record in taken.records if isinstance(record, Quarantined)), None)
        if refused is not None:  # the sender hears the reason at once, so nothing needs to be kept
            settle(HttpAnswer(refused=refused.reason, detail=refused.detail))
            return
        ids = [record.id for record in taken.records if isinstance(record, Observation)]
        answer = HttpAnswer(ids=ids, ignored=taken.ignored)
        if taken.records or taken.states:
            receiver.submit([Delivery(taken, when_stored=lambda: settle(answer))])
        else:
            settle(answer)
