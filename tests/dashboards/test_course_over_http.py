"""What only time brings, through the interface: late returns, missed limits, appeals, whistles that nobody heeds.

The brain behind the served application runs on a clock that the test moves; what is due is fired in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from command_center.actions import act as carry_out
from command_center.moves.requests import ActionAnswer, ActionRequest
from command_center.people.roles import Role
from command_center.timers import fire_due
from foundation.clock import ManualClock
from foundation.database import Database
from tests.dashboards.served import TOWN_A, Served, read_city

DISTRICT = "321311"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""09:00 in the city."""


@dataclass
class Town:
    """The served application, its clock, and people by name."""

    served: Served
    clock: ManualClock
    people: dict[str, httpx.Client]

    def look(self, who: str, number: int, more: str = "") -> Any:
        answer = self.people[who].get(f"/api/v1/incidents/{number}{more}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, who: str, number: int, action: str, order: int | None = None, **said: Any) -> httpx.Response:
        version = self.look("duty", number)["version"]
        path = f"orders/{order}" if order else f"incidents/{number}"
        return self.people[who].post(f"/api/v1/{path}/actions/{action}", json={"version": version, **said})

    def do(self, who: str, number: int, action: str, order: int | None = None, **said: Any) -> dict[str, Any]:
        answer = self.post(who, number, action, order, **said)
        assert answer.status_code == 200, (action, answer.text)
        shown: dict[str, Any] = answer.json()
        return shown

    def refused(self, who: str, number: int, action: str, order: int | None = None, **said: Any) -> str:
        """Return the rule that a refusal names; it tells the state, what was wanted and what is allowed."""
        answer = self.post(who, number, action, order, **said)
        problem = answer.json()
        assert answer.status_code == 409 and {"state", "wanted", "allowed", "rule_text"} <= set(problem), (
            answer.text
        )
        return str(problem["rule"])

    def pass_time(self, **span: float) -> None:
        self.clock.advance(timedelta(**span).total_seconds())
        while fire_due(self.served.database, self.served.city, self.clock):
            pass

    def report(self, category: str = "UM-01003", **more: Any) -> int:
        device = self.served.city.register.find_device(self.served.device_in(TOWN_A))
        assert device is not None
        place = {"lon": device.lonlat.lon, "lat": device.lonlat.lat}
        said = {"category": category, "text": "井盖", "channel": "department", **place, **more}
        answer = self.people["town"].post("/api/v1/incidents", json=said)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["number"])

    def lead(self, number: int) -> int:
        orders = self.look("duty", number)["orders"]
        return int([o for o in orders if o["is_lead"] and o["state"] not in ("returned", "cancelled")][-1]["id"])

    def kinds(self, number: int) -> list[str]:
        return [line["kind"] for line in self.look("duty", number, "/timeline")["items"]]


@pytest.fixture
def town(serve: Callable[..., Served], database: Database) -> Town:
    clock, city = ManualClock(MONDAY), read_city(database)

    async def ask(request: ActionRequest) -> ActionAnswer:
        return await asyncio.to_thread(carry_out, database, city, clock, request)

    served = serve(ask)
    people = {
        "town": served.enter(Role.TOWN_OPERATOR, TOWN_A),
        "district": served.enter(Role.DISTRICT_OPERATOR, DISTRICT),
        "duty": served.enter(Role.DUTY_LEADER, DISTRICT),
        "drainage": served.enter(Role.LIAISON, DISTRICT, department="drainage"),
        "market": served.enter(Role.LIAISON, DISTRICT, department="market"),
    }
    return Town(served, clock, people)


def test_a_late_return_goes_to_arbitration_and_its_time_is_booked_to_who_was_late(town: Town) -> None:
    number = town.report()
    order = town.lead(number)
    town.do("drainage", number, "sign", order)
    town.pass_time(hours=30)
    said = {"reason_code": "not_ours", "reason": "权属在住建"}
    assert town.refused("drainage", number, "return", order, **said) == "return_in_time"
    town.do("drainage", number, "request_arbitration", order, **said)
    town.do("duty", number, "arbitrate", lead="drainage", reason="仍由其办理")
    assert not town.look("duty", number)["lost_time"] and town.lead(number) == order
    town.do("drainage", number, "request_arbitration", order, **said)
    leads = next(o for o in town.look("duty", number, "/actions")["items"] if o["action"] == "arbitrate")
    other = next(code for code in leads["schema"]["properties"]["lead"].get("enum", ()) if code != "drainage")
    after = town.do("duty", number, "arbitrate", lead=other, reason="按权责清单")
    lost = {row["cause"]: row for row in after["lost_time"]}
    assert set(lost) == {"wrong_dispatch", "late_return"} and lost["late_return"]["lost_s"] > 0
    assert lost["late_return"]["holder"]["code"] == "dept-drainage"
    assert after["lost_s"] == sum(row["lost_s"] for row in after["lost_time"])


def test_a_missed_limit_takes_no_extension_and_is_appealed_once(town: Town) -> None:
    number = town.report()
    order = town.lead(number)
    town.do("drainage", number, "sign", order)
    town.pass_time(days=20)
    assert town.look("town", number)["is_overdue"] and town.look("town", number)["supervised_by"]
    assert town.refused("drainage", number, "extend", order, reason="缺料") == "before_deadline"
    town.do("drainage", number, "dispose", order, result="好了", closing_met=True, no_photo_reason="夜里")
    town.do("drainage", number, "appeal", order, reason="道路封闭无法到场")
    assert town.look("town", number)["appealed_at"] and not town.look("town", number)["timeout_exempt"]
    for who in ("town", "district", "duty"):
        if any(o["action"] == "approve" for o in town.look(who, number, "/actions")["items"]):
            town.do(who, number, "approve")
    granted = town.look("town", number)
    assert granted["timeout_exempt"]
    assert town.refused("drainage", number, "appeal", order, reason="再申诉") == "appealed_once"
    assert {"approval_asked", "appeal_granted"} <= set(town.kinds(number))


def test_a_whistle_that_one_department_does_not_heed_is_supervised(town: Town) -> None:
    number = town.report()
    town.do("town", number, "whistle", reason_type="2", departments=["market", "police"], task="联合执法")
    called = {o["holder"]["code"]: o["id"] for o in town.look("town", number)["orders"] if o["whistle"]}
    assert town.refused("market", number, "sign", called["dept-market"]) == "respond_first"
    town.do("market", number, "respond", called["dept-market"])
    town.pass_time(days=2)
    kinds = town.kinds(number)
    assert kinds.count("responded") == 1 and kinds.count("whistle_unanswered") == 1
    assert town.look("town", number)["supervised_by"]


def test_an_unsigned_emergency_is_taken_over_and_a_late_call_back_is_urged(town: Town) -> None:
    number = town.report("EM-09006")
    if town.look("duty", number)["level"] == "town":
        assert town.look("duty", number)["urgency"] == "emergency"
        town.pass_time(hours=2)
        assert town.do("district", number, "take_over", reason="无人签收")["level"] == "district"
    said = {"text": "咨询", "town": TOWN_A, "channel": "phone", "reporter": {"name": "王", "phone": "13800138000"}}
    asked = int(town.people["town"].post("/api/v1/incidents", json=said).json()["number"])
    town.do("town", asked, "answer", reply="请到社区办理")
    town.pass_time(days=5)
    late = [e for e in town.look("town", asked, "/timeline")["items"] if e["kind"] == "urged"]
    assert late and "回访" in late[0]["text"]["zh"]
