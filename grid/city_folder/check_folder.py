"""Checks a city folder whole: every file is read, every reference followed, every fault told at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grid.city_folder.area_book import AreaBook
from grid.city_folder.check_catalogue import check_catalogue
from grid.city_folder.check_conditions import check_conditions
from grid.city_folder.check_levels import check_levels
from grid.city_folder.check_lifecycle import check_lifecycle
from grid.city_folder.check_outlines import check_outlines
from grid.city_folder.check_people import check_people
from grid.city_folder.check_policies import check_policies
from grid.city_folder.check_register import check_register
from grid.city_folder.check_routing import check_routing, check_ways_in
from grid.city_folder.check_rules import check_rules
from grid.city_folder.check_sources import check_sources
from grid.city_folder.draft import CityDraft, read_draft
from grid.city_folder.faults import Fault
from grid.city_folder.place_standards import place_standards


@dataclass(frozen=True, slots=True)
class CheckedFolder:
    """A folder with its faults; only one without faults may be loaded."""

    draft: CityDraft
    book: AreaBook
    faults: list[Fault]


def check_folder(folder: Path) -> CheckedFolder:
    """Return the folder as read, with everything that is wrong with it, by file and row.

    While a file cannot be read, only what each file says by itself is judged.
    """
    draft = read_draft(folder)
    if not folder.is_dir():
        return CheckedFolder(draft, AreaBook(draft), draft.faults.sorted()[:1])
    if draft.faults.unread:  # what refers to an unknown file would be hundreds of faults that are none
        told = draft.faults.sorted()
        return CheckedFolder(draft, AreaBook(draft), told)
    book = AreaBook(draft)
    check_outlines(book)
    check_people(draft, book)
    place_standards(draft)
    catalogue = check_catalogue(draft)
    check_conditions(draft, catalogue)
    check_register(draft, book)
    check_policies(draft, catalogue)
    check_lifecycle(draft, catalogue)
    check_ways_in(draft, catalogue)
    check_rules(draft, catalogue)
    check_sources(draft, catalogue)
    check_levels(draft, catalogue)
    tree = book.find_tree()
    if tree is not None and len(tree):
        check_routing(draft, catalogue, tree)
    return CheckedFolder(draft, book, draft.faults.sorted())
