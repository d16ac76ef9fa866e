"""A public warning is a case of the area it names; its newest message says how grave it is, as a proposal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ingest.observation import Observation, Phase, SourceKind
from tests.command_center.stage import NOON, TOWN, Stage


def build(phase: Phase = Phase.BEGIN, minutes: int = 0, **facts: Any) -> Observation:
    at = NOON + timedelta(minutes=minutes)
    columns: dict[str, Any] = {
        "source": "cap", "kind": SourceKind.WARNING, "device": None, "id": "met,1", "phase": phase,
        "category": "EM-06001", "at": at, "received_at": at, "trace_id": "t", "text": "暴雨橙色预警",
        "severity": 2, "area": TOWN,
    }  # fmt: skip
    return Observation(**(columns | facts))


def test_a_warning_opens_a_case_of_its_area_and_follows_its_chain(stage: Stage) -> None:
    (outcome,) = stage.take_in(build())
    assert outcome.incident is not None
    case = stage.incident(outcome.incident)
    assert (case.area, case.located_how, case.severity, case.severity_proposed) == (TOWN, "area", 4, 2)
    stage.take_in(build(Phase.UPDATE, 10, severity=1, text="暴雨红色预警"))
    assert stage.incident(outcome.incident).severity_proposed == 1
    stage.take_in(build(Phase.UPDATE, 20, severity=3, text="暴雨黄色预警"))
    assert stage.incident(outcome.incident).severity_proposed == 3, "an update replaces, also downward"
    (ended,) = stage.take_in(build(Phase.END, 30))
    assert ended.incident == outcome.incident


def test_a_warning_without_an_area_waits_for_a_person(stage: Stage) -> None:
    (outcome,) = stage.take_in(build(area=None))
    assert outcome.incident is None and outcome.outcome == "recorded"
