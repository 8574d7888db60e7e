"""One placed piece at the output's rate: which frames it sounds in, and their samples.

A piece is resampled from its clip's first frame on, and its window cuts the file, not the resampled sound; so the
pieces of a clip sum to the clip at every rate, filter tails included.
"""

from typing import Any, Final

import numpy as np

from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.types import Samples

from .channel_fold import fold
from .file_pool import FilePool, FileVersion
from .program import PlacedPiece

_MARGIN_FRAMES: Final = 2048
"""More than soxr's HQ filter looks to either side, so that a resampled part equals that part of the resampled file."""

_TAIL_FRAMES: Final = 110
"""Frames, at the lower of both rates, after which that filter's answer is below -140 dB."""

_FINEST: Final = 48_000
"""Largest denominator of a speed: off by less than a frame a day, and blocks of at most a second are read."""


class PieceReader:
    """Samples of `piece` of a session at `session_rate`, at `rate` Hz in `width` channels."""

    def __init__(self, piece: PlacedPiece, version: FileVersion, session_rate: int, rate: int, width: int) -> None:
        self.piece, self.version = piece, version
        self._width, self._session_per_frame = width, session_rate / rate
        speed = (piece.cut.rate * piece.play_rate / rate).limit_denominator(_FINEST)
        self._media, self._out = speed.numerator, speed.denominator
        self._at = _nearest(piece.place.start, session_rate, rate)
        length = _nearest(piece.place.stop, session_rate, rate) - self._at
        first, stop = self._window(-(-length * self._media // self._out))
        self._played = (first, stop)
        tail = 0 if self._media == self._out else -(-_TAIL_FRAMES * max(self._media, self._out) // self._media)
        self.start = self._at + first * self._out // self._media - tail
        self.stop = self._at + -(-stop * self._out // self._media) + tail if stop > first else self.start

    def read(self, pool: FilePool, first: int, stop: int) -> Samples:
        """Return output frames `[first, stop)` as (width, stop - first) float32. Raises as `FilePool.read`."""
        first, stop = first - self._at, stop - self._at
        if self._media == self._out:
            samples = self._file_frames(pool, first, stop)
        else:
            margin = -(-_MARGIN_FRAMES // self._media)
            low, high = first // self._out - margin, -(-stop // self._out) + margin
            samples = resample(self._file_frames(pool, low * self._media, high * self._media), self._media, self._out)[
                :, first - low * self._out : stop - low * self._out
            ]
        level = self._level(first, stop)
        folded = fold(samples, self._width)
        return folded if isinstance(level, float) and level == 1.0 else folded * np.asarray(level, np.float32)

    def _window(self, most: int) -> tuple[int, int]:
        """Return the frames of the cut that sound, counted in the order of playing, at most `most`."""
        piece = self.piece
        cut, window = piece.cut, piece.window or piece.cut
        first, stop = window.start - cut.start, window.stop - cut.start
        if piece.reverse:
            first, stop = cut.frames - stop, cut.frames - first
        return max(0, first), min(cut.frames, stop, most)

    def _file_frames(self, pool: FilePool, first: int, stop: int) -> Samples:
        """Return frames `[first, stop)` of the cut in the order of playing; zeros outside the window."""
        piece = self.piece
        low, high = max(first, self._played[0]), min(stop, self._played[1])
        if high <= low:
            return np.zeros((1, stop - first), np.float32)
        start = piece.cut.stop - high if piece.reverse else piece.cut.start + low
        samples = pool.read(self.version, (start, start + high - low), rate=piece.cut.rate, channels=piece.channels)
        if piece.reverse:
            samples = samples[:, ::-1]
        if (low, high) == (first, stop):
            return samples
        padded = np.zeros((samples.shape[0], stop - first), np.float32)
        padded[:, low - first : high - first] = samples
        return padded

    def _level(self, first: int, stop: int) -> float | np.ndarray[Any, Any]:
        """Return gain, curve and fades at frames from the clip's start: a factor, or (n,) where it moves."""
        piece = self.piece
        start, end = first * self._session_per_frame, stop * self._session_per_frame
        fades_in, fades_out = start < piece.fade_in, end > piece.place.frames - piece.fade_out and piece.fade_out > 0
        if piece.gain_curve is None and not fades_in and not fades_out:
            return piece.gain
        frames = np.arange(first, stop) * self._session_per_frame
        level = np.full(stop - first, piece.gain)
        if piece.gain_curve is not None:
            level *= piece.gain_curve.at(frames)
        if fades_in and piece.fade_in:
            level *= (frames / piece.fade_in).clip(0, 1)
        if fades_out:
            level *= ((piece.place.frames - frames) / piece.fade_out).clip(0, 1)
        return level


def _nearest(frame: int, old: int, new: int) -> int:
    """Return the frame at `new` Hz nearest to one at `old` Hz; halves go up."""
    return (2 * frame * new + old) // (2 * old)
