"""Read-ahead for the transport: chunks of every voice from the position on, past a loop's end to its start.

Memory is bounded by the read-ahead, whatever the length of the files and the number of voices.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Samples

from .voice import Voice

CHUNK_FRAMES: Final = 8192
AHEAD_FRAMES: Final = 16 * CHUNK_FRAMES
"""Default read-ahead: 2.7 s at 48 kHz."""

_LEAST_CHUNKS: Final = 4
_MOST_CHUNKS: Final = 1024
"""Chunks of all voices together, 64 MB of stereo; many voices are read less far ahead."""

_SOON: Final = 2

FrameRange = tuple[int, int]


class ReadAhead:
    """Chunks of the open `voices` in memory. One thread fills, another reads blocks; neither waits for the other."""

    def __init__(self, frames: int = AHEAD_FRAMES) -> None:
        self.voices: dict[int, Voice] = {}
        self._read_ahead_frames = frames
        self._chunks: dict[tuple[int, int], Samples] = {}
        self._plan: object = None
        self._missing: deque[tuple[int, int]] = deque()

    def block(self, key: int, first: int, stop: int) -> Samples | None:
        """Return frames `[first, stop)` of voice `key` as (width, stop - first); None where some are not read yet."""
        parts = []
        for index in range(first // CHUNK_FRAMES, -(-stop // CHUNK_FRAMES)):
            chunk = self._chunks.get((key, index))
            if chunk is None:
                return None
            base = index * CHUNK_FRAMES
            parts.append(chunk[:, max(0, first - base) : stop - base])
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def is_ready(self, position: int, frames: int, keys: Iterable[int]) -> bool:
        """Whether at least one chunk of every voice of `keys` from `position` on is in memory."""
        first, last = position // CHUNK_FRAMES, max(0, frames - 1) // CHUNK_FRAMES
        indices = range(first, min(first + 1, last) + 1)
        return all((key, index) in self._chunks for key in keys for index in indices)

    def fill(
        self,
        position: int,
        frames: int,
        loop: FrameRange | None,
        keep: Iterable[int] = (),
        audible: Collection[int] = (),
    ) -> bool:
        """Read the next missing chunk of a voice and discard chunks no longer needed; returns whether one was missing.

        keep : other positions that may be jumped to, such as the start of play.     audible : keys to read first.
        """
        indices = tuple(dict.fromkeys(self._indices(position, frames, loop, keep)))
        keys = tuple(self.voices)
        plan = (indices, keys, frozenset(audible))
        if plan != self._plan:
            self._plan = plan
            self._discard(set(indices), set(keys))
            self._missing = deque(self._order(indices, keys, audible))
        while self._missing:
            key, index = self._missing.popleft()
            if key in self.voices and (key, index) not in self._chunks:
                self._chunks[key, index] = self._read(self.voices[key], index)
                return True
        return False

    @property
    def memory_bytes(self) -> int:
        """Memory of all chunks in bytes; chunks of silence have none."""
        return sum(chunk.nbytes for chunk in list(self._chunks.values()) if chunk.strides[1])

    def _discard(self, indices: set[int], keys: set[int]) -> None:
        for key, index in list(self._chunks):
            if index not in indices or key not in keys:
                self._chunks.pop((key, index), None)

    def _order(
        self, indices: tuple[int, ...], keys: tuple[int, ...], audible: Collection[int]
    ) -> Iterator[tuple[int, int]]:
        """Yield missing chunks in the order they will be needed: of what sounds soon first."""
        first = [key for key in keys if key in audible]
        others = [key for key in keys if key not in audible]
        for part, group in ((indices[:_SOON], first), (indices[:_SOON], others), (indices[_SOON:], [*first, *others])):
            for index in part:
                yield from ((key, index) for key in group if (key, index) not in self._chunks)

    def _read(self, voice: Voice, index: int) -> Samples:
        first, stop = index * CHUNK_FRAMES, (index + 1) * CHUNK_FRAMES
        if voice.sounds_in(first, stop):
            return voice.read(first, stop)
        return np.broadcast_to(np.float32(0), (voice.width, CHUNK_FRAMES))

    def _indices(self, position: int, frames: int, loop: FrameRange | None, keep: Iterable[int]) -> Iterator[int]:
        """Yield chunk numbers in the order they will be needed."""
        left, at = min(self._read_ahead_frames, self._longest), position
        while left > 0:
            stop = loop[1] if loop and at < loop[1] else frames
            stop = min(stop, at + left)
            yield from range(at // CHUNK_FRAMES, -(-stop // CHUNK_FRAMES))
            left -= max(1, stop - at)
            if loop and stop == loop[1]:
                at = loop[0]
            elif stop >= frames:
                break
            else:
                at = stop
        for other in (*keep, *(loop[:1] if loop else ())):
            yield other // CHUNK_FRAMES
            yield other // CHUNK_FRAMES + 1

    @property
    def _longest(self) -> int:
        """The frames ahead of the position that the memory for all voices allows."""
        return CHUNK_FRAMES * max(_LEAST_CHUNKS, _MOST_CHUNKS // max(1, len(self.voices)))
