"""XML of any encoding is read; a document type, an entity, a NUL and a bomb are refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.strict_xml import find_child, list_named, read_xml, text_of
from ingest.messages import Refused

BODY = '<a xmlns:x="u"><x:b>水</x:b><c><b>2</b></c></a>'


@pytest.mark.parametrize(
    "payload",
    [
        BODY.encode(),
        b"\xef\xbb\xbf" + b'<?xml version="1.0" encoding="UTF-8"?>' + BODY.encode(),
        b'\n<?xml version="1.0" encoding="utf-16"?>' + BODY.encode(),
        BODY.encode("utf-16"),
        b'<?xml version="1.0" encoding="gb2312"?>' + BODY.encode("gb2312"),
        BODY.replace("<c>", "<c><d>宿豫区</d>").encode("gb18030"),
    ],
)
def test_a_document_is_read_in_the_encoding_that_it_has(payload: bytes) -> None:
    root = read_xml(payload)
    assert text_of(root, "b") == "水" and [b.text for b in list_named(root, "b")] == ["水", "2"]
    assert find_child(root, "none") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("水 & 电", "水 & 电"),
        ("http://a.example/?x=1&y=2&amp;z=3", "http://a.example/?x=1&y=2&z=3"),
        ("水&middot;电&quot; &", '水·电" &'),
        ("<![CDATA[<!DOCTYPE html><p>a & b</p>]]> & c", "<!DOCTYPE html><p>a & b</p> & c"),
    ],
)
def test_text_is_read_as_it_is_meant(written: str, meant: str) -> None:
    assert text_of(read_xml(f"<a><b>{written}</b></a>".encode()), "b") == meant


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "doctype"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', "doctype"),
        ('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'.encode("utf-16"), "doctype"),
        (b"<a>&e;</a>", "not_xml"),
        (b"<a>& &e;</a>", "not_xml"),
        (b'<!-- <![CDATA[ --><!DOCTYPE a [<!ENTITY e "x">]><a>&e;<!-- ]]> --></a>', "doctype"),
        (b"<a><b></a>", "not_xml"),
        (b"<a>" * 5000 + b"</a>" * 5000, "not_xml"),
        (b"<a>" + b"<!--" * 120_000, "not_xml"),  # looked through once, not for each
        (b"<a>" + b"<![CDATA[" * 50_000, "not_xml"),
        (b"<a>\0</a>", "nul"),
        (b'<?xml version="1.0" encoding="ascii"?><a>\xff</a>', "not_utf8"),
        (b"<a>" + b"x" * 600_000 + b"</a>", "too_large"),
        (b'{"a": 1}', "not_xml"),
    ],
)
def test_what_it_must_not_be_is_refused(payload: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read_xml(payload)
    assert refused.value.reason == reason


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(payload: bytes) -> None:
    try:
        read_xml(payload)
    except Refused:
        return
