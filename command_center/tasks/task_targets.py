"""What a special task is to look at: a list of places, or every town, community or grid of an area.

The raw fields of the request come in; drafts of items go out, located and within the task's area.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from command_center.moves.act import Act, invalid
from command_center.signals.locate import locate_point
from foundation.clock import from_rfc3339
from grid.city_map import Place
from grid.coordinates import LonLat

ITEMS_MAX = 2000
RADIUS_M = 200.0
QUESTIONS_MAX = 30
AHEAD_MAX = timedelta(days=731)


class Question(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One question of a checklist."""

    key: str
    kind: str
    zh: str
    en: str = ""
    required: bool = True


class Target(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One place of a list: a point, or an area."""

    title: str
    text: str = ""
    lon: float | None = None
    lat: float | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One item before it is stored."""

    title: str
    text: str
    lonlat: LonLat | None
    area: str
    place: Place


def read_checklist(act: Act) -> list[dict[str, Any]]:
    """Return the questions.

    Raises:
        ActRefused: One is not in order.
    """
    raw = act.request.data.get("checklist") or []
    try:
        questions = msgspec.convert(raw, list[Question])
    except msgspec.ValidationError as error:
        raise invalid(checklist=str(error)) from error
    keys = [question.key for question in questions]
    if len(questions) > QUESTIONS_MAX or len(set(keys)) < len(keys):
        raise invalid(checklist=f"has at most {QUESTIONS_MAX} questions, each key once")
    for question in questions:
        if question.kind not in ("yes_no", "text", "number") or not question.key.isidentifier() or not question.zh:
            raise invalid(
                checklist=f"{question.key}: kind is yes_no, text or number; key a plain name; zh is needed"
            )
    return [{**msgspec.to_builtins(question), "en": question.en or question.zh} for question in questions]


def read_targets(act: Act, area: str) -> list[Draft]:
    """Return what is to be looked at within an area.

    Raises:
        ActRefused: Nothing, too much, or something outside the area.
    """
    raw = act.request.data.get("items")
    drafts = _read_list(act, raw) if raw else _read_each(act, area)
    if not drafts:
        raise invalid(items="a list of places, or each = town, community or grid, is needed")
    if len(drafts) > ITEMS_MAX:
        raise invalid(items=f"at most {ITEMS_MAX}")
    outside = [draft.title for draft in drafts if area not in (*draft.place.path, draft.place.grid, draft.area)]
    if outside:
        raise invalid(items=f"outside the task's area: {', '.join(outside[:5])}")
    return drafts


def _read_list(act: Act, raw: Any) -> list[Draft]:
    try:
        targets = msgspec.convert(raw, list[Target])
    except msgspec.ValidationError as error:
        raise invalid(items=str(error)) from error
    return [_draft(act, target) for target in targets]


def _draft(act: Act, target: Target) -> Draft:
    city = act.ledger.city
    if target.lon is not None and target.lat is not None:
        found = locate_point(city, LonLat(target.lon, target.lat), how="map")
        if found is None:
            raise invalid(items=f"{target.title}: the point is outside the city")
        area = found.place.cell or found.place.grid or found.place.path[-1]
        return Draft(target.title[:200], target.text[:1000], found.lonlat, area, found.place)
    known = city.tree.find_area(target.area or "")
    if known is None:
        raise invalid(items=f"{target.title}: lon and lat, or an area of the city")
    return Draft(target.title[:200], target.text[:1000], None, known.code, city.map.place_of_area(known.code))


def _read_each(act: Act, area: str) -> list[Draft]:
    """Return one item for every town, community or grid of the area."""
    city, level = act.ledger.city, act.words("each")
    if not level:
        return []
    within = [one for one in city.tree.list_level(level) if city.tree.is_within(one.code, area)]
    return [Draft(one.name[:200], "", None, one.code, city.map.place_of_area(one.code)) for one in within]


def read_due(act: Act) -> datetime:
    """Return the due time.

    Raises:
        ActRefused: It is no RFC 3339 time, or has passed.
    """
    try:
        due_at = from_rfc3339(act.words("due_at"))
    except ValueError as error:
        raise invalid(due_at="is an RFC 3339 time with offset") from error
    if due_at <= act.ledger.now:
        raise invalid(due_at="has passed already")
    if due_at > act.ledger.now + AHEAD_MAX:
        raise invalid(due_at=f"is more than {AHEAD_MAX.days} days ahead")
    return due_at
