"""Tables of the registers: sources, devices, cameras from the city folder; entries that people add and change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Document, UtcDateTime
from grid.editions import Editioned


class SourceRow(Editioned, Base):
    """One producer or channel; ``document`` is its table of ``sources.toml``."""

    __tablename__ = "city_sources"
    __table_args__ = (UniqueConstraint("name", "valid_from"),)
    natural_key = ("name",)

    name: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(Document)


class DeviceRow(Editioned, Base):
    """One sensor, or with ``is_camera`` one camera (its zones and view are in ``parameters``)."""

    __tablename__ = "city_devices"
    __table_args__ = (UniqueConstraint("id", "valid_from"),)
    natural_key = ("id",)

    id: Mapped[str] = mapped_column(String(64))
    is_camera: Mapped[bool]
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(64))
    source_id: Mapped[str] = mapped_column(String(128))
    topic: Mapped[str] = mapped_column(String(256))
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    area: Mapped[str] = mapped_column(String(40))
    department: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20))
    parameters: Mapped[dict[str, Any]] = mapped_column(Document)
    view: Mapped[dict[str, Any]] = mapped_column(Document)
    catalogue: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)


class RegisterEntry(Base):
    """What the register says of a thing beyond the city folder: a whole thing, or the fields that differ there.

    Loading the folder again leaves it alone. ``version`` counts this thing's changes, ``revision`` the register's.
    """

    __tablename__ = "register_entries"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_camera: Mapped[bool]
    fields: Mapped[dict[str, Any]] = mapped_column(Document)
    version: Mapped[int]
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
