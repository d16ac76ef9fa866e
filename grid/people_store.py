"""Reads departments, posts, workers and the roster of one day from the database."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.coordinates import LonLat
from grid.editions import in_force
from grid.people_tables import DepartmentRow, PostRow, RosterRow, WorkerRow
from grid.posts import Department, Post, Posts, RosterLine, Worker, Workers


def read_departments(session: Session, on: date) -> dict[str, Department]:
    """Return the departments in force on a local date, by code."""
    rows = session.scalars(select(DepartmentRow).where(in_force(DepartmentRow, on)).order_by(DepartmentRow.code))
    return {r.code: Department(r.code, r.name, r.name_en, r.kind, r.domain) for r in rows}


def read_posts(session: Session, on: date) -> Posts:
    """Return the posts in force on a local date."""
    rows = session.scalars(select(PostRow).where(in_force(PostRow, on)))
    return Posts(
        Post(r.code, r.kind, r.level, r.area, r.department, r.team, r.name, r.name_en, r.phone) for r in rows
    )


def read_workers(session: Session, on: date) -> Workers:
    """Return the workers in force on a local date."""
    rows = session.scalars(select(WorkerRow).where(in_force(WorkerRow, on)))
    return Workers(
        Worker(r.id, r.name, r.role, r.post, r.area, r.department, tuple(r.skills), LonLat(r.lon, r.lat), r.phone)
        for r in rows
    )


def read_roster(session: Session, on: date) -> tuple[RosterLine, ...]:
    """Return the lines of the roster in force on a local date."""
    rows = session.scalars(select(RosterRow).where(in_force(RosterRow, on)).order_by(RosterRow.edition))
    return tuple(
        RosterLine(r.area, r.role, r.seat, r.person, r.starts, r.ends, r.cycle_days, r.day, r.anchor_on)
        for r in rows
    )
