"""What the timers tell of a response: an instruction that waits too long, a report to the city that is late."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from command_center.cases.actors import by_rule
from command_center.journal.ledger import Ledger
from command_center.levels.leaders import duty_leader_of
from command_center.orders.order_tables import Timer
from command_center.responses.response_file import audience_of
from command_center.responses.response_tables import EmergencyResponse, Instruction

VERSION = "1"
REASONS = {
    "instruction": {"zh": "指令超时", "en": "an instruction is late"},
    "response_report": {"zh": "信息报送超时", "en": "the report to the city is late"},
}


def _tell_instruction(ledger: Ledger, timer: Timer) -> None:
    row = ledger.session.get(Instruction, int(timer.data["instruction"]))
    if row is None or row.state != timer.data["state"]:
        return
    row.late += 1
    post = ledger.city.posts.find_post(row.holder_code)
    name = {"zh": post.name, "en": post.name_en} if post is not None else {}
    facts = {"instruction": row.id, "instruction_state": row.state, "holder": row.holder_code, "holder_name": name}
    _tell(ledger, row.response, timer.kind, **facts)


def _tell_report(ledger: Ledger, timer: Timer) -> None:
    row = ledger.session.get(EmergencyResponse, int(timer.data["response"]))
    if row is not None and row.state != "ended" and row.reports.get("due_at") == timer.data["due_at"]:
        _tell(ledger, row.id, timer.kind, due_at=timer.data["due_at"])


def _tell(ledger: Ledger, response: int, kind: str, **facts: object) -> None:
    row, city = ledger.session.get_one(EmergencyResponse, response), ledger.city
    leader, seen = duty_leader_of(city, row.area), audience_of(row, city)
    told = {"to": [leader.code], "to_name": leader.name(), "reason": REASONS[kind], "response": row.id}
    data = {**told, "title": row.title, "drill": row.drill, "area": row.area, **facts}
    ledger.append("told", by_rule(f"response.{kind}", VERSION), data=data, audience=(seen, seen))


RESPONSE_FIRES: Mapping[str, Callable[[Ledger, Timer], None]] = {
    "instruction": _tell_instruction,
    "response_report": _tell_report,
}
