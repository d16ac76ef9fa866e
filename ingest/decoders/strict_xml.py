"""XML as it must be: no document type, no entities of its own, no depth bomb, whatever encoding it claims.

Comes in: bytes of a producer. Goes out: the root element, or ``Refused`` with a stable reason; never another
exception. Every decoder of XML reads through here; names are compared without their namespaces, since one
producer uses four of them for one message. An ampersand that nobody escaped can only mean itself, and a name of
HTML's (``&nbsp;``) its character: both are read, any other entity is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5

from lxml import etree

from ingest.messages import Refused

DOCTYPE = "The document brings a document type or entities of its own; none is read."
MAX_XML_BYTES = 512 * 1024  # a signed warning in several languages has 100 KiB
CHINESE = frozenset({"gb2312", "gbk", "gb_2312-80", "cp936"})
"""What systems claim that write any Chinese character: the names of places hold some that the least has not."""

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_CLAIM = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_CDATA, _COMMENT = ("<![CDATA[", "]]>"), ("<!--", "-->")
_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*;)?")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_xml(payload: bytes) -> etree._Element:
    """Return the root element.

    Raises:
        Refused: ``too_large``, ``empty``, ``not_utf8`` (in no encoding that it may have), ``doctype`` (a document
            type or entities of its own), ``nul`` or ``not_xml``.
    """
    if len(payload) > MAX_XML_BYTES:
        raise Refused("too_large", f"The document has {len(payload)} bytes; {MAX_XML_BYTES} are the most.")
    if not payload.strip():
        raise Refused("empty", "The message is empty.")
    text = _DECLARATION.sub("", _to_text(payload)).strip()
    if "\0" in text:
        raise Refused("nul", "The message holds the character NUL.")
    markup = "".join(
        _divide("".join(_divide(text, _COMMENT)[::2]), _CDATA)[::2]
    )  # HTML in a text may have its own
    if "<!DOCTYPE" in markup or "<!ENTITY" in markup:
        raise Refused("doctype", DOCTYPE)
    try:
        root = _parse(text)
    except (etree.XMLSyntaxError, ValueError) as error:
        try:
            root = _parse(_escape_ampersands(text))
        except (etree.XMLSyntaxError, ValueError):
            raise Refused("not_xml", f"The message is not XML: {str(error)[:200]}.") from error
    if root.getroottree().docinfo.doctype:
        raise Refused("doctype", DOCTYPE)
    return root


def _parse(text: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    return etree.fromstring(text, parser)


def _escape_ampersands(text: str) -> str:
    """Return the text with what is no reference written as XML wants it; CDATA as it is."""
    parts = _divide(text, _CDATA)
    return "".join(part if n % 2 else _AMPERSAND.sub(_say_ampersand, part) for n, part in enumerate(parts))


def _divide(text: str, marks: tuple[str, str]) -> list[str]:
    """Return what stands outside and inside such marks, in turn; what is never closed is outside.

    Not by an expression: with many marks that open and none that closes it looks through the text for each.
    """
    (opens, closes), parts, at = marks, [], 0
    while (start := text.find(opens, at)) >= 0 and (end := text.find(closes, start + len(opens))) >= 0:
        parts += [text[at:start], text[start : end + len(closes)]]
        at = end + len(closes)
    return [*parts, text[at:]]


def _say_ampersand(found: re.Match[str]) -> str:
    name = found[1]
    return "&amp;" if name is None else html5.get(name, found[0])


def _to_text(payload: bytes) -> str:
    """Return the text by its byte-order mark, else by what it claims, else as UTF-8 or as Chinese systems write.

    A claim of UTF-16 without a mark is a slip of the producer's library: the bytes are UTF-8.
    """
    for mark, encoding in _MARKS:
        if payload.startswith(mark):
            return _decode(payload, encoding)
    claim = _CLAIM.search(payload[:200])
    claimed = claim[1].decode().lower() if claim else "utf-8"
    if claimed in CHINESE:
        return _decode(payload, "gb18030")
    if not claimed.startswith(("utf", "ucs")):
        return _decode(payload, claimed)
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return _decode(payload, "gb18030")


def _decode(payload: bytes, encoding: str) -> str:
    try:
        return payload.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise Refused("not_utf8", f"The document cannot be read as {encoding}.") from error


def name_of(element: etree._Element) -> str:
    """Return the element's name without its namespace; empty for what is no element."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def find_child(element: etree._Element, *names: str) -> etree._Element | None:
    """Return the first child of one of these names, whatever their namespace."""
    return next((child for child in element if name_of(child) in names), None)


def list_named(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield every element of this name below the element, in the document's order."""
    return (found for found in element.iter() if name_of(found) == name)


def text_of(element: etree._Element, *names: str) -> str:
    """Return the stripped text of the first child of one of these names; empty when there is none."""
    child = find_child(element, *names)
    return (child.text or "").strip() if child is not None else ""
