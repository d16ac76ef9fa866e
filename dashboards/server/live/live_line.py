"""The wire of one live connection: frames that are packed once for all who hear them, written as they are.

Comes in: a packed frame, and the protocol that uvicorn runs for the socket. Going through the application's own
``send`` costs several times what the writing costs (``bench live``). Used by ``live_client.py``.
"""

from __future__ import annotations

from typing import cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

NAME = "citybrain.line"
TEXT_FRAME = 0x81
SHORT_MAX, MIDDLE_MAX = 125, 0xFFFF


def pack_frame(payload: bytes) -> bytes:
    """Return a text message as one unmasked frame. Source: RFC 6455, section 5.2."""
    size = len(payload)
    if size <= SHORT_MAX:
        return bytes((TEXT_FRAME, size)) + payload
    if size <= MIDDLE_MAX:
        return bytes((TEXT_FRAME, 126)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT_FRAME, 127)) + size.to_bytes(8, "big") + payload


class Line:
    """Writes packed frames; says how much waits because the other end does not read."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: WebSocketsSansIOProtocol) -> None:
        self._protocol = protocol

    def write(self, frame: bytes) -> None:
        """Hand a frame to the network; one that is closing takes nothing."""
        protocol = self._protocol
        if protocol.handshake_complete and not (protocol.close_sent or protocol.transport.is_closing()):
            protocol.transport.write(frame)

    @property
    def waiting(self) -> int:
        """Return how many bytes wait to be read by the other end."""
        return 0 if self._protocol.disconnected else int(self._protocol.transport.get_write_buffer_size())


class LinedProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which also tells the application of its wire; messages are never compressed."""

    async def run_asgi(self) -> None:
        self.scope[NAME] = Line(self)  # type: ignore[literal-required]
        await super().run_asgi()


def line_of(socket: WebSocket) -> Line:
    """Return the wire of a socket that ``web.server_config`` serves."""
    return cast("Line", socket.scope[NAME])
