"""What ``citybrain up`` says when everything is ready: the address and, in the demonstration, its accounts.

Comes in: settings. Goes out: lines on standard output. Whether it is ready is asked of ``/readyz``, as any
other monitor would. No heavy imports: the supervisor lives long and small.
"""

from __future__ import annotations

import json
import ssl
import sys
import urllib.request
from pathlib import Path

import typer

from foundation import __version__
from foundation.settings import Settings

LOG_MOST_BYTES = 50 * 1024**2


def log_file(settings: Settings) -> Path | None:
    """Return where the roles' logs go: past a person's terminal into a file, else through."""
    return settings.data / "citybrain.log" if sys.stdout.isatty() else None


def turn_log(settings: Settings) -> None:
    """Put a log that has grown large aside, before the roles open it."""
    log = log_file(settings)
    if log is not None and log.exists() and log.stat().st_size > LOG_MOST_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def _address(settings: Settings, host: str) -> str:
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{settings.port}"


def is_up(settings: Settings) -> bool:
    """Tell whether the web server answers that everything is ready."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host
    unchecked = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(f"{_address(settings, host)}/readyz", timeout=2, context=unchecked) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def greet(settings: Settings) -> None:
    """Print the address and, in the demonstration, its accounts."""
    address = settings.public_url or _address(settings, settings.host)
    typer.echo(f"CityBrain {__version__} is ready: {address}/wall  {address}/desk  {address}/field")
    file = settings.data / "demo-accounts.json"
    if settings.demo and file.exists():
        for account in json.loads(file.read_text()):
            typer.echo(
                f"  {account['role']:<20} {account['username']:<32} {account['password']}  {account['area']}"
            )
        typer.echo(f"The accounts also stand in {file}.")
    if log := log_file(settings):
        typer.echo(f"logs: {log}. Ctrl-C stops.")
