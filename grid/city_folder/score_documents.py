"""The shape of ``assessment.toml``: how a city makes one score of several indicators."""

from __future__ import annotations

from msgspec import field

from grid.city_folder.toml_documents import Positive, Strict


class ScorePartDoc(Strict, kw_only=True):
    """One part of a score: the indicator times its weight; ``inverse``: one minus it."""

    indicator: str
    weight: Positive
    inverse: bool = False


class ScoreDoc(Strict, kw_only=True):
    """One ``[[scores]]``; the weights make a hundred."""

    id: str
    zh: str
    en: str
    parts: list[ScorePartDoc]


class AssessmentDoc(Strict, kw_only=True):
    """``assessment.toml``; a city without it has indicators and no score."""

    scores: list[ScoreDoc] = field(default_factory=list)
