"""``citybrain simulate``: plays a living city, or a story, through the doors of the running product.

Comes in: settings and options from the command line. Goes out: an exit code; a story that did not come true
fails. The roof registers ``commands``.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from foundation.command_line import new_commands
from foundation.settings import Settings
from ingest.simulate.city_life import CannotPlay, Play, open_city
from ingest.simulate.demo_access import NoDemoAccess
from ingest.simulate.stage_reader import BadCityFolder
from ingest.simulate.story_storm import play_storm
from ingest.simulate.story_visit import play_visit

commands = new_commands()
_STORIES = {"visit": play_visit, "storm": play_storm}


@commands.command(help="A living city over real MQTT and HTTP, or a story of it.")
def simulate(
    context: typer.Context,
    *,
    seed: Annotated[int, typer.Option(help="The same seed is the same city.")] = 1,
    speed: Annotated[float, typer.Option(help="How many times faster than real.", min=0.05, max=60)] = 1.0,
    rate: Annotated[
        float, typer.Option(help="Happenings a minute, on the day's average.", min=0.1, max=600)
    ] = 10.0,
    story: Annotated[str, typer.Option(help="visit: three minutes; storm: thousands of alarms.")] = "",
    workers: Annotated[int, typer.Option(help="How many phones are on shift.", min=0, max=300)] = 24,
) -> None:
    if story and story not in _STORIES:
        typer.echo(f"there is no story {story!r}; there are: {', '.join(_STORIES)}", err=True)
        raise typer.Exit(2)
    play = Play(seed=seed, speed=speed, rate=rate, workers=workers)
    try:
        came_true = run_simulation(context.obj, play, story)
    except (CannotPlay, NoDemoAccess, BadCityFolder) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if not came_true:
        raise typer.Exit(1)


def run_simulation(settings: Settings, play: Play, story: str = "") -> bool:
    """Play until stopped, or the story to its end; return whether every beat of the story came true."""
    try:
        return asyncio.run(_play(settings, play, story))
    except KeyboardInterrupt:
        return True


async def _play(settings: Settings, play: Play, story: str) -> bool:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(_run(settings, play, story))
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return True


async def _run(settings: Settings, play: Play, story: str) -> bool:
    async with open_city(settings, play) as city:
        if story:
            return await _STORIES[story](city)
        typer.echo(f"simulate: seed {play.seed}, {play.rate:g} happenings a minute, {len(city.phones)} phones")
        await city.run()
    return True
