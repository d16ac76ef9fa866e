"""The scores of a city: weighted indicators, by the formula of ``assessment.toml``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grid.city import City


def reckon_scores(city: City, indicators: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each score out of a hundred; None while one of its indicators has nothing to count."""
    try:
        document: Mapping[str, Any] = city.policy("assessment")
    except KeyError:  # a city that was loaded before there were scores
        return []
    return [_score(formula, indicators) for formula in document["scores"]]


def _score(formula: Mapping[str, Any], indicators: Mapping[str, Any]) -> dict[str, Any]:
    points: list[float] = []
    for part in formula["parts"]:
        value = indicators[part["indicator"]]["value"]
        if value is not None:
            points.append(float(part["weight"]) * (1 - value if part.get("inverse") else value))
    is_whole = len(points) == len(formula["parts"])
    value = round(sum(points), 2) if is_whole else None
    return {
        "id": formula["id"],
        "zh": formula["zh"],
        "en": formula["en"],
        "value": value,
        "parts": formula["parts"],
    }
