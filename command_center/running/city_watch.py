"""The loaded city, and a look now and then whether another edition is in force."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import OperationalError, ProgrammingError

from foundation.clock import SystemClock
from foundation.database import Database
from foundation.logs import get_logger
from grid.city import City, NoCityLoaded, city_version, renew_city

log = get_logger("city")


class CityWatch:
    """Holds the city of today; ``look`` loads it again when its version has changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._city: City | None = None
        self._warned: list[dict[str, Any]] = []

    def get(self) -> City:
        """Return the city; raises ``NoCityLoaded`` before the first successful look."""
        if self._city is None:
            raise NoCityLoaded("no city is loaded")
        return self._city

    def look(self) -> bool:
        """Return whether a city is held, loading it anew where it changed. Synchronous."""
        try:
            with self._database.read() as session:
                version = city_version(session)
                if version is not None and (self._city is None or version != self._city.version):
                    self._city = renew_city(session, self._city)
                    log.info("city loaded", version=version)
            self._tell_warnings()
        except (NoCityLoaded, OperationalError, ProgrammingError) as error:
            log.warning("city cannot be read now", error=str(error).splitlines()[0])
        return self._city is not None

    def _tell_warnings(self) -> None:
        """Write each warning about the city's data once, when it comes up."""
        warnings = self._city.list_warnings(SystemClock().now()) if self._city is not None else []
        for warning in warnings:
            if warning not in self._warned:
                log.warning(warning["en"], code=warning["code"])
        self._warned = warnings
