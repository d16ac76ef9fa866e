"""The policy under which a case runs: as it was when the incident opened, whatever the city says since.

Limits, warnings, level rules and calendar of a running case come from here (``CaseFile.policy``); a case whose
version of the city was never kept is judged by the present one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from command_center.clocks.working_time import WorkingTime, read_working_time
from grid.city import City
from grid.kept_policies import KeptPolicy, find_kept_policy


def policy_of(session: Session, city: City, opened_under: str, name: str) -> KeptPolicy:
    """Return a policy as it stood in the version of the city under which a case was opened."""
    if opened_under != city.version:
        kept = find_kept_policy(session, opened_under, name)
        if kept is not None:
            return kept
    return KeptPolicy(city.policy_version(name), city.policy(name))


def working_time_of(session: Session, city: City, opened_under: str) -> WorkingTime:
    """Return the working time by which the clocks of a case run."""
    document: Mapping[str, Any] = policy_of(session, city, opened_under, "calendar").document
    return read_working_time(document, city.timezone)
