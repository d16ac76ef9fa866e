"""Tables of the catalogue, of the policy documents and of the loads themselves. Written by ``city_load``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Document, UtcDateTime
from grid.editions import Editioned


class CategoryRow(Editioned, Base):
    """One category; ``document`` holds its columns as ``catalogue.Category`` has them."""

    __tablename__ = "city_categories"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    code: Mapped[str] = mapped_column(String(40))
    domain: Mapped[str] = mapped_column(String(20))
    zh: Mapped[str] = mapped_column(String(100))
    en: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]] = mapped_column(Document)


class CityPolicy(Base):
    """One version of one policy document, in force from a local date until a later one is."""

    __tablename__ = "city_policies"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    effective_on: Mapped[date] = mapped_column(Date)
    document: Mapped[dict[str, Any]] = mapped_column(Document)


class PolicyText(Base):
    """One policy document by its digest: kept for ever, so that a case can be judged as it was opened."""

    __tablename__ = "policy_texts"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(Document)


class PolicySet(Base):
    """The documents of one version of the city: ``policies`` is {name: [version, digest of the text]}."""

    __tablename__ = "policy_sets"

    city_version: Mapped[str] = mapped_column(String(40), primary_key=True)
    policies: Mapped[dict[str, list[str]]] = mapped_column(Document)


class CityLoad(Base):
    """One application of a city folder; the newest effective one names the city's version."""

    __tablename__ = "city_loads"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    version: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    effective_on: Mapped[date] = mapped_column(Date)
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
