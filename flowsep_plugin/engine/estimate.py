"""Estimates of whole clips, stitched from windows.

An `Estimate` and the clip are all that rendering needs: new render settings take milliseconds and no inference. Frames
move to a temporary file once they are large, so an hour takes no more memory than a minute.
"""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d, maximum_filter1d

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Doubles, Floats
from flowsep_plugin.media.atomic import disk_error
from flowsep_plugin.queries import HERE, NOT_HERE, Hints

from .base import Grid
from .card import PresenceRule
from .mask_logits import LIMIT

_IN_MEMORY = 48 << 20
_PIECE = 4 << 20
_SMOOTHING = 15
"""Presence is averaged over this many grid frames on either side: 150 ms at 100 frames per second."""

PEAK_SECONDS = 1.0
"""Softer moments count as present only this close to one that is clear."""


class FrameStore:
    """A growing array `(frames, *shape)` of `dtype` that moves to a temporary file beyond 48 MB."""

    def __init__(self, shape: tuple[int, ...], dtype: str = "float16") -> None:
        self.shape = shape
        self.dtype = dtype
        self._dtype = np.dtype(dtype)
        self.frames = 0
        self._file: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="flowsep-")
        self._bytes = self._dtype.itemsize * int(np.prod(shape))

    def append(self, block: Floats) -> None:
        """Append a block of frames `(n, *shape)`. Raises MediaError where the temporary folder refuses, StorageFull."""
        try:
            self._file.seek(self.frames * self._bytes)
            self._file.write(np.ascontiguousarray(block, self._dtype).tobytes())
        except OSError as error:
            raise disk_error(error)(
                f"{tempfile.gettempdir()}: the estimate cannot be written there ({error.strerror}); free some room or "
                "let TMPDIR name a folder on another disk"
            ) from error
        self.frames += len(block)

    def read(self, start: int, stop: int) -> Floats:
        """Return frames `[start, stop)`, `(stop - start, *shape)` float32; outside, the first or last frame repeats."""
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

    def raw(self, start: int) -> Floats:
        """Return the frames from `start` on as they are stored, `(frames - start, *shape)` of `dtype`."""
        self._file.seek(start * self._bytes)
        return np.frombuffer(self._file.read(), self._dtype).reshape(-1, *self.shape)

    def dump(self, write: Callable[[bytes], Any]) -> None:
        """Pass all frames as bytes to `write`, piece by piece. Inverse: `load`."""
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            write(piece)

    @classmethod
    def load(
        cls, shape: tuple[int, ...], frames: int, read: Callable[[int], bytes], dtype: str = "float16"
    ) -> "FrameStore":
        """Return a store of frames that `dump` wrote, from `read(count)`. Raises EOFError where bytes are missing."""
        store = cls(shape, dtype)
        missing = frames * store._bytes
        while missing:
            piece = read(min(missing, _PIECE))
            if not piece:
                store.close()
                raise EOFError(f"{missing} bytes of {frames} frames are missing")
            store._file.write(piece)
            missing -= len(piece)
        store.frames = frames
        return store

    def close(self) -> None:
        """Discard the frames and their temporary file. Idempotent."""
        with suppress(OSError):  # a full disk refuses what is still to be written
            self._file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Mask logits and energies of Q queries over grid frames `[first, first + frames)` of the timeline.

    mask_logits : FrameStore of (Q, bands).     generated : FrameStore of vocoder features (Q, width), at the clip's
    level; or None.
    energy : (Q, frames) of each query's sound.     total : (frames,) of the mixture; both in the model's own units.
    hinted : (Q, frames), `HERE` and `NOT_HERE` where a person said so, else 0; None without hints.
    """

    queries: tuple[str, ...]
    grid: Grid
    first: int
    mask_logits: FrameStore
    energy: Floats
    total: Floats
    presence_rule: PresenceRule
    generated: FrameStore | None = None
    hinted: NDArray[np.int8] | None = None

    def with_hints(self, hints: Sequence[Hints | None]) -> Self:
        """Return the estimate, with the same frames, as `hints` of its first queries correct it; () for none."""
        if not any(hints):
            return replace(self, hinted=None)
        step, hinted = Fraction(self.grid.hop, self.grid.rate), np.zeros((len(self.queries), self.frames), np.int8)
        for row, own in zip(hinted, hints, strict=False):
            if own is not None:
                row[:] = own.on_grid(self.first, self.frames, step)
        return replace(self, hinted=hinted)

    def read_mask_logits(self, start: int, stop: int) -> Floats:
        """Return the mask logits of frames `[start, stop)`, (stop - start, Q, bands), as hints correct them.

        Outside of the estimate its first or last frame repeats.
        """
        logits = self.mask_logits.read(start, stop)
        if self.hinted is not None:
            frames = np.clip(np.arange(start, stop), 0, self.frames - 1)
            logits = np.where((self.hinted[:, frames] == NOT_HERE).T[..., None], np.float32(-LIMIT), logits)
        return logits

    @property
    def frames(self) -> int:
        """Number of grid frames that it covers."""
        return self.mask_logits.frames

    def share_db(self) -> Floats:
        """Return each query's share of the energy around each frame, dB relative to the mixture, `(Q, frames)`."""
        energy, total = _around(self.energy), _around(self.total)
        share = energy / np.maximum(total, 1e-20)
        return (10 * np.log10(np.clip(share, 1e-9, 1.0))).astype(np.float32)

    def presence(self) -> Floats:
        """Return the presence of each query's sound, `(Q, frames)` in 0..1: linear in its share over the card's width.

        It is 0 except within `PEAK_SECONDS` of a frame in which the share reaches the card's peak. Where hints say that
        the sound is here, or is not, it is 1 or 0.
        """
        rule, share = self.presence_rule, self.share_db()
        rising = np.clip((share - rule.threshold_db) / max(rule.width_db, 1e-3) + 0.5, 0.0, 1.0)
        if rule.peak_db is not None:
            reach = round(PEAK_SECONDS * self.grid.rate / self.grid.hop)
            rising = rising * (maximum_filter1d(share, 2 * reach + 1, axis=-1, mode="nearest") >= rule.peak_db)
        if self.hinted is not None:
            rising = np.where(self.hinted == HERE, 1.0, np.where(self.hinted == NOT_HERE, 0.0, rising))
        return np.asarray(rising * (_around(self.total) > 1e-14), np.float32)

    def unsure(self, span: Span) -> list[bool]:
        """Return for each query whether its share is under the card's `sure_db` in all of `span`: it may be there.

        A query whose sound a person pointed at in `span` is there.
        """
        inside, sure_db = self.frames_of(span), self.presence_rule.sure_db
        is_sure = self.share_db()[:, inside].max(axis=-1, initial=-200.0) >= (-np.inf if sure_db is None else sure_db)
        if self.hinted is not None:
            is_sure |= (self.hinted[:, inside] == HERE).any(axis=-1)
        return [not one for one in is_sure.tolist()]

    def overall_db(self, span: Span) -> list[float]:
        """Return each query's share of the energy of all of `span`, dB."""
        inside = self.frames_of(span)
        total = float(self.total[inside].sum(dtype=np.float64))
        shares = [float(energy[inside].sum(dtype=np.float64)) / max(total, 1e-20) for energy in self.energy]
        return [round(float(10 * np.log10(max(share, 1e-9))), 2) for share in shares]

    def frames_of(self, span: Span) -> slice:
        """Return the frames of this estimate within `span`, as a slice of its arrays."""
        start = -(-span.start * self.grid.rate // (span.rate * self.grid.hop)) - self.first
        stop = -(-span.stop * self.grid.rate // (span.rate * self.grid.hop)) - self.first
        return slice(max(0, start), max(start + 1, stop, 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Discard all frames, temporary files included. Idempotent."""
        self.mask_logits.close()
        if self.generated is not None:
            self.generated.close()


def _around(values: Floats) -> Doubles:
    """Return the mean over `_SMOOTHING` frames on either side, along the last axis.

    Every mean is summed by itself: running sums would leave the rounding of a loud moment in all frames after it.
    """
    window = np.ones(2 * _SMOOTHING + 1)
    sums, counts = (
        correlate1d(array, window, axis=-1, mode="constant")
        for array in (values.astype(np.float64), np.ones(values.shape[-1]))
    )
    return np.asarray(sums / counts)
