"""Keeps the rows of figures in step with the cases that one transaction touched.

The three doors call it before they close their ledger, so that a row is of the same transaction as its case;
what stands in it is worked out by ``case_figures.py``.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, select, update
from sqlalchemy.orm import Session

from command_center.assessment.case_figures import Entry, reckon, upstream_delay_s
from command_center.assessment.figure_tables import CaseFigure
from command_center.cases.case_file import CaseFile
from command_center.journal.ledger import Ledger

_FIGURES = cast("Table", CaseFigure.__table__)


def keep_figures(ledger: Ledger) -> None:
    """Bring the rows of all cases that this transaction touched in step with them."""
    told: dict[int, list[Entry]] = {}
    for number, kind, data in ledger.told:
        told.setdefault(number, []).append((kind, data))
    cases = {case.number: case for case in ledger.cases if isinstance(case, CaseFile)}
    touched = [case for case in cases.values() if case.is_whole and case.number in told and not _is_apart(case)]
    known = _read_bits(ledger.session, [case.number for case in touched if not case.is_new])
    changed: list[dict[str, Any]] = []
    for case in touched:
        row = reckon(case, told[case.number], known.get(case.number, 0))
        if case.number in known:
            changed.append({**row, "which": row["incident"]})
        else:
            ledger.write(CaseFigure, **row, upstream_delay_s=upstream_delay_s(case, case.sources))
    if changed:
        ledger.session.connection().execute(_bring_in_step(tuple(changed[0])), changed)


def _read_bits(session: Session, numbers: list[int]) -> dict[int, int]:
    """Return the outcomes known so far of those cases that have a row."""
    if not numbers:
        return {}
    rows = session.execute(select(_FIGURES.c.incident, _FIGURES.c.bits).where(_FIGURES.c.incident.in_(numbers)))
    return {row.incident: row.bits for row in rows}


@cache
def _bring_in_step(names: tuple[str, ...]) -> Update:
    """Return the statement that writes many rows at a time, past the session's own bookkeeping."""
    values: dict[str, Any] = {name: bindparam(name) for name in names if name not in ("which", "incident")}
    return update(_FIGURES).where(_FIGURES.c.incident == bindparam("which")).values(values)


def _is_apart(case: CaseFile) -> bool:
    """Return whether the case stands in no figure: a patrol, a replay, a drill."""
    incident = case.incident
    return incident.patrol or incident.replay or incident.drill
