"""Settings: read once, from the environment and a TOML file, and handed in from there on.

Comes in: ``CITYBRAIN_<NAME>``, ``CITYBRAIN_<NAME>_FILE`` for secrets, ``--config FILE``. Goes out: one
frozen ``Settings`` with the origin of every value. Nothing else in the product reads the environment.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "CITYBRAIN_"
DEFAULT_CITY = Path(__file__).parent.parent / "deploy" / "cities" / "suyu"


class BadSetting(Exception):
    """A setting cannot be understood; the message names it and says what would mend it."""


def setting(default: Any, text: str, *, unit: str = "", secret: bool = False) -> Any:
    """Declare a setting: its default, what it is for, its unit, whether it may be shown."""
    return field(default=default, metadata={"text": text, "unit": unit, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of the product; each field's text is its documentation."""

    data: Path = setting(Path("data"), "folder for the database, the engine's store, attachments")
    city: Path = setting(DEFAULT_CITY, "the city's folder of plain files")
    database_url: str = setting("", "database; empty means SQLite in the data folder", secret=True)
    nats_url: str = setting("", "an engine that runs already; empty means the embedded one", secret=True)
    host: str = setting("127.0.0.1", "address on which HTTP and MQTT listen")
    port: int = setting(8000, "HTTP port")
    mqtt_port: int = setting(1883, "MQTT port of the embedded engine")
    nats_port: int = setting(4222, "NATS port of the embedded engine, loopback only")
    mqtt_url: str = setting(
        "", "MQTT broker for ingest, mqtt://user:password@host:port; empty means embedded", secret=True
    )
    tls_cert: Path | None = setting(None, "certificate for HTTPS and MQTT over TLS")
    tls_key: Path | None = setting(None, "private key of the certificate")
    public_url: str = setting("", "address under which people reach the product, behind a proxy")
    demo: bool = setting(False, "demonstration: 演示数据 stands on every page and export")
    partitions: int = setting(16, "MQTT sessions of ingest; changing it drains first")
    engine_sync_always: bool = setting(True, "flush every stored message to disk before it is acknowledged")
    log_level: str = setting("INFO", "lowest level that is logged")
    session_idle_s: int = setting(1800, "a browser session ends after this long without a request", unit="s")
    session_total_s: int = setting(43200, "a browser session ends after this long in any case", unit="s")
    notify_url: str = setting(
        "", "gateway of SMS or 企业微信 that is told of orders for phones; empty: off", secret=True
    )
    notify_format: str = setting("json", "what the gateway is sent: json, or wecom for a 企业微信 group robot")
    origins: Mapping[str, str] = field(default_factory=dict, metadata={"text": "", "unit": "", "secret": True})

    @property
    def database(self) -> str:
        """The database's URL, the default spelled out."""
        return self.database_url or f"sqlite:///{(self.data / 'citybrain.db').resolve()}"

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us over TLS, so that cookies must be Secure."""
        return self.public_url.startswith("https://") or self.tls_cert is not None


def _convert(name: str, kind: str, raw: Any) -> Any:
    try:
        if kind == "int":
            return int(raw)
        if kind == "bool":
            return raw if isinstance(raw, bool) else _truth(str(raw))
        if kind.startswith("Path"):
            return Path(str(raw)).expanduser()
    except ValueError as error:
        raise BadSetting(f"{PREFIX}{name.upper()} is {raw!r}: {kind} is wanted") from error
    return str(raw)


def _truth(raw: str) -> bool:
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if raw.lower() not in words:
        raise ValueError(raw)
    return words[raw.lower()]


def _from_environment(name: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    key = PREFIX + name.upper()
    if key in environment:
        return environment[key], key
    if f"{key}_FILE" in environment:
        path = Path(environment[f"{key}_FILE"])
        try:
            return path.read_text().strip(), f"{key}_FILE"
        except OSError as error:
            raise BadSetting(f"{key}_FILE names {path}, which cannot be read: {error.strerror}") from error
    return None


def _read_config(config: Path | None) -> dict[str, Any]:
    if config is None:
        return {}
    try:
        return tomllib.loads(config.read_text())
    except OSError as error:
        raise BadSetting(f"--config {config} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"--config {config} is not TOML: {error}") from error


def load_settings(
    *, config: Path | None = None, environment: Mapping[str, str] | None = None, **overrides: Any
) -> Settings:
    """Return the settings; an override (a command-line option that is not None) beats the environment.

    Raises:
        BadSetting: A value cannot be understood, or the file names a setting that does not exist.
    """
    environment = os.environ if environment is None else environment
    from_file = _read_config(config)
    known = {f.name: f for f in fields(Settings) if f.name != "origins"}
    for name in from_file:
        if name not in known:
            raise BadSetting(f"{config}: there is no setting {name!r}; `citybrain settings` lists them")
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, declared in known.items():
        found = _from_environment(name, environment)
        if overrides.get(name) is not None:
            values[name], origins[name] = overrides[name], "command line"
        elif found is not None:
            values[name], origins[name] = _convert(name, str(declared.type), found[0]), found[1]
        elif name in from_file:
            values[name], origins[name] = _convert(name, str(declared.type), from_file[name]), str(config)
    return Settings(**values, origins=origins)


def as_environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment with every setting that is not a default, for a child of ours.

    A child that died must be back in seconds, and compiling every module anew takes most of them: where
    Python may leave no compiled files beside the sources, they are kept beside the packages.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    ours = {
        PREFIX + f.name.upper(): str(getattr(settings, f.name))
        for f in fields(Settings)
        if f.name in settings.origins and getattr(settings, f.name) is not None
    }
    if inherited.pop("PYTHONDONTWRITEBYTECODE", ""):
        inherited.setdefault("PYTHONPYCACHEPREFIX", str(Path(sys.prefix) / "pycache"))
    return {**inherited, **ours}
