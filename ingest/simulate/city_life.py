"""The living city as one whole: devices, callers, phones and desks, side by side, for as long as it is let.

Comes in: settings, seed, speed, rate, number of phones. Goes out: a city that works, and a status line a
minute. ``simulate_commands.py`` starts it; the stories use its parts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import typer

from foundation.clock import SystemClock
from foundation.settings import Settings
from grid.coordinates import LonLat
from ingest.simulate.callers import Callers
from ingest.simulate.demo_access import DemoAccess, DemoAccount, read_demo_access
from ingest.simulate.desk_hands import DeskHands
from ingest.simulate.http_session import Refused, make_client, wait_for_server
from ingest.simulate.instruments import Instruments
from ingest.simulate.mqtt_producer import MqttProducers
from ingest.simulate.people import People
from ingest.simulate.phone import Phone
from ingest.simulate.playback import Playback
from ingest.simulate.stage import Stage
from ingest.simulate.stage_reader import read_stage
from ingest.simulate.tempo import Tempo
from ingest.simulate.voices import Voices

SERVER_PATIENCE_S = 120.0
STATUS_EVERY_S = 60.0
LOG_IN_GAP_S = 0.12  # a password costs the server a tenth of a second; a queue of them would make others wait


class CannotPlay(Exception):
    """The simulation cannot start; the message says why and what would mend it."""


@dataclass(frozen=True)
class Play:
    """How to play: the options of the command."""

    seed: int = 1
    speed: float = 1.0
    rate: float = 10.0
    workers: int = 24


@dataclass
class CityLife:
    """Everything that lives, wired together."""

    settings: Settings
    play: Play
    stage: Stage
    access: DemoAccess
    people: People
    producers: MqttProducers
    instruments: Instruments
    tempo: Tempo
    callers: Callers
    voices: Voices
    phones: list[Phone]
    desks: DeskHands
    base_url: str

    async def run(self) -> None:
        """Live until cancelled."""
        playback = Playback(self.stage, self.voices, self.tempo, seed=self.play.seed, rate=self.play.rate)
        overview = await self.people.get_overseer().get("/overview")
        already_open = int(overview["totals"]["open"])
        await asyncio.gather(
            self.instruments.run(),
            self.run_phones(),
            self.desks.run(),
            playback.run(already_open),
            self._tell_status(playback),
        )

    async def run_phones(self) -> None:
        """Bring the phones on shift one after another, and keep them there."""
        async with asyncio.TaskGroup() as group:
            for phone in self.phones:
                group.create_task(self._keep(phone))
                await asyncio.sleep(LOG_IN_GAP_S)

    async def _keep(self, phone: Phone) -> None:
        while True:
            try:
                await phone.run()
            except Refused as refused:
                typer.echo(
                    f"simulate: the phone of {phone.session.account.username} is refused: {refused}", err=True
                )
                await asyncio.sleep(30)

    async def _tell_status(self, playback: Playback) -> None:
        while True:
            await asyncio.sleep(STATUS_EVERY_S)
            typer.echo(self.describe(playback))

    def describe(self, playback: Playback) -> str:
        """Return the status line."""
        second = int(self.tempo.moment().second)
        open_ones = [case for case in self.desks.board.incidents.values() if case.get("is_open", True)]
        said = [
            f"{playback.begun} happenings",
            f"{self.producers.acknowledged} of {self.producers.sent} messages taken",
            f"{self.callers.taken} reports ({playback.refused} refused)",
            f"{sum(phone.done for phone in self.phones)} orders done by {len(self.phones)} phones",
            f"{self.desks.steps} steps at desks",
            f"{len(open_ones)} open",
            f"{sum(bool(case.get('is_overdue')) for case in open_ones)} overdue",
        ]
        return f"simulate {second // 3600:02d}:{second // 60 % 60:02d}: {', '.join(said)}"


@contextlib.asynccontextmanager
async def open_city(settings: Settings, play: Play) -> AsyncIterator[CityLife]:
    """Yield a city that is wired and connected; everything ends with the context.

    Raises:
        CannotPlay: The product does not answer.
    """
    scheme = "https" if settings.tls_cert else "http"
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    base_url = f"{scheme}://{host}:{settings.port}"
    client = make_client(base_url)
    try:
        if not await wait_for_server(client, SERVER_PATIENCE_S):
            raise CannotPlay(f"no CityBrain answers at {base_url}; start it with `citybrain up --demo`")
        yield _wire(settings, play, client, base_url)
    finally:
        await client.aclose()


def _wire(settings: Settings, play: Play, client: httpx.AsyncClient, base_url: str) -> CityLife:
    access = read_demo_access(settings.data)
    stage = read_stage(settings.city)
    people = People(access, stage, client)
    accounts = people.list_phones(play.workers)
    stage = stage.with_manned(account.area for account in accounts if account.role == "grid_worker")
    tempo = Tempo(SystemClock(), stage.timezone, play.speed)
    producers = _start_producers(settings, access)
    instruments = Instruments(stage.list_all_devices(), producers, tempo, play.seed)
    callers = Callers(people, accounts, tempo)
    voices = Voices(stage, producers, instruments, tempo, call=callers.call, report=callers.report)
    on_phones: set[str] = set()
    desks = DeskHands(people, tempo, base_url=base_url, seed=play.seed, on_phones=on_phones)
    phones = [
        Phone(
            people.session(account),
            _find_home(people, stage, account),
            tempo,
            base_url=base_url,
            seed=play.seed,
            on_phones=on_phones,
        )
        for account in accounts
    ]
    return CityLife(
        settings,
        play,
        stage,
        access,
        people,
        producers,
        instruments,
        tempo,
        callers,
        voices,
        phones,
        desks,
        base_url,
    )


def _start_producers(settings: Settings, access: DemoAccess) -> MqttProducers:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    producers = MqttProducers(access, host=host, port=settings.mqtt_port)
    producers.start()
    return producers


def _find_home(people: People, stage: Stage, account: DemoAccount) -> LonLat:
    """Return where somebody with this account starts the day: at home in the duty area, else in the town."""
    at_home = next((h.home for h in stage.helpers.values() if h.area == account.area), None)
    return at_home or stage.spots[people.town_of(account.area)][0].lonlat
