"""The forms of what is done about the shift, as ``move_forms.py`` has those of cases. Pure data."""

from __future__ import annotations

from command_center.moves.move_forms import code, form, one_of, text, whole, yes_no
from command_center.shifts.duty import SEAT_ROLES

ROLE_WORDS = {
    "district_operator": {"zh": "区坐席", "en": "district operator"},
    "town_operator": {"zh": "镇街坐席", "en": "town operator"},
    "community_operator": {"zh": "村（社区）值守", "en": "community operator"},
    "shift_leader": {"zh": "值班长", "en": "shift leader"},
    "duty_leader": {"zh": "带班领导", "en": "duty leader"},
}
AREA = code("区域", "area", "area")
SEAT = form(("on",), on=yes_no("在席", "on"), area=AREA, seat=code("席位", "seat"))
ROSTER = form(
    ("date", "role", "seat", "starts", "ends"),
    area=AREA,
    date=code("日期", "date"),
    role=one_of("岗位", "role", {role: ROLE_WORDS[role] for role in SEAT_ROLES}),
    seat=text("席位", "seat", most=20),
    starts=code("开始", "starts"),
    ends=code("结束", "ends"),
    person=text("人员", "person", most=80),
    off=yes_no("取消该班", "nobody"),
)
HANDOVER = form((), area=AREA, notes=text("交接说明", "notes", most=4000))
HANDOVER_ID = whole("交接单", "sheet", least=1, most=2**53)
NOTES = form(("id", "notes"), id=HANDOVER_ID, notes=text("交接说明", "notes", most=4000))
SIGN = form(("id",), id=HANDOVER_ID)
