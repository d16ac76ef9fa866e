"""Judges the life cycle's rules and the duty list of a folder where their declared shapes cannot."""

from __future__ import annotations

from grid.catalogue import Catalogue
from grid.city_folder.draft import CityDraft
from grid.city_folder.repeats import refuse_repeats
from grid.routing_rules import category_fit


def check_lifecycle(draft: CityDraft, catalogue: Catalogue) -> None:
    """Add a fault for each rule that contradicts itself and each duty that names nothing."""
    _check_rules(draft)
    _check_duties(draft, catalogue)


def _check_rules(draft: CityDraft) -> None:
    rules, faults = draft.lifecycle, draft.faults
    if rules is None:
        return
    codes = [reason.code for reason in rules.return_reasons]
    for nth, code in enumerate(codes):
        if code in codes[:nth]:
            line = draft.find_line("lifecycle.toml", "return_reasons", nth)
            faults.add("lifecycle.toml", line, f"return reason {code!r} stands twice")
    if not codes:
        faults.add("lifecycle.toml", 0, "return_reasons must not be empty: nobody could return anything")
    if rules.archive.days < rules.appeal.days:
        line = draft.find_line("lifecycle.toml", "archive")
        faults.add("lifecycle.toml", line, "archive.days is shorter than appeal.days: the appeal can never come")
    teams = draft.codes("posts.csv", "team")
    for team in rules.self_close.enforcement_teams:
        if team not in teams:
            line = draft.find_line("lifecycle.toml", "self_close", key="enforcement_teams")
            faults.add("lifecycle.toml", line, f"self_close.enforcement_teams: no team {team!r} in posts.csv")


def _check_duties(draft: CityDraft, catalogue: Catalogue) -> None:
    rows = [row for row in draft.rows["duty_list.csv"] if len(row.fields) == 2]
    refuse_repeats(rows, ("category",), draft.faults)
    departments, categories = draft.codes("departments.csv"), catalogue.list_categories()
    for row in rows:
        if not any(category_fit(row["category"], one.code, one.domain) >= 0 for one in categories):
            draft.faults.add(row.file, row.line, f"can never match: no category {row['category']!r}")
        if not row["departments"]:
            draft.faults.add(row.file, row.line, "departments: nobody may lead it")
        for code in row["departments"]:
            if code not in departments:
                draft.faults.add(row.file, row.line, f"unknown department {code!r}")
