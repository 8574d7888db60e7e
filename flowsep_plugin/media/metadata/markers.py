"""Cue points with labels: the `cue ` and `LIST adtl` chunks of a WAV file.

`parse_markers(pack_cue(m), pack_labels(m)) == m` for labels without NUL.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileMarker:
    """A named position in a file: `frame` counts from its first frame, 0..2^32-1."""

    frame: int
    label: str = ""


def pack_cue(markers: Sequence[FileMarker]) -> bytes:
    """Return the body of a `cue ` chunk, points numbered from 1."""
    points = (
        struct.pack("<II4sIII", number, mark.frame, b"data", 0, 0, mark.frame) for number, mark in enumerate(markers, 1)
    )
    return struct.pack("<I", len(markers)) + b"".join(points)


def pack_labels(markers: Sequence[FileMarker]) -> bytes:
    """Return the body of the `LIST` chunk with the labels of `markers`, numbered as in `pack_cue`."""
    body = b"adtl"
    for number, mark in enumerate(markers, 1):
        text = struct.pack("<I", number) + mark.label.encode("utf-8", "surrogateescape") + b"\0"
        body += b"labl" + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
    return body


def parse_markers(cue: bytes, labels: bytes) -> tuple[FileMarker, ...]:
    """Parse the bodies of a `cue ` and a `LIST adtl` chunk; truncated points are omitted.

    Inverse of `pack_cue` and `pack_labels`.
    """
    names = _parse_labels(labels)
    count = min(int.from_bytes(cue[:4], "little"), max(0, len(cue) - 4) // 24)
    points = (struct.unpack_from("<II4sIII", cue, 4 + 24 * place) for place in range(count))
    return tuple(FileMarker(frame, names.get(number, "")) for number, _, _, _, _, frame in points)


def _parse_labels(labels: bytes) -> dict[int, str]:
    names, at = {}, 4
    while labels[:4] == b"adtl" and at + 12 <= len(labels):
        name, size, number = struct.unpack_from("<4sII", labels, at)
        if name == b"labl":
            text = labels[at + 12 : at + 8 + size]
            names[number] = text.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
        at += 8 + size + size % 2
    return names
