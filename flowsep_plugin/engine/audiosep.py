"""AudioSep on ONNX Runtime: a CLAP text embedding steers a ResUNet that masks the mixture (Liu et al. 2023).

The published pipeline is mono, cuts hard every three seconds, leaves the first five silent and wraps around in 16 bits.
Here its mask is an estimate like any other: windows cross-fade, it works on every channel at the clip's own rate,
queries compete, and all of it nulls. The network's own waveform, magnitude mask and phase rotation, is what the render
mode "generated" plays; on a mono clip of one window it equals the published output.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from flowsep_plugin.audio.mel import hann, magnitudes
from flowsep_plugin.audio.types import Floats, Mel, Samples, Spectrum
from flowsep_plugin.declared import declared
from flowsep_plugin.errors import BundleError

from .base import Grid, QueryEncoding, Request, Tick, VocoderFeatures, WindowEstimate
from .bundle import ModelBundle
from .bundle_engine import BundleEngine
from .card import MOST_VALUES, ModelCard
from .families import Family
from .graph_spec import TOKENS, GraphSpec, Port
from .mask_logits import LIMIT, energies


@dataclass(frozen=True, slots=True, kw_only=True)
class StftSpec:
    """The front end: linear magnitudes, not levelled."""

    n_fft: int = field(metadata=declared("frames of a transform, and of its Hann window", low=2, high=32768))
    hop: int = field(metadata=declared("frames between two spectra", low=1, high=32768))
    bins: int = field(metadata=declared("frequencies, `n_fft // 2 + 1`", low=2, high=16385))
    floor: float = field(metadata=declared("least magnitude that the network sees", low=1e-12, high=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSepCard(ModelCard):
    """The card of an AudioSep bundle. Raises BundleError where the bins are not those of the transform."""

    stft: StftSpec = field(metadata=declared("the front end"))

    def __post_init__(self) -> None:
        ModelCard.__post_init__(self)
        if self.stft.bins != self.stft.n_fft // 2 + 1:
            raise BundleError(
                f"card of {self.name}: stft.bins is {self.stft.bins}, must be {self.stft.n_fft // 2 + 1} for an n_fft "
                f"of {self.stft.n_fft}; export the model again"
            )
        values = self.window_frames // self.stft.hop * self.stft.n_fft
        if values > MOST_VALUES:
            raise BundleError(
                f"card of {self.name}: a window has {values} values, must have at most {MOST_VALUES}; export the model "
                "again"
            )

    @property
    def column_frames(self) -> int:
        """Audio frames to one column of the STFT."""
        return self.stft.hop


@dataclass(frozen=True, slots=True)
class AudioSepSizes:
    """The sizes that the graphs of a bundle agree on; by default those of the published models."""

    bins: int = 1025
    condition: int = 512


def graph_specs(s: AudioSepSizes) -> dict[str, GraphSpec]:
    """Return the graphs of docs/bundle-format.md, family `audiosep`, by name."""
    condition = Port("condition", ("batch", s.condition))
    return {
        "text": GraphSpec("text", TOKENS, (condition,)),
        "mask": GraphSpec(
            "mask",
            (Port("magnitude", ("batch", "frames", s.bins), values="unit"), condition),
            (Port("mask", ("batch", 2, "frames", s.bins)),),
        ),
    }


class AudioSepEngine(BundleEngine[AudioSepCard]):
    """An opened bundle of the `audiosep` family. Construct with `AudioSepEngine.open`."""

    BATCH: ClassVar = {"cpu": 1, "": 8}

    def __init__(self, bundle: ModelBundle, device: str = "auto", *, threads: int | None = None) -> None:
        super().__init__(bundle, device, threads=threads)
        stft, rate = self.card.stft, self.card.rate
        self._frames = self.card.window_frames // stft.hop
        self._grid = Grid(rate, stft.hop, tuple(np.linspace(0, rate / 2, stft.bins).tolist()))

    @property
    def grid(self) -> Grid:
        """STFT frames by STFT bins."""
        return self._grid

    @property
    def vocoder_features(self) -> VocoderFeatures:
        """Its own waveform, `hop` samples to a frame."""
        return VocoderFeatures(self.card.stft.hop, 0.0)

    def log_spectrum(self, windows: Samples) -> Mel:
        """See `Engine.log_spectrum`: log-magnitudes (windows, frames, bins), root mean square of the channels."""
        return np.log(self._magnitude(windows)[:, : self._frames])

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Return the unit-length CLAP embedding of every query, as states (Q, width)."""
        ids, mask = self.token_ids(queries)
        condition = self.graphs.run("text", {"input_ids": ids, "attention_mask": mask})[0]
        return QueryEncoding(tuple(queries), condition, np.ones((len(queries), 1), np.float32))

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """Return one for every window and query."""
        return windows * query_count

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """Estimate Q queries in windows (windows, channels, frames); see `Engine.estimate`."""
        stft, count, frames = self.card.stft, len(query.queries), self._frames
        magnitude = self._magnitude(windows)
        mono = _spectra(windows.mean(axis=1), stft)
        pairs = np.asarray([(window, text) for window in range(len(windows)) for text in range(count)])
        logits, waveforms = [], []
        for batch in self.graphs.batches(pairs):
            window, text = batch.T
            inputs = {"magnitude": magnitude[window], "condition": query.states[text]}
            real, imaginary = np.moveaxis(self.graphs.run("mask", inputs)[0], 1, 0)
            mask = real + 1j * imaginary
            size = np.clip(np.abs(mask), 1e-9, 1 - 1e-7)
            logits.append(np.clip(np.log(size) - np.log1p(-size), -LIMIT, LIMIT)[:, :frames])
            waveforms.append(_waveforms(mono[window] * mask, stft, self.card.window_frames))
            tick(len(window))
        shape = (len(windows), count, frames)
        mask_logits = np.concatenate(logits).reshape(*shape, stft.bins).astype(np.float32)
        energy, total = energies(mask_logits, np.log(magnitude[:, None, :frames]), np.ones(stft.bins, np.float32))
        generated = np.concatenate(waveforms).reshape(*shape, stft.hop)
        return WindowEstimate(mask_logits, energy, total[:, 0], generated)

    def vocode(self, frames: Floats) -> Samples:
        """Join waveform frames (Q, frames, hop) to (Q, frames * hop)."""
        return frames.reshape(len(frames), -1)

    def _magnitude(self, windows: Samples) -> Floats:
        """Magnitudes (windows, frames + 1, bins) as the network takes them."""
        spectra = magnitudes(windows, self.card.stft, self._frames + 1)
        rms = np.sqrt(np.square(spectra).mean(axis=1))
        return np.asarray(np.maximum(rms, np.float32(self.card.stft.floor)))


