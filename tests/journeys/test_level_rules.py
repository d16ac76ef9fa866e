"""Every rule upward (U1–U12) through the front door of the running product, in a city whose limits are seconds."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import SUYU
from tests.journeys.messages import new_id
from tests.journeys.product import Product, eventually

pytestmark = pytest.mark.journey

TOWN, OTHER_TOWN, COMMUNITY, WORKER = "321311001", "321311002", "321311001013", "gw-321311001013G01"
SHORT = '[0.05, "minute"]'
FIRST = {
    "received_at": "10:00", "source": "网格员", "happened_at": "09:50", "place": "演示路口", "nature": "演示",
    "reach": "半径两百米", "losses": "暂无", "trend": "可控", "leaders_present": "已到场", "measures": "已警戒",
    "advice": "无",
}  # fmt: skip


def hurry(folder: Path) -> Path:
    """Copy the demo city with limits of three seconds to accept, to sign, and to report upward."""
    city = Path(shutil.copytree(SUYU, folder))
    limits, levels = city / "limits.toml", city / "levels.toml"
    stages = re.split(r"(?=^\[)", limits.read_text(), flags=re.M)
    quick = ("[stages.accept]", "[stages.sign]")
    stages = [re.sub(r"= \[.*\]$", f"= {SHORT}", s, flags=re.M) if s.startswith(quick) else s for s in stages]
    limits.write_text("".join(stages))
    levels.write_text(re.sub(r"(phone|written|follow_up) = \[[^]]*\]", rf"\1 = {SHORT}", levels.read_text()))
    return city


@pytest.fixture(scope="module")
def product_of_seconds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("seconds")
    running = Product(folder / "data")
    try:
        running.start("--city", str(hurry(folder / "city")))
        yield running
    finally:
        running.stop()


class Centre:
    """People by name, and one case at a time as they see it."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.people = {
            "duty": product.person("duty_leader", area="321311"),
            "district": product.person("district_operator"),
            "town": product.person("town_operator", area=TOWN),
            "community": product.person("community_operator", area=COMMUNITY),
            "worker": product.person("grid_worker", worker=WORKER),
            "drainage": product.person("liaison", department="drainage"),
        }
        self.people["worker"].post("/workers/me/shift", {"on": True})
        rows = csv.DictReader((SUYU / "workers.csv").read_text(encoding="utf-8").splitlines())
        self.place = next({k: float(row[k]) for k in ("lon", "lat")} for row in rows if row["id"] == WORKER)

    def report(self, who: str, category: str, **more: Any) -> int:
        said = {"category": category, "text": f"演示 {new_id()}", "channel": "department", **self.place, **more}
        return int(self.people[who].post("/incidents", said)["number"])

    def look(self, number: int) -> dict[str, Any]:
        shown: dict[str, Any] = self.people["duty"].get(f"/incidents/{number}")
        return shown

    def act(self, who: str, number: int, action: str, order: int | None = None, /, **said: Any) -> Any:
        return self.people[who].act(number, action, order, **said)

    def rules(self, number: int) -> set[str]:
        return {mark["rule"] for mark in self.look(number)["levels"]}

    def entries(self, number: int, rule: str, kind: str) -> list[dict[str, Any]]:
        """Return what the rule did, once it has: by the system, with the rule's version and its reason."""

        def find() -> list[dict[str, Any]]:
            lines = self.people["duty"].get(f"/incidents/{number}/timeline", limit=200)["items"]
            return [line for line in lines if line["kind"] == kind and line["data"].get("rule") == rule]

        found: list[dict[str, Any]] = eventually(find, 30)
        for line in found:
            assert line["actor"]["kind"] == "system" and line["data"]["rule_version"], line
            assert line["text"]["zh"] and line["text"]["en"]
        return found


@pytest.fixture(scope="module")
def centre(product_of_seconds: Product) -> Iterator[Centre]:
    found = Centre(product_of_seconds)
    yield found
    for person in found.people.values():
        person.close()


