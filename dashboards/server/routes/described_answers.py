"""Puts into the OpenAPI document what each route answers with, where the route does not say so itself.

``app.py`` calls ``describe_answers``; ``python -m dashboards.server.routes.described_answers`` prints the
document, from which the TypeScript types of the pages are made (``deploy/write_api_types.py``).
"""

from __future__ import annotations

import json
import sys
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from dashboards.server.incidents.incident_shape import IncidentShape
from dashboards.server.routes import answer_shapes as shapes
from dashboards.server.routes import answer_shapes_figures as figures
from dashboards.server.routes import answer_shapes_shift as shift

REF = "#/components/schemas/{model}"
JSON = "application/json"
BINARY = {"type": "string", "format": "binary"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ANSWERS: dict[str, type[BaseModel]] = {
    "GET /session": shift.SessionShape,
    "POST /session": shift.SessionShape,
    "GET /me": shift.MeShape,
    "GET /incidents/similar": shapes.PageShape[shapes.NearShape],
    "GET /incidents/{number}/actions": shapes.PageShape[shapes.OfferShape],
    "GET /incidents/{number}/timeline": shapes.PageShape[shapes.EntryShape],
    "GET /incidents/{number}/decision": shapes.PageShape[shapes.DecisionShape],
    "POST /attachments": shift.AttachmentShape,
    "PATCH /attachments/{id}": shift.AttachmentShape,
    "GET /grid/areas": shapes.FeatureCollectionShape,
    "GET /grid/locate": shapes.LocatedShape,
    "GET /places": shapes.PageShape[shapes.PlaceShape],
    "GET /categories": shapes.PageShape[shapes.CategoryShape],
    "GET /devices": shapes.PageShape[shapes.DeviceShape],
    "GET /cameras": shapes.PageShape[shapes.DeviceShape],
    "GET /posts": shapes.PageShape[shapes.PostShape],
    "GET /sources": shapes.PageShape[shapes.SourceStatusShape],
    "GET /workers": shapes.PageShape[shapes.WorkerShape],
    "POST /workers/me/position": shift.PositionTakenShape,
    "POST /workers/me/shift": shift.ShiftChangedShape,
    "GET /shifts": shapes.PageShape[shift.DutyShape],
    "POST /shifts": shift.RosterChangedShape,
    "GET /shifts/seats": shift.SeatsShape,
    "POST /shifts/seat": shift.SeatChangedShape,
    "GET /shifts/handovers": shapes.PageShape[shift.HandoverHeadShape],
    "POST /shifts/handovers": shift.HandoverShape,
    "GET /shifts/handovers/{id}": shift.HandoverShape,
    "POST /shifts/handovers/{id}/notes": shift.HandoverShape,
    "POST /shifts/handovers/{id}/sign": shift.HandoverShape,
    "GET /tasks": shapes.PageShape[shift.TaskHeadShape],
    "POST /tasks": shift.TaskShape,
    "GET /tasks/{id}": shift.TaskShape,
    "POST /tasks/{id}/{action}": shift.TaskShape,
    "GET /patrols": shapes.PageShape[shift.PatrolShape],
    "GET /patrols/coverage": shift.CoverageShape,
    "GET /quarantine": shapes.PageShape[shapes.QuarantinedShape],
    "GET /candidates": shapes.PageShape[shapes.CandidateShape],
    "POST /candidates/{id}/confirm": IncidentShape,
    "GET /overview": figures.OverviewShape,
    "POST /wall/show": figures.ShownShape,
    "GET /playback": figures.PlaybackShape,
    "GET /kpi": figures.KpiShape,
    "GET /kpi/cases": figures.KpiCasesShape,
    "GET /kpi/months": shapes.PageShape[figures.KpiMonthShape],
    "GET /kpi/months/{month}": figures.KpiMonthWholeShape,
    "POST /kpi/months/{month}/freeze": figures.KpiMonthWholeShape,
    "POST /kpi/months/{month}/publish": figures.KpiMonthWholeShape,
    "POST /kpi/months/{month}/appeal": figures.KpiMonthWholeShape,
}
PREFIX = "/api/v1"


def describe_answers(app: FastAPI) -> None:
    """Have ``app.openapi()`` answer with the described document."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        return app.openapi_schema if app.openapi_schema else _describe(plain())

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(document: dict[str, Any]) -> dict[str, Any]:
    models = list(dict.fromkeys(ANSWERS.values()))
    references, definitions = models_json_schema([(m, "serialization") for m in models], ref_template=REF)
    known = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in definitions.get("$defs", {}).items():
        known.setdefault(name, schema)
    for route, model in ANSWERS.items():
        method, path = route.split(" ")
        said = document["paths"][PREFIX + path][method.lower()]["responses"]
        for status in ("200", "201", "202"):
            if status in said:
                said[status]["content"] = {JSON: {"schema": references[(model, "serialization")]}}
    _fill_the_rest(document)
    return document


def _fill_the_rest(document: dict[str, Any]) -> None:
    """Say of every other JSON answer that it is an object, and of files what they are."""
    for path, methods in document["paths"].items():
        for said in methods.values():
            for status in ("200", "201", "202"):
                content = said["responses"].get(status, {}).get("content", {})
                if content.get(JSON) == {"schema": {}}:
                    content[JSON] = {"schema": {"type": "object", "additionalProperties": True}}
                if path.endswith(".xlsx") and status in said["responses"]:
                    said["responses"][status]["content"] = {
                        XLSX: {"schema": {"type": "string", "format": "binary"}}
                    }


if __name__ == "__main__":
    from dashboards.server.app import bare_app

    sys.stdout.write(json.dumps(bare_app().openapi(), ensure_ascii=False, sort_keys=True))
