"""Loads a city's folder when it has changed since it was loaded last; a stamp of its bytes says so at once.

Called by ``citybrain up`` before the roles start. Checking and loading are ``city_folder`` and ``city_load``.
What somebody loaded by ``citybrain city load`` stays as long as the folder does not change.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from foundation.ids import sha256_hex
from foundation.processes import WrongInput

if TYPE_CHECKING:
    from foundation.database import Database

KINDS = {".csv", ".toml", ".geojson"}


def ensure_city(database: Database, folder: Path, stamp_file: Path) -> bool:
    """Load the folder unless it is loaded already; return whether it was.

    Raises:
        WrongInput: The folder has faults, all of them named.
    """
    from grid.city import city_version

    stamp = stamp_folder(database.url, folder)
    with database.read() as session:
        is_loaded = city_version(session) is not None
    if is_loaded and stamp_file.exists() and stamp_file.read_text() == stamp:
        return False
    from grid.city_folder.check_folder import check_folder
    from grid.city_load import LaterEdition, load_folder

    checked = check_folder(folder)
    if checked.faults:
        faults = "\n".join(str(fault) for fault in checked.faults)
        raise WrongInput(
            f"{faults}\nThe city's folder {folder} has faults: mend them, or choose another with --city."
        )
    try:
        with database.write() as session:
            load_folder(session, checked)
    except LaterEdition as error:
        raise WrongInput(f"The city's folder {folder} is not loaded: {error}.") from error
    stamp_file.write_text(stamp)
    return True


def stamp_folder(database_url: str, folder: Path) -> str:
    """Return a digest of the folder's files and of where they were loaded into."""
    files = sorted(path for path in folder.glob("*.*") if path.suffix in KINDS)
    return sha256_hex(database_url.encode(), *(part for f in files for part in (f.name.encode(), f.read_bytes())))