def u1_a_community_settles_a_small_matter(centre: Centre) -> None:
    number = centre.report("community", "UM-06010", channel="citizen")
    assert centre.look(number)["level"] == "community"
    centre.act("community", number, "self_close", result="演示：已劝离", no_photo_reason="演示")
    assert centre.look(number)["state"] == "closed"


def u2_u3_what_a_grid_cannot_goes_to_the_community_and_by_it_to_the_town(centre: Centre) -> None:
    number = centre.report("community", "UM-06012", channel="worker")
    (order,) = [order for order in centre.look(number)["orders"] if order["kind"] == "dispose"]
    centre.act("worker", number, "return", order["id"], reason_code="no_means", reason="演示：需要协调")
    assert centre.entries(number, "U2-coordinate", "told")[0]["data"]["to"] == [f"community-{COMMUNITY}"]
    assert centre.entries(number, "U3-returned", "offered")[0]["data"]["offer"] == "escalate"
    assert centre.look(number)["level"] == "community", "an offer moves nothing"
    centre.act("community", number, "escalate", reason="演示：本级无权办理")
    assert centre.look(number)["level"] == "town"


def u3_a_community_that_is_late_keeps_the_case_and_the_town_is_told(centre: Centre) -> None:
    number = centre.report("community", "UM-06014", channel="worker")
    assert {line["data"]["offer"] for line in centre.entries(number, "U3-overdue", "offered")} == {"escalate"}
    shown = centre.look(number)
    assert shown["level"] == "community" and shown["is_overdue"]


def u4_what_crosses_towns_is_the_districts(centre: Centre) -> None:
    number = centre.report("town", "UM-01003")
    centre.act("town", number, "assist", area=OTHER_TOWN, task="演示：清理对岸")
    assert centre.entries(number, "U4-crosses", "copied")
    assert centre.look(number)["copied_to_district"]


def u5_a_sudden_event_is_told_to_community_town_and_department(centre: Centre) -> None:
    number = centre.report("worker", "TR-01002", channel="worker")
    centre.entries(number, "U5-sudden", "copied")
    copied = centre.look(number)["copied_to"]
    assert {f"community-{COMMUNITY}", f"desk-{TOWN}"} < set(copied) and any("dept-" in post for post in copied)


def u6_u7_what_is_grave_is_copied_and_told_to_the_duty_leader(centre: Centre) -> None:
    number = centre.report("town", "EM-04001")
    assert centre.look(number)["copied_to_district"] and "U6-severity" in centre.rules(number)
    assert "带班领导" in centre.entries(number, "U7-sensitive", "told")[0]["text"]["zh"]


def u8_what_is_late_is_supervised_once_and_an_unsigned_emergency_taken_over(centre: Centre) -> None:
    number = centre.report("town", "EM-09006")
    (supervised,) = centre.entries(number, "U8-overdue", "supervised")
    assert {"stage", "rule_version"} <= set(supervised["data"]) and centre.look(number)["supervision"]["rule"]
    if centre.look(number)["level"] == "town":
        assert centre.entries(number, "U8-unsigned", "offered")[0]["data"]["offer"] == "take_over"
        assert centre.act("district", number, "take_over", reason="演示：无人签收")["level"] == "district"


def u8_what_came_back_twice_is_supervised(centre: Centre) -> None:
    number = centre.report("town", "UM-01005")
    for again in (False, True):
        (lead, *_) = [o for o in centre.look(number)["orders"] if o["is_lead"] and o["state"] == "issued"]
        holder = lead["holder"]["code"].removeprefix("dept-")
        centre.people.setdefault(holder, centre.product.person("liaison", department=holder))
        centre.act(holder, number, "return", lead["id"], reason_code="wrong_place", reason="演示")
        if not again:
            centre.act("town", number, "correct", place_text="演示：东侧路口")
            centre.act("town", number, "dispatch")
    assert centre.look(number)["returns"] == 2 and "U8-returned" in centre.rules(number)
    assert centre.look(number)["supervised_by"]


