"""Measures how well the rule kinds find what people have labelled: precision and recall on real measurements.

``citybrain bench rules --data DIR`` calls it; DIR holds ``sensors_nab`` and ``sensors_waterflow``. Without them
it says so and measures nothing. The rules are those of ingest; the settings are printed beside the figures.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ingest.observation import Phase
from ingest.rules.threshold import IDLE, ThresholdRule, judge_threshold
from ingest.rules.watch_rules import Memo, WatchRule, judge_rate

Row = tuple[datetime, float]
Span = tuple[datetime, datetime]
NAB, FLOW = "sensors_nab", "sensors_waterflow"


class Threshold(NamedTuple):
    """``sign`` +1: above ``beyond`` until back below ``back``; -1 the other way round."""

    sign: int
    beyond: float
    back: float
    hold_s: float


class Rate(NamedTuple):
    """``direction`` +1 rises, -1 falls, 0 either: by so much within so long, until by less than ``clear``."""

    direction: int
    by: float
    within_s: float
    clear: float


SETTINGS: dict[str, tuple[Threshold, Rate]] = {
    "ambient_temperature_system_failure": (Threshold(1, 81.0, 76.0, 900), Rate(-1, 7.5, 86_400, 2.5)),
    "machine_temperature_system_failure": (Threshold(-1, 45.0, 70.0, 900), Rate(0, 49.0, 86_400, 16.0)),
    "nyc_taxi": (Threshold(1, 28_400, 23_500, 900), Rate(0, 28_500, 86_400, 9_000)),
    "TravelTime_387": (Threshold(1, 1_900, 630, 0), Rate(-1, 1_700, 10_800, 570)),
    "occupancy_6005": (Threshold(1, 19.0, 9.0, 0), Rate(0, 12.0, 3_600, 4.0)),
    "speed_6005": (Threshold(-1, 30.0, 70.0, 0), Rate(1, 40.0, 3_600, 13.0)),
    "speed_7578": (Threshold(-1, 15.0, 59.0, 0), Rate(1, 43.0, 86_400, 14.0)),
    "water-flow": (Threshold(-1, 85.0, 98.0, 0), Rate(0, 7.0, 7_200, 4.0)),
}
FLOW_LABELS = (
    ("2022-03-24T09:00:00+01:00", "2022-03-25T02:00:00+01:00"),
    ("2022-03-29T08:00:00+02:00", "2022-03-29T22:00:00+02:00"),
    ("2022-04-03T05:00:00+02:00", "2022-04-03T08:00:00+02:00"),
    ("2022-04-27T15:00:00+02:00", "2022-04-28T07:00:00+02:00"),
)
"""The four known anomalies of the flow: three outages and a burst, as the measurements show them."""


def bench_rules(data: Path | None = None) -> dict[str, float]:
    """Return precision and recall of each rule kind on each file, and over all; empty when the data are absent."""
    if data is None or not any((data / name).is_dir() for name in (NAB, FLOW)):
        sys.stderr.write(
            f"rules: skipped, {data or 'no folder named with --data'} holds neither {NAB} nor {FLOW}\n"
        )
        return {}
    figures: dict[str, float] = {}
    totals = {kind: [0, 0, 0, 0] for kind in ("threshold", "rate")}
    for name, rows, labels in _list_files(data):
        threshold, rate = SETTINGS[name]
        for kind, spans in (("threshold", _play_threshold(threshold, rows)), ("rate", _play_rate(rate, rows))):
            found, right = _count(labels, spans), _count(spans, labels)
            sys.stderr.write(f"{name} {threshold if kind == 'threshold' else rate}\n")
            for n, part in enumerate((found, len(labels), right, len(spans))):
                totals[kind][n] += part
            figures[f"{name} {kind} precision"] = right / len(spans) if spans else 0.0
            figures[f"{name} {kind} recall"] = found / len(labels)
    for kind, (found, labelled, right, told) in totals.items():
        figures[f"all {kind} precision"] = right / told if told else 0.0
        figures[f"all {kind} recall"] = found / labelled if labelled else 0.0
    return figures


def _list_files(data: Path) -> Iterator[tuple[str, list[Row], list[Span]]]:
    """Yield name, measurements and labelled windows of every file that is there."""
    windows = data / NAB / "windows_dev.json"
    labelled = json.loads(windows.read_text()) if windows.exists() else {}
    for path, spans in sorted(labelled.items()):
        file = data / NAB / Path(path).name
        if file.exists() and file.stem in SETTINGS:
            yield file.stem, _read(file), [(_moment(begins), _moment(ends)) for begins, ends in spans]
    flow = data / FLOW / "water-flow.csv"
    if flow.exists():
        yield flow.stem, _read(flow), [(_moment(begins), _moment(ends)) for begins, ends in FLOW_LABELS]


def _read(file: Path) -> list[Row]:
    with file.open(newline="") as opened:
        rows = list(csv.reader(opened))[1:]
    return sorted((_moment(row[0]), float(row[1])) for row in rows if len(row) > 1 and row[1])


def _moment(text: str) -> datetime:
    """Return the moment; what has no zone is taken as UTC, which the windows of the same file are as well."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _play_threshold(settings: Threshold, rows: Sequence[Row]) -> list[Span]:
    rule = ThresholdRule(
        id="bench",
        quantity="value",
        beyond=settings.beyond,
        back=settings.back,
        sign=settings.sign,
        hold_s=settings.hold_s,
        clear_hold_s=0,
        category="",
        confidence=None,
        severity=None,
        zh="",
        en="",
    )
    episode, began_at, spans = IDLE, rows[0][0], []
    for at, value in rows:
        episode, phase = judge_threshold(rule, episode, value, at)
        if phase is Phase.BEGIN:
            began_at = episode.began_at or at
        if phase is Phase.END:
            spans.append((began_at, at))
    return spans


def _play_rate(settings: Rate, rows: Sequence[Row]) -> list[Span]:
    rule = WatchRule(
        id="bench",
        mark="bench",
        kind="rate",
        category="",
        confidence=None,
        severity=None,
        zh="",
        en="",
        direction=settings.direction,
        by=settings.by,
        clear_by=settings.clear,
        within_s=settings.within_s,
    )
    memo, began_at, spans = Memo(), None, []
    for at, value in rows:
        _, is_beyond, is_over = judge_rate(rule, memo, value, at)
        if is_beyond and began_at is None:
            began_at = at
        elif is_over and began_at is not None:
            spans.append((began_at, at))
            began_at = None
    return spans if began_at is None else [*spans, (began_at, rows[-1][0] + timedelta(0))]


def _count(these: Sequence[Span], those: Sequence[Span]) -> int:
    """Return how many of these spans meet one of those."""
    return sum(any(begins <= end and start <= ends for start, end in those) for begins, ends in these)
