"""The role ``ingest``: the senses of the city in one process.

Comes in: settings. Goes out: a running receiver, a worker that stores, an answer to "how are you". The
journey of a message begins in ``receive_mqtt.py``; after the bus ``command_center/running/brain.py`` has it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import msgspec

from foundation.bus import subjects
from foundation.bus.connection import Bus, BusUnavailable, open_bus
from foundation.bus.credentials import bus_url, ensure_session_secret, read_passwords
from foundation.clock import monotonic_s
from foundation.database import Database
from foundation.logs import get_logger
from foundation.processes import CannotRun, hear_stop, pause
from foundation.settings import Settings
from grid.city import City, NoCityLoaded, city_version, renew_city
from ingest.judge import Senses
from ingest.lanes import Lanes
from ingest.mqtt_session import Endpoint
from ingest.partition_count import SILENT_S, count_sessions, settle
from ingest.receipts import ReceiptCarrier
from ingest.receive_http import HttpDoor
from ingest.receive_mqtt import MqttReceiver
from ingest.receive_state import IngestState, SessionState, describe_sessions, seconds_since
from ingest.sources import REPLAY, SPARE_SESSIONS, SourceFinder, join_filters, share_filters
from ingest.storing import Storing
from ingest.whereabouts import Whereabouts

REPORT_EVERY_S = 5.0
WATCH_EVERY_S = 1.0
STUCK_S = 15.0  # with its restart that is within 30 s
HEARD_IN_ONE = 4000  # devices in one telling: the bus takes a megabyte at most
STANDBY_S = 1.0

log = get_logger("ingest")


def run_ingest(settings: Settings) -> None:
    """Receive until SIGTERM.

    Raises:
        CannotRun: The broker refuses us, or the receiving thread ended.
    """
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = hear_stop()
    database = Database(settings.database)
    bus = await _wait_for_bus(settings, stopping)
    city = await _wait_for_city(database, stopping)
    if bus is None or city is None or not await wait_for_turn(bus, stopping):
        return
    ingest = Ingest(settings, database, bus, city)
    try:
        await ingest.run(stopping)
    finally:
        await bus.close()
        database.dispose()


async def _wait_for_bus(settings: Settings, stopping: asyncio.Event) -> Bus | None:
    """Return the bus as soon as it answers, or None when told to stop before."""
    while not stopping.is_set():
        opening = asyncio.create_task(open_bus(bus_url(settings, "ingest"), name="ingest"))
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({opening, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        try:
            if opening.done():
                return opening.result()
        except BusUnavailable as error:
            log.warning("bus away", error=str(error))
        opening.cancel()
    return None


async def wait_for_turn(bus: Bus, stopping: asyncio.Event) -> bool:
    """Stand by while another process receives: two would throw each other out of the sessions for ever.

    Return False when told to stop before.
    """
    is_told = False
    while not stopping.is_set():
        try:
            await bus.ask(subjects.INGEST_STATE, b"", timeout_s=STANDBY_S)
        except BusUnavailable:
            return True
        if not is_told:
            log.info("another ingest receives, standing by")
            is_told = True
        await pause(stopping, STANDBY_S)
    return False


async def _wait_for_city(database: Database, stopping: asyncio.Event) -> City | None:
    while not stopping.is_set():
        try:
            return await asyncio.to_thread(_load, database)
        except NoCityLoaded as error:
            log.warning("no city yet", error=str(error))
            await asyncio.sleep(1)
    return None


def _load(database: Database, city: City | None = None) -> City:
    with database.read() as session:
        return renew_city(session, city)


def find_endpoint(settings: Settings) -> Endpoint:
    """Return the broker: the one named in the settings, or the embedded engine's MQTT port."""
    if settings.mqtt_url:
        url = urlsplit(settings.mqtt_url)
        tls = url.scheme in {"mqtts", "ssl", "tls"}
        return Endpoint(
            host=url.hostname or "127.0.0.1",
            port=url.port or (8883 if tls else 1883),
            username=unquote(url.username or ""),
            password=unquote(url.password or ""),
            tls=tls,
            session_secret=ensure_session_secret(settings.data),
        )
    return Endpoint(
        host="127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host,
        port=settings.mqtt_port,
        username="citybrain.ingest",
        password=read_passwords(settings.data).get("citybrain.ingest", ""),
        tls=settings.tls_cert is not None,
        pinned=settings.tls_cert,
        session_secret=ensure_session_secret(settings.data),
    )