def u9_the_third_time_at_one_place_is_listed(centre: Centre) -> None:
    for _ in range(3):
        number = centre.report("community", "UM-06017", channel="citizen")
        centre.act("community", number, "self_close", result="演示：已清理", no_photo_reason="演示")
    assert centre.entries(number, "U9-repeats", "listed_long_term")
    places = centre.people["town"].get("/long-term")["items"]
    assert any(place["rule"] == "U9-repeats" and place["count"] == 3 for place in places)


def u10_what_nobody_owns_is_the_towns(centre: Centre) -> None:
    number = int(centre.people["district"].post("/incidents", {"text": "演示：无主管线", "town": TOWN})["number"])
    centre.act("town", number, "escalate", reason="演示：找不到责任单位")
    centre.act("district", number, "no_owner", reason="演示：产权不明")
    (said,) = centre.entries(number, "U10-unowned", "town_responsible")
    shown = centre.look(number)
    assert said["data"]["coordinator"] == "desk-321311" and shown["holder"]["code"] == f"desk-{TOWN}"
    assert shown["copied_to_district"]


def u11_what_is_beyond_the_district_goes_up_with_its_number(centre: Centre) -> None:
    number = centre.report("district", "EM-08004")
    assert centre.entries(number, "U11-beyond", "offered")[0]["data"]["offer"] == "hand_up"
    due_at = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    said = {"system": "演示市平台", "number": f"SQ-{new_id()}", "due_at": due_at, "reason": "演示：超出职权"}
    centre.act("duty", number, "hand_up", **said)
    shown = centre.look(number)
    assert shown["handed_up"]["number"] == said["number"] and shown["holder"]["code"] == "desk-321311"


def u12_grade_three_is_reported_to_the_city_and_told_when_late(centre: Centre) -> None:
    number = int(centre.people["district"].post("/incidents", {"text": "演示：厂房冒烟", "town": TOWN})["number"])
    centre.act("duty", number, "set_severity", severity=3, reason="演示")
    assert centre.entries(number, "U12-city", "report_due")
    assert {e["data"]["stage"] for e in centre.entries(number, "U8-report", "told")} <= {
        "report_phone", "report_first", "report_next",
    }  # fmt: skip
    centre.act("duty", number, "report_up", to="city", kind="first", **FIRST)
    centre.act("duty", number, "report_up", to="city", kind="final", progress="演示：已清场", outcome="无伤亡")
    kinds = [made["kind"] for made in centre.people["duty"].get(f"/incidents/{number}/reports")["items"]]
    assert sorted(kinds) == ["final", "first"]


RULES: tuple[Callable[[Centre], None], ...] = (
    u1_a_community_settles_a_small_matter,
    u2_u3_what_a_grid_cannot_goes_to_the_community_and_by_it_to_the_town,
    u3_a_community_that_is_late_keeps_the_case_and_the_town_is_told,
    u4_what_crosses_towns_is_the_districts,
    u5_a_sudden_event_is_told_to_community_town_and_department,
    u6_u7_what_is_grave_is_copied_and_told_to_the_duty_leader,
    u8_what_is_late_is_supervised_once_and_an_unsigned_emergency_taken_over,
    u8_what_came_back_twice_is_supervised,
    u9_the_third_time_at_one_place_is_listed,
    u10_what_nobody_owns_is_the_towns,
    u11_what_is_beyond_the_district_goes_up_with_its_number,
    u12_grade_three_is_reported_to_the_city_and_told_when_late,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_upward(centre: Centre, rule: Callable[[Centre], None]) -> None:
    rule(centre)


def test_nothing_that_was_due_did_not_happen(centre: Centre) -> None:
    """The independent watchdog has looked over all of it."""
    text = httpx.get(centre.product.base_url + "/metrics", trust_env=False).text
    lines = [line for line in text.splitlines() if line.startswith("citybrain_watchdog_overdue{")]
    assert any("call_back_not_urged" in line for line in lines)
    assert all(float(line.rsplit(" ", 1)[1]) == 0 for line in lines), lines
