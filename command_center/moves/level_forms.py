"""Forms of the moves about levels: the answer to a supervision, a report upward, the number above. Pure data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from command_center.moves.move_forms import NOTED, Schema, code, form, one_of, text, where
from command_center.moves.situation import Situation

__all__ = ["ANSWER", "FIRST_REPORT", "HAND_UP", "NOTED", "needed_by_kind", "report_form"]

ANSWER = form(("text",), text=text("答复内容", "answer", most=2000))
HAND_UP = form(
    ("system", "number", "reason"),
    system=code("上级平台", "platform"),
    number=code("上级编号", "its number there"),
    due_at=text("上级办结时限", "due there", most=40, widget="datetime"),
    reason=text("移交理由", "reason"),
)
FIRST_REPORT: dict[str, Schema] = {
    "received_at": text("接报时间", "when it was reported", most=60, widget="datetime"),
    "source": text("信息来源", "source", most=200, widget=None),
    "happened_at": text("事发时间", "when it happened", most=60, widget="datetime"),
    "place": text("地点", "place", most=200, widget=None),
    "nature": text("性质", "nature", most=400),
    "reach": text("影响范围", "what is affected", most=400),
    "losses": text("初步损失", "losses so far", most=400),
    "trend": text("趋势", "trend", most=400),
    "leaders_present": text("领导到位", "leaders on the scene", most=400),
    "measures": text("已采取措施", "what was done", most=1000),
    "advice": text("建议", "advice", most=1000),
}
"""Source: domain.md 3.3, contents of a first report; a follow-up says only what is new."""

WORDS = {
    **FIRST_REPORT,
    "progress": text("最新进展", "what is new", most=2000),
    "outcome": text("处置结果与影响", "outcome", most=2000),
}
KINDS = {
    "phone": {"zh": "电话快报", "en": "by telephone"},
    "first": {"zh": "初报", "en": "first report"},
    "follow_up": {"zh": "续报", "en": "follow-up"},
    "final": {"zh": "终报", "en": "final report"},
}
LEVELS = {"district": {"zh": "区级", "en": "the district"}, "city": {"zh": "市级", "en": "the city"}}
NEEDED = {
    "phone": ("nature", "place"),
    "first": tuple(FIRST_REPORT),
    "follow_up": ("progress",),
    "final": ("progress", "outcome"),
}
"""What each kind of report must say."""


def next_kinds(duty: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which reports may come next where that much has been reported."""
    if duty.get("final_at"):
        return ()
    if duty.get("first_at"):
        return ("follow_up", "final")
    return ("first",) if duty.get("phone_at") else ("phone", "first")


def list_duties(situation: Situation) -> dict[str, tuple[str, ...]]:
    """Return to whom this person still has to report, and which kinds may come next there."""
    duties = situation.incident.reports_up.items()
    own = {to: next_kinds(duty) for to, duty in duties if situation.authority.keeps(duty["from"])}
    return {to: kinds for to, kinds in own.items() if kinds}


def needed_by_kind(kinds: Iterable[str]) -> list[Schema]:
    """Return the rules that each kind of report needs its own fields."""
    return [where("kind", kind, required=list(NEEDED[kind])) for kind in kinds]


def report_form(situation: Situation) -> Schema:
    """Ask for the kinds that may come next and what each must say; to whom, where there is a choice."""
    own = list_duties(situation) or {to: tuple(KINDS) for to in LEVELS}
    kinds = {kind: KINDS[kind] for kind in KINDS if any(kind in each for each in own.values())}
    to = one_of("报送对象", "to", {to: LEVELS[to] for to in own}) | (
        {"default": next(iter(own))} if len(own) == 1 else {}
    )
    asked = form(
        ("kind", "to") if len(own) > 1 else ("kind",),
        to=to,
        kind=one_of("报送类别", "kind", kinds),
        **{name: field for name, field in WORDS.items() if any(name in NEEDED[kind] for kind in kinds)},
    )
    narrower = [
        where("to", to, properties={"kind": {"enum": list(own[to])}}) for to in own if set(own[to]) < set(kinds)
    ]
    return asked | {"allOf": [*needed_by_kind(kinds), *narrower]}
