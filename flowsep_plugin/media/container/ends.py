"""Ends of the sound streams of an open container, by the time stamps of their last packets: nothing is decoded.

The header of Matroska gives the length of the longest stream only, and that of a stream without a container (AAC) is
an estimate of libav from its first packets.
"""

import contextlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, BinaryIO, Final

_SEEKING: Final = frozenset(("matroska", "avi", "asf", "flv", "mpegts", "mpeg"))
_READ_WHOLE: Final = frozenset(("aac", "ac3", "eac3", "dts", "amr"))
_FIRST_STEP_SECONDS: Final = 2
_MOST_STEPS: Final = 8
_LATEST_SECONDS: Final = 60
"""After the end of the container: later time stamps are damaged."""

_MOST_BYTES: Final = 1 << 26
_MOST_PACKETS: Final = 400_000


class MeteredFile:
    """A file for a demuxer whose reads can be limited: from `limit` on, it ends after so many more bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, -1
        self.seek, self.tell = file.seek, file.tell

    @property
    def is_used_up(self) -> bool:
        """Whether a read was refused."""
        return self._left == 0

    def limit(self, count: int) -> None:
        """Let at most `count` more bytes be read."""
        self._left = count

    def read(self, count: int) -> bytes:
        """Return at most `count` bytes; none once the limit is reached."""
        if self._left < 0:
            return self._file.read(count)
        part = self._file.read(min(count, self._left))
        self._left -= len(part)
        return part


def sound_ends(av: Any, container: Any, file: MeteredFile, demuxer: str) -> Mapping[int, Fraction]:
    """Return the time stamps, in seconds, at which the sound streams of an open container end, by their indices.

    Those of which nothing is found without reading more than 64 MiB are left out. The container cannot be read on.
    """
    sounds = {stream.index for stream in container.streams.audio}
    if demuxer not in _SEEKING | _READ_WHOLE or not sounds:
        return {}
    for other in container.streams:
        if other.index not in sounds:
            other.discard = type(other.discard)["all"]
    file.limit(_MOST_BYTES)
    ends: dict[int, Fraction] = {}
    with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
        for stamps in _passes(container, sounds, is_whole=demuxer in _READ_WHOLE):
            if file.is_used_up:
                break
            ends = {**stamps, **ends}
            if sounds <= ends.keys():
                break
    return ends


def _passes(container: Any, sounds: set[int], *, is_whole: bool) -> Iterator[dict[int, Fraction]]:
    """Yield the ends of streams: read from shortly before the end of the container on, then from further back."""
    if is_whole:
        yield _last_stamps(container, sounds)
    if is_whole or not container.duration:
        return
    start, step = int(container.start_time or 0), _FIRST_STEP_SECONDS * 1_000_000
    latest = Fraction(start + container.duration, 1_000_000) + _LATEST_SECONDS
    for _ in range(_MOST_STEPS):
        place = max(start, start + container.duration - step)
        container.seek(place)
        yield {index: end for index, end in _last_stamps(container, sounds).items() if end < latest}
        if place == start:
            return
        step *= 4


def _last_stamps(container: Any, sounds: set[int]) -> dict[int, Fraction]:
    """Return the latest time stamps, in seconds, at which packets end from here on, by the indices of their streams."""
    ends: dict[int, int] = {}
    bases: dict[int, Fraction] = {}
    for count, packet in enumerate(container.demux()):
        index = packet.stream_index
        if count > _MOST_PACKETS:
            return {}
        if packet.pts is None or index not in sounds:
            continue
        stop = packet.pts + (packet.duration or 0)
        if stop > ends.get(index, stop - 1):
            ends[index], bases[index] = stop, packet.time_base
    return {index: stop * Fraction(bases[index]) for index, stop in ends.items()}
