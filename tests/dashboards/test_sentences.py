"""What the record says in words: nobody reads a code, in either language, whatever the entry carries."""

import re
import tomllib

import pytest

from dashboards.server.live.sentences import KINDS, SATISFACTION, STAGES, tell
from tests.conftest import SUYU

CHINESE_ONLY = re.compile(r"[a-z_]{3,}")
ORDER = {"order": 3, "order_kind": "attend", "holder_name": {"zh": "排水管理所", "en": "Drainage Office"}}
FULL = {
    **ORDER,
    "category_name": {"zh": "井盖移位", "en": "manhole cover out of place"},
    "worker_name": "张**",
    "stage": "sign",
    "ratio": 0.5,
    "reason": {"zh": "超过时限", "en": "past its limit"},
    "satisfaction": "dissatisfied",
    "severity": 3,
    "into": 7,
}
VARIANTS = (
    ("urged", {"by_hand": True, "ratio": None, "stage": None}),
    ("urged", {"stage": "answer", "ratio": 1.0}),
    ("verified", {"is_true": False}),
    ("checked", {"passed": False}),
    ("closed", {"is_self_closed": True}),
    ("escalated", {"is_down": True}),
    ("answered", {"is_reply": True}),
    ("signal_joined", {"merged": 4}),
)


def told(kind: str, role: str | None = "town_operator", **data: object) -> dict[str, str]:
    actor = {"kind": "person" if role else "system", "name": "李**" if role else "rule.x", "role": role}
    return tell({"kind": kind, "actor": actor, "data": data})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_told_without_codes_and_without_holes(kind: str) -> None:
    for data in (FULL, ORDER, {}):
        text = told(kind.partition(".")[0], **data)
        assert not CHINESE_ONLY.search(text["zh"]), text
        for sentence in text.values():
            assert sentence and not sentence.endswith((":", "：")) and "{" not in sentence and "_" not in sentence


@pytest.mark.parametrize(("kind", "data"), VARIANTS)
def test_one_kind_tells_of_two_things(kind: str, data: dict[str, object]) -> None:
    plain, other = told(kind, **FULL), told(kind, **{**FULL, **data})
    assert plain["zh"] != other["zh"] and plain["en"] != other["en"]
    assert not CHINESE_ONLY.search(other["zh"])


def test_a_clock_is_called_by_its_name() -> None:
    text = told("urged", None, **FULL)
    assert text["zh"] == "签收时限已用50%，催办排水管理所"
    assert text["en"] == "50% of the limit to sign used: Drainage Office urged"


def test_every_stage_of_the_city_and_every_answer_has_its_word() -> None:
    stages = tomllib.loads((SUYU / "limits.toml").read_text("utf-8"))["stages"]
    assert set(stages) <= set(STAGES), set(stages) - set(STAGES)
    assert "dispose" in STAGES and len(SATISFACTION) == 4
