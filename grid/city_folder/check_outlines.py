"""Judges the outlines of a folder: overlaps, gaps, children outside their parent, and a wrong datum.

The area book comes in, faults go out. Slivers that come from rounding are let pass. A whole set of
children, or one child, that fits once it is moved by the GCJ-02 shift was declared in the wrong datum.
"""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from grid.city_folder.area_book import AreaBook, AreaEntry
from grid.city_folder.read_geojson import move_datum
from grid.coordinates import METRES_PER_DEGREE, CoordSys, LonLat, distance_m, from_wgs84, to_wgs84

SLIVER_M2 = 100.0  # less than this is rounding, not a border dispute
FIT_RATIO = 0.2  # moving by the datum explains a misfit if it leaves less than this of it


def check_outlines(book: AreaBook) -> None:
    """Add a fault for every overlap, gap and wrong datum among the main levels."""
    children = _drawn_children(book)
    at_fault: set[str] = set()
    for code in sorted(children):
        parent = book.entries[code]
        kids = [book.entries[kid] for kid in children[code]]
        if _check_datum(book, parent, kids):
            at_fault.update(kid.area.code for kid in kids)
            at_fault.add(code)
    for code in sorted(children):
        kids = [book.entries[kid] for kid in children[code]]
        if code not in at_fault and not any(kid.area.code in at_fault for kid in kids):
            _check_fit(book, book.entries[code], kids)
    drawn = [code for code, entry in sorted(book.entries.items()) if entry.drawn_in]  # a grid is its cells' union
    lowest = [book.entries[code] for code in drawn if code not in children and code not in at_fault]
    for level in book.levels:
        _check_overlaps(book, [entry for entry in lowest if entry.area.level == level])


def area_m2(shape: BaseGeometry) -> float:
    """Return the area of an outline in degrees, in square metres; good to a per cent."""
    if shape.is_empty:
        return 0.0
    scale = math.cos(math.radians((shape.bounds[1] + shape.bounds[3]) / 2))
    return float(shape.area) * METRES_PER_DEGREE**2 * scale


def _drawn_children(book: AreaBook) -> dict[str, list[str]]:
    """Return the parents that have an outline in a file, each with its nearest drawn descendants."""
    children: dict[str, list[str]] = {}
    for code, entry in sorted(book.entries.items()):
        if not entry.drawn_in or entry.area.level not in book.levels:
            continue
        above, steps = entry.area.parent, 0
        while above in book.entries and not book.entries[above].drawn_in and steps < len(book.levels):
            above, steps = book.entries[above].area.parent, steps + 1
        if above in book.entries and book.entries[above].drawn_in:
            children.setdefault(above, []).append(code)
    return children


def _check_datum(book: AreaBook, parent: AreaEntry, kids: list[AreaEntry]) -> bool:
    """Tell whether all the children together fit their parent only after a datum shift."""
    assert parent.shape is not None
    union = shapely.union_all([kid.shape for kid in kids])
    misfit = shapely.symmetric_difference(union, parent.shape)
    if area_m2(misfit) <= SLIVER_M2:
        return False
    for datum in (CoordSys.GCJ02, CoordSys.BD09):
        back = move_datum(union, lambda p, d=datum: to_wgs84(p, d))  # type: ignore[misc]
        if _explains(back, parent.shape, misfit):
            first = kids[0]
            book.faults.add(first.drawn_in, first.drawn_line, _datum_text(first, parent, union, datum))
            return True
        there = move_datum(union, lambda p, d=datum: from_wgs84(p, d))  # type: ignore[misc]
        if _explains(there, parent.shape, misfit):
            text = f"{parent.area.code} lies {_offset_m(parent.shape, union):.0f} m off its children"
            book.faults.add(
                parent.drawn_in, parent.drawn_line, f"{text}: wrong datum, these are {_name(datum)} degrees"
            )
            return True
    return False


def _explains(moved: BaseGeometry, goal: BaseGeometry, misfit: BaseGeometry) -> bool:
    return area_m2(shapely.symmetric_difference(moved, goal)) < FIT_RATIO * area_m2(misfit)


