"""Keeps the rows of figures in step with the cases that one transaction touched.

The three doors call it before they close their ledger, so that a row is of the same transaction as its case;
what stands in it is worked out by ``case_figures.py``.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, select, update
from sqlalchemy.orm import Session

from command_center.assessment.case_figures import Entry, keep_of, reckon, upstream_delay_s
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
    stored = [case for case in touched if not case.is_new]
    if len(stored) == 1 and _bring_one_in_step(ledger.session, stored[0], told[stored[0].number]):
        touched.remove(stored[0])
    known = _read_bits(ledger.session, [case.number for case in stored if len(stored) > 1])
    changed: list[dict[str, Any]] = []
    for case in touched:
        row = reckon(case, told[case.number], known.get(case.number, 0))
        if case.number in known:
            changed.append({**row, "which": row["incident"]})
        else:
            ledger.write(CaseFigure, **row, upstream_delay_s=upstream_delay_s(case, case.sources))
    if changed:
        ledger.session.connection().execute(_bring_in_step(tuple(changed[0])), changed)


def _bring_one_in_step(session: Session, case: CaseFile, told: list[Entry]) -> bool:
    """Write the row of the one case that was touched, unless there is none yet; what was known is not read."""
    row = reckon(case, told, 0)
    values = {**row, "which": row["incident"], "kept": keep_of(told)}
    written = session.connection().execute(_bring_in_step(tuple(row), is_adding=True), values)
    return written.rowcount > 0


def _read_bits(session: Session, numbers: list[int]) -> dict[int, int]:
    """Return the outcomes known so far of those cases that have a row."""
    if not numbers:
        return {}
    rows = session.execute(select(_FIGURES.c.incident, _FIGURES.c.bits).where(_FIGURES.c.incident.in_(numbers)))
    return {row.incident: row.bits for row in rows}


@cache
def _bring_in_step(names: tuple[str, ...], *, is_adding: bool = False) -> Update:
    """Return the statement that writes many rows at a time, past the session's own bookkeeping.

    ``is_adding``: to the outcomes that are known; of these stay the ``kept``.
    """
    values: dict[str, Any] = {name: bindparam(name) for name in names if name not in ("which", "incident")}
    if is_adding:
        kept = _FIGURES.c.bits.bitwise_and(bindparam("kept", type_=_FIGURES.c.bits.type))
        values["bits"] = kept.bitwise_or(bindparam("bits", type_=_FIGURES.c.bits.type))
    return update(_FIGURES).where(_FIGURES.c.incident == bindparam("which")).values(values)


def _is_apart(case: CaseFile) -> bool:
    """Return whether the case stands in no figure: a patrol, a replay, a drill."""
    incident = case.incident
    return incident.patrol or incident.replay or incident.drill
