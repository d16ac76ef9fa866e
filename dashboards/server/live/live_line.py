"""The wire of one live connection: frames that are packed once for all who hear them, written as they are.

A first picture is deflated (RFC 7692) for whoever can read that, once for all of them too: of 10,000 open cases
48 MB become 3. What comes later is short and goes as it is.

Comes in: a packed frame, and the protocol that uvicorn runs for the socket. Going through the application's own
``send`` costs several times what the writing costs (``bench live``). Used by ``live_client.py``.
"""

from __future__ import annotations

import zlib
from typing import Any, cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory

NAME = "citybrain.line"
TEXT_FRAME, DEFLATED_BIT = 0x81, 0x40
TAIL = b"\x00\x00\xff\xff"
"""What a deflated message leaves out. Source: RFC 7692, section 7.2.1."""
WINDOW_BITS = 15
QUICK = 1
SHORT_MAX, MIDDLE_MAX = 125, 0xFFFF


def pack_frame(payload: bytes, first: int = TEXT_FRAME) -> bytes:
    """Return a text message as one unmasked frame. Source: RFC 6455, section 5.2."""
    size = len(payload)
    if size <= SHORT_MAX:
        return bytes((first, size)) + payload
    if size <= MIDDLE_MAX:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def pack_deflated(payload: bytes) -> bytes:
    """Return a text message as one deflated frame, for a ``Line`` that ``deflates``."""
    squeezer = zlib.compressobj(QUICK, zlib.DEFLATED, -WINDOW_BITS)
    squeezed = squeezer.compress(payload) + squeezer.flush(zlib.Z_SYNC_FLUSH)
    return pack_frame(squeezed.removesuffix(TAIL), TEXT_FRAME | DEFLATED_BIT)


class Line:
    """Writes packed frames; says how much waits because the other end does not read."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: WebSocketsSansIOProtocol) -> None:
        self._protocol = protocol

    def write(self, frame: bytes) -> int:
        """Hand a frame to the network, and return how many bytes wait; one that is closing takes nothing."""
        protocol = self._protocol
        transport = protocol.transport
        if protocol.close_sent or transport.is_closing():
            return 0
        transport.write(frame)
        return transport.get_write_buffer_size()

    @property
    def deflates(self) -> bool:
        """Return whether the other end reads deflated messages, of our window."""
        agreed = self._protocol.conn.extensions
        return any(
            isinstance(one, PerMessageDeflate) and one.local_max_window_bits == WINDOW_BITS for one in agreed
        )

    @property
    def waiting(self) -> int:
        """Return how many bytes wait to be read by the other end."""
        return 0 if self._protocol.disconnected else int(self._protocol.transport.get_write_buffer_size())


class LinedProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which also tells the application of its wire; no memory is kept between messages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn.available_extensions = [
            ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
        ]

    async def run_asgi(self) -> None:
        self.scope[NAME] = Line(self)  # type: ignore[literal-required]
        await super().run_asgi()


def line_of(socket: WebSocket) -> Line:
    """Return the wire of a socket that ``web.server_config`` serves."""
    return cast("Line", socket.scope[NAME])
