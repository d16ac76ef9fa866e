"""Takes out what names a person: faces, plates, recognised names. Nothing of it goes further than the decoder.

Comes in: a payload that is about to be kept in quarantine. Goes out: the same without identity objects.
Decoders themselves never read these fields. Source: PIPL art. 26 and 28; lines of the process page.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

IDENTITY_KEYS = frozenset(
    {
        "sub_label",
        "sub_labels",
        "recognized_license_plate",
        "recognized_license_plate_score",
        "license_plate",
        "plate",
        "plate_number",
        "face",
        "faces",
        "face_id",
        "person_id",
        "id_card",
        "name",
        "thumbnail",
        # Hikvision
        "licenseplate",
        "originallicenseplate",
        "facelist",
        "humanname",
        "certificatenumber",
        # Dahua
        "platenumber",
        "trafficcar",
        "candidates",
        "persons",
        # GA/T 1400
        "faceobjectlist",
        "facelistobject",
        "personobjectlist",
        "personlistobject",
        "plateno",
        "idnumber",
        "subimagelist",
        # what systems of many makes call the same
        "humanface",
    }
)
REMOVED = "removed"
_PICTURE = re.compile(rb"\xff\xd8\xff.*?(?:\xff\xd9|\Z)|\x89PNG\r\n.*?(?:IEND....|\Z)", re.DOTALL)
_NAMES = "|".join(sorted(IDENTITY_KEYS, key=len, reverse=True))
# A value that cannot be parsed: a flat list or object, a text, or whatever stands before the next comma.
_PAIR = re.compile(
    rb'("(?:' + _NAMES.encode() + rb')"\s*:\s*)(\[[^\]]*\]|\{[^}]*\}|"(?:[^"\\]|\\.)*"?|[^,}\]\s]+)', re.IGNORECASE
)
_ELEMENT = re.compile(
    rb"(<(?:[A-Za-z0-9_]{1,20}:)?(" + _NAMES.encode() + rb")(?:\s[^>]{0,200})?>).*?(?=</|\Z)",
    re.DOTALL | re.IGNORECASE,
)


def drop_identity(payload: bytes) -> bytes:
    """Return the payload without identity objects: parsed where it is JSON, by pattern where it is not.

    Pictures among the parts of a message show people, so they go, too.
    """
    payload = _PICTURE.sub(REMOVED.encode(), payload)
    payload = _ELEMENT.sub(rb"\1" + REMOVED.encode(), payload)
    if _PAIR.search(payload) is None:
        return payload
    try:
        return msgspec.json.encode(_without(msgspec.json.decode(payload)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _PAIR.sub(rb'\1"' + REMOVED.encode() + b'"', payload)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(item) for key, item in value.items() if key.lower() not in IDENTITY_KEYS}
    if isinstance(value, list):
        return [_without(item) for item in value if not _is_identity(item)]
    return value


def _is_identity(item: Any) -> bool:
    """Tell whether a list entry describes a face or a plate, as `{"label": "face", "box": …}` does."""
    return isinstance(item, dict) and str(item.get("label", "")).lower() in {"face", "license_plate"}
