"""One connection to the bus: publish and store, ring, ask, answer, pull.

Comes in: bytes. Goes out: bytes, and the knowledge that the stream has stored them. Everything here is
asyncio; the brain's synchronous core never sees it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from foundation.bus import subjects
from foundation.bus.streams import STATE_SUBJECTS, ensure_streams, state_key, state_subject
from foundation.clock import monotonic_s
from foundation.logs import get_logger

REQUEST_TIMEOUT_S = 15.0
STORE_TIMEOUT_S = 2.0  # an engine that was killed never answers; storing again under the same id is harmless
SAME_TROUBLE_S = 60.0
GATHER_S = 0.008  # what has come by then is taken in together with the first

log = get_logger("bus")
Answer = Callable[[bytes], Awaitable[bytes]]
Listen = Callable[[bytes], Awaitable[None]]


class BusUnavailable(Exception):
    """Not now: the bus did not answer in time; the sender keeps its message and tries again."""


class Bus:
    """A connection that reconnects for ever; ``open_bus`` makes it."""

    def __init__(self, client: Client, stream: JetStreamContext) -> None:
        self._client = client
        self._stream = stream

    @property
    def is_connected(self) -> bool:
        return bool(self._client.is_connected)

    async def store(self, subject: str, payload: bytes, *, delivery_id: str) -> None:
        """Return only after the stream has stored the payload; ``delivery_id`` names this delivery.

        Raises:
            BusUnavailable: The stream is full, away, or slow; nothing is promised.
        """
        try:
            await self._stream.publish(
                subject, payload, timeout=STORE_TIMEOUT_S, headers={"Nats-Msg-Id": delivery_id}
            )
        except (NatsError, OSError) as error:
            raise BusUnavailable(str(error) or type(error).__name__) from error

    async def store_many(self, messages: list[tuple[str, bytes, str]]) -> list[bool]:
        """Store (subject, payload, delivery id) triples side by side; return which were stored."""
        results = await asyncio.gather(
            *(self.store(subject, payload, delivery_id=key) for subject, payload, key in messages),
            return_exceptions=True,
        )
        return [not isinstance(result, BaseException) for result in results]

    async def ring(self, subject: str, payload: bytes = b"") -> None:
        """Tell whoever listens; lost when nobody does, which costs a second and never an entry."""
        try:
            await self._client.publish(subject, payload)
        except (NatsError, OSError) as error:
            log.warning("ring lost", subject=subject, error=str(error))

    async def flush(self) -> None:
        await self._client.flush()

    async def listen(self, subject: str, hear: Listen) -> None:
        """Call ``hear`` with every payload on the subject, one after another."""

        async def receive(message: Msg) -> None:
            await hear(message.data)

        await self._client.subscribe(subject, cb=receive)

    async def listen_topics(self, subject: str, hear: Callable[[str, bytes], Awaitable[None]]) -> None:
        """Call ``hear`` with subject and payload of everything below a subject with wildcards."""

        async def receive(message: Msg) -> None:
            await hear(message.subject, message.data)

        await self._client.subscribe(subject, cb=receive)

    async def serve(self, subject: str, answer: Answer, *, queue: str) -> None:
        """Answer requests on the subject; processes with the same queue share them."""

        async def receive(message: Msg) -> None:
            reply = await answer(message.data)
            await message.respond(reply)

        await self._client.subscribe(subject, queue=queue, cb=receive)

    async def serve_many(self, subject: str, answer: Answer, *, queue: str) -> None:
        """Answer requests on the subject side by side: one that waits does not hold the next."""
        under_way: set[asyncio.Task[None]] = set()

        async def respond(message: Msg) -> None:
            try:
                await message.respond(await answer(message.data))
            except Exception as error:  # noqa: BLE001 - the edge of one request; the asker's time runs out
                log.error("request failed", subject=subject, error=str(error) or type(error).__name__)

        async def receive(message: Msg) -> None:
            task = asyncio.create_task(respond(message))
            under_way.add(task)
            task.add_done_callback(under_way.discard)

        await self._client.subscribe(subject, queue=queue, cb=receive)

    async def ask(self, subject: str, payload: bytes, *, timeout_s: float = REQUEST_TIMEOUT_S) -> bytes:
        """Return the answer to a request.

        Raises:
            BusUnavailable: Nobody serves the subject now, or not in time; the request may have acted,
                so it is asked again with the same idempotency key.
        """
        try:
            reply = await self._client.request(subject, payload, timeout=timeout_s)
        except (NatsError, OSError) as error:
            raise BusUnavailable(str(error) or type(error).__name__) from error
        return bytes(reply.data)

    async def pull(self, subscription: JetStreamContext.PullSubscription, limit: int, wait_s: float) -> list[Msg]:
        """Return up to ``limit`` stored messages as soon as there is one; empty when none came within ``wait_s``.

        Two steps, because a fetch of many waits until it has them all or its time is over.
        """
        try:
            messages = await subscription.fetch(1, timeout=wait_s)
        except (NatsTimeout, TimeoutError):
            return []
        if limit > 1:
            with contextlib.suppress(NatsTimeout, TimeoutError):
                messages += await subscription.fetch(limit - 1, timeout=GATHER_S)
        return messages

    async def subscribe_observations(self, *, urgent: bool = False) -> JetStreamContext.PullSubscription:
        """Return the brain's durable pull subscription, or that of its quick lane; several brains share it."""
        name = subjects.URGENT_CONSUMER if urgent else subjects.BRAIN_CONSUMER
        return await self._stream.pull_subscribe_bind(consumer=name, stream=subjects.OBSERVATIONS_STREAM)

    async def keep_many(self, states: Mapping[str, bytes | None]) -> set[str]:
        """Keep each key's content, None forgets it; return the keys for which that is now stored."""

        async def keep(key: str, content: bytes | None) -> None:
            subject = state_subject(key)
            if content is None:
                await self._stream.purge_stream(subjects.STATES_STREAM, subject=subject)
            else:
                await self._stream.publish(subject, content, timeout=STORE_TIMEOUT_S)

        done = await asyncio.gather(*(keep(*item) for item in states.items()), return_exceptions=True)
        return {key for key, result in zip(states, done, strict=True) if not isinstance(result, BaseException)}

    async def read_kept(self) -> dict[str, bytes]:
        """Return everything that is kept, by key.

        Raises:
            BusUnavailable: The stream cannot be read now.
        """
        kept: dict[str, bytes] = {}
        try:
            left = (await self._stream.stream_info(subjects.STATES_STREAM)).state.messages
            if not left:
                return kept
            config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
            reader = await self._stream.pull_subscribe(
                STATE_SUBJECTS, stream=subjects.STATES_STREAM, config=config
            )
            while len(kept) < left:
                for message in await reader.fetch(min(1000, left - len(kept)), timeout=5):
                    kept[state_key(message.subject)] = message.data
            await reader.unsubscribe()
        except (NatsError, OSError) as error:
            raise BusUnavailable(str(error) or type(error).__name__) from error
        return kept

    async def stream_state(self) -> dict[str, int]:
        """Return messages and bytes that wait in OBSERVATIONS, and its limit."""
        info = await self._stream.stream_info(subjects.OBSERVATIONS_STREAM)
        return {
            "messages": info.state.messages,
            "bytes": info.state.bytes,
            "max_bytes": info.config.max_bytes or 0,
        }

    async def close(self) -> None:
        await self._client.close()


