"""Loads a city's folder when it is not what was loaded last; a stamp of its bytes says so in milliseconds.

Called by ``citybrain up`` before the roles start. Checking and loading are ``city_folder`` and ``city_load``.
"""

from __future__ import annotations

from pathlib import Path

from foundation.database import Database
from foundation.ids import sha256_hex
from foundation.processes import WrongInput
from grid.city import city_version

KINDS = {".csv", ".toml", ".geojson"}


def ensure_city(database: Database, folder: Path, stamp_file: Path) -> bool:
    """Load the folder unless it is loaded already; return whether it was.

    Raises:
        WrongInput: The folder has faults, all of them named.
    """
    stamp = _stamp(database, folder)
    with database.read() as session:
        version = city_version(session)
    if version and stamp_file.exists() and stamp_file.read_text() == f"{stamp} {version}":
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
            report = load_folder(session, checked)
    except LaterEdition as error:
        raise WrongInput(f"The city's folder {folder} is not loaded: {error}.") from error
    stamp_file.write_text(f"{stamp} {report.version}")
    return True


def _stamp(database: Database, folder: Path) -> str:
    files = sorted(path for path in folder.glob("*.*") if path.suffix in KINDS)
    return sha256_hex(database.url.encode(), *(part for f in files for part in (f.name.encode(), f.read_bytes())))