def _spectra(mono: Samples, stft: StftSpec) -> Spectrum:
    """Centred spectra (windows, frames + 1, bins) of (windows, n): Hann, reflected ends, as torchlibrosa's STFT."""
    half = stft.n_fft // 2
    padded = np.pad(mono, ((0, 0), (half, half)), mode="reflect")
    views = np.lib.stride_tricks.sliding_window_view(padded, stft.n_fft, axis=-1)[:, :: stft.hop]
    return np.asarray(np.fft.rfft(views * hann(stft.n_fft), axis=-1), np.complex64)


def _waveforms(spectra: Spectrum, stft: StftSpec, count: int) -> Samples:
    """Inverse of `_spectra`, (batch, count): overlap-add over the sum of squared windows."""
    half, window = stft.n_fft // 2, hann(stft.n_fft)
    parts = np.fft.irfft(spectra, n=stft.n_fft, axis=-1) * window
    length = (spectra.shape[1] - 1) * stft.hop + stft.n_fft
    total, weight = np.zeros((len(spectra), length)), np.zeros(length)
    for frame in range(spectra.shape[1]):
        place = slice(frame * stft.hop, frame * stft.hop + stft.n_fft)
        total[:, place] += parts[:, frame]
        weight[place] += np.square(window)
    waveforms = total / np.maximum(weight, 1e-11)
    return np.asarray(waveforms[:, half : half + count], np.float32)


FAMILY = Family(
    card=AudioSepCard,
    graphs=lambda card: graph_specs(AudioSepSizes(card.stft.bins, card.text.width)),
    engine=AudioSepEngine,
)
