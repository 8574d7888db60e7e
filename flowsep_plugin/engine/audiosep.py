"""AudioSep on ONNX Runtime: a CLAP text embedding steers a ResUNet that masks the mixture (Liu et al. 2023).

The published pipeline is mono, cuts hard every three seconds, leaves the first five silent and wraps around in 16 bits.
Here its mask is an estimate like any other: windows cross-fade, it works on every channel at the clip's own rate, texts
compete, and all of it nulls. The network's own waveform, magnitude mask and phase rotation, is what the render mode
"generated" plays; on a mono clip of one window it equals the published output.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.mel import hann, magnitudes
from flowsep_plugin.audio.types import Floats, Samples, Spectrum

from .base import Grid, QueryEncoding, Request, Tick, VocoderFeatures, WindowEstimate
from .bundle import ModelBundle
from .card import ModelCard
from .graphs import GraphRunner
from .mask_logits import LIMIT, energies
from .tokenizer import open_tokenizer, pad_ids

_BATCH = {"cpu": 1, "": 8}


class AudioSepEngine:
    """An opened bundle of the `audiosep` family. Construct with `AudioSepEngine.open`."""

    def __init__(self, bundle: ModelBundle, device: str = "auto", *, threads: int | None = None) -> None:
        self.bundle = bundle
        self.graphs = GraphRunner(bundle, device, threads=threads, batch=_BATCH)
        self._tokenizer = open_tokenizer(bundle.folder, bundle.card.text)
        spec = bundle.card.mel
        self._grid = Grid(spec.rate, spec.hop, tuple(np.linspace(0, spec.rate / 2, spec.bands).tolist()))

    @classmethod
    def open(cls, folder: Path, device: str = "auto", *, threads: int | None = None) -> "AudioSepEngine":
        """Open the bundle in `folder` on `device`. Raises BundleError, ProviderError, UsageError."""
        return cls(ModelBundle.open(folder), device, threads=threads)

    @property
    def card(self) -> ModelCard:
        """The model's numbers."""
        return self.bundle.card

    @property
    def grid(self) -> Grid:
        """STFT frames by STFT bins."""
        return self._grid

    @property
    def provider(self) -> str:
        """What it runs on, and why nothing faster."""
        return self.graphs.device.statement

    @property
    def vocoder_features(self) -> VocoderFeatures:
        """Its own waveform, `hop` samples to a frame."""
        return VocoderFeatures(self.card.mel.hop, 0.0)

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Unit-length CLAP embedding of every text."""
        ids, mask = pad_ids([self._tokenizer.ids(text, self.card.text.length) for text in queries], self._tokenizer.pad)
        condition = self.graphs.run("text", {"input_ids": ids, "attention_mask": mask})[0]
        return QueryEncoding(tuple(queries), condition, np.ones((len(queries), 1), np.float32))

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """One for every window and text."""
        return windows * query_count

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """See `Engine.estimate`."""
        card, texts = self.card, len(query.queries)
        frames = card.window_mel_frames
        magnitude = np.sqrt(np.square(magnitudes(windows, card.mel, frames + 1)).mean(axis=1))
        magnitude = np.maximum(magnitude, np.float32(card.mel.floor))
        middle = _spectra(windows.mean(axis=1), card)
        pairs = np.asarray([(window, text) for window in range(len(windows)) for text in range(texts)])
        batches, voices = [], []
        for batch in self.graphs.batches(pairs):
            window, text = batch.T
            inputs = {"magnitude": magnitude[window], "condition": query.states[text]}
            real, imaginary = np.moveaxis(self.graphs.run("mask", inputs)[0], 1, 0)
            mask = real + 1j * imaginary
            size = np.clip(np.abs(mask), 1e-9, 1 - 1e-7)
            batches.append(np.clip(np.log(size) - np.log1p(-size), -LIMIT, LIMIT)[:, :frames])
            voices.append(_waveforms(middle[window] * mask, card))
            tick(len(window))
        shape = (len(windows), texts, frames)
        mask_logits = np.concatenate(batches).reshape(*shape, card.mel.bands).astype(np.float32)
        logs = np.log(magnitude[:, None, :frames])
        energy, total = energies(mask_logits, logs, np.ones(card.mel.bands, np.float32))
        return WindowEstimate(mask_logits, energy, total[:, 0], np.concatenate(voices).reshape(*shape, card.mel.hop))

    def close(self) -> None:
        """See `Engine.close`."""
        self.graphs.close()

    def vocode(self, frames: Floats) -> Samples:
        """Join waveform frames `(Q, frames, hop)` to `(Q, frames * hop)`."""
        return frames.reshape(len(frames), -1)


def _spectra(mono: Samples, card: ModelCard) -> Spectrum:
    """Centred spectra of `(windows, n)`, `(windows, frames + 1, bins)`: Hann, reflected ends (torchlibrosa's STFT)."""
    spec, half = card.mel, card.mel.n_fft // 2
    padded = np.pad(mono, ((0, 0), (half, half)), mode="reflect")
    views = np.lib.stride_tricks.sliding_window_view(padded, spec.n_fft, axis=-1)[:, :: spec.hop]
    return np.asarray(np.fft.rfft(views * hann(spec.n_fft), axis=-1), np.complex64)


def _waveforms(spectra: Spectrum, card: ModelCard) -> Samples:
    """Inverse of `_spectra`, `(batch, window_frames)`: overlap-add over the sum of squared windows."""
    spec, half = card.mel, card.mel.n_fft // 2
    window = hann(spec.n_fft)
    parts = np.fft.irfft(spectra, n=spec.n_fft, axis=-1) * window
    length = (spectra.shape[1] - 1) * spec.hop + spec.n_fft
    total, weight = np.zeros((len(spectra), length)), np.zeros(length)
    for frame in range(spectra.shape[1]):
        place = slice(frame * spec.hop, frame * spec.hop + spec.n_fft)
        total[:, place] += parts[:, frame]
        weight[place] += np.square(window)
    made = total / np.maximum(weight, 1e-11)
    return np.asarray(made[:, half : half + card.window_frames], np.float32)
