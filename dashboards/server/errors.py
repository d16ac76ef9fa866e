"""Refusals as RFC 9457 problem documents: the only place where a refusal becomes an HTTP status.

Comes in: ``Refused`` from a route, a ``Refusal`` of the brain, a validation error. Goes out: the document.
Source: RFC 9457 (problem details for HTTP APIs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from command_center.moves.requests import Refusal

STATUS = {
    "bad_request": 400,
    "not_logged_in": 401,
    "bad_credentials": 401,
    "bad_signature": 401,
    "forbidden": 403,
    "bad_csrf_token": 403,
    "password_must_change": 403,
    "foreign_origin": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "move_not_allowed": 409,
    "version_conflict": 409,
    "in_progress": 409,
    "wrong_offset": 409,
    "off_shift": 409,
    "too_large": 413,
    "unsupported_media": 415,
    "invalid": 422,
    "unplaceable": 422,
    "key_reused": 422,
    "undecodable": 422,
    "too_many_attempts": 429,
    "ours": 500,
    "not_now": 503,
    "unavailable": 503,
}
TITLES = {
    "bad_request": "The request cannot be understood",
    "not_logged_in": "Nobody is logged in",
    "bad_credentials": "Name or password is wrong",
    "bad_signature": "The source did not prove who it is",
    "forbidden": "Not for this role",
    "password_must_change": "The password was given and must be changed first",
    "bad_csrf_token": "The CSRF token is missing or wrong",
    "foreign_origin": "The request comes from another site",
    "not_found": "There is no such thing here",
    "method_not_allowed": "This method is not offered here",
    "move_not_allowed": "This cannot be done in the present state",
    "version_conflict": "Somebody else was quicker",
    "in_progress": "The same request is being carried out",
    "wrong_offset": "The upload stands at another offset",
    "off_shift": "Only on shift",
    "too_large": "Too large",
    "unsupported_media": "This kind of content is not taken",
    "invalid": "The request is not valid",
    "unplaceable": "Neither a place nor a town",
    "key_reused": "The Idempotency-Key was used for something else",
    "undecodable": "The message cannot be decoded",
    "too_many_attempts": "Too many attempts",
    "ours": "This is our fault",
    "not_now": "Not now",
    "unavailable": "Unavailable",
}
TYPE_PREFIX = "urn:citybrain:problem:"
UNKNOWN_FIELD = "unknown field"


class Refused(Exception):
    """Not done, and why: ``type`` is a key of ``STATUS``; ``facts`` become members of the document."""

    def __init__(
        self,
        type: str,
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.type = type
        self.detail = detail
        self.fields = dict(fields or {})
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        return STATUS.get(self.type, 409)

    def document(self, trace_id: str) -> dict[str, Any]:
        """Return the problem document."""
        document: dict[str, Any] = {
            **self.facts,
            "type": TYPE_PREFIX + self.type,
            "title": TITLES.get(self.type, self.type),
            "status": self.status,
            "detail": self.detail,
            "trace_id": trace_id,
        }
        if self.fields:
            document["errors"] = [{"field": name, "detail": text} for name, text in self.fields.items()]
        return document


def not_found() -> Refused:
    """Return the one answer for what does not exist and for what lies outside a person's scope."""
    return Refused("not_found", "There is nothing here under this address, or it is outside your scope.")


def from_brain(refusal: Refusal) -> Refused:
    """Return the brain's refusal as the web tells it."""
    if refusal.type == "not_found":
        return not_found()
    return Refused(refusal.type, refusal.detail, fields=refusal.fields, facts=refusal.facts)


def from_validation(errors: list[Mapping[str, Any]]) -> Refused:
    """Return the refusal of a body or query that does not fit, naming every field."""
    if any(error["type"] in ("json_invalid", "bytes_invalid") for error in errors):
        return Refused("bad_request", "The body is not JSON in UTF-8.")
    fields = {_field(error["loc"]): _text(error) for error in errors}
    unknown = [name for name, text in fields.items() if text == UNKNOWN_FIELD]
    names = ", ".join(unknown or fields)
    detail = f"Unknown fields: {names}." if unknown else f"These fields are missing or wrong: {names}."
    return Refused("invalid", detail, fields=fields)


def _field(loc: tuple[str | int, ...]) -> str:
    parts = [str(part) for part in loc if part not in ("body", "query", "path", "header")]
    return ".".join(parts) or "body"


def _text(error: Mapping[str, Any]) -> str:
    return UNKNOWN_FIELD if error["type"] == "extra_forbidden" else str(error["msg"])
