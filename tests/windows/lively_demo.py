"""Makes a running demo lively enough to be photographed: traffic, then what no traffic brings.

Comes in: a started ``Product``. Goes out: cases in many states and, for the rooms that traffic leaves empty, a
long title, a proposed emergency, a response, a special task, a handover sheet, a supervision, a message to the
field, an unknown device, messages that nobody can read, a call-back, a decision that is asked for.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.simulate.fill_form import fill_form
from tests.journeys.messages import alarm
from tests.journeys.product import Person, Product

LONG = (
    "居民来电反映小区北门外人行道多处地砖松动下沉并有积水，夜间照明不足，老人和学生经过时容易绊倒，"
    "请城管与住建部门会同街道现场查看并尽快围挡修复"
)
TOWN = "321311001"


def play_traffic(product: Product, seconds: int) -> None:
    """Let the simulation run at twenty times the speed of life."""
    environment = product.environment | {
        "CITYBRAIN_DATA": str(product.data), "CITYBRAIN_PORT": str(product.port),
        "CITYBRAIN_MQTT_PORT": str(product.mqtt_port), "CITYBRAIN_NATS_PORT": str(product.nats_port),
    }  # fmt: skip
    command = [sys.executable, "-m", "citybrain", "simulate", "--speed", "20", "--rate", "12", "--workers", "40"]
    with (product.data / "simulate.log").open("a") as log:
        traffic = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            time.sleep(seconds)
        finally:
            traffic.terminate()
            traffic.wait(120)  # on a busy machine its forty phones take their time


def furnish_rooms(product: Product) -> list[str]:
    """Bring about what traffic does not; return what could not be brought about."""
    missing: list[str] = []
    for bring in (
        _report_by_phone, _propose_emergency, _open_response, _begin_task, _hand_over, _supervise, _write_messages,
        _send_nonsense, _ask_for_extension,
    ):  # fmt: skip
        try:
            bring(product)
        except (AssertionError, KeyError, StopIteration) as fault:
            missing.append(f"{getattr(bring, '__name__', bring)}: {str(fault)[:300]}")
    return missing


def _as(product: Product, role: str, act: Callable[[Person], Any], **facts: Any) -> Any:
    person = product.person(role, **facts)
    try:
        return act(person)
    finally:
        person.close()


def _report_by_phone(product: Product) -> None:
    caller = {"name": "演示来电人", "phone": "13900000000", "wants_reply": True}

    def act(person: Person) -> None:
        said = {"text": LONG, "category": "UM-01001", "place_text": "人民大道与长江路交叉口东北角公交站台后侧"}
        person.post("/incidents", said | {"town": TOWN, "channel": "hotline", "reporter": caller})
        short = person.post("/incidents", {"text": "咨询：公园几点关门", "town": TOWN, "reporter": caller})
        item = person.find_action(int(short["number"]), "answer")
        if item:
            person.act(int(short["number"]), "answer", **fill_form(item["schema"], {}))

    _as(product, "district_operator", act)


def _propose_emergency(product: Product) -> None:
    said = {"category": "UM-01001", "text": "供水主管爆裂，路面塌陷", "severity": 3, "lon": 118.33, "lat": 33.96}
    _as(product, "district_operator", lambda one: one.post("/incidents", said))


def _open_response(product: Product) -> None:
    def act(person: Person) -> None:
        said = {"title": "防汛Ⅳ级应急响应（演示）", "area": "321311", "domain": "emergency", "state": "monitor"}
        opened = person.post("/responses", said)
        person.post(f"/responses/{opened['id']}/actions/raise_warning", {"level": 4, "reason": "演示：雨量预报"})

    _as(product, "duty_leader", act, area="321311")


def _begin_task(product: Product) -> None:
    due = (datetime.now(UTC) + timedelta(days=5)).isoformat()
    checklist = [{"key": "clear", "kind": "yes_no", "zh": "雨水口是否畅通", "en": "is the gully clear"}]
    said = {
        "title": "汛前雨水口排查（演示）",
        "text": "逐一查看并拍照",
        "domain": "emergency",
        "due_at": due,
    }
    extra = {"each": "town", "checklist": checklist, "area": "321311"}
    _as(product, "district_operator", lambda one: one.post("/tasks", said | extra))


def _hand_over(product: Product) -> None:
    _as(product, "shift_leader", lambda one: one.post("/shifts/seat", {"on": True, "seat": _seat(one)}))
    _as(product, "shift_leader", lambda one: one.post("/shifts/handovers", {}))


def _seat(person: Person) -> str:
    return str(next(one for one in person.get("/shifts/seats")["items"] if not one["on"])["seat"])


def _supervise(product: Product) -> None:
    def act(person: Person) -> None:
        for one in person.get("/incidents", limit=200)["items"]:
            item = one["is_open"] and person.find_action(one["number"], "supervise")
            if item:
                filled = fill_form(item["schema"], {"reason": "演示：久拖不决"})
                person.act(one["number"], "supervise", **filled)
                return
        raise AssertionError("nothing to supervise")

    _as(product, "duty_leader", act, area="321311")


def _write_messages(product: Product) -> None:
    said = {"area": "321311", "text": "今晚有大到暴雨，请各网格员巡查低洼路段，注意安全。", "urgent": True}
    _as(product, "shift_leader", lambda one: one.post("/messages", said))


def _send_nonsense(product: Product) -> None:
    gateway = product.producer()
    gateway.publish("citybrain/v1/devices/street-lamp-020/alarm", b'{"id": "half a mess')
    gateway.publish("citybrain/v1/devices/street-lamp-021/alarm", alarm("no-such-category"))
    gateway.publish("citybrain/v1/devices/nobody-knows-me/alarm", alarm("UM-01037"))
    gateway.publish("frigate/reviews", b"hello")
    gateway.close()


def find_busy_department(product: Product) -> str:
    """Return the department with most in its hands."""

    def act(person: Person) -> str:
        items = person.get("/incidents", limit=500)["items"]
        orders = [order for one in items for order in one["orders"] if order["state"] in ("issued", "signed")]
        held = Counter(str(order["holder"]["code"]).removeprefix("dept-") for order in orders)
        return max(
            (one["department"] for one in product.accounts() if one["role"] == "liaison"), key=lambda of: held[of]
        )

    return str(_as(product, "district_operator", act))


def _ask_for_extension(product: Product) -> None:
    code = find_busy_department(product)

    def act(person: Person) -> None:
        asked = 0
        for one in person.get("/incidents", limit=100)["items"]:
            if not one["is_open"] or not person.find_action(one["number"], "sign"):
                continue
            person.act(one["number"], "sign")
            item = person.find_action(one["number"], "extend")
            if item:
                filled = fill_form(item["schema"], {"reason": "演示：备件在途", "hours": 8})
                person.act(one["number"], "extend", item.get("order"), **filled)
                asked += 1
            if asked == 2:
                return
        raise AssertionError(f"{code} may extend nothing")

    _as(product, "liaison", act, department=code)
