"""Tables of departments, posts, workers and the roster. Written by ``city_load``; accounts are elsewhere."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import Date, Float, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Document
from grid.editions import Editioned


class DepartmentRow(Editioned, Base):
    __tablename__ = "city_departments"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    domain: Mapped[str] = mapped_column(String(20))


class PostRow(Editioned, Base):
    __tablename__ = "city_posts"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    code: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(20))
    area: Mapped[str] = mapped_column(String(40))
    department: Mapped[str] = mapped_column(String(64))
    team: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))


class WorkerRow(Editioned, Base):
    __tablename__ = "city_workers"
    __table_args__ = (UniqueConstraint("id", "valid_from"),)
    natural_key = ("id",)

    id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(40))
    post: Mapped[str] = mapped_column(String(64))
    area: Mapped[str] = mapped_column(String(40))
    department: Mapped[str] = mapped_column(String(64))
    skills: Mapped[list[str]] = mapped_column(Document)
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    phone: Mapped[str] = mapped_column(String(40), default="", server_default="")


class RosterRow(Editioned, Base):
    __tablename__ = "city_roster"
    __table_args__ = (UniqueConstraint("area", "role", "seat", "day", "starts", "valid_from"),)
    natural_key = ("area", "role", "seat", "day", "starts")

    area: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(40))
    seat: Mapped[str] = mapped_column(String(20))
    person: Mapped[str] = mapped_column(String(100))
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    cycle_days: Mapped[int]
    day: Mapped[int]
    anchor_on: Mapped[date] = mapped_column(Date)
