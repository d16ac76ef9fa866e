"""Judges correlation and header of a folder where their declared shapes cannot."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grid.area_tree import DEFAULT_LEVELS
from grid.board_names import CASE_PANELS, DEVICE_PANELS
from grid.catalogue import Catalogue
from grid.city_folder.check_calendar import check_calendar
from grid.city_folder.check_storms import check_storms
from grid.city_folder.csv_columns import DOMAINS
from grid.city_folder.draft import CityDraft
from grid.indicator_names import SCORED


def check_policies(draft: CityDraft, catalogue: Catalogue) -> None:
    """Add a fault for each entry that names nothing or contradicts itself."""
    _check_header(draft)
    _check_correlation(draft, catalogue)
    check_calendar(draft)
    _check_patrol(draft)
    _check_scores(draft)
    _check_boards(draft)


def _check_header(draft: CityDraft) -> None:
    if draft.header is None:
        return
    try:
        ZoneInfo(draft.header.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        draft.faults.add(
            "city.toml",
            draft.find_line("city.toml", key="timezone"),
            f"unknown timezone {draft.header.timezone!r}",
        )
    for level in draft.levels:
        if level not in DEFAULT_LEVELS:
            line = draft.find_line("city.toml", key="levels")
            draft.faults.add("city.toml", line, f"unknown level {level!r}: {', '.join(DEFAULT_LEVELS)}")
    order = [DEFAULT_LEVELS.index(level) for level in draft.levels if level in DEFAULT_LEVELS]
    if order != sorted(set(order)) or not order:
        line = draft.find_line("city.toml", key="levels")
        draft.faults.add("city.toml", line, "levels must be named once each, topmost first")


def _check_correlation(draft: CityDraft, catalogue: Catalogue) -> None:
    if draft.correlation is None:
        return
    families = {row.get("family") for row in draft.rows["categories.csv"]}
    known = {
        "domains": set(DOMAINS),
        "families": families,
        "categories": draft.codes("categories.csv"),
    }
    for part, names in known.items():
        for name in getattr(draft.correlation, part):
            if name not in names:
                draft.faults.add("correlation.toml", 0, f"{part}.{name} names nothing in categories.csv")
    for group in draft.correlation.compatible:
        for name in group:
            if name not in families | known["categories"]:
                draft.faults.add("correlation.toml", 0, f"compatible: {name} names nothing in categories.csv")
    check_storms(draft.correlation.storms, (catalogue, families), draft)


def _check_patrol(draft: CityDraft) -> None:
    """Add a fault for a duty of a place that the city does not have, and for one that is named twice."""
    if draft.patrol is None:
        return
    kinds = draft.codes("places.csv", "kind")
    seen: set[str] = set()
    for nth, duty in enumerate(draft.patrol.duties):
        line = draft.find_line("patrol.toml", "duties", nth)
        if duty.place_kind not in kinds:
            draft.faults.add("patrol.toml", line, f"duty {duty.id}: no place of places.csv is a {duty.place_kind}")
        if duty.id in seen:
            draft.faults.add("patrol.toml", line, f"duty {duty.id} stands there twice")
        seen.add(duty.id)
        keys = [question.key for question in duty.checklist]
        if len(set(keys)) < len(keys):
            draft.faults.add("patrol.toml", line, f"duty {duty.id}: a question stands there twice")


def _check_scores(draft: CityDraft) -> None:
    """Add a fault for a score of unknown indicators, and for weights that do not make a hundred."""
    for score in draft.assessment.scores if draft.assessment is not None else ():
        for part in score.parts:
            if part.indicator not in SCORED:
                told = f"score {score.id}: {part.indicator!r} is no indicator: {', '.join(sorted(SCORED))}"
                draft.faults.add("assessment.toml", 0, told)
        total = sum(part.weight for part in score.parts)
        if abs(total - 100) > 1e-6:
            draft.faults.add("assessment.toml", 0, f"score {score.id}: the weights make {total:g}, not 100")


def _check_boards(draft: CityDraft) -> None:
    """Add a fault for a panel that nobody shows, and for a category that is none."""
    boards = draft.limits.boards if draft.limits is not None else None
    if boards is None:
        return
    codes = draft.codes("categories.csv")
    for part, known in (("devices", DEVICE_PANELS), ("cases", CASE_PANELS)):
        for name in getattr(boards, part):
            if name not in known:
                draft.faults.add("limits.toml", 0, f"boards.{part}.{name} is no panel: {', '.join(known)}")
    for name, prefixes in boards.cases.items():
        for prefix in prefixes:
            if not any(code.startswith(prefix) for code in codes):
                draft.faults.add("limits.toml", 0, f"boards.cases.{name}: no category begins with {prefix!r}")
