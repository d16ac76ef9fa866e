"""Steps that are about no incident yet: judge a candidate, try a quarantined message again, go on shift."""

from __future__ import annotations

import msgspec

from command_center.cases.incidents import open_incident
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.authority import ACCEPTORS, LEADERS
from command_center.orders.dispatching import advance_by_rule
from command_center.orders.order_tables import WorkerState
from command_center.orders.shift_change import reoffer_orders
from command_center.people.masking import mask_name
from command_center.people.roles import Role
from command_center.signals.candidates import candidate_audience, record_candidate
from command_center.signals.locate import Located, locate, locate_area
from command_center.signals.quarantines import DETAIL_MAX
from command_center.signals.sightings import sighting_of
from command_center.signals.signal_tables import Candidate, QuarantineRow
from command_center.signals.trust import count_judgement
from command_center.signals.ways_in import DIRECT, WayIn
from command_center.tasks.patrol_cases import hand_over_waiting
from grid.catalogue import Category
from grid.posts import Worker
from ingest.observation import Observation

CONFIRMED = "W-CONFIRMED"
KEEPERS = LEADERS | {Role.DISTRICT_OPERATOR, Role.SYSTEM_ADMIN}


def confirm_candidate(act: Act) -> None:
    """Make it an incident, as the person judged; it goes on as a direct one."""
    candidate = _find_candidate(act)
    observation = msgspec.convert(candidate.observation, Observation)
    category = _read_category(act, candidate)
    located = locate(observation, act.ledger.city) or _area_of(act, candidate)
    reason = {"zh": "经人工研判确认", "en": "confirmed by a person"}
    way = WayIn(DIRECT, CONFIRMED, act.ledger.city.policy_version("ways_in"), reason)
    case, chosen = open_incident(act.ledger, sighting_of(observation, category, located), way, act.actor)
    act.case = case
    case.incident.accepted_at = act.ledger.now
    _decide(act, candidate, "confirmed")
    candidate.incident = case.number
    record_candidate(act.ledger, candidate, "candidate_confirmed", act.actor, confirmed_as=case.number)
    advance_by_rule(case, way, chosen, act.workforce)
    case.sources[-1].signals = candidate.signals


def _area_of(act: Act, candidate: Candidate) -> Located:
    found = locate_area(act.ledger.city, candidate.area, how="town")
    if found is None:
        raise refuse("unplaceable", "the candidate's area is not in the city any more")
    return found


def _read_category(act: Act, candidate: Candidate) -> Category:
    found = act.ledger.city.catalogue.find_category(act.words("category") or candidate.category)
    if found is None:
        raise invalid(category="is not in the catalogue")
    return found


def dismiss_candidate(act: Act) -> None:
    candidate = _find_candidate(act)
    _decide(act, candidate, "dismissed")
    record_candidate(act.ledger, candidate, "candidate_dismissed", act.actor, judgement=act.words("reason"))
    act.result = {"id": candidate.id, "state": candidate.state}


def _find_candidate(act: Act) -> Candidate:
    candidate = act.ledger.session.get(Candidate, act.words("id") or act.words("candidate"))
    audience = candidate_audience(candidate, act.ledger.city) if candidate is not None else None
    if candidate is None or audience is None or not act.scope.sees(audience):
        raise refuse("not_found", "there is no such candidate")
    if not act.scope.has_role(ACCEPTORS):
        raise refuse("forbidden", "candidates are judged by operators")
    if candidate.state != "open":
        facts = {"state": candidate.state, "incident": candidate.incident}
        raise refuse("move_not_allowed", f"the candidate is {candidate.state} already", facts=facts)
    return candidate


def _decide(act: Act, candidate: Candidate, state: str) -> None:
    candidate.state = state
    count_judgement(act.ledger, candidate, state)
    candidate.decided_at, candidate.decided_by = act.ledger.now, act.account.id


def retry_quarantine(act: Act) -> None:
    """Write down that the message was sent through the senses again; who asked has done so already.

    ``refused`` and ``detail`` say why the senses still cannot decode it: then it stays in quarantine.
    """
    row = act.ledger.session.get(QuarantineRow, act.words("id") or act.words("quarantine"))
    if not act.scope.has_role(KEEPERS):
        raise refuse("forbidden", "quarantine is kept by the centre's operators and the system administrator")
    if row is None:
        raise refuse("not_found", "there is no such message")
    refused = act.words("refused")
    row.state, row.attempts = "open" if refused else "retried", row.attempts + 1
    if refused:
        row.reason, row.detail = refused[:40], act.words("detail")[:DETAIL_MAX]
    row.retried_at, row.retried_by = act.ledger.now, act.account.id
    told = {"reason": row.reason, "state": row.state, "attempts": row.attempts}
    data = {"quarantine": row.id, "source": row.source, **told}
    act.ledger.append("quarantine_retried", act.actor, data=data)
    act.result = {"id": row.id, "state": row.state, "attempts": row.attempts}


def shift(act: Act) -> None:
    """Go on or off shift; off shift, no order comes and no position is taken."""
    worker = act.ledger.city.workers.find_worker(act.scope.worker or "")
    if worker is None:
        raise refuse("forbidden", "this account belongs to no worker of the roster")
    wanted = act.request.data.get("on", act.request.data.get("on_shift"))
    if not isinstance(wanted, bool):
        raise invalid(on="must be true or false")
    state = act.ledger.session.get(WorkerState, worker.id)
    if state is None:
        state = WorkerState(worker=worker.id, on_shift=False)
        act.ledger.session.add(state)
    if state.on_shift != wanted:
        state.on_shift, state.shift_at = wanted, act.ledger.now
        data = {
            "worker": worker.id,
            "worker_name": mask_name(worker.name),
            "on_shift": wanted,
            "area": worker.area,
        }
        act.ledger.append("worker_shift", act.actor, data=data | _area_name(act, worker.area))
        act.ledger.session.flush()
        act.result = _hand_over(act, worker, on_shift=wanted)
    if not wanted:
        state.lon = state.lat = state.accuracy_m = state.at = None
    act.result = {"worker": worker.id, "on_shift": wanted, **act.result}


def _hand_over(act: Act, worker: Worker, *, on_shift: bool) -> dict[str, object]:
    """Give who comes what waits for them; offer to others what who leaves has not signed."""
    if on_shift:
        return {"waiting": hand_over_waiting(act.ledger, worker.id, worker.post, act.workforce)}
    return dict(reoffer_orders(act.ledger, worker, act.workforce))


def _area_name(act: Act, code: str) -> dict[str, object]:
    area = act.ledger.city.tree.find_area(code)
    return {"area_name": {"zh": area.name, "en": area.name_en}} if area is not None else {}
