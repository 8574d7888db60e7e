"""Levels far above full scale: which samples are audio, and how float32 keeps the powers of loud ones.

Floats of integers (±32768, ±2^31) are common and separated like any clip; a sample near the end of float32's range is
damage. Powers of samples overflow float32 from about 1e9 on, so loud audio is brought near full scale first.
"""

from typing import Final

import numpy as np

from flowsep_plugin.errors import MediaError

from .types import Samples

MOST_SAMPLE: Final = float(np.float32(1e30))
"""The largest sample that is separated, +600 dBFS. Sums of stems and residual are finite in float32 up to here."""

LOUD: Final = 2.0**10
"""From here on, +60 dBFS, audio is scaled before its powers are computed."""


def peak_of(samples: Samples) -> float:
    """Return the highest absolute sample of (..., frames); 0 for none."""
    return float(max(samples.max(), -samples.min())) if samples.size else 0.0


def loud_exponent(samples: Samples) -> int:
    """Return the n for which (..., frames) samples * 2^-n are within ±1; 0 for those not louder than `LOUD`."""
    peak = peak_of(samples)
    return int(np.frexp(peak)[1]) if peak > LOUD else 0


def check_levels(samples: Samples, *, first: int, rate: int, name: str = "the clip", doubles: bool = False) -> None:
    """Check (channels, n) samples that start at frame `first`.

    doubles : whether they were float64, so that Inf can also be a number that float32 cannot hold.

    Raises MediaError where one is NaN, Inf or beyond `MOST_SAMPLE`; it names the frame, the sample and a way out.
    """
    if np.isfinite(samples).all() and peak_of(samples) <= MOST_SAMPLE:
        return
    faulty = ~np.isfinite(samples) | (np.abs(samples) > MOST_SAMPLE)
    frame = int(np.flatnonzero(faulty.any(axis=0))[0])
    value = float(samples[faulty[:, frame], frame][0])
    place = f"{name}: frame {first + frame} ({(first + frame) / rate:.3f} s)"
    if not np.isfinite(value):
        fault = f"NaN, Inf or beyond {MOST_SAMPLE:g}" if doubles else "NaN or Inf"
        raise MediaError(f"{place} is {fault}; repair it in your editor")
    raise MediaError(
        f"{place} is {value:.3g}, where full scale is 1 and at most {MOST_SAMPLE:g} can be separated; "
        "lower its level or repair it in your editor"
    )
