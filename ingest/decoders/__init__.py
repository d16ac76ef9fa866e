"""The formats that we understand, one file each with the same insides; ``sources.toml`` names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grid.city import City
from ingest.decoders import chirpstack, frigate, native
from ingest.messages import Decoded, Message

Decode = Callable[[Message, City], list[Decoded]]

DECODERS: Mapping[str, Decode] = {
    "native": native.decode,
    "frigate": frigate.decode,
    "chirpstack": chirpstack.decode,
}
