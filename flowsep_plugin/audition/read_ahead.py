"""Read-ahead for the transport: chunks of every file from the position on, past a loop's end to its start.

Memory is bounded by the read-ahead, whatever the files' length. A file that cannot be read is silence from there on;
its error is reported once.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import FlowsepError

from .playback_file import PlaybackFile

CHUNK_FRAMES: Final = 8192
AHEAD_FRAMES: Final = 16 * CHUNK_FRAMES
"""Default read-ahead: 2.7 s at 48 kHz."""

FrameRange = tuple[int, int]


class ReadAhead:
    """Chunks of the open `files` in memory. One thread fills, another reads blocks; neither waits for the other."""

    def __init__(self, frames: int = AHEAD_FRAMES) -> None:
        self.files: dict[int, PlaybackFile] = {}
        self.errors: list[str] = []
        self._read_ahead_frames = frames
        self._chunks: dict[tuple[int, int], Samples] = {}
        self._failed: set[int] = set()

    def block(self, key: int, first: int, stop: int) -> Samples | None:
        """Return frames `[first, stop)` of file `key` as (width, stop - first); None where some are not read yet."""
        parts = []
        for index in range(first // CHUNK_FRAMES, -(-stop // CHUNK_FRAMES)):
            chunk = self._chunks.get((key, index))
            if chunk is None:
                return None
            base = index * CHUNK_FRAMES
            parts.append(chunk[:, max(0, first - base) : stop - base])
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def is_ready(self, position: int, frames: int) -> bool:
        """Whether at least one chunk of every file from `position` on is in memory."""
        first, last = position // CHUNK_FRAMES, max(0, frames - 1) // CHUNK_FRAMES
        indices = range(first, min(first + 1, last) + 1)
        return all((key, index) in self._chunks for key in list(self.files) for index in indices)

    def fill(self, position: int, frames: int, loop: FrameRange | None, keep: Iterable[int] = ()) -> bool:
        """Read the next missing chunk of one file and discard chunks no longer needed; returns whether one was missing.

        keep : other positions that may be jumped to, such as the start of play.
        """
        indices = list(dict.fromkeys(self._indices(position, frames, loop, keep)))
        files = dict(self.files)
        needed = set(indices)
        for key, index in list(self._chunks):
            if index not in needed or key not in files:
                self._chunks.pop((key, index), None)
        for index in indices:
            for key, file in files.items():
                if (key, index) not in self._chunks:
                    self._chunks[key, index] = self._read(key, file, index)
                    return True
        return False

    @property
    def memory_bytes(self) -> int:
        """Memory of all chunks in bytes."""
        return sum(chunk.nbytes for chunk in list(self._chunks.values()))

    def _read(self, key: int, file: PlaybackFile, index: int) -> Samples:
        if key not in self._failed:
            try:
                return file.read(index * CHUNK_FRAMES, (index + 1) * CHUNK_FRAMES)
            except (FlowsepError, OSError) as error:
                self._failed.add(key)
                self.errors.append(f"{file.path.name} plays silence from here on: {error}")
        return np.zeros((file.width, CHUNK_FRAMES), np.float32)

    def _indices(self, position: int, frames: int, loop: FrameRange | None, keep: Iterable[int]) -> Iterator[int]:
        """Yield chunk numbers in the order they will be needed."""
        left, at = self._read_ahead_frames, position
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
