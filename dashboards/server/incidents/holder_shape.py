"""What every shape of an answer is made of: a closed model, words in two languages, a holder."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Nothing but what is listed."""

    model_config = ConfigDict(extra="forbid")


class Words(Shape):
    """A text in both languages."""

    zh: str
    en: str


class HolderShape(Shape):
    """Who holds something: a desk, a community, a grid, a department or a team."""

    kind: str
    code: str
    name: str
    name_en: str
