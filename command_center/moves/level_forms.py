"""Forms of the moves about levels: the answer to a supervision, a report upward, the number above. Pure data."""

from __future__ import annotations

from command_center.moves.move_forms import NOTED, Schema, code, form, one_of, text
from command_center.moves.situation import Situation

__all__ = ["ANSWER", "FIRST_REPORT", "HAND_UP", "NOTED", "report_form"]

ANSWER = form(("text",), text=text("答复内容", "answer", most=2000))
HAND_UP = form(
    ("system", "number", "reason"),
    system=code("上级平台", "platform"),
    number=code("上级编号", "its number there"),
    due_at=text("上级办结时限", "due there", most=40, widget="datetime"),
    reason=text("移交理由", "reason"),
)
FIRST_REPORT: dict[str, Schema] = {
    "received_at": text("接报时间", "when it was reported", most=60, widget=None),
    "source": text("信息来源", "source", most=200, widget=None),
    "happened_at": text("事发时间", "when it happened", most=60, widget=None),
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


def report_form(situation: Situation) -> Schema:
    """Ask for the kinds that may come next, and of whom it must be told where there is a choice."""
    open_ones = [to for to, duty in situation.incident.reports_up.items() if not duty.get("final_at")]
    return form(
        ("kind",),
        kind=one_of("报送类别", "kind", KINDS),
        to=one_of("报送对象", "to", {to: LEVELS[to] for to in open_ones or LEVELS}),
        **FIRST_REPORT,
        progress=text("最新进展", "what is new", most=2000),
        outcome=text("处置结果与影响", "outcome", most=2000),
    )
