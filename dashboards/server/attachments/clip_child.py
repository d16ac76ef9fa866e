"""The child process of ``clip_check.py``: reads one strange clip under tight limits and writes it anew.

Called as ``clip_child.py SOURCE TARGET``; tells ``{content_type, facts}`` or ``{fault}`` on its output. It imports
nothing of ours, so that it starts quickly and has nothing to lose.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from typing import Any

import av
from av.error import FFmpegError

MEMORY_MAX = 512 * 1024 * 1024
CPU_MAX_S = 30
VOICE_MAX_S, CLIP_MAX_S = 60.0, 120.0
SLACK_S = 1.5
"""A recorder stops a moment after it was told to."""

SIDE_MAX_PX = 4096
CONTAINERS = {"mp4": "mp4", "matroska": "webm"}
CODECS = {
    "mp4": {"h264", "hevc", "av1", "vp9", "aac", "mp3", "opus"},
    "webm": {"vp8", "vp9", "av1", "opus", "vorbis"},
}
ISO_6709 = re.compile(r"^([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)")


class Bad(Exception):
    """Not taken; the message says why."""


def main(source: str, target: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX_S, CPU_MAX_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    try:
        told = rewrite(source, target)
    except Bad as fault:
        told = {"fault": str(fault)}
    except (FFmpegError, OSError, ValueError, MemoryError):
        told = {"fault": "the clip is broken"}
    sys.stdout.write(json.dumps(told))


def rewrite(source: str, target: str) -> dict[str, Any]:
    """Copy the one picture and the one sound into a fresh container."""
    kind = _container_of(source)
    options = {"protocol_whitelist": "file", "max_streams": "8"}
    with av.open(source, format="mp4" if kind == "mp4" else "matroska", options=options) as clip:
        streams = _pick(clip, kind)
        facts = _read_facts(clip)
        has_picture = any(stream.type == "video" for stream in streams)
        longest_s = CLIP_MAX_S if has_picture else VOICE_MAX_S
        with av.open(target, "w", format=kind, options=_WRITING[kind]) as fresh:
            ends_s = _copy(clip, fresh, streams, longest_s)
    if ends_s <= 0:
        raise Bad("the clip is empty")
    return {
        "content_type": f"{'video' if has_picture else 'audio'}/{kind}",
        "facts": {**facts, "duration_s": round(ends_s, 1)},
    }


_WRITING = {"mp4": {"movflags": "+faststart"}, "webm": {}}


def _container_of(source: str) -> str:
    with open(source, "rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "webm"
    raise Bad("neither MP4 nor WebM")


def _pick(clip: Any, kind: str) -> list[Any]:
    """Return the picture and the sound; more of either, or what browsers do not play, is refused."""
    streams = [stream for stream in clip.streams if stream.type in ("video", "audio")]
    kinds = [stream.type for stream in streams]
    if not streams or len(set(kinds)) != len(kinds):
        raise Bad("a clip has one picture and one sound at most")
    for stream in streams:
        codec = stream.codec_context
        if codec.name.removeprefix("lib") not in CODECS[kind]:
            raise Bad(f"{codec.name} in {kind} is not played by browsers")
        if stream.type == "video" and not 0 < max(codec.width, codec.height) <= SIDE_MAX_PX:
            raise Bad(f"{codec.width} x {codec.height} is more than {SIDE_MAX_PX} on a side")
    return streams


def _copy(clip: Any, fresh: Any, streams: list[Any], longest_s: float) -> float:
    """Copy the packets; return when the last one ends, in seconds."""
    outs = {stream.index: fresh.add_stream_from_template(stream) for stream in streams}
    ends_s = 0.0
    begins: dict[int, float] = {}
    for packet in clip.demux(*streams):
        if packet.dts is None or packet.size == 0:
            continue
        at_s = float((packet.pts if packet.pts is not None else packet.dts) * packet.time_base)
        begin_s = begins.setdefault(packet.stream.index, at_s)
        ends_s = max(ends_s, at_s - begin_s + float((packet.duration or 0) * packet.time_base))
        if ends_s > longest_s + SLACK_S:
            raise Bad(f"longer than {longest_s:g} s")
        packet.stream = outs[packet.stream.index]
        fresh.mux(packet)
    return ends_s


def _read_facts(clip: Any) -> dict[str, Any]:
    """Return when and where the clip says it was taken."""
    told = {str(key).lower(): str(value)[:100] for key, value in dict(clip.metadata).items()}
    facts: dict[str, Any] = {name: told[name] for name in ("creation_time",) if name in told}
    place = ISO_6709.match(told.get("location") or told.get("com.apple.quicktime.location.iso6709") or "")
    if place is not None:
        facts |= {"lat": float(place[1]), "lon": float(place[2])}
    return facts


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
