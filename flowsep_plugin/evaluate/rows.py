"""Rows of a table: ways to separate a mixture. The model and its oracle both use the real `Separator`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.prepare import read_at_rate
from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.audio.types import Floats, Mel, Samples
from flowsep_plugin.engine.base import Engine, Grid, NearestLabels, QueryEncoding, Request, Tick, WindowEstimate
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.engine.mask_logits import energies, logits_of_pair
from flowsep_plugin.errors import UsageError
from flowsep_plugin.separate import Separator

from .protocols import Mixture

MixtureSeparator = Callable[[Mixture, str], Samples]
"""A row: (mixture, query) -> stem `(frames,)` at the mixture's rate."""


def unprocessed(mixture: Mixture, query: str) -> Samples:
    """Return the mixture `(frames,)` itself: the score without separation."""
    return mixture.mixture


def oracle_stft(mixture: Mixture, query: str) -> Samples:
    """Return the stem `(frames,)` by the Wiener mask of true source and residual: a bound for STFT soft masks."""
    stft = Stft.for_rate(mixture.rate)
    room = stft.size + -len(mixture.source) % stft.hop
    padded = [
        np.pad(part, (stft.size, room)) for part in (mixture.source, mixture.mixture - mixture.source, mixture.mixture)
    ]
    source, residual, whole = (stft.forward(part) for part in padded)
    power = np.square(np.abs(source))
    mask = power / (power + np.square(np.abs(residual)) + 1e-20)
    return np.asarray(stft.inverse(mask * whole)[stft.size : stft.size + len(mixture.source)], np.float32)


@dataclass(frozen=True, slots=True)
class OracleMel:
    """The rendering of a perfect model: the engine's mels are replaced by those of true source and residual.

    engine : the model whose windows, rate and bands are used; the row is the upper bound of that model's masks.
    """

    engine: Engine

    def __call__(self, mixture: Mixture, query: str) -> Samples:
        """Return the stem `(frames,)` of `query`, at the mixture's rate."""
        return _stem(Separator(_OracleEngine(self.engine, mixture)), mixture, Request([query]))


@dataclass(frozen=True, slots=True)
class ModelSeparator:
    """The model as a user runs it; `request` holds the fields of `Request` besides the query."""

    separator: Separator
    request: Mapping[str, object]

    def __call__(self, mixture: Mixture, query: str) -> Samples:
        """Return the stem `(frames,)` of `query`, at the mixture's rate."""
        return _stem(self.separator, mixture, Request([query], **self.request))  # type: ignore[arg-type]


def _stem(separator: Separator, mixture: Mixture, request: Request) -> Samples:
    separation = separator.separate(AudioClip(mixture.mixture, mixture.rate), request)
    stem: Samples = separation.stems[0].samples[0]
    return stem


class _OracleEngine:
    """An `Engine` whose mask logits are computed from the true source and residual."""

    def __init__(self, engine: Engine, truth: Mixture) -> None:
        self._engine = engine
        self._source = AudioClip(truth.source, truth.rate)
        self._residual = AudioClip(truth.mixture - truth.source, truth.rate)

    @property
    def card(self) -> ModelCard:
        """Card of the model that the oracle imitates."""
        return self._engine.card

    @property
    def grid(self) -> Grid:
        """Grid of the model that the oracle imitates."""
        return self._engine.grid

    @property
    def provider(self) -> str:
        """Name of the provider: none, because no graph is run."""
        return "none (oracle)"

    @property
    def vocoder_features(self) -> None:
        """None: the oracle generates no audio."""

    def log_spectrum(self, windows: Samples) -> Mel:
        """Return the model's log-magnitudes (windows, frames, bands); see `Engine.log_spectrum`."""
        return self._engine.log_spectrum(windows)

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Return an empty encoding: states `(Q, 1, 1)` of zeros, mask `(Q, 1)` of ones."""
        return QueryEncoding(
            tuple(queries), np.zeros((len(queries), 1, 1), np.float32), np.ones((len(queries), 1), np.float32)
        )

    def nearest_labels(self, queries: Sequence[str]) -> tuple[NearestLabels, ...]:
        """Return nothing: the oracle has no labels."""
        return ()

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """Return the number of work units: one for each window."""
        return windows

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """Return the estimate of true mels, for windows `(windows, channels, frames)` at the card's rate."""
        source, residual = self._mels(self._source, starts), self._mels(self._residual, starts)
        mixture = self.log_spectrum(windows)
        mask_logits = logits_of_pair(source, residual, self.card.mask)[:, None]
        energy, total = energies(mask_logits, mixture[:, None], np.ones(mixture.shape[-1], np.float32))
        tick(len(windows))
        return WindowEstimate(mask_logits, energy, total[:, 0], source[:, None])

    def close(self) -> None:
        """Leave the model open: others use it."""

    def vocode(self, mels: Mel) -> Samples:
        """Raises UsageError: an oracle has only masks, no vocoder."""
        raise UsageError("the oracle has no vocoder; use the render mode mask")

    def _mels(self, clip: AudioClip, starts: Sequence[int]) -> Floats:
        card = self.card
        cut = [read_at_rate(clip, 0, start, start + card.window_frames, card.rate) for start in starts]
        return self.log_spectrum(np.stack(cut))