class Ingest:
    """The parts of the role, wired."""

    def __init__(self, settings: Settings, database: Database, bus: Bus, city: City) -> None:
        self._settings, self._database, self._bus, self._city = settings, database, bus, city
        self._started_s = monotonic_s()
        self.is_running = False

    async def run(self, stopping: asyncio.Event) -> None:
        kept = await self._bus.read_kept()
        senses = Senses(self._city, kept)
        filters = SourceFinder(self._city.sources).list_filters()
        endpoint = find_endpoint(self._settings)
        if self._settings.mqtt_url:  # only the embedded engine spreads devices over partitions
            shares, endpoint = {0: join_filters(filters)}, replace(endpoint, movable=(*filters, f"{REPLAY}#"))
        else:
            shares = share_filters(filters, count_sessions(self._settings.data, self._settings.partitions))
        self._storing = Storing(self._bus, Lanes(self._city))
        self._receiver = MqttReceiver(senses, shares, endpoint, self._storing.submit)
        self._receiver.counts.own_numbers.restore(kept)
        await self._bus.serve(subjects.INGEST_STATE, self._answer_state, queue="ingest")
        await self._bus.serve_many(subjects.INGEST_HTTP, HttpDoor(self._receiver).answer, queue="ingest")
        if self._settings.mqtt_url:  # the embedded engine delivers them itself
            await self._bus.listen_topics(subjects.receipt_subject("*"), ReceiptCarrier(self._receiver).bring)
        whereabouts = Whereabouts()
        senses.place = whereabouts.note
        worker = asyncio.create_task(self._storing.run(self._receiver.acknowledge))
        places = asyncio.create_task(whereabouts.run(self._bus))
        self._receiver.start()
        self.is_running = True
        log.info("ingest runs", sessions=len(shares), city=self._city.version)
        try:
            await self._watch(stopping, worker)
        finally:
            await asyncio.to_thread(self._receiver.stop)
            await self._bus.keep_many(self._receiver.counts.own_numbers.take_all())
            worker.cancel()
            places.cancel()

    async def _watch(self, stopping: asyncio.Event, worker: asyncio.Task[None]) -> None:
        """Report and look after the parts until told to stop.

        Raises:
            CannotRun: A part has ended; the supervisor starts the process again.
        """
        reported_s = 0.0
        while not stopping.is_set():
            await pause(stopping, WATCH_EVERY_S)
            if not self._receiver.is_alive:
                raise CannotRun(f"Receiving ended: {self._receiver.failure}")
            if monotonic_s() - self._receiver.beat_s > STUCK_S:
                raise CannotRun(f"The receiving thread has stood still for {STUCK_S:.0f} s.")
            if worker.done():
                raise CannotRun(f"Storing ended: {worker.exception()}")
            await self._follow_city()
            if monotonic_s() - reported_s >= REPORT_EVERY_S:
                reported_s = monotonic_s()
                await self._report()
                self._settle_partitions()

    def _settle_partitions(self) -> None:
        """Forget sessions of a greater number of partitions when they have been silent for a while."""
        if self._settings.mqtt_url:
            return
        wanted = self._settings.partitions
        extra = [s for s in self._receiver.sessions if wanted <= s.number < SPARE_SESSIONS]
        if all(session.is_hearing and session.silent_s > SILENT_S for session in extra):
            settle(self._settings.data, wanted)

    async def _report(self) -> None:
        heard = self._receiver.counts.take_heard()
        devices = list(heard)
        for start in range(0, len(devices), HEARD_IN_ONE):
            some = {device: heard[device] for device in devices[start : start + HEARD_IN_ONE]}
            await self._bus.ring(subjects.DEVICES, msgspec.json.encode(some))

    async def _follow_city(self) -> None:
        """Load the city again when another edition is in force."""

        def find_version() -> str | None:
            with self._database.read() as session:
                return city_version(session)

        version = await asyncio.to_thread(find_version)
        if version is None or version == self._city.version:
            return
        before = SourceFinder(self._city.sources).list_filters()
        self._city = await asyncio.to_thread(_load, self._database, self._city)
        self._receiver.replace_city(self._city)
        self._storing.lanes.replace_city(self._city)
        log.info("city loaded", city=version)
        if SourceFinder(self._city.sources).list_filters() != before:
            raise CannotRun("The city's sources have changed: the sessions are made anew.")

    async def _answer_state(self, _payload: bytes) -> bytes:
        return msgspec.json.encode(self.get_state())

    def get_state(self) -> IngestState:
        """Return how the senses are, for whoever asks."""
        receiver = self._receiver
        sessions = [
            SessionState(s.number, str(s.stage), s.is_hearing, seconds_since(s.canary_back_s))
            for s in receiver.sessions
        ]
        deaf = [s.number for s in sessions if not s.is_hearing]
        robbed = [s.number for s in receiver.sessions if s.was_lost_lately]
        return IngestState(
            is_ready=not deaf and not robbed,
            detail=describe_sessions(deaf, robbed),
            sessions=sessions,
            sessions_wanted=len(sessions),
            sessions_hearing=len(sessions) - len(deaf),
            in_flight=receiver.in_flight,
            received=dict(receiver.counts.received),
            told=dict(receiver.counts.told),
            quarantined=dict(receiver.counts.quarantined),
            ignored=dict(receiver.counts.ignored),
            flagged=dict(receiver.counts.flagged),
            shed=dict(receiver.senses.shedding.counts),
            store_failures=self._storing.failures,
            city_version=self._city.version,
            started_s_ago=seconds_since(self._started_s),
        )