def _datum_text(kid: AreaEntry, parent: AreaEntry, moved: BaseGeometry, datum: CoordSys) -> str:
    assert parent.shape is not None
    off = _offset_m(moved, parent.shape)
    return (
        f"{kid.area.code} and every other child of {parent.area.code} lie {off:.0f} m off their parent: "
        f"wrong datum, these are {_name(datum)} degrees"
    )


def _name(datum: CoordSys) -> str:
    return {CoordSys.GCJ02: "GCJ-02", CoordSys.BD09: "BD-09"}[datum]


def _offset_m(a: BaseGeometry, b: BaseGeometry) -> float:
    return distance_m(LonLat(a.centroid.x, a.centroid.y), LonLat(b.centroid.x, b.centroid.y))


def _check_fit(book: AreaBook, parent: AreaEntry, kids: list[AreaEntry]) -> None:
    """Find children that reach beyond the parent, and parts of the parent that no child covers."""
    assert parent.shape is not None
    union = shapely.union_all([kid.shape for kid in kids])
    if area_m2(shapely.symmetric_difference(union, parent.shape)) <= SLIVER_M2:
        return
    for kid in kids:
        assert kid.shape is not None
        if area_m2(kid.shape.difference(parent.shape)) > SLIVER_M2:
            others = shapely.union_all([k.shape for k in kids if k is not kid])
            text = _stray_text(book, kid, parent, others)
            book.faults.add(kid.drawn_in, kid.drawn_line, text)
    for gap in _parts(parent.shape.difference(union)):
        beside = min(kids, key=lambda kid: kid.shape.distance(gap) if kid.shape is not None else math.inf)
        text = f"gap of {area_m2(gap):,.0f} m² in {parent.area.code} near {_spot(gap)}: no child covers it"
        where = f"{beside.area.code}, feature {beside.drawn_number}, is beside it"
        book.faults.add(beside.drawn_in, beside.drawn_line, f"{text}; {where}")


def _stray_text(book: AreaBook, kid: AreaEntry, parent: AreaEntry, others: BaseGeometry) -> str:
    assert kid.shape is not None and parent.shape is not None
    outside, hole = kid.shape.difference(parent.shape), parent.shape.difference(others)
    moved = move_datum(kid.shape, lambda p: to_wgs84(p, CoordSys.GCJ02))
    off = _offset_m(kid.shape, moved)
    if area_m2(shapely.symmetric_difference(moved, hole)) < FIT_RATIO * area_m2(kid.shape):
        place = f"{kid.area.code} lies {off:.0f} m off its place in {parent.area.code}"
        return f"{place}: wrong datum, these are GCJ-02 degrees"
    holder = _find_other_holder(book, parent, outside)
    text = f"{kid.area.code} reaches {area_m2(outside):,.0f} m² beyond its parent {parent.area.code}"
    return f"{text}: it lies in two areas, {parent.area.code} and {holder}" if holder else text


def _find_other_holder(book: AreaBook, parent: AreaEntry, outside: BaseGeometry) -> str | None:
    for code, entry in sorted(book.entries.items()):
        if entry.area.level != parent.area.level or entry is parent or entry.shape is None:
            continue
        if area_m2(entry.shape.intersection(outside)) > SLIVER_M2:
            return code
    return None


def _check_overlaps(book: AreaBook, entries: list[AreaEntry]) -> None:
    if len(entries) < 2:
        return
    shapes = np.array([entry.shape for entry in entries], dtype=object)
    if shapely.coverage_is_valid(shapes):
        return
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for i, j in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        if i < j:
            common = shapes[i].intersection(shapes[j])
            if area_m2(common) > SLIVER_M2:
                _tell_overlap(book, entries[j], entries[i], common)


def _tell_overlap(book: AreaBook, entry: AreaEntry, other: AreaEntry, common: BaseGeometry) -> None:
    text = f"{entry.area.code} overlaps {other.area.code} by {area_m2(common):,.0f} m² near {_spot(common)}"
    where = f"features {entry.drawn_number} and {other.drawn_number}, {other.area.code} in line {other.drawn_line}"
    book.faults.add(entry.drawn_in, entry.drawn_line, f"{text} ({where})")


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(shape).tolist() if area_m2(part) > SLIVER_M2]


def _spot(shape: BaseGeometry) -> str:
    spot = shape.representative_point()
    return f"{spot.x:.5f}, {spot.y:.5f}"
