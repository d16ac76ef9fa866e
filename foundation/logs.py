"""JSON logs on standard output, one line an occurrence, with the trace id that follows one message."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

Logger = structlog.stdlib.BoundLogger


def configure_logs(role: str, *, level: str = "INFO", plain: bool = False) -> None:
    """Send every log line of this process to standard output as JSON, marked with its role.

    ``plain``: as sentences instead, for a person at a terminal.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _write_plainly if plain else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for talkative in ("alembic", "httpx", "httpcore", "asyncio"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.bind_contextvars(role=role)


def _write_plainly(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> str:
    """Return the line without level, role and time: the occurrence, then its facts."""
    facts = [f"{name} {value}" for name, value in entry.items() if name not in {"event", "level", "role", "at"}]
    return f"{entry['event']}: {', '.join(facts)}" if facts else str(entry["event"])


def get_logger(name: str) -> Logger:
    """Return the logger of a subject; bind ``trace_id`` to follow one message."""
    return structlog.stdlib.get_logger(name)
