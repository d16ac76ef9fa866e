"""A worker's terminal calls for help: it is the call that they have open, or one at once, whatever its place.

``take_signal.py`` calls it for an observation that ``help_calls.find_caller`` knows as a call; the phone's own
button is ``moves/sos_step.py``.
"""

from __future__ import annotations

from command_center.cases.case_file import CaseFile
from command_center.cases.incidents import join_incident
from command_center.journal.ledger import Ledger
from command_center.levels.apply_levels import apply_standing
from command_center.orders.dispatching import advance_by_rule
from command_center.orders.workforce import Workforce
from command_center.signals.help_calls import Whereabouts, as_call, find_open_call, open_call, place_call
from command_center.signals.known_signals import KnownSignals
from command_center.signals.locate import Located
from command_center.signals.sightings import actor_of, sighting_of
from command_center.signals.ways_in import WayIn
from grid.catalogue import Category
from grid.posts import Worker
from ingest.observation import Observation


def take_call(
    ledger: Ledger,
    known: KnownSignals,
    told: tuple[Observation, Category, Located | None],
    *,
    whose: tuple[Worker, WayIn],
    workforce: Workforce,
) -> CaseFile | None:
    """Return the case of the call, joined or opened; None when the city has the caller's area no more."""
    (observation, category, located), (caller, way) = told, whose
    found = Whereabouts(located) if located is not None else place_call(ledger, caller)
    if found is None:
        return None
    sighting = as_call(ledger.city, sighting_of(observation, category, found.located), caller)
    number = find_open_call(ledger, caller.id, drill=observation.drill, replay=observation.replay)
    if number is not None:
        case = known.get_case(number)
        join_incident(case, sighting, actor_of(observation), {"again": True})
        return case
    case, chosen = open_call(ledger, sighting, found, (way, actor_of(observation)))
    advance_by_rule(case, way, chosen, workforce)
    apply_standing(case)
    known.remember_case(case)
    return case
