"""Evidence that a producer points to: only addresses that a person may be led to. Every decoder asks here."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from ingest.observation import EVIDENCE_DROPPED

MOST_EVIDENCE, LONGEST_URL = 20, 2000  # ours: a screen shows a handful


def list_safe_urls(told: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the addresses that a person may be led to, and the flag if some were not; never a refusal."""
    wanted = list(told)
    kept = tuple(url for url in wanted if _is_safe(url))[:MOST_EVIDENCE]
    return kept, (EVIDENCE_DROPPED,) if len(kept) < len(wanted) else ()


def _is_safe(url: str) -> bool:
    if len(url) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