async def open_bus(url: str, *, name: str, replicas: int = 1, patience_s: float = 15.0) -> Bus:
    """Connect, and make sure that the stream and the brain's consumer exist as decided.

    Raises:
        BusUnavailable: No server answers at the URL within ``patience_s``.
    """
    connecting = nats.connect(
        url,
        name=name,
        max_reconnect_attempts=-1,  # counts for the first connection too, so it needs a limit of its own
        reconnect_time_wait=0.25,
        connect_timeout=3,
        ping_interval=10,
        max_outstanding_pings=2,  # a half-open connection is found within 30 s
        error_cb=trouble_teller(),
    )
    try:
        async with asyncio.timeout(patience_s):
            client = await connecting
    except (NatsError, OSError, TimeoutError) as error:
        raise BusUnavailable(f"no NATS server answers at {_without_secret(url)} {error}".rstrip()) from error
    stream = client.jetstream(timeout=10)
    await ensure_streams(stream, replicas)
    return Bus(client, stream)


def trouble_teller() -> Callable[[Exception], Awaitable[None]]:
    """Return what logs a connection's errors, the same one once a minute: it is tried four times a second."""
    last, told_s = "", 0.0

    async def tell(error: Exception) -> None:
        nonlocal last, told_s
        text = str(error) or type(error).__name__
        if text != last or monotonic_s() - told_s >= SAME_TROUBLE_S:
            last, told_s = text, monotonic_s()
            log.warning("bus trouble", error=text)

    return tell


def _without_secret(url: Any) -> str:
    return str(url).rsplit("@", maxsplit=1)[-1]
