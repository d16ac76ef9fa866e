"""Which clocks an emergency response may halt: those of our own stages, not the platform's, nor reports upward."""

from __future__ import annotations

FREEZABLE = frozenset({"accept", "dispatch", "verify", "sign", "arrive", "dispose", "check", "respond", "total"})
