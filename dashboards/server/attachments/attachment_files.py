"""The files of attachments below the data folder: growing parts, then one clean picture under a random name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from dashboards.server.attachments.clip_check import CLIP_TYPES
from dashboards.server.attachments.photo_check import PHOTO_TYPES


class AttachmentFiles:
    """Names never come from outside: an id is 32 hex digits that we made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def part(self, id: str) -> Path:
        """Return where the growing upload stands."""
        return self._make(id) / f"{id}.part"

    def target(self, id: str) -> Path:
        """Return where the clean picture is written."""
        return self._make(id) / f"{id}.picture"

    def find(self, id: str) -> Path | None:
        """Return the clean picture, if there is one."""
        path = self._folder / id[:2] / f"{id}.picture"
        return path if path.is_file() else None

    def write_at(self, id: str, offset: int, content: bytes) -> None:
        """Put the content at the offset, cutting off what an interrupted part left behind."""
        path = self.part(id)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(offset)
            file.seek(offset)
            file.write(content)

    def settle(self, id: str) -> None:
        """Let what was written of the growing upload outlive a power cut."""
        with self.part(id).open("rb") as file:
            os.fsync(file.fileno())

    def read_head(self, id: str, size: int) -> bytes:
        """Return the first bytes of the growing upload."""
        with self.part(id).open("rb") as file:
            return file.read(size)

    def digest(self, id: str) -> str:
        with self.part(id).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def drop(self, id: str) -> None:
        """Remove the growing upload."""
        self.part(id).unlink(missing_ok=True)

    def remove(self, id: str) -> None:
        """Remove the growing upload and the picture."""
        self.drop(id)
        self.target(id).unlink(missing_ok=True)

    def _make(self, id: str) -> Path:
        folder = self._folder / id[:2]
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def extension_of(content_type: str) -> str:
    """Return the ending for the name under which a browser saves the file."""
    return (CLIP_TYPES | PHOTO_TYPES).get(content_type, ".bin")
