"""Turns a faultless city folder into the rows and policy documents that the database holds."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from grid.area_tables import AreaRow, NamedPlaceRow
from grid.city_folder.check_catalogue import category_document
from grid.city_folder.check_folder import CheckedFolder
from grid.city_folder.check_routing import routing_document
from grid.city_folder.csv_columns import OPTIONAL_DEVICE_COLUMNS
from grid.city_folder.patrol_documents import PatrolDoc
from grid.city_folder.read_csv import Row
from grid.city_folder.score_documents import AssessmentDoc
from grid.city_map import CityMap
from grid.coordinates import LonLat, to_wgs84
from grid.editions import Editioned
from grid.lifecycle import LifecycleDoc
from grid.people_tables import DepartmentRow, PostRow, RosterRow, WorkerRow
from grid.policy_tables import CategoryRow
from grid.register_tables import DeviceRow, SourceRow

TableRows = dict[type[Editioned], list[dict[str, Any]]]


def table_rows(checked: CheckedFolder) -> TableRows:
    """Return the rows of every table with editions, positions in WGS-84 and named by their cell."""
    rows = checked.draft.rows
    locate = _Locate(checked)
    return {
        AreaRow: _areas(checked),
        NamedPlaceRow: [_place(row, locate) for row in rows["places.csv"]],
        SourceRow: [
            {"name": name, "document": msgspec.to_builtins(source)}
            for name, (_, source) in checked.draft.sources.items()
        ],
        DeviceRow: [
            *(_device(row, locate, is_camera=False) for row in rows["devices.csv"]),
            *(_device(row, locate, is_camera=True) for row in rows["cameras.csv"]),
        ],
        DepartmentRow: [dict(row.fields) for row in rows["departments.csv"]],
        PostRow: [dict(row.fields) for row in rows["posts.csv"]],
        WorkerRow: [{"phone": "", **row.fields, **locate.point(row)} for row in rows["workers.csv"]],
        RosterRow: [dict(row.fields) for row in rows["roster.csv"]],
        CategoryRow: [_category(row) for row in rows["categories.csv"] if row["loaded"]],
    }


class _Locate:
    """Positions of the folder's rows: in WGS-84, and in which cell."""

    def __init__(self, checked: CheckedFolder) -> None:
        tree = checked.book.find_tree()
        assert tree is not None and checked.draft.header is not None
        self._map = CityMap(tree, checked.book.shapes())
        self._datum = checked.draft.header.datum

    def point(self, row: Row) -> dict[str, float]:
        lonlat = to_wgs84(LonLat(row["lon"], row["lat"]), self._datum)
        return {"lon": lonlat.lon, "lat": lonlat.lat}

    def cell(self, row: Row) -> dict[str, Any]:
        """Return the position and the code of the smallest area there, empty where none is drawn."""
        point = self.point(row)
        place = self._map.locate(LonLat(**point))
        return {**point, "area": (place.cell or place.path[-1]) if place else ""}


def _areas(checked: CheckedFolder) -> list[dict[str, Any]]:
    return [
        {
            "code": entry.area.code,
            "level": entry.area.level,
            "parent": entry.area.parent,
            "name": entry.area.name,
            "name_en": entry.area.name_en,
            "kind": entry.area.kind,
            "area_class": entry.area.area_class,
            "synthetic": entry.area.synthetic,
            "aliases": list(entry.area.aliases),
            "shape": entry.shape,
        }
        for entry in checked.book.entries.values()
    ]


def _place(row: Row, locate: _Locate) -> dict[str, Any]:
    kept = {name: row[name] for name in ("code", "name", "name_en", "kind", "town")}
    return {**kept, **locate.cell(row), "other_names": ";".join(row["aliases"])}


def _device(row: Row, locate: _Locate, *, is_camera: bool) -> dict[str, Any]:
    view_names = ("zones", "heading_deg", "fov_deg", "range_m")
    view = {name: row[name] for name in view_names} if is_camera else {}
    catalogue = {name: row[name] for name in OPTIONAL_DEVICE_COLUMNS if name != "status" and row.get(name)}
    status = row.get("status") or "in_service"
    kept = {
        name: value for name, value in row.fields.items() if name not in (*view_names, *OPTIONAL_DEVICE_COLUMNS)
    }
    return {
        **kept,
        "status": status,
        **locate.cell(row),
        "is_camera": is_camera,
        "view": view,
        "catalogue": catalogue,
    }


def _category(row: Row) -> dict[str, Any]:
    kept = {name: row[name] for name in ("code", "domain", "zh", "en")}
    return {**kept, "document": category_document(row)}


def _limits(row: Row) -> dict[str, Any]:
    """Return the disposal limits of a category: a running case keeps those under which it was opened."""
    limits: dict[str, Any] = category_document(row)["limits"]
    return limits


def policy_documents(checked: CheckedFolder) -> dict[str, dict[str, Any]]:
    """Return the policy documents by name; their shapes are in ``deploy/cities/README.md``."""
    draft, rows = checked.draft, checked.draft.rows
    header = msgspec.to_builtins(draft.header)
    levels = {"levels": header.pop("levels"), "overlays": header.pop("overlays")}
    labels = header.pop("labels")
    documents = {
        "city": header,
        "levels": levels,
        "labels": labels,
        "routing": {"rules": routing_document(draft.rows["routing.csv"])},
        "ways_in": {"rules": [msgspec.to_builtins(way) for _, way in draft.ways_in]},
        "level_rules": {
            **(msgspec.to_builtins(draft.levels_doc[1]) if draft.levels_doc else {}),
            "rules": [msgspec.to_builtins(rule) for _, rule in draft.level_rules],
        },
        "limits": msgspec.to_builtins(draft.limits),
        "correlation": msgspec.to_builtins(draft.correlation),
        "conditions": {"categories": draft.conditions},
        "category_limits": {row["code"]: _limits(row) for row in rows["categories.csv"] if row["loaded"]},
        "calendar": msgspec.to_builtins(draft.calendar),
        "rules": {
            "rules": [msgspec.to_builtins(rule) for _, rule in draft.device_rules],
            "group_rules": [msgspec.to_builtins(rule) for _, rule in draft.group_rules],
            "blackouts": [msgspec.to_builtins(blackout) for _, blackout in draft.blackouts],
            "camera_rules": [msgspec.to_builtins(rule) for _, rule in draft.camera_rules],
        },
        "orientation": draft.orientation,
        "lifecycle": msgspec.to_builtins(draft.lifecycle or LifecycleDoc()),
        "duty_list": {"rows": [dict(row.fields) for row in draft.rows["duty_list.csv"]]},
        "assessment": msgspec.to_builtins(draft.assessment or AssessmentDoc()),
        "patrol": msgspec.to_builtins(draft.patrol or PatrolDoc()),
    }
    plain: dict[str, dict[str, Any]] = _without_none(json.loads(json.dumps(documents)))
    return plain


def _without_none(value: Any) -> Any:
    """Leave out what the folder does not say, so that a reader finds a key only where it was written."""
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list) else value
