"""Steps of an instruction (指令): issued past the levels with a copy to the town, received, executing, ended.

Each state has its own limit; whoever is late is told of by the timers.
"""

from __future__ import annotations

from datetime import timedelta

from command_center.moves.act import Act, invalid, refuse
from command_center.orders.order_tables import Timer
from command_center.people.masking import mask_numbers
from command_center.responses.response_file import STAFF, ResponseFile, keeps_post, open_file
from command_center.responses.response_tables import Instruction
from grid.city import City
from grid.posts import Post

DRILL = "【演练】"
LIMIT_S = {"issued": 10 * 60, "received": 30 * 60, "executing": 4 * 3600}
"""How long an instruction may stay in a state; the city's levels.toml may say otherwise ([response])."""
UNIT_S = {"minute": 60, "urgent_hour": 3600, "urgent_day": 86_400}


def issue_order(act: Act) -> None:
    """Command a post directly, past the town where need be, which has a copy."""
    file = open_file(act)
    file.must_be("response")
    file.must_have(STAFF)
    post, city = act.find_post("to"), act.ledger.city
    if post.kind != "department" and not city.tree.is_within(post.area, file.response.area):
        raise invalid(to="lies outside the area of the response")
    drill = DRILL if file.response.drill else ""
    copied_to = find_passed_over(act, city, post)
    row = Instruction(
        response=file.response.id,
        state="issued",
        holder_code=post.code,
        copied_to=copied_to.code if copied_to is not None else None,
        text=drill + mask_numbers(act.words("text")),
        result="",
        issued_by=act.account.id,
        issued_at=act.ledger.now,
        late=0,
    )
    act.ledger.session.add(row)
    act.ledger.session.flush()
    _arm(act, row)
    copy = {"copied_to": copied_to.code, "copied_name": copied_to.name} if copied_to is not None else {}
    _record(file, "instruction_issued", row, **copy)


def find_passed_over(act: Act, city: City, post: Post) -> Post | None:
    """Return the town's desk that a command from above goes past."""
    path = city.tree.path(post.area)
    towns = [code for code in path if city.tree.get_area(code).level == "town"]
    desk = city.posts.find_desk(towns[0]) if towns else None
    is_own = desk is not None and keeps_post(act.scope, city, desk.code)
    return None if desk is None or desk.code == post.code or is_own else desk


def receive_order(act: Act) -> None:
    file, row = _open(act, "issued")
    row.state, row.received_at = "received", act.ledger.now
    _arm(act, row)
    _record(file, "instruction_received", row)


def begin_order(act: Act) -> None:
    file, row = _open(act, "received")
    row.state, row.executing_at = "executing", act.ledger.now
    _arm(act, row)
    _record(file, "instruction_begun", row)


def finish_order(act: Act) -> None:
    """Done, or failed and why."""
    file, row = _open(act, "executing")
    row.state = "failed" if act.data.get("failed") else "done"
    row.ended_at, row.due_at = act.ledger.now, None
    row.result = mask_numbers(act.words("result"))
    _record(file, "instruction_ended", row, failed=row.state == "failed")


def _open(act: Act, state: str) -> tuple[ResponseFile, Instruction]:
    file = open_file(act)
    row = act.ledger.session.get(Instruction, int(act.data["instruction"]))
    if row is None or row.response != file.response.id:
        raise refuse("not_found", "there is no such instruction in this response")
    if not keeps_post(act.scope, act.ledger.city, row.holder_code):
        raise refuse("forbidden", "the instruction is another post's")
    if row.state != state:
        facts = {"state": row.state, "wanted": act.request.action, "needs": [state]}
        raise refuse("move_not_allowed", f"the instruction is {row.state}", facts=facts)
    return file, row


def _arm(act: Act, row: Instruction) -> None:
    said = act.ledger.city.policy("level_rules").get("response", {}).get(row.state)
    seconds = float(said[0]) * UNIT_S[said[1]] if said else LIMIT_S[row.state]
    row.due_at = act.ledger.now + timedelta(seconds=seconds)
    data = {"instruction": row.id, "state": row.state}
    act.ledger.write(Timer, due_at=row.due_at, kind="instruction", incident=None, data=data)


def _record(file: ResponseFile, kind: str, row: Instruction, **data: object) -> None:
    post = file.act.ledger.city.posts.find_post(row.holder_code)
    name = {"zh": post.name, "en": post.name_en} if post is not None else {}
    file.record(kind, instruction=row.id, holder=row.holder_code, holder_name=name, **data)
    file.result()
    file.act.result |= {"instruction": row.id, "instruction_state": row.state}
