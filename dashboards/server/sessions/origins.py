"""Which pages may speak with us: those of our own host, and of the public address behind a proxy."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from foundation.settings import Settings

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def is_own_origin(origin: str, connection: HTTPConnection, settings: Settings) -> bool:
    """Return whether an ``Origin`` header names this product; ``null`` and other hosts do not."""
    try:
        asked = _host_port(origin)
    except ValueError:
        return False
    if asked is None:
        return False
    if settings.public_url and asked == _host_port(settings.public_url):
        return True
    scheme = urlsplit(origin).scheme
    return asked == _host_port(f"{scheme}://{connection.headers.get('host', '')}")


def _host_port(address: str) -> tuple[str, int] | None:
    parts = urlsplit(address)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return None
    return parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]
