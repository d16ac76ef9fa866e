"""Takes in what came by HTTP: the web server checked who sends it, the senses judge it like any other message.

Comes in: an ``HttpDelivery`` over the bus subject ``requests.ingest-http`` from
``dashboards/server/routes/ingest_routes.py``. Goes out: an ``HttpAnswer`` after the bus has stored it, or with
the reason of the refusal, which is kept in quarantine. One process remembers each device, whichever road its
messages take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from foundation.logs import get_logger
from grid.sources import Source
from ingest.decoders import REPLIES
from ingest.deliveries import Delivery
from ingest.http_request import HttpReply, HttpRequest, Outcome
from ingest.messages import Message, Taken
from ingest.observation import Observation, Quarantined
from ingest.shedding import SHED
from ingest.sources import plain_topic

if TYPE_CHECKING:
    from ingest.receive_mqtt import MqttReceiver  # web only speaks of deliveries, and holds no MQTT client for it

PATIENCE_S = 10.0

log = get_logger("http")


class HttpDelivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request, and which source it is from (the name in ``sources.toml``).

    ``topic`` is empty, the kind that the source's query named (``event/up``), or where a quarantined message
    came in that is now tried again (``is_retry``), by the ``transport`` that brought it.
    """

    source: str
    body: bytes
    received_at: datetime
    trace_id: str
    topic: str = ""
    transport: str = "http"
    request: HttpRequest | None = None
    is_retry: bool = False


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of it: the ids of what was told (none when nothing was worth telling), or why it was refused.

    ``ignored``: understood, and why nothing is told of it. ``quarantined``: the id under which it is kept.

    ``refused`` is a stable code such as ``wrong_shape``, ``unknown_device``, ``unknown_source``, or ``not_now``
    when the bus did not store it in time; ``detail`` is one sentence. ``reply``: what the protocol of this
    producer wants to hear instead of all that.
    """

    ids: list[str] = []
    refused: str | None = None
    detail: str = ""
    ignored: str | None = None
    quarantined: str | None = None
    reply: HttpReply | None = None

    @property
    def outcome(self) -> Outcome:
        return Outcome(ids=self.ids, ignored=self.ignored, refused=self.refused, detail=self.detail)


_ENCODER = msgspec.msgpack.Encoder()
_DELIVERY = msgspec.msgpack.Decoder(HttpDelivery)
_ANSWER = msgspec.msgpack.Decoder(HttpAnswer)


def encode(message: HttpDelivery | HttpAnswer) -> bytes:
    """Return the message as it travels on the bus."""
    return _ENCODER.encode(message)


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
            async with asyncio.timeout(PATIENCE_S):
                return encode(await answered)
        except TimeoutError:
            return encode(HttpAnswer(refused="not_now", detail="The bus did not store it in time; send it again."))

    def _take(self, delivery: HttpDelivery, settle: Callable[[HttpAnswer], None]) -> None:
        """Judge in the receiving thread; nothing may raise here."""
        receiver = self._receiver
        source = receiver.senses.city.sources.get(delivery.source)
        if source is None:
            settle(HttpAnswer(refused="unknown_source", detail=f"The city has no source {delivery.source!r}."))
            return
        message = _message_of(delivery, source)
        taken = receiver.senses.take(message)
        receiver.counts.count(source.name, taken)
        answer = _answer_of(taken, message)
        if delivery.is_retry and answer.refused is not None:  # it is kept already
            settle(msgspec.structs.replace(answer, quarantined=None))
        elif taken.records or taken.states:
            receiver.submit([Delivery(taken, when_stored=lambda: settle(answer))])
        else:
            settle(answer)


def _message_of(delivery: HttpDelivery, source: Source) -> Message:
    topic, replay = plain_topic(delivery.topic)
    return Message(
        source,
        topic,
        delivery.body,
        delivery.received_at,
        delivery.trace_id,
        delivery.transport,
        replay,
        delivery.request,
    )


def _answer_of(taken: Taken, message: Message) -> HttpAnswer:
    """Return what the producer hears once everything is stored."""
    kept = next((record for record in taken.records if isinstance(record, Quarantined)), None)
    ids = [record.id for record in taken.records if isinstance(record, Observation)]
    if taken.ignored == SHED and not ids:
        answer = HttpAnswer(refused=SHED, detail="The source sends more than it may: alarms alone still pass.")
    elif kept is not None and not ids and not taken.is_part_unread:
        answer = HttpAnswer(refused=kept.reason, detail=kept.detail, quarantined=kept.id)
    else:
        answer = HttpAnswer(ids=ids, ignored=taken.ignored, quarantined=kept.id if kept else None)
    reply = REPLIES.get(message.source.format)
    if reply is None or message.transport != "http":
        return answer
    try:
        return msgspec.structs.replace(answer, reply=reply(message, answer.outcome))
    except Exception as error:  # noqa: BLE001 - the edge: what is stored is answered in our own words instead
        log.error("no reply in the producer's form", format=message.source.format, error=repr(error))
        return answer
