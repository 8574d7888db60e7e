"""The head of a WAV or RF64 file: everything up to the first sample, with `bext` and `iXML` before the audio.

Sources: EBU Tech 3285 (BWF), EBU Tech 3306 (RF64), Microsoft's WAVE_FORMAT_EXTENSIBLE.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .chunks import UNKNOWN_32
from .metadata.adm import RawChunk
from .metadata.bext import Bext, pack_bext
from .metadata.markers import FileMarker, pack_cue, pack_labels

RF64_FROM: Final = 2**32 - 1
"""RIFF size from which a file becomes RF64."""

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_GUID_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")
_MASKS: Final = {1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x70F, 8: 0x63F}
"""Speaker masks of mono, stereo, 3.0, quad, 5.0, 5.1, 6.1 and 7.1; other channel counts have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSpec:
    """Format, length and metadata of a WAV file to be written.

    bits : 24 for integers, 32 for floats.     channel_mask : None takes the common layout of that channel count.
    tail : chunks after the audio.
    """

    rate: int
    channels: int
    frames: int
    bits: int
    bext: Bext | None = None
    ixml: bytes | None = None
    markers: Sequence[FileMarker] = ()
    channel_mask: int | None = None
    tail: Sequence[RawChunk] = ()

    @property
    def frame_bytes(self) -> int:
        """Size of one frame in bytes."""
        return self.channels * self.bits // 8

    @property
    def data_bytes(self) -> int:
        """Size of the audio in bytes, without padding."""
        return self.frames * self.frame_bytes


def wave_head(spec: WaveSpec, rf64_from: int = RF64_FROM) -> list[bytes]:
    """Return the file up to its first sample, one item per chunk: first the RIFF head, last the head of `data`.

    A zero byte must follow the audio if `spec.data_bytes` is odd, then `wave_tail`. Raises ValueError where metadata
    does not fit.
    """
    chunks = list(_chunks(spec))
    padded = spec.data_bytes + spec.data_bytes % 2 + sum(map(len, wave_tail(spec)))
    riff_bytes = 4 + sum(map(len, chunks)) + 8 + padded
    if riff_bytes < rf64_from:
        return [
            b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVE",
            *chunks,
            b"data" + struct.pack("<I", spec.data_bytes),
        ]
    chunks = list(_chunks(spec, even=True))
    riff_bytes = 4 + sum(map(len, chunks)) + 8 + padded
    sizes = struct.pack("<QQQI", riff_bytes + 36, spec.data_bytes, spec.frames, 0)
    unknown = struct.pack("<I", UNKNOWN_32)
    return [b"RF64" + unknown + b"WAVE", _chunk(b"ds64", sizes), *chunks, b"data" + unknown]


def wave_tail(spec: WaveSpec) -> list[bytes]:
    """Return the chunks after the audio and its padding byte."""
    return [_chunk(name, content) for name, content in spec.tail]


def _chunks(spec: WaveSpec, even: bool = False) -> Sequence[bytes]:
    """Return the chunks before `data`; with `even`, odd metadata is extended by a byte that its readers ignore.

    libsndfile 1.2.2 does not skip the padding of an unknown chunk in RF64, and then finds no audio.
    """
    chunks = []
    if spec.bext is not None:
        bext = pack_bext(spec.bext)
        chunks.append(_chunk(b"bext", bext + b"\0" * (even and len(bext) % 2)))
    if spec.ixml is not None:
        chunks.append(_chunk(b"iXML", spec.ixml + b"\n" * (even and len(spec.ixml) % 2)))
    chunks.append(_chunk(b"fmt ", _format(spec)))
    if spec.bits == 32:
        chunks.append(_chunk(b"fact", struct.pack("<I", min(spec.frames, UNKNOWN_32))))
    if spec.markers:
        chunks.append(_chunk(b"cue ", pack_cue(spec.markers)))
        chunks.append(_chunk(b"LIST", pack_labels(spec.markers)))
    return chunks


def _format(spec: WaveSpec) -> bytes:
    """Return the `fmt ` body: plain for floats of one or two channels, extensible for the rest."""
    tag = _FLOAT if spec.bits == 32 else _PCM
    plain = spec.bits == 32 and spec.channels <= 2 and spec.channel_mask is None
    body = struct.pack(
        "<HHIIHH",
        tag if plain else _EXTENSIBLE,
        spec.channels,
        spec.rate,
        spec.rate * spec.frame_bytes,
        spec.frame_bytes,
        spec.bits,
    )
    if plain:
        return body + struct.pack("<H", 0)
    mask = _MASKS.get(spec.channels, 0) if spec.channel_mask is None else spec.channel_mask
    return body + struct.pack("<HHIH", 22, spec.bits, mask, tag) + _GUID_TAIL


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
