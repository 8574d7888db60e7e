"""Lets libsndfile decode an MP3 without a Xing header to its end.

Without one libmpg123 estimates the length from the first frame's bit rate and libsndfile stops there: a file of
variable bit rate loses audio silently (measured: 20,097 of 49,536 frames were decoded). Such a file is therefore
prefixed with two frames: an Info frame that declares more frames than the file can hold, so that decoding ends with the
file, and a silent one. After an Info frame libmpg123 drops 529 frames, its decoder delay, which ffmpeg and DAWs keep;
they are taken from the silent frame, and `lead_frames` is the rest of it.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

_KBPS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_MPEG_1, _LAYER_3, _MONO = 3, 1, 3
_BIT_RATE: Final = 9
_SHORTEST_FRAME: Final = 24
_DECODER_DELAY: Final = 529
_SEARCH_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class _Header:
    """The four bytes that open an MPEG Layer III frame (ISO 11172-3, 2.4.1.3), checked."""

    raw: bytes
    version: int
    kbps: int
    rate: int
    mono: bool

    @classmethod
    def parse(cls, raw: bytes) -> Self | None:
        """Parse the header at the start of `raw`; None where there is none."""
        if len(raw) < 4 or raw[0] != 0xFF or raw[1] & 0xE0 != 0xE0:
            return None
        version, layer = raw[1] >> 3 & 3, raw[1] >> 1 & 3
        bit_rate, rate = raw[2] >> 4, raw[2] >> 2 & 3
        if version not in _RATES or layer != _LAYER_3 or not 0 < bit_rate < 15 or rate == 3:
            return None
        kbps = (_KBPS_1 if version == _MPEG_1 else _KBPS_2)[bit_rate]
        return cls(raw[:4], version, kbps, _RATES[version][rate], raw[3] >> 6 == _MONO)

    @property
    def length(self) -> int:
        """Length of the whole frame in bytes."""
        return (144_000 if self.version == _MPEG_1 else 72_000) * self.kbps // self.rate + (self.raw[2] >> 1 & 1)

    @property
    def info_at(self) -> int:
        """Offset of a Xing or Info tag in the frame, in bytes."""
        stereo, mono = (32, 17) if self.version == _MPEG_1 else (17, 9)
        return 4 + (mono if self.mono else stereo)


@dataclass(frozen=True, slots=True)
class Endless:
    """An MP3 prefixed for libsndfile; the first `lead_frames` decoded frames are not part of the file."""

    file: io.BufferedReader
    lead_frames: int


def without_end(path: Path) -> Endless | None:
    """Open `path` with an Info frame in front; None where it has one, or is not a plain Layer III stream."""
    with path.open("rb") as file:
        at = _after_id3(file)
        file.seek(at)
        start = file.read(_SEARCH_BYTES)
        size = file.seek(0, 2)
    for place in range(max(0, len(start) - 4)):
        header = _Header.parse(start[place : place + 4])
        if header and _Header.parse(start[place + header.length :]):
            tag = start[place + header.info_at :][:4]
            if tag in (b"Xing", b"Info"):
                return None
            prefix = _info_frame(header, size) + _frame(header)
            lead = (1152 if header.version == _MPEG_1 else 576) - _DECODER_DELAY
            return Endless(io.BufferedReader(_Prefixed(prefix, path, at + place)), lead)
    return None


def _after_id3(file: io.BufferedReader) -> int:
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    return 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))


def _info_frame(like: _Header, file_bytes: int) -> bytes:
    """Return a frame that is not played, whose Info tag declares the most frames that `file_bytes` could hold."""
    count = file_bytes // _SHORTEST_FRAME + 2
    return _frame(like, b"Info" + (1).to_bytes(4, "big") + count.to_bytes(4, "big"))


def _frame(like: _Header, tag: bytes = b"") -> bytes:
    """Return a silent frame without CRC at 128 kbit/s (MPEG 2 and 2.5: 64), with `tag` at the position of tags."""
    raw = bytes((0xFF, like.raw[1] | 1, _BIT_RATE << 4 | like.raw[2] & 0x0C, like.raw[3]))
    header = _Header.parse(raw)
    assert header is not None
    return (raw.ljust(header.info_at, b"\0") + tag).ljust(header.length, b"\0")


class _Prefixed(io.RawIOBase):
    """A stream of `prefix`, then the bytes of `path` from `start`."""

    def __init__(self, prefix: bytes, path: Path, start: int) -> None:
        self._prefix, self._start, self._at = prefix, start, 0
        self._file = path.open("rb")
        self._size = len(prefix) + self._file.seek(0, 2) - start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self._at < len(self._prefix):
            part = self._prefix[self._at : self._at + len(view)]
        else:
            self._file.seek(self._at - len(self._prefix) + self._start)
            part = self._file.read(len(view))
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()
