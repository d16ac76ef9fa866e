"""What a report may join: one judgement for what people type and for what sources send. Pure.

``nearby_case.py`` (by hand) and ``take_signal.py`` (from a source) ask before they look, and of what they find.
Only things join: what concerns persons (a dispute, a complaint, a private matter) is nobody else's, however near.
What somebody still sees after it was said to be done is news, and gets a case of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from command_center.cases.case_file import SAID_DONE_STATES
from command_center.cases.incident_tables import Incident
from command_center.cases.upstream import is_same_number
from grid.catalogue import Category


def is_shared(category: Category | None) -> bool:
    """Return whether the matter may be one more voice of an open case; ``joined_by`` says who else."""
    return category is not None and category.privacy_class == 0


def may_join(category: Category | None, case: Incident) -> bool:
    """Return whether a report of the matter may join the case."""
    return is_shared(category) and case.state not in SAID_DONE_STATES


def has_another_number(upstream: Mapping[str, Any] | None, case: Incident) -> bool:
    """Return whether report and case have different numbers upstream: each is answered by itself, so two cases."""
    return bool(upstream) and case.upstream_state is not None and not is_same_number(upstream or {}, case.upstream)
