"""Bodies of any kind reach the senses unpacked and without pictures."""

from __future__ import annotations

import gzip

import pytest

from ingest.http_body import MOST_BYTES, WrongBody, lighten, list_parts, unpack

FORM = "multipart/form-data; boundary=mark"


def build_multipart(*parts: tuple[str, bytes], ending: bytes = b"\r\n") -> bytes:
    body = b""
    for content_type, content in parts:
        body += b"--mark" + ending + f"Content-Type: {content_type}".encode() + ending * 2 + content + ending
    return body + b"--mark--" + ending


def test_pictures_are_left_out_and_words_stay() -> None:
    picture = b"\xff\xd8\r\n--mar\r\n\r\nk" * 50
    light = lighten(build_multipart(("application/xml", b"<a/>"), ("image/jpeg", picture)), FORM)
    words, photo = list_parts(light, FORM)
    assert words.content == b"<a/>" and words.media_type == "application/xml"
    assert photo.content == b"" and photo.media_type == "image/jpeg"


def test_only_words_stay_byte_by_byte() -> None:
    body = build_multipart(("application/json", b"{}"), ending=b"\n")
    assert lighten(body, FORM) is body and list_parts(body, FORM)[0].content == b"{}"
    assert list_parts(b"--mark\r\n\r\n<a/>", FORM)[0].content == b"<a/>", "no headers, no closing line"
    assert list_parts(b"{}", "application/json") == []
    assert lighten(b"{}", "multipart/form-data") == b"{}", "a multipart without its boundary is judged as it is"


def test_packed_bodies_are_unpacked_to_a_limit() -> None:
    assert unpack(gzip.compress(b"{}"), "gzip") == b"{}" and unpack(b"{}", "") == b"{}"
    for body, encoding in (
        (gzip.compress(b"0" * (MOST_BYTES + 1)), "gzip"),
        (b"{}", "gzip"),
        (gzip.compress(b"{}" * 99)[:-9], "gzip"),
        (b"{}", "br"),
    ):
        with pytest.raises(WrongBody):
            unpack(body, encoding)
