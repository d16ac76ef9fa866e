"""The routing table in force: each rule with what it has cost in wrong hands, and its correction for later."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Request
from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.cases.approval_tables import LostTime
from command_center.moves.rule_step import CORRECT, may_correct
from command_center.people.roles import Role
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import not_found
from dashboards.server.incidents.paging import page
from dashboards.server.sessions.admission import OPERATORS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web

Reader = Annotated[Caller, Depends(admit(OPERATORS | {Role.SYSTEM_ADMIN}))]
Keeper = Annotated[Caller, Depends(admit({Role.SYSTEM_ADMIN, Role.DUTY_LEADER}))]
RuleId = Annotated[str, Path(max_length=64)]
Fields = Annotated[dict[str, Any], Body()]

router = APIRouter(prefix="/api/v1", tags=["rules"])


@router.get("/routing-rules")
def list_routing_rules(web: Tools, caller: Reader) -> Response:
    """List the rules in force, those that cost most in wrong hands first; with the form of a correction."""
    return answer(page(_read_rules(web, caller)))


@router.get("/routing-rules/{id}")
def get_routing_rule(web: Tools, caller: Reader, id: RuleId) -> Response:
    """Return one rule of the table in force."""
    return answer(_find(_read_rules(web, caller), id))


@router.post("/routing-rules/{id}/correct")
async def correct_routing_rule(
    *, request: Request, web: Tools, caller: Keeper, id: RuleId, body: Fields, key: IdempotencyKey = None
) -> Response:
    """Send later cases of a category elsewhere; answers with the rule that was made. Running cases stay."""
    deed = Deed(action="correct_routing", data={**body, "rule": id})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    await run_in_threadpool(web.city.get)
    return answer(done.result)


def _find(rules: list[dict[str, Any]], id: str) -> dict[str, Any]:
    found = next((rule for rule in rules if rule["id"] == id), None)
    if found is None:
        raise not_found()
    return found


def _read_rules(web: Web, caller: Caller) -> list[dict[str, Any]]:
    city = web.city.get()
    columns = (func.count(LostTime.incident.distinct()), func.sum(LostTime.lost_s), func.sum(LostTime.stage_s))
    with web.database.read() as session:
        rows = session.execute(select(LostTime.rule, *columns).group_by(LostTime.rule)).all()
    cost = {row[0]: tuple(int(figure or 0) for figure in row[1:]) for row in rows}
    form = _form() if may_correct(caller.scope, city) else None
    version = city.policy_version("routing")
    shown = []
    for rule in city.policy("routing")["rules"]:
        returned, lost_s, stage_s = cost.get(rule["id"], (0, 0, 0))
        shown.append(
            {
                "id": rule["id"],
                "version": version,
                "category": rule["category"],
                "area": rule["area"],
                "urgency": rule["urgency"],
                "level": rule["level"],
                "holder": rule["holder"],
                "orders": rule["orders"],
                "reason": {"zh": rule["reason_zh"], "en": rule["reason_en"]},
                "returned_cases": returned,
                "lost_s": lost_s,
                "stage_s": stage_s,
                "correct": form,
            }
        )
    return sorted(shown, key=lambda rule: -rule["lost_s"])


def _form() -> dict[str, Any]:
    """Return the form of a correction; the rule itself stands in the address."""
    fields = {name: field for name, field in CORRECT["properties"].items() if name != "rule"}
    return {**CORRECT, "properties": fields, "required": [name for name in CORRECT["required"] if name != "rule"]}
