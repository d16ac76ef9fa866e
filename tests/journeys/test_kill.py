"""SIGKILL at random moments under load: what was acknowledged takes effect once, and all is soon back."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.alarm_load import AlarmLoad
from tests.journeys.product import ROLES, Person, Product, eventually

PER_S = 200
BACK_S = 10.0
BACK_BUSY_S = 60.0  # in `make test` other tests may share the machine; the figure itself is proven by `make prove`
KILL_EVERY_S = 6.0


@pytest.fixture
def own_product(tmp_path: Path) -> Product:
    """A product that only this test kills; embedded defaults, every message flushed before it is acknowledged."""
    product = Product(tmp_path / "data")
    product.start()
    return product


@pytest.mark.journey
@pytest.mark.timeout(420)
def test_eight_kills(own_product: Product) -> None:
    _kill_under_load(own_product, kills=8, seed=8, back_s=BACK_BUSY_S)


@pytest.mark.journey
@pytest.mark.prove
@pytest.mark.timeout(1500)
def test_thirty_kills(own_product: Product) -> None:
    _kill_under_load(own_product, kills=30, seed=30, back_s=BACK_S)


def _kill_under_load(product: Product, *, kills: int, seed: int, back_s: float) -> None:
    draw = random.Random(seed)
    operator = product.person("district_operator")
    devices = _list_speakers(operator)
    operator.close()
    load = AlarmLoad(
        product.mqtt_port, product.mqtt_logins()["gateway"], devices, per_s=PER_S, most=kills * 40 * PER_S
    )
    try:
        load.start()
        time.sleep(2)
        calm_s = _time_probe(product, load, f"probe-{load.run}-calm")
        order = [ROLES[n % len(ROLES)] for n in range(kills)]
        draw.shuffle(order)
        back = [_kill(product, load, role, draw) for role in order]
        load.stop()
        acknowledged = len(load.acknowledged)
        assert acknowledged > kills * KILL_EVERY_S * PER_S * 0.3, "the load was no load"
        _wait_for_effects(product, load, acknowledged)
        _assert_exactly_once(product, load)
        # on a machine that is busy with other things even an undisturbed alarm takes its time
        assert all(seconds <= back_s + 2 * calm_s for _, seconds in back), (calm_s, back)
    finally:
        load.close()
        product.stop()
    _assert_journal(product)


def _list_speakers(operator: Person) -> list[tuple[str, str]]:
    """Return the devices that speak for themselves, and what they all tell of: a daily matter."""
    devices = operator.get("/devices", limit=500)["items"]
    found = [(device["source_id"], "UM-01037") for device in devices if device["source"] == "native"]
    assert found
    return found


def _kill(product: Product, load: AlarmLoad, role: str, draw: random.Random) -> tuple[str, float]:
    """Kill one process; return how long until everything works again: ready, and an alarm takes its effect."""
    time.sleep(KILL_EVERY_S * draw.uniform(0.4, 1.0))
    victim = eventually(lambda: product.pids().get(role), patience_s=15)
    os.kill(victim, signal.SIGKILL)
    killed_at = time.monotonic()
    eventually(lambda: product.pids().get(role) not in (None, victim), patience_s=30)
    _time_probe(product, load, f"probe-{load.run}-{victim}-{role}")
    product.wait_ready(60)
    return role, round(time.monotonic() - killed_at, 1)


def _time_probe(product: Product, load: AlarmLoad, probe: str) -> float:
    """Return how long an alarm takes from its publish to its effect, amid the load."""
    began = time.monotonic()
    load.send("rain-gauge-001", "UM-01037", probe)
    eventually(lambda: _has_effect(product, probe), patience_s=60)
    return time.monotonic() - began


def _wait_for_effects(product: Product, load: AlarmLoad, wanted: int) -> None:
    deadline = time.monotonic() + 120
    while _count_effects(product, load)[0] < wanted:
        assert time.monotonic() < deadline, f"{_count_effects(product, load)} of {wanted}: {product.readiness()}"
        time.sleep(1)


def _has_effect(product: Product, alarm_id: str) -> bool:
    with closing(_connect(product)) as database:
        found = database.execute("SELECT COUNT(*) FROM signals WHERE alarm_id = ?", (alarm_id,)).fetchone()
    return bool(found[0])


def _connect(product: Product) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{product.data / 'citybrain.db'}?mode=ro", uri=True, timeout=10)


def _count_effects(product: Product, load: AlarmLoad) -> tuple[int, int]:
    with closing(_connect(product)) as database:
        row = database.execute(
            "SELECT COUNT(DISTINCT alarm_id), COUNT(*) FROM signals WHERE alarm_id LIKE ?", (f"%-{load.run}-%",)
        ).fetchone()
    return int(row[0]), int(row[1])


def _assert_exactly_once(product: Product, load: AlarmLoad) -> None:
    pattern = (f"%-{load.run}-%",)
    with closing(_connect(product)) as database:
        signals = [
            row[0] for row in database.execute("SELECT alarm_id FROM signals WHERE alarm_id LIKE ?", pattern)
        ]
        sources = [
            row[0]
            for row in database.execute("SELECT alarm_id FROM incident_sources WHERE alarm_id LIKE ?", pattern)
        ]
    assert len(signals) == len(set(signals)), "an alarm took effect twice"
    assert len(sources) == len(set(sources)), "an alarm stands twice among the sources"
    assert set(sources) == set(signals), "a signal was recorded without its effect"
    lost = load.acknowledged - set(signals)
    assert not lost, f"{len(lost)} acknowledged alarms are lost: {sorted(lost)[:5]}"


def _assert_journal(product: Product) -> None:
    with closing(_connect(product)) as database:
        first, last, count = database.execute("SELECT MIN(number), MAX(number), COUNT(*) FROM journal").fetchone()
        joined = database.execute(
            "SELECT COUNT(*) FROM journal WHERE kind IN ('incident_opened', 'signal_joined')"
        ).fetchone()[0]
        grown = database.execute(
            "SELECT COALESCE(SUM(json_extract(data, '$.added')), 0) FROM journal WHERE kind = 'storm_grown'"
        ).fetchone()[0]
        sources = database.execute("SELECT COUNT(*) FROM incident_sources").fetchone()[0]
    assert (first, last) == (1, count), "the numbers have a gap"
    assert joined + grown == sources, "each source stands in exactly one entry, those of a storm by number"
    done = product.run("journal", "verify")
    assert str(count) in done.stdout
