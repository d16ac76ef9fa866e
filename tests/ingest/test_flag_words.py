"""Every flag that the senses set, and every reason to keep a message, has words in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ingest import observation
from ingest.decoders.cap import UNVERIFIED
from ingest.judge import NOT_ITS_OWN
from ingest.shedding import SHEDDING

ROOT = Path(__file__).parent.parent.parent
WORDS = ROOT / "dashboards/windows/src/core/words"
REFUSED = re.compile(r'(?:Refused|Unread)\(\s*"([a-z0-9_]+)"')


def test_every_flag_has_words_in_both_languages() -> None:
    named = {
        observation.CLOCK_SUSPECT, observation.LATE, observation.IMPLAUSIBLE_PLACE, observation.SHADOW,
        observation.GROUP, observation.UNREGISTERED, observation.EVIDENCE_DROPPED,
        SHEDDING, UNVERIFIED, "candidate",
    }  # fmt: skip
    for language in ("zh-CN", "en"):
        words = json.loads((WORDS / language / "flags.json").read_text())
        assert set(words) == named and all(words.values()), language


def test_every_reason_to_keep_a_message_says_what_to_mend() -> None:
    sources = (path.read_text() for path in (ROOT / "ingest").rglob("*.py"))
    named = {reason for text in sources for reason in REFUSED.findall(text)} | {NOT_ITS_OWN}
    assert "wrong_shape" in named and len(named) > 15
    for language in ("zh-CN", "en"):
        words = json.loads((WORDS / language / "words.json").read_text())["kept"]
        assert named <= set(words), (language, named - set(words))
