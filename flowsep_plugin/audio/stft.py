"""Short-time Fourier transform on an absolute frame grid, and its inverse.

Frame k is centred at sample k * hop of the timeline, wherever a block starts, so blocks transformed separately agree
with the whole. Analysis and synthesis both use the square root of a periodic Hann window at a hop of a
quarter, whose squares overlap-add to a constant 2: `inverse(forward(x)) == x`.
"""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from .mel import hann
from .types import Floats, Samples, Spectrum


@dataclass(frozen=True, slots=True)
class Stft:
    """Transform of `size` samples with a hop of `size // 4`."""

    size: int

    @classmethod
    def for_rate(cls, rate: int, seconds: float = 0.0464) -> "Stft":
        """Return a transform of the power of two nearest to `seconds` (46 ms: 2048 at 48 kHz), at least 64."""
        return cls(1 << max(6, round(float(np.log2(rate * seconds)))))

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return self.size // 4

    @property
    def bins(self) -> int:
        """Number of frequencies from 0 to half the rate."""
        return self.size // 2 + 1

    def frames_over(self, start: int, stop: int) -> tuple[int, int]:
        """Return the half-open range of frames whose windows touch samples `[start, stop)`."""
        return (start - self.size // 2) // self.hop + 1, -(-(stop + self.size // 2) // self.hop)

    def samples_under(self, first: int, last: int) -> tuple[int, int]:
        """Return the half-open range of samples under the windows of frames `[first, last)`."""
        return first * self.hop - self.size // 2, (last - 1) * self.hop + self.size // 2

    def forward(self, samples: Samples) -> Spectrum:
        """Transform `(..., n)`, n = size + m * hop, to `(..., m + 1, bins)`; the first frame starts at sample 0."""
        views = sliding_window_view(samples, self.size, axis=-1)[..., :: self.hop, :]
        return np.asarray(scipy.fft.rfft(views * self._window, axis=-1), np.complex64)

    def inverse(self, spectrum: Spectrum) -> Samples:
        """Overlap-add `(..., frames, bins)` to `(..., size + (frames - 1) * hop)`.

        The first and last `size - hop` samples lack overlapping frames: discard them.
        """
        parts = scipy.fft.irfft(spectrum, n=self.size, axis=-1).astype(np.float32, copy=False) * (self._window / 2)
        frames, hop = spectrum.shape[-2], self.hop
        rows = np.zeros((*spectrum.shape[:-2], frames + 3, hop), np.float32)
        quarters = parts.reshape(*parts.shape[:-1], 4, hop)
        for quarter in range(4):
            rows[..., quarter : quarter + frames, :] += quarters[..., quarter, :]
        return rows.reshape(*spectrum.shape[:-2], (frames + 3) * hop)

    @property
    def _window(self) -> Floats:
        return np.sqrt(hann(self.size))
