"""A drill and a replay from the front door: marked on every way out, outside every figure, on no wrong phone."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

from command_center.orders.assign import may_drill
from command_center.orders.order_tables import Order
from command_center.people.roles import Role
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, TOWN_B, Served

DISTRICT = "321311"


def words_of(book: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return parts.read("xl/sharedStrings.xml").decode()


def test_a_drill_and_a_replay_are_marked_and_never_counted(served: Served) -> None:
    real = served.open_incident(TOWN_A)
    drill = served.open_incident(TOWN_A, drill=True)
    replay = served.open_incident(TOWN_B, replay=True)
    assert len({real, drill, replay}) == 3, "none of them joins another"
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    shown = {n: client.get(f"/api/v1/incidents/{n}").json() for n in (real, drill, replay)}
    assert [(shown[n]["drill"], shown[n]["replay"]) for n in shown] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert shown[drill]["title"].startswith("【演练】") and shown[replay]["title"].startswith("【回放】")
    assert "【" not in shown[real]["title"]

    totals = client.get("/api/v1/overview").json()["totals"]
    assert totals["open"] == totals["opened_today"] == 1
    now = datetime.now(UTC)
    period = {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    grouped = client.get("/api/v1/kpi", params={**period, "by": "area"}).json()
    assert [group["key"] for group in grouped["items"]] == [TOWN_A], "the replay's town has no case"
    counted = {name: one["denominator"] for name, one in grouped["indicators"].items() if one.get("denominator")}
    assert counted and set(counted.values()) == {1}, counted

    for language, marks in (("zh", ("【演练】", "【回放】")), ("en", ("[Drill]", "[Replay]"))):
        words = words_of(client.get("/api/v1/incidents.xlsx", params={"lang": language}).content)
        assert all(words.count(mark) == 1 for mark in marks), language
    told = {n: client.get(f"/api/v1/incidents/{n}/timeline").json()["items"] for n in shown}
    for number, mark in ((drill, ("【演练】", "[Drill]")), (replay, ("【回放】", "[Replay]"))):
        assert all(_starts(item, mark) for item in told[number]), told[number]
    assert not any(_starts(item, ("【", "[")) for item in told[real])


def _starts(item: dict[str, Any], marks: tuple[str, str]) -> bool:
    text = item["text"]
    return str(text["zh"]).startswith(marks[0]) and str(text["en"]).startswith(marks[1])


def test_the_live_feed_says_which_is_which_and_phones_get_only_their_drill(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    with served.open_socket(client) as line:
        screen = Screen(line).start()
        numbers = [served.open_incident(TOWN_A, drill=True), served.open_incident(TOWN_B, replay=True)]
        screen.read_until("entries")
        screen.read_quiet()
        marks = {
            number: (screen.incidents[number]["drill"], screen.incidents[number]["replay"]) for number in numbers
        }
        assert marks == {numbers[0]: (True, False), numbers[1]: (False, True)}
        for entry in screen.entries:
            mark = "drill" if entry["incident"] == numbers[0] else "replay"
            assert entry["data"][mark] is True, "whoever reads the feed alone must see it"
        assert screen.overview is not None and screen.overview["totals"]["open"] == 0
    with served.database.read() as session:
        orders = [order for n in numbers for order in session.query(Order).filter_by(incident=n)]
    workers = [served.city.workers.find_worker(order.worker) for order in orders if order.worker]
    assert all(worker is not None and may_drill(worker) for worker in workers)
    assert not [order for order in orders if order.incident == numbers[1] and order.worker]
