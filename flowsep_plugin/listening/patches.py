"""From a source of any length to the listener's patches: 0.96 s of log-mel every 0.48 s, at an even level.

Patch k starts at k * `PATCH_HOP` samples of 16 kHz on the timeline, wherever the clip starts, so a part of a clip is
cut into the patches of the whole. Blocks of patches are independent of each other: an hour needs no more memory than
a minute.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import maximum_filter1d

from flowsep_plugin.audio import yamnet
from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.prepare import read_at_rate
from flowsep_plugin.audio.types import Doubles, Floats, Mel

HOP_FRAMES = yamnet.PATCH_FRAMES // 2
"""Mel frames between patches, 0.48 s; half a patch, so that every moment is in two of them."""

PATCH_HOP = HOP_FRAMES * yamnet.HOP
"""Samples at 16 kHz between patches."""

BLOCK_PATCHES = 64
"""Patches that are read at once, 31 s."""

SILENT_RMS = 1e-4
"""A patch under -80 dBFS is not listened to."""

_LEVEL = 0.05
"""RMS that patches are brought to: that of the mixtures over which the statistics of a bundle's classes were taken."""

_CONTEXT = 5
"""Patches before and after one that count for its level: with it 5.8 s, about a window of the separator."""

_QUIET = 1e-4
"""Patches this much below the loudest of the context, -40 dB, do not count for the level."""

_EDGE_FRAMES = 2
"""Mel frames at either end that the reflection of `yamnet.magnitudes` reaches; they are read, and dropped."""


@dataclass(frozen=True, slots=True)
class PatchBlock:
    """Successive patches of a timeline.

    first : index of the first on the timeline.     log_mels : (n, PATCH_FRAMES, BANDS), at an even level.
    rms : (n,), root mean square of the source in the middle half of each patch, full scale at 1.
    silent : (n,), which of them are silent all through.
    """

    first: int
    log_mels: Mel
    rms: Doubles
    silent: np.ndarray


def patch_range(source: Source, origin: int) -> range:
    """Return the indices of all patches of `source`, whose frame 0 is timeline frame `origin` at its own rate.

    The middle halves of these patches cover the source.
    """
    start, stop = origin * yamnet.RATE // source.rate, -(-(origin + source.frames) * yamnet.RATE // source.rate)
    margin = PATCH_HOP // 2
    return range(
        (start - margin) // PATCH_HOP, max((start - margin) // PATCH_HOP + 1, -(-(stop - margin) // PATCH_HOP))
    )


def patch_blocks(source: Source, origin: int) -> Iterator[PatchBlock]:
    """Yield all patches of `source` in blocks of at most `BLOCK_PATCHES`.

    origin : timeline frame of the source's frame 0, at the source's rate.     Raises what `source.read` raises.
    """
    patches = patch_range(source, origin)
    for first in range(patches.start, patches.stop, BLOCK_PATCHES):
        yield _block(source, origin, range(first, min(first + BLOCK_PATCHES, patches.stop)))


def _block(source: Source, origin: int, patches: range) -> PatchBlock:
    """Return one block; it reads the context of its level, too."""
    spectrum = _magnitudes(source, origin, range(patches.start - _CONTEXT, patches.stop + _CONTEXT))
    power = np.square(spectrum, dtype=np.float64) @ _POWER_OF_MAGNITUDES
    halves = power.reshape(-1, HOP_FRAMES).mean(axis=-1)
    of_patches = (halves[:-1] + halves[1:]) / 2
    inside = slice(_CONTEXT, _CONTEXT + len(patches))
    gains = _gains(of_patches)[inside]
    mel = spectrum @ yamnet.mel_basis()
    starts = np.arange(inside.start, inside.stop) * HOP_FRAMES
    rows = mel[starts[:, None] + np.arange(yamnet.PATCH_FRAMES)]
    quarters = power.reshape(-1, HOP_FRAMES // 2).mean(axis=-1)
    middle = (quarters[1:-2:2] + quarters[2:-1:2])[inside] / 2
    return PatchBlock(
        patches.start,
        yamnet.log_mel(rows * gains[:, None, None].astype(np.float32)),
        np.sqrt(middle),
        of_patches[inside] < SILENT_RMS**2,
    )


_POWER_OF_MAGNITUDES = np.full(yamnet.BINS, 2 / (512 * 150))
_POWER_OF_MAGNITUDES[[0, -1]] /= 2
"""Mean square of samples = sum of squared magnitudes * this, (BINS,): Parseval over half a spectrum of 512 points,
whose ends have no counterpart, and the sum of a squared Hann window of 400 samples, 150."""


def _gains(power: Doubles) -> Doubles:
    """Return the factor for each of the patches of `power` (n,) that brings it, with its context, to `_LEVEL`."""
    reach = 2 * _CONTEXT + 1
    loudest = maximum_filter1d(power, reach, mode="constant")
    near = sliding_window_view(np.pad(power, _CONTEXT), reach)
    counts = near >= _QUIET * loudest[:, None]
    mean = np.where(counts, near, 0.0).sum(axis=-1) / counts.sum(axis=-1)
    gains: Doubles = np.divide(_LEVEL, np.sqrt(mean), out=np.ones_like(mean), where=mean > 0)
    return gains


def _magnitudes(source: Source, origin: int, patches: range) -> Floats:
    """Return the root mean square of the channels' spectra, (frames, BINS): all mel frames of `patches`."""
    frames = (len(patches) + 1) * HOP_FRAMES
    start = (patches.start * HOP_FRAMES - _EDGE_FRAMES) * yamnet.HOP
    stop = start + (frames + 2 * _EDGE_FRAMES) * yamnet.HOP
    samples = np.asarray(read_at_rate(source, origin, start, stop, yamnet.RATE), np.float32)
    spectra = yamnet.magnitudes(samples, frames + 2 * _EDGE_FRAMES)[:, _EDGE_FRAMES:-_EDGE_FRAMES]
    return np.asarray(np.sqrt(np.square(spectra).mean(axis=0)) if len(spectra) > 1 else spectra[0], np.float32)
