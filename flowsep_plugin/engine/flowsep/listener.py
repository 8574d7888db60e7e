"""The listener: YAMNet on a window's mixture and on every combination of its masked components.

It needs no resynthesis: masks are on the mel grid of the card, whose hop is YAMNet's 10 ms, and are interpolated over
frequency to the bins of a 16 kHz transform. Masks scale magnitudes and mel filters are linear, so a combination of
components is the sum of their mels, and K masked spectra serve all 2^K combinations.

Resampling to 16 kHz first is both exact and the fastest way: 1.0 ms a window of 5.12 s and channel (soxr 0.6,
transform 0.4). A transform at 44.1 kHz takes 2.6 ms with 1411 points and 1.2 ms with 1408; the top class's probability
then strays by 0.001 and 0.010 (median; maximum 0.18 and 0.23; 40 clips of different classes).

Compared with resynthesised stems of ideal masks (120 mixtures of two at 0 dB), the right one of two components is
matched to a text in 85.4 instead of 86.3 % (90.4 % for the sources themselves).
"""

from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio import yamnet
from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.types import Doubles, Floats, Mel, Samples
from flowsep_plugin.engine.base import Grid
from flowsep_plugin.engine.graphs import GraphRunner
from flowsep_plugin.errors import BundleError

GRAPH = "listen"
_HIGHEST_GAIN = np.float32(10.0)
"""A combination of components is brought to the mixture's level, by at most 20 dB."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """The listener's outputs for n windows and S subsets, the mixture first.

    logits : (n, 1 + S, patches, 521). A sigmoid gives a class's probability; classes do not exclude each other.
    embedding : (n, 1 + S, patches, 1024), pooled features.
    """

    logits: Floats
    embedding: Floats


class YamnetListener:
    """Runs the bundle's `listen` graph on windows at the card's rate and level.

    grid : of the masks; its hop must be 10 ms. Raises BundleError otherwise, or where the bundle has no such graph.
    patch_hop : seconds between the centres of patches, each 0.96 s long; a window has at least one.
    """

    def __init__(self, graphs: GraphRunner, grid: Grid, patch_hop: float = yamnet.PATCH_FRAMES / 100) -> None:
        if GRAPH not in graphs.sessions:
            raise BundleError(f"the model has no {GRAPH!r} graph; export it again with the listener")
        if grid.hop * yamnet.RATE != yamnet.HOP * grid.rate:
            raise BundleError(
                f"the listener needs a mel hop of 10 ms, the card has {grid.hop} frames at {grid.rate} Hz"
            )
        self._graphs, self._grid = graphs, grid
        self._patch_frames = patch_hop * 100
        names = [port.name for port in graphs.sessions[GRAPH].get_outputs()]
        self._places = [names.index(name) for name in ("logits", "embedding")]
        self._spread = band_interpolation(np.asarray(grid.centres_hz), yamnet.bin_centres_hz())

    def hear(self, windows: Samples, masks: Floats | None = None, subsets: np.ndarray | None = None) -> Hearing:
        """Run on the mixture of every window and on every subset of its masked components.

        windows : (windows, channels, frames) float32 at the grid's rate. Channels count by their root mean square.
        masks : (windows, K, mel frames, bands), 0..1, on the grid; None for the mixture alone.
        subsets : (subsets, K) bool, components of each subset; None for each component by itself.
        """
        members = None
        if masks is not None:
            members = np.asarray(np.eye(masks.shape[1]) if subsets is None else subsets, np.float32)
        outputs = [
            self._hear_one(window, None if masks is None else masks[number], members)
            for number, window in enumerate(windows)
        ]
        return Hearing(np.stack([logits for logits, _ in outputs]), np.stack([embedding for _, embedding in outputs]))

    def _hear_one(self, window: Samples, masks: Floats | None, subsets: Floats | None) -> tuple[Floats, Floats]:
        """Logits and embedding (1 + subsets, patches, …) of one window, all of whose patches are one batch."""
        log_mels = self._log_mels(window, masks, subsets)
        patches = yamnet.patches(log_mels, max(1, -(-log_mels.shape[-2] // round(self._patch_frames))))
        outputs = self._graphs.run(GRAPH, {"patches": patches.reshape(-1, 1, *patches.shape[2:])})
        logits, embedding = (outputs[place].reshape(*patches.shape[:2], -1) for place in self._places)
        return logits, embedding

    def _log_mels(self, window: Samples, masks: Floats | None, subsets: Floats | None) -> Mel:
        """Log-mels of the mixture and the subsets of one window, `(1 + subsets, frames, bands)`."""
        spectrum = self._magnitudes(window, window.shape[-1] // self._grid.hop if masks is None else masks.shape[-2])
        mixture = (spectrum @ yamnet.mel_basis())[None]
        if masks is None or subsets is None:
            return yamnet.log_mel(mixture)
        masked = (masks @ self._spread) * spectrum
        mels = (masked @ yamnet.mel_basis()).reshape(len(masks), -1)
        gains = level_gains(masked.reshape(len(masks), -1), subsets, float(np.square(spectrum).sum()))
        combined = ((subsets * gains[:, None]) @ mels).reshape(len(subsets), *mixture.shape[1:])
        return yamnet.log_mel(np.concatenate([mixture, combined]))

    def _magnitudes(self, window: Samples, frames: int) -> Floats:
        """Root mean square of the channels' spectra at 16 kHz, `(frames, bins)`."""
        spectra = yamnet.magnitudes(resample(window, self._grid.rate, yamnet.RATE), frames)
        return np.asarray(np.sqrt(np.square(spectra).mean(axis=0)) if len(spectra) > 1 else spectra[0], np.float32)


def band_interpolation(centres_hz: Doubles, bins_hz: Doubles) -> Floats:
    """Return weights (bands, bins) that interpolate linearly from `centres_hz` (bands,) to `bins_hz` (bins,).

    They are constant beyond the ends.
    """
    rows = np.eye(len(centres_hz))
    return np.stack([np.interp(bins_hz, centres_hz, row) for row in rows]).astype(np.float32)


def level_gains(masked: Floats, subsets: Floats, energy: float) -> Floats:
    """Return factors (subsets,) that bring sums of components to the mixture's `energy`, at most +20 dB.

    masked : (K, n) magnitudes.     subsets : (subsets, K) of 1 and 0. Empty or silent subsets keep a factor of 1.
    """
    products = masked @ masked.T
    energies = np.einsum("sk,kl,sl->s", subsets, products, subsets)
    ratio = np.divide(energy, energies, out=np.ones_like(energies), where=energies > 0)
    return np.asarray(np.minimum(np.sqrt(ratio), _HIGHEST_GAIN), np.float32)
