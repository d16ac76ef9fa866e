"""Measures how well the rule kinds find what people have labelled: precision and recall on real measurements.

``citybrain bench rules --data DIR`` calls it; DIR holds ``sensors_nab`` and ``sensors_waterflow``. Without them
it says so and measures nothing. The rules are those of ingest; the settings are printed beside the figures. What
counts is when something is told: a finding is right when it begins within a labelled window, and a window is found
when a finding begins within it. (By overlap, one that never ends would find everything.)

What a city that knows its series would write (``SETTINGS``) is one thing, what can be known before another:
``EARLY`` was chosen by the first half of each series' windows alone, and is played on both halves.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingest.observation import Phase
from ingest.rules.schedule import Times, Window
from ingest.rules.threshold import IDLE, Stage, ThresholdRule, judge_threshold
from ingest.rules.watch_rules import Memo, WatchRule, judge_rate

Row = tuple[datetime, float]
Span = tuple[datetime, datetime]
NAB, FLOW = "sensors_nab", "sensors_waterflow"
KINDS = ("threshold", "rate", "both")


class Threshold(NamedTuple):
    """``sign`` +1: above ``beyond`` until back below ``back``, -1 the other way; ``hours``: when it watches."""

    sign: int
    beyond: float
    back: float
    hold_s: float
    clear_hold_s: float = 0.0
    hours: tuple[int, int] | None = None


class Rate(NamedTuple):
    """``direction`` +1 rises, -1 falls, 0 either: by so much within so long, until by less than ``clear``."""

    direction: int
    by: float
    within_s: float
    clear: float
    median_of: int = 1


Settings = tuple[tuple[Threshold, ...], Rate]
SETTINGS: dict[str, Settings] = {
    "ambient_temperature_system_failure": ((Threshold(1, 81.0, 76.0, 900),), Rate(-1, 7.5, 86_400, 2.5, 3)),
    "machine_temperature_system_failure": ((Threshold(-1, 53.0, 85.0, 10_800),), Rate(0, 49.0, 86_400, 16.0)),
    # few rides by day, many by night: what a holiday, a storm or a festival is, and no height alone would tell
    "nyc_taxi": (
        (
            Threshold(-1, 10_500, 17_000, 1_800, hours=(10, 18)),
            Threshold(1, 20_000, 4_000, 1_800, hours=(2, 6)),
        ),
        Rate(0, 28_500, 86_400, 9_000),
    ),
    "TravelTime_387": ((Threshold(1, 2_000, 200, 0, clear_hold_s=21_600),), Rate(-1, 1_700, 10_800, 570)),
    "occupancy_6005": ((Threshold(1, 20.0, 9.0, 0),), Rate(-1, 19.0, 10_800, 6.0)),
    "speed_6005": ((Threshold(-1, 30.0, 70.0, 0),), Rate(1, 50.0, 3_600, 13.0)),
    "speed_7578": ((Threshold(-1, 15.0, 59.0, 0),), Rate(-1, 55.0, 21_600, 18.0)),
    "water-flow": ((Threshold(-1, 85.0, 98.0, 0),), Rate(0, 7.0, 7_200, 4.0)),
}
"""What a city would write for such a device; one rule of each kind, and two where day and night differ."""
EARLY: dict[str, Settings] = {
    "ambient_temperature_system_failure": ((Threshold(1, 82.5, 76.0, 0),), Rate(-1, 7.6, 86_400, 2.5, 3)),
    "machine_temperature_system_failure": ((Threshold(-1, 49.0, 77.0, 600),), Rate(0, 47.0, 86_400, 16.0)),
    "nyc_taxi": ((Threshold(1, 32_700, 21_600, 0),), Rate(-1, 22_900, 10_800, 7_600)),
    "TravelTime_387": ((Threshold(1, 3_450, 1_200, 0),), Rate(-1, 1_580, 10_800, 530)),
    "occupancy_6005": ((Threshold(1, 21.5, 9.2, 0),), Rate(-1, 19.3, 10_800, 6.4)),
    "speed_6005": ((Threshold(-1, 35.5, 68.0, 0),), Rate(-1, 44.5, 3_600, 15.0)),
    "speed_7578": ((Threshold(-1, 37.0, 57.0, 0),), Rate(0, 56.0, 21_600, 19.0)),
    "water-flow": ((Threshold(-1, 76.0, 94.0, 0),), Rate(-1, 17.0, 10_800, 5.7)),
}
"""Of a grid of settings the best by precision and recall on the first half, and of those the steadiest."""
HALVES = ("first half", "held out")
FLOW_LABELS = (
    ("2022-03-24T09:00:00+01:00", "2022-03-25T02:00:00+01:00"),
    ("2022-03-29T08:00:00+02:00", "2022-03-29T22:00:00+02:00"),
    ("2022-04-03T05:00:00+02:00", "2022-04-03T08:00:00+02:00"),
    ("2022-04-27T15:00:00+02:00", "2022-04-28T07:00:00+02:00"),
)
"""The four known anomalies of the flow: three outages and a burst, as the measurements show them."""


def bench_rules(data: Path | None = None) -> dict[str, float]:
    """Return precision and recall of each kind, and of both, on each file and over all; empty without data."""
    if data is None or not any((data / name).is_dir() for name in (NAB, FLOW)):
        sys.stderr.write(
            f"rules: skipped, {data or 'no folder named with --data'} holds neither {NAB} nor {FLOW}\n"
        )
        return {}
    figures: dict[str, float] = {}
    totals = {f"{which} {kind}": Counter[str]() for which in ("all", *HALVES) for kind in KINDS}
    for name, rows, labels in _list_files(data):
        for kind, spans in _play(name, SETTINGS, rows):
            counts = _count(spans, labels)
            totals[f"all {kind}"].update(counts)
            figures |= _figures(f"{name} {kind}", counts)
        labels.sort()
        cut = _find_cut(labels, rows)
        for kind, spans in _play(name, EARLY, rows):
            for half, is_late in zip(HALVES, (False, True), strict=True):
                told = [span for span in spans if (span[0] > cut) is is_late]
                totals[f"{half} {kind}"].update(_count(told, [one for one in labels if (one[0] > cut) is is_late]))
    for kind, counted in totals.items():
        figures |= _figures(kind, counted)
    return figures


def _play(name: str, chosen: Mapping[str, Settings], rows: Sequence[Row]) -> Iterator[tuple[str, list[Span]]]:
    """Yield what each kind of rule, and both together, tell; the settings are written down."""
    thresholds, rate = chosen[name]
    sys.stderr.write("".join(f"{name} {rule}\n" for rule in (*thresholds, rate)))
    beyond = [span for rule in thresholds for span in _play_threshold(rule, rows)]
    moved = _play_rate(rate, rows)
    yield from zip(KINDS, (beyond, moved, beyond + moved), strict=True)


def _find_cut(labels: Sequence[Span], rows: Sequence[Row]) -> datetime:
    """Return when the first half of the windows is over: midway to the next one, or to the end."""
    half = (len(labels) + 1) // 2
    ended_at = labels[half - 1][1]
    return ended_at + ((labels[half][0] if half < len(labels) else rows[-1][0]) - ended_at) / 2


def _count(spans: Sequence[Span], labels: Sequence[Span]) -> Counter[str]:
    return Counter(
        found=_count_found(labels, spans), labelled=len(labels), right=_count_right(spans, labels), told=len(spans)
    )


def _figures(name: str, counts: Counter[str]) -> dict[str, float]:
    precision = counts["right"] / counts["told"] if counts["told"] else 0.0
    return {f"{name} precision": precision, f"{name} recall": counts["found"] / max(1, counts["labelled"])}


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
        clear_hold_s=settings.clear_hold_s,
        times=_watching(settings.hours),
        category="",
        confidence=None,
        severity=None,
        zh="",
        en="",
    )
    episode, began_at, spans = IDLE, rows[0][0], []
    for at, value in rows:
        if rule.times is not None and episode.stage in (Stage.IDLE, Stage.RISING) and rule.times.find_closed(at):
            episode = IDLE  # as ``threshold_judge.py`` does
            continue
        episode, phase = judge_threshold(rule, episode, value, at)
        if phase is Phase.BEGIN:
            began_at = episode.began_at or at
        if phase is Phase.END:
            spans.append((began_at, at))
    is_going_on = episode.stage in (Stage.ACTIVE, Stage.FALLING)
    return [*spans, (began_at, rows[-1][0])] if is_going_on else spans


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
        median_of=settings.median_of,
    )
    memo, began_at, spans = Memo(), None, []
    for at, value in rows:
        _, is_beyond, is_over = judge_rate(rule, memo, value, at)
        if is_beyond and began_at is None:
            began_at = at
        elif is_over and began_at is not None:
            spans.append((began_at, at))
            began_at = None
    return spans if began_at is None else [*spans, (began_at, rows[-1][0])]


def _watching(hours: tuple[int, int] | None) -> Times | None:
    """Return the hours of a rule, by the clock of the measurements, on every day."""
    if hours is None:
        return None
    window = Window(frozenset(range(1, 8)), hours[0] * 60, hours[1] * 60)
    return Times(ZoneInfo("UTC"), (window,), ())


def _count_right(spans: Sequence[Span], labels: Sequence[Span]) -> int:
    """Return how many of what was told began within a labelled window."""
    return sum(any(start <= began_at <= end for start, end in labels) for began_at, _ in spans)


def _count_found(labels: Sequence[Span], spans: Sequence[Span]) -> int:
    """Return in how many of the labelled windows something told began."""
    return sum(any(start <= began_at <= end for began_at, _ in spans) for start, end in labels)
