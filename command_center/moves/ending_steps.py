"""Steps that end a case out of course or look at it again: void, close by force, rework, audit."""

from __future__ import annotations

from command_center.cases.endings import end_case
from command_center.moves.act import Act, invalid
from command_center.moves.caller_steps import reopen_case
from command_center.moves.closing_steps import rework

FAILED = {"zh": "自行处置抽查不通过", "en": "the audit of what was settled on the spot failed"}


def void(act: Act) -> None:
    """Strike a case that should not be: the record stays."""
    end_case(act.case, "void", act.get_situation().lifecycle)
    act.record("voided", reason=act.words("reason"), **_seconded(act))


def force_close(act: Act) -> None:
    """Close whatever still stands open; such an end is counted apart."""
    act.case.incident.is_forced = True
    end_case(act.case, "closed", act.get_situation().lifecycle)
    act.record("closed", is_forced=True, reason=act.words("reason"), **_seconded(act))


def _seconded(act: Act) -> dict[str, str]:
    return {"asked_name": act.granted.asked_name} if act.granted is not None else {}


def rework_by_hand(act: Act) -> None:
    """Send it back to whoever disposed of it, with a full new limit."""
    rework(act, act.words("reason"))


def audit(act: Act) -> None:
    """Look again at what a community settled on the spot; what does not hold is opened again."""
    passed = bool(act.data["passed"])
    if not passed and not act.words("note"):
        raise invalid(note="is needed: say what was found")
    act.case.incident.audit = "passed" if passed else "failed"
    act.record("audited", passed=passed, note=act.words("note"))
    if not passed:
        reopen_case(act, FAILED)
