"""Who did it: a person, a device, or the system by a named rule. Stands in every entry of the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """``kind`` is system, person or device; ``data`` goes into the entry: rule and version, or a masked name."""

    kind: str
    name: str
    data: dict[str, Any] = field(default_factory=dict)


def by_rule(rule: str, version: str) -> Actor:
    """Return the system, acting by that rule in that version."""
    return Actor("system", "system", {"rule": rule, "rule_version": version})


def by_device(device: str) -> Actor:
    return Actor("device", device)
