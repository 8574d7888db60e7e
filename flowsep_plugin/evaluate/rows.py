"""The rows of a table: ways to answer a trial. The model goes through the real `Separator`, and so does its oracle."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.prepare import read_at_rate
from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.audio.types import Floats, Mel, Samples
from flowsep_plugin.engine.base import Engine, Grid, QueryEncoding, Request, Tick, WindowEstimate
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.engine.mask_logits import energies, logits_of_pair
from flowsep_plugin.errors import UsageError
from flowsep_plugin.separate import Separator

from .protocols import Mixture

MixtureSeparator = Callable[[Mixture, str], Samples]
"""A row: a mixture and a query in, the stem `(frames,)` out."""


def unprocessed(mixture: Mixture, query: str) -> Samples:
    """The mixture itself: what doing nothing scores."""
    return mixture.mixture


def oracle_stft(mixture: Mixture, query: str) -> Samples:
    """Wiener's mask of the true source and the true rest at full STFT resolution: what no soft mask of it passes."""
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
    """What the renderer makes of a perfect model: true mels of source and rest in the place of generated ones.

    engine : the model whose windows, rate and bands the oracle has; the true ceiling of that model's masks.
    """

    engine: Engine

    def __call__(self, mixture: Mixture, query: str) -> Samples:
        """See `Answer`."""
        return _stem(Separator(_OracleEngine(self.engine, mixture)), mixture, Request([query]))


@dataclass(frozen=True, slots=True)
class ModelSeparator:
    """The model itself, as a user runs it; `request` is asked with each trial's query."""

    separator: Separator
    request: Mapping[str, object]

    def __call__(self, mixture: Mixture, query: str) -> Samples:
        """See `Answer`."""
        asked = Request([query], **self.request)  # type: ignore[arg-type]
        return _stem(self.separator, mixture, asked)


def _stem(separator: Separator, mixture: Mixture, request: Request) -> Samples:
    made = separator.separate(AudioClip(mixture.mixture, mixture.rate), request)
    stem: Samples = made.stems[0].samples[0]
    return stem


class _OracleEngine:
    """An `Engine` that has the answer."""

    def __init__(self, engine: Engine, truth: Mixture) -> None:
        self._engine = engine
        self._source = AudioClip(truth.source, truth.rate)
        self._rest = AudioClip(truth.mixture - truth.source, truth.rate)

    @property
    def card(self) -> ModelCard:
        """The model's."""
        return self._engine.card

    @property
    def grid(self) -> Grid:
        """The model's."""
        return self._engine.grid

    @property
    def provider(self) -> str:
        """It runs on nothing."""
        return "none (oracle)"

    @property
    def vocoder_features(self) -> None:
        """It has none."""

    def log_spectrum(self, windows: Samples) -> Mel:
        """Return the model's log-magnitudes (windows, frames, bands); see `Engine.log_spectrum`."""
        return self._engine.log_spectrum(windows)

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """It knows without asking."""
        return QueryEncoding(
            tuple(queries), np.zeros((len(queries), 1, 1), np.float32), np.ones((len(queries), 1), np.float32)
        )

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """One a window."""
        return windows

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """Odds of the true mels."""
        source, residual = self._mels(self._source, starts), self._mels(self._rest, starts)
        mixture = self.log_spectrum(windows)
        mask_logits = logits_of_pair(source, residual, self.card.mask)[:, None]
        energy, total = energies(mask_logits, mixture[:, None], np.ones(mixture.shape[-1], np.float32))
        tick(len(windows))
        return WindowEstimate(mask_logits, energy, total[:, 0], source[:, None])

    def close(self) -> None:
        """Leave the model open: others use it."""

    def vocode(self, mels: Mel) -> Samples:
        """There is none."""
        raise UsageError("the oracle has no vocoder: it is for masks")

    def _mels(self, clip: AudioClip, starts: Sequence[int]) -> Floats:
        card = self.card
        cut = [read_at_rate(clip, 0, start, start + card.window_frames, card.rate) for start in starts]
        return self.log_spectrum(np.stack(cut))
