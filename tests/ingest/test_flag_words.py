"""Every flag that the senses set has words on the screens, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

from ingest import observation
from ingest.decoders.cap import UNVERIFIED
from ingest.shedding import SHEDDING

WORDS = Path(__file__).parent.parent.parent / "dashboards/windows/src/core/words"


def test_every_flag_has_words_in_both_languages() -> None:
    named = {
        observation.CLOCK_SUSPECT, observation.LATE, observation.IMPLAUSIBLE_PLACE, observation.SHADOW,
        observation.GROUP, observation.UNREGISTERED, observation.EVIDENCE_DROPPED,
        SHEDDING, UNVERIFIED, "candidate",
    }  # fmt: skip
    for language in ("zh-CN", "en"):
        words = json.loads((WORDS / language / "flags.json").read_text())
        assert set(words) == named and all(words.values()), language
