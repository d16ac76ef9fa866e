"""Judges what the sources' options name: every category of a mapping must be one of the city's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grid.catalogue import Catalogue
from grid.city_folder.draft import CityDraft

MAPPINGS = ("words", "services", "events", "alarms")


def check_sources(draft: CityDraft, catalogue: Catalogue) -> None:
    """Add a fault for each category that the catalogue does not have."""
    for name, (line, source) in draft.sources.items():
        for key, category in _list_categories(source.options):
            if catalogue.find_category(category) is None:
                draft.faults.add("sources.toml", line, f"{name}.options: {key} has an unknown category {category}")


def _list_categories(options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for mapping in MAPPINGS:
        told = options.get(mapping)
        if isinstance(told, dict):
            yield from ((str(key), str(category)) for key, category in told.items())
    if isinstance(options.get("other"), str):
        yield "other", options["other"]
