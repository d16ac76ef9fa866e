"""Tables of the map: areas with their outlines, and named places. Written by ``city_load``."""

from __future__ import annotations

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Float, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Document, Shape
from grid.editions import Editioned


class AreaRow(Editioned, Base):
    """One edition of one area; the geometry is open to GIS tools on PostGIS."""

    __tablename__ = "city_areas"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        Index("ix_city_areas_shape", "shape", postgresql_using="gist").ddl_if(dialect="postgresql"),
    )

    code: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(20))
    parent: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    area_class: Mapped[str] = mapped_column(String(1))
    synthetic: Mapped[bool]
    aliases: Mapped[list[str]] = mapped_column(Document)
    shape: Mapped[BaseGeometry | None] = mapped_column(Shape())


class NamedPlaceRow(Editioned, Base):
    """A village, estate, road, junction or school that people name."""

    __tablename__ = "city_places"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100), index=True)
    name_en: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    town: Mapped[str] = mapped_column(String(40))
    area: Mapped[str] = mapped_column(String(40))
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    other_names: Mapped[str] = mapped_column(String(400))  # separated by ";"
