"""Where a vehicle is stands beside its register entry, the newest only, and seven days at most."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from sqlalchemy import select

from command_center.running.positions import Positions, write_positions
from command_center.signals.signal_tables import DeviceState
from command_center.timers import forget_old
from ingest.messages import Fix
from tests.command_center.stage import NOON, Stage


def test_the_newest_place_of_a_vehicle(stage: Stage) -> None:
    positions = Positions()
    for minutes, lon in ((2, 118.3), (1, 118.2)):
        fix = Fix(vehicle="bus-1", worker="", lon=lon, lat=33.9, at=NOON + timedelta(minutes=minutes))
        positions.hear(msgspec.json.encode(fix))
    write_positions(stage.database, positions.take())

    def read() -> tuple[float | None, float | None]:
        with stage.database.read() as session:
            state = session.scalars(select(DeviceState).where(DeviceState.device == "bus-1")).one()
            return state.lon, state.lat

    assert read() == (118.3, 33.9)
    stage.clock.advance(6 * 86400)
    forget_old(stage.database, stage.clock)
    assert read() == (118.3, 33.9)
    stage.clock.advance(2 * 86400)
    forget_old(stage.database, stage.clock)
    assert read() == (None, None)
