"""What the model says about a whole clip, stitched from its windows and kept where it is cheap.

An `Estimate` is all that rendering needs besides the clip itself: a new strength, gate or reduction renders again from
it in milliseconds, without inference. Frames lie in a temporary file once they outgrow memory, so an hour costs no more
of it than a minute.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.ndimage import maximum_filter1d

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Doubles, Floats

from .base import Grid
from .card import PresenceRule

_IN_MEMORY = 48 << 20
_PIECE = 4 << 20
_SMOOTHING = 15
"""Presence is taken over this many grid frames on either side: 150 ms at 100 frames a second."""

PEAK_SECONDS = 1.0
"""How far a clear moment vouches for what is softer before and after it."""


class FrameStore:
    """A growing array `(frames, *shape)` that moves to disk when it gets large, kept as `dtype`."""

    def __init__(self, shape: tuple[int, ...], dtype: str = "float16") -> None:
        self.shape = shape
        self.dtype = dtype
        self._dtype = np.dtype(dtype)
        self.frames = 0
        self._file: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="flowsep-")
        self._bytes = self._dtype.itemsize * int(np.prod(shape))

    def append(self, block: Floats) -> None:
        """Add `(n, *shape)` frames at the end."""
        self._file.seek(self.frames * self._bytes)
        self._file.write(np.ascontiguousarray(block, self._dtype).tobytes())
        self.frames += len(block)

    def read(self, start: int, stop: int) -> Floats:
        """Frames `[start, stop)` as float32; the first and last frame are held outside."""
        low, high = (min(max(edge, 0), self.frames - 1) for edge in (start, stop - 1))
        self._file.seek(low * self._bytes)
        stored = np.frombuffer(self._file.read((high - low + 1) * self._bytes), self._dtype)
        block: Floats = stored.reshape(-1, *self.shape).astype(np.float32)
        before, after = min(stop, low) - start, stop - max(start, high + 1)
        if max(before, 0) + max(after, 0) == 0:
            return block
        return np.pad(block, [(max(before, 0), max(after, 0)), *[(0, 0)] * len(self.shape)], mode="edge")[
            : stop - start
        ]

    def dump(self, write: Callable[[bytes], Any]) -> None:
        """Hand all frames to `write`, in pieces; `load` is the inverse."""
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            write(piece)

    @classmethod
    def load(
        cls, shape: tuple[int, ...], frames: int, read: Callable[[int], bytes], dtype: str = "float16"
    ) -> "FrameStore":
        """Frames as `dump` handed them out. Raises EOFError where `read` has fewer."""
        store = cls(shape, dtype)
        left = frames * store._bytes
        while left:
            piece = read(min(left, _PIECE))
            if not piece:
                store.close()
                raise EOFError(f"{left} bytes of {frames} frames are missing")
            store._file.write(piece)
            left -= len(piece)
        store.frames = frames
        return store

    def close(self) -> None:
        """Forget the frames."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class Estimate:
    """Log-odds and presence of Q texts over grid frames `[first, first + frames)` of the timeline.

    log_odds : FrameStore of (Q, bands).     generated : FrameStore of (Q, voice.width), what the engine
    makes sound of, at the clip's level; or None.
    energy : (Q, frames) of each sound, total : (frames,) of everything, both in the model's own units.
    """

    queries: tuple[str, ...]
    grid: Grid
    first: int
    mask_logits: FrameStore
    energy: Floats
    total: Floats
    presence_rule: PresenceRule
    generated: FrameStore | None = None

    @property
    def frames(self) -> int:
        """How many grid frames it covers."""
        return self.mask_logits.frames

    def share_db(self) -> Floats:
        """Each sound's share of the energy around each frame, dB re everything there, `(Q, frames)`."""
        energy, total = _around(self.energy), _around(self.total)
        share = energy / np.maximum(total, 1e-20)
        return (10 * np.log10(np.clip(share, 1e-9, 1.0))).astype(np.float32)

    def presence(self) -> Floats:
        """Whether each sound is there, 0..1, `(Q, frames)`: linear in its share over the card's width.

        Nothing is there but within `PEAK_SECONDS` of a frame in which the share reaches the card's peak.
        """
        rule, share = self.presence_rule, self.share_db()
        rising = np.clip((share - rule.threshold_db) / max(rule.width_db, 1e-3) + 0.5, 0.0, 1.0)
        if rule.peak_db is not None:
            reach = round(PEAK_SECONDS * self.grid.rate / self.grid.hop)
            rising = rising * (maximum_filter1d(share, 2 * reach + 1, axis=-1, mode="nearest") >= rule.peak_db)
        return np.asarray(rising * (_around(self.total) > 1e-14), np.float32)

    def unsure(self, span: Span) -> list[bool]:
        """Whether each sound, if it is there at all, is nowhere in `span` as clear as the card's `sure_db`."""
        sure = self.presence_rule.sure_db
        highest = self.share_db()[:, self.frames_of(span)].max(axis=-1, initial=-200.0)
        return [sure is not None and bool(value < sure) for value in highest]

    def overall_db(self, span: Span) -> list[float]:
        """Each sound's share of the energy of all of `span`, dB."""
        inside = self.frames_of(span)
        total = float(self.total[inside].sum(dtype=np.float64))
        shares = [float(energy[inside].sum(dtype=np.float64)) / max(total, 1e-20) for energy in self.energy]
        return [round(float(10 * np.log10(max(share, 1e-9))), 2) for share in shares]

    def frames_of(self, span: Span) -> slice:
        """The frames of this estimate that lie in `span`, as indices into its arrays."""
        start = -(-span.start * self.grid.rate // (span.rate * self.grid.hop)) - self.first
        stop = -(-span.stop * self.grid.rate // (span.rate * self.grid.hop)) - self.first
        return slice(max(0, start), max(start + 1, stop, 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget it, temporary files included."""
        self.mask_logits.close()
        if self.generated is not None:
            self.generated.close()


def _around(values: Floats) -> Doubles:
    """Mean over `_SMOOTHING` frames on either side, along the last axis."""
    reach = _SMOOTHING
    padded = np.pad(values.astype(np.float64), [(0, 0)] * (values.ndim - 1) + [(reach + 1, reach)])
    sums = np.cumsum(padded, axis=-1)
    counts = np.cumsum(np.pad(np.ones(values.shape[-1]), (reach + 1, reach)))
    width = 2 * reach + 1
    return np.asarray(np.maximum((sums[..., width:] - sums[..., :-width]) / (counts[width:] - counts[:-width]), 0.0))
