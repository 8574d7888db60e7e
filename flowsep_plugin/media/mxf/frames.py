"""Random access to the samples of an MXF file; only the bytes of the frames are read."""

from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.errors import MediaError

from .sound import MxfSound, SampleLayout, StoredTrack

_FULL_SCALE: Final = np.float32(2.0**-31)
_AES3_MASKS: Final = {16: -(1 << 16), 24: -(1 << 8)}
"""Bits of a subframe that are sound, once the four before them are shifted out (AES3, section 4)."""


class _TrackReader:
    """Reads bytes of a track as if its elements were one stream."""

    def __init__(self, track: StoredTrack) -> None:
        skip = track.layout.skip
        self.layout = track.layout
        self._lead = track.lead
        self._starts = np.frombuffer(track.elements.starts, np.int64) + skip
        self._lengths = np.maximum(np.frombuffer(track.elements.lengths, np.int64) - skip, 0)
        self._ends = np.cumsum(self._lengths)

    def read(self, file: BinaryIO, start: int, stop: int) -> bytes:
        """Return frames `[start, stop)` as they are stored; fewer where the file ends."""
        at, end = ((self._lead + frame) * self.layout.frame_bytes for frame in (start, stop))
        parts = []
        for number in range(int(np.searchsorted(self._ends, at, "right")), len(self._ends)):
            first = int(self._ends[number] - self._lengths[number])
            if first >= end:
                break
            file.seek(int(self._starts[number]) + max(0, at - first))
            parts.append(file.read(min(end, int(self._ends[number])) - max(at, first)))
        return b"".join(parts)


class MxfFrames:
    """Reads frames directly from an MXF file; a `media.frames.Frames`."""

    def __init__(self, path: Path, sound: MxfSound) -> None:
        self.frames = sound.available
        self._path = path
        self._tracks = [_TrackReader(track) for track in sound.tracks]
        self._file = path.open("rb")

    def fetch(self, start: int, stop: int) -> Floats:
        """Return frames `[start, stop)` as (stop - start, channels) float32. Raises MediaError where it is damaged."""
        try:
            stored = [track.read(self._file, start, stop) for track in self._tracks]
        except OSError as error:
            raise MediaError(f"{self._path}: damaged at or after frame {start} ({error}); export it again") from error
        for data, track in zip(stored, self._tracks, strict=True):
            if len(data) < (stop - start) * track.layout.frame_bytes:
                at = start + len(data) // track.layout.frame_bytes
                raise MediaError(f"{self._path}: no audio after frame {at} of {self.frames}; export it again")
        return np.hstack([_samples(data, track.layout) for data, track in zip(stored, self._tracks, strict=True)])

    def close(self) -> None:
        """Close the file; nothing can be fetched after it."""
        self._file.close()


def _samples(stored: bytes, layout: SampleLayout) -> Floats:
    """Return stored frames as (frames, channels) float32, ±1."""
    used = layout.channels * layout.width
    rows = np.frombuffer(stored, np.uint8).reshape(-1, layout.frame_bytes)[:, :used]
    words = rows.reshape(len(rows), layout.channels, layout.width)
    if layout.is_big_endian:
        words = words[..., ::-1]
    whole = np.zeros((len(rows), layout.channels, 4), np.uint8)
    whole[..., 4 - layout.width :] = words
    values = whole.view("<i4")[..., 0]
    if layout.is_aes3:
        values = (values << 4) & np.int32(_AES3_MASKS[layout.bits])
    return values.astype(np.float32) * _FULL_SCALE
