"""What the simulated desks do next: the case first, then orders that no phone carries."""

from __future__ import annotations

from typing import Any

from ingest.simulate.habits import judge_temper
from ingest.simulate.next_step import choose_step

SEED = 4


def incident(**facts: Any) -> dict[str, Any]:
    return {"number": 7, "category": "UM-01003", "state": "filed", "orders": [], "reworks": 0, **facts}


def offer(action: str, order: int | None = None, **properties: Any) -> dict[str, Any]:
    return {"action": action, "order": order, "schema": {"properties": properties}}


def order(id: int, assignee: str | None = None, kind: str = "dispose") -> dict[str, Any]:
    return {"id": id, "kind": kind, "state": "issued", "assignee": {"id": assignee} if assignee else None}


def prompt_order() -> int:
    return next(n for n in range(1, 99) if judge_temper(SEED, n, "dispose").outcome == "done")


def returning_order() -> int:
    return next(n for n in range(1, 999) if judge_temper(SEED, n, "dispose").outcome == "returned")


def test_the_case_goes_before_its_orders() -> None:
    step = choose_step(incident(orders=[order(1)]), [offer("sign", 1), offer("urge"), offer("dispatch")], SEED)
    assert step is not None and step.offer["action"] == "dispatch"


def test_an_order_on_a_phone_is_left_to_its_worker() -> None:
    n = prompt_order()
    case = incident(orders=[order(n, "gw-1")])
    assert choose_step(case, [offer("sign", n)], SEED, phones={"gw-1"}) is None
    step = choose_step(case, [offer("sign", n)], SEED, phones={"gw-2"})
    assert step is not None and step.offer["action"] == "sign" and not step.needs_photo


def test_some_departments_return_what_is_not_theirs() -> None:
    n = returning_order()
    step = choose_step(incident(orders=[order(n)]), [offer("sign", n), offer("return", n)], SEED)
    assert step is not None and step.offer["action"] == "return" and step.known["reason"]


def test_evidence_goes_with_what_is_done() -> None:
    n = prompt_order()
    step = choose_step(incident(orders=[order(n)]), [offer("dispose", n)], SEED)
    assert step is not None and step.needs_photo


def test_an_enquiry_is_answered_and_nothing_else_is() -> None:
    offers = [offer("accept"), offer("answer")]
    enquiry = choose_step(incident(category="PO-06001", state="reported"), offers, SEED)
    other = choose_step(incident(state="reported"), offers, SEED)
    assert enquiry is not None and enquiry.offer["action"] == "answer"
    assert other is not None and other.offer["action"] == "accept"


def test_nothing_offered_is_somebody_elses_turn() -> None:
    assert choose_step(incident(), [], SEED) is None
    assert choose_step(incident(), [offer("urge"), offer("supervise")], SEED) is None


def test_what_is_being_verified_is_not_filed_over_the_workers_head() -> None:
    assert choose_step(incident(state="verifying"), [offer("file"), offer("reject")], SEED) is None
