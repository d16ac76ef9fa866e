"""Judges the storm rules of ``correlation.toml``: what they name exists, and each can be met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grid.catalogue import Catalogue
from grid.city_folder.correlation_documents import StormDoc
from grid.city_folder.draft import CityDraft

FILE = "correlation.toml"
ANY = "*"


def check_storms(storms: Sequence[StormDoc], names: tuple[Catalogue, Iterable[object]], draft: CityDraft) -> None:
    """Add a fault for each storm rule that names nothing or can never be met; ``names``: categories, families."""
    catalogue, families = names
    ids: set[str] = set()
    for storm in storms:
        faults = [*_faults(storm, catalogue), *_unknown_families(storm, set(families))]
        if storm.id in ids:
            faults.append("duplicate id")
        if storm.within not in draft.levels:
            faults.append(f"the city has no level {storm.within!r}")
        ids.add(storm.id)
        for fault in faults:
            draft.faults.add(FILE, 0, f"storms {storm.id}: {fault}")


def _faults(storm: StormDoc, catalogue: Catalogue) -> list[str]:
    faults = []
    if storm.together and not storm.category:
        faults.append("several families together need a category of their own")
    if storm.category and catalogue.find_category(storm.category) is None:
        faults.append(f"unknown category {storm.category!r}")
    if not storm.together and (storm.apart or storm.least_families > 1):
        faults.append("apart and least_families only mean something with together = true")
    if storm.least_families > storm.devices:
        faults.append("can never be met: more families than devices")
    if storm.devices < 2:
        faults.append("one device is no storm")
    if not storm.families:
        faults.append('families must name some, or be ["*"]')
    return faults


def _unknown_families(storm: StormDoc, families: set[object]) -> list[str]:
    return [f"unknown family {name!r}" for name in storm.families if name != ANY and name not in families]
