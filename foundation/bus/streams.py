"""The streams of the bus as decided: what is stored, how much, how soon it is delivered again.

Comes in: a connection that is being opened. Goes out: the streams OBSERVATIONS and STATES and the brain's
consumer, made where they are missing.
"""

from __future__ import annotations

import base64

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from foundation.bus import subjects

MAX_BYTES = 4 * 1024**3  # a full stream stops acknowledgements (decision 7); 4 GiB is days of alarms
ACK_WAIT_S = 5.0  # decision 2: the default of 30 s would break every recovery figure
MAX_ACK_PENDING = 20_000
STATE_SUBJECTS = "states.*"
STATES_MAX_BYTES = 512 * 1024**2


async def ensure_streams(stream: JetStreamContext, replicas: int) -> None:
    """Make what is missing; what exists stays as it is."""
    await _ensure_observations(stream, replicas)
    await _ensure_states(stream, replicas)


def state_subject(key: str) -> str:
    return "states." + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def state_key(subject: str) -> str:
    token = subject.split(".", maxsplit=1)[1]
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()


async def _ensure_states(stream: JetStreamContext, replicas: int) -> None:
    config = StreamConfig(
        name=subjects.STATES_STREAM,
        subjects=[STATE_SUBJECTS],
        max_msgs_per_subject=1,
        max_bytes=STATES_MAX_BYTES,
        num_replicas=replicas,
    )
    try:
        await stream.stream_info(subjects.STATES_STREAM)
    except NotFoundError:
        await stream.add_stream(config)


async def _ensure_observations(stream: JetStreamContext, replicas: int) -> None:
    config = StreamConfig(
        name=subjects.OBSERVATIONS_STREAM,
        subjects=["observations.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.NEW,
        max_bytes=MAX_BYTES,
        num_replicas=replicas,
        duplicate_window=120,
    )
    try:
        await stream.stream_info(config.name or "")
    except NotFoundError:
        await stream.add_stream(config)
    ordinary = [subjects.OBSERVATION_SUBJECT, subjects.QUARANTINE_SUBJECT]
    # in this order: no two consumers of a work queue may want the same subject
    for name, wanted in (
        (subjects.BRAIN_CONSUMER, ordinary),
        (subjects.URGENT_CONSUMER, [subjects.URGENT_SUBJECT]),
    ):
        consumer = ConsumerConfig(
            durable_name=name,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_S,
            max_ack_pending=MAX_ACK_PENDING,
            filter_subjects=wanted,
        )
        await stream.add_consumer(subjects.OBSERVATIONS_STREAM, consumer)
