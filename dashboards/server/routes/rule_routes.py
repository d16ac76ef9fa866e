"""The city's rules: each with how it has fared, and what those in shadow would have done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import and_, or_, select
from starlette.responses import Response

from command_center.people.roles import ADMINISTRATORS
from command_center.signals.rule_tables import RuleCount, ShadowTelling
from dashboards.server.answers import answer
from dashboards.server.incidents.names import RULE_TABLES, name_area, name_category
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.sessions.admission import OPERATORS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from grid.city import City

Judge = Annotated[Caller, Depends(admit(OPERATORS | ADMINISTRATORS))]
RuleId = Annotated[str | None, Query(max_length=80)]

router = APIRouter(prefix="/api/v1", tags=["rules"])


@router.get("/rules")
def list_rules(web: Tools, _: Judge) -> Response:
    """List every rule of the city as it is in force, with its counts since the beginning."""
    city = web.city.get()
    with web.database.read() as session:
        counts = {row.rule: row for row in session.scalars(select(RuleCount))}
    document = city.policy("rules")
    version = city.policy_version("rules")
    items = [
        _show_rule(table, rule, version, counts.get(rule["id"]))
        for table in RULE_TABLES
        for rule in document.get(table, ())
    ]
    storms = city.policy("correlation").get("storms", ())
    version = city.policy_version("correlation")
    items += [_show_rule("storms", rule, version, None) for rule in storms]
    return answer(page(items))


@router.get("/rules/shadow")
def list_shadow(
    *, web: Tools, _: Judge, rule: RuleId = None, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List what the rules in shadow would have done, newest first, and how often each spoke."""
    chosen = select(ShadowTelling).order_by(ShadowTelling.at.desc(), ShadowTelling.key.desc())
    if rule:
        chosen = chosen.where(ShadowTelling.rule == rule)
    if cursor:
        at, key = decode_cursor(cursor, tuple[datetime, str])
        same = and_(ShadowTelling.at == at, ShadowTelling.key < key)
        chosen = chosen.where(or_(ShadowTelling.at < at, same))
    with web.database.read() as session:
        rows = session.scalars(chosen.limit(limit + 1)).all()
        counted = session.execute(select(RuleCount.rule, RuleCount.shadow).where(RuleCount.shadow > 0))
        counts = {row.rule: row.shadow for row in counted}
    more = encode_cursor((rows[limit - 1].at, rows[limit - 1].key)) if len(rows) > limit else None
    items = [_show_telling(row, web.city.get()) for row in rows[:limit]]
    return answer({**page(items, more), "counts": counts})


def _show_rule(table: str, rule: dict[str, Any], version: str, row: RuleCount | None) -> dict[str, Any]:
    return {
        "id": rule["id"],
        "table": table,
        "kind": rule.get("kind", table.removesuffix("s")),
        "version": version,
        "zh": rule["zh"],
        "en": rule["en"],
        "category": rule.get("category") or None,
        "shadow": bool(rule.get("shadow")),
        "told": row.told if row else 0,
        "shadowed": row.shadow if row else 0,
        "confirmed": row.confirmed if row else 0,
        "dismissed": row.dismissed if row else 0,
        "last_at": row.last_at if row else None,
        "settings": rule,
    }


def _show_telling(row: ShadowTelling, city: City) -> dict[str, Any]:
    return {
        "rule": row.rule,
        "rule_version": row.rule_version,
        "at": row.at,
        "device": row.device,
        "phase": row.phase,
        "category": row.category,
        "category_name": name_category(city, row.category),
        "area": name_area(city, row.area),
        "would": row.would,
        "incident": row.incident,
    }
