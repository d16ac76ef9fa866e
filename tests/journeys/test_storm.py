"""A power cut: thousands of alarms in seconds are a few cards, nothing is lost, other work goes on beside it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.journeys.alarm_load import AlarmLoad
from tests.journeys.live import LiveScreen
from tests.journeys.messages import alarm
from tests.journeys.product import Person, Product, eventually

CARDS_MOST = 10
DRAINED_S = 20.0
OTHER_S = 2.0
KINDS = {
    "manhole_cover": "UM-01003",
    "street_lamp": "UM-01037",
    "waste_bin": "UM-06042",
    "parking_sensor": "TR-07001",
    "traffic_radar": "TR-03001",
    "noise_meter": "UM-06028",
    "hydrant": "UM-01013",
    "sewage_well": "EM-09003",
    "pump_station": "EM-05003",
}


@pytest.mark.journey
def test_a_small_storm_is_a_few_cards(product: Product) -> None:
    _play(product, alarms=400, per_s=400, patience_s=60)


@pytest.mark.prove
@pytest.mark.journey
@pytest.mark.timeout(300)
@pytest.mark.parametrize("of_one_kind", [False, True])
def test_five_thousand_in_five_seconds(tmp_path: Path, database_url: str, of_one_kind: bool) -> None:
    product = Product(tmp_path / "data", database_url=database_url)
    product.start()
    try:
        kinds = ("street_lamp",) if of_one_kind else tuple(KINDS)
        took = _play(product, alarms=5000, per_s=1000, patience_s=60, kinds=kinds)
        (Path.cwd() / "build").mkdir(exist_ok=True)
        kind = make_url(database_url).get_backend_name()
        (Path.cwd() / "build" / f"storm-{kind}-{len(kinds)}.txt").write_text(f"{took}\n")
        assert took["drained_s"] <= DRAINED_S and took["other_s"] <= OTHER_S, took
    finally:
        product.stop()


def _play(
    product: Product, *, alarms: int, per_s: int, patience_s: float, kinds: tuple[str, ...] = tuple(KINDS)
) -> dict[str, float]:
    operator = product.person("district_operator")
    screen = LiveScreen(operator)
    before = set(screen.incidents)
    load = AlarmLoad(
        product.mqtt_port, product.mqtt_logins()["gateway"], _speakers(operator, kinds), per_s=per_s, most=alarms
    )
    try:
        began = time.monotonic()
        load.start()
        time.sleep(alarms / per_s * 0.6)
        other_s = _time_a_crowd(product, screen, operator)
        load.finish(patience_s)
        drained_s = _wait_for_receipts(load, alarms, began, patience_s)
        assert {receipt["outcome"] for receipt in load.receipts.values()} == {"recorded"}
        eventually(lambda: _members(operator, screen, before) >= alarms, patience_s)
        cards = [one for number, one in screen.incidents.items() if number not in before and one["is_open"]]
        told = [(one["number"], one["title"], one["members"]) for one in cards]
        assert len(cards) - 1 <= CARDS_MOST, told  # the other emergency is no part of it
        figures = {"other_s": other_s, "drained_s": drained_s, "cards": len(cards) - 1}
        return {name: round(value, 2) for name, value in figures.items()}
    finally:
        load.close()
        screen.close()
        operator.close()


def _speakers(operator: Person, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    devices = operator.get("/devices", limit=500)["items"]
    by_kind = [[d["source_id"] for d in devices if d["kind"] == k and d["source"] == "native"] for k in kinds]
    longest = max(map(len, by_kind))
    return [
        (ids[n % len(ids)], KINDS[kind])
        for n in range(longest)
        for kind, ids in zip(kinds, by_kind, strict=True)
        if ids
    ]


def _time_a_crowd(product: Product, screen: LiveScreen, operator: Person) -> float:
    """Return how long an emergency of another kind takes to the screen while the storm blows."""
    devices = operator.get("/devices", kind="passenger_counter", limit=50)["items"]
    device = next(d["source_id"] for d in devices if d["source"] == "native")
    other = product.producer()  # a line of its own: the storm's is full of what the broker has not taken yet
    try:
        said, sent = alarm("TR-06001"), time.monotonic()
        other.publish(f"citybrain/v1/devices/{device}/alarm", said)
        eventually(lambda: _shown(screen, said["id"]), 60, 0.01)
        return time.monotonic() - sent
    finally:
        other.close()


def _shown(screen: LiveScreen, alarm_id: str) -> bool:
    found: list[dict[str, Any]] = list(screen.incidents.values())
    return any(source["id"] == alarm_id for one in found for source in one["sources"])


def _wait_for_receipts(load: AlarmLoad, alarms: int, began: float, patience_s: float) -> float:
    eventually(lambda: sum(1 for id in dict(load.receipts) if id.startswith("kill-")) >= alarms, patience_s)
    latest = max(at for id, at in dict(load.receipt_at).items() if id.startswith("kill-"))
    return latest - began


def _members(operator: Person, screen: LiveScreen, before: set[int]) -> int:
    numbers = [n for n in dict(screen.incidents) if n not in before]
    return sum(operator.get(f"/incidents/{n}/members", limit=1)["total"] for n in numbers)
