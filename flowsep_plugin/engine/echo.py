"""An engine without weights: everything belongs to every query, so the stem is the clip and the rest is silence.

It ships as a test of everything around an engine: whatever prepare, windows, stitch and render do, the clip must come
back. The query "nothing" (or "silence") gives the opposite. Several queries share the clip equally.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.mel import MelSpec, band_centres_hz, log_mel_of_channels
from flowsep_plugin.audio.prepare import Level
from flowsep_plugin.audio.types import Floats, Mel, Samples
from flowsep_plugin.errors import UsageError

from .base import Grid, NearestLabels, QueryEncoding, Request, Tick, WindowEstimate
from .card import ModelCard, Text
from .mask_logits import LIMIT, energies


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoCard(ModelCard):
    """A card without a bundle: the mel of the grid, and two network calls that stand in for flow steps."""

    mel: MelSpec

    @property
    def steps(self) -> int:
        """Ticks of progress for each window and query."""
        return 2

    @property
    def draft_steps(self) -> int:
        """Ticks of progress for each window and query of a draft."""
        return 1

    @property
    def column_frames(self) -> int:
        """Frames to four mel frames, as in FlowSep's latent."""
        return 4 * self.mel.hop


ECHO_CARD = EchoCard(
    name="echo",
    version="1",
    family="echo",
    licence="GPL-3.0-or-later",
    rate=16_000,
    window_frames=163_840,
    overlap_frames=20_480,
    level=Level("peak", 0.5),
    mel=MelSpec(16_000, 1024, 160, 64, 0.0, 8000.0),
    text=Text(kind="wordpiece", files=(), length=1, width=1),
    description="No model: the stem is the clip. For tests and for trying a set-up.",
    trained_on="nothing",
)


class EchoEngine:
    """The engine of the model "echo", behind the same protocol as every engine."""

    card = ECHO_CARD
    grid = Grid(ECHO_CARD.rate, ECHO_CARD.mel.hop, tuple(float(hz) for hz in band_centres_hz(ECHO_CARD.mel)))
    provider = "none (echo)"
    vocoder_features = None

    def log_spectrum(self, windows: Samples) -> Mel:
        """See `Engine.log_spectrum`: the log-mel (windows, frames, bands)."""
        return log_mel_of_channels(windows, self.card.mel, self.card.window_frames // self.card.mel.hop)

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Keep the queries; `states` is 0 for those that ask for nothing, else 1."""
        states = [[[0.0 if query.casefold() in ("nothing", "silence") else 1.0]] for query in queries]
        return QueryEncoding(tuple(queries), np.array(states, np.float32), np.ones((len(queries), 1), np.float32))

    def nearest_labels(self, queries: Sequence[str]) -> tuple[NearestLabels, ...]:
        """Return nothing: this engine has no labels."""
        return ()

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """Return one for every step, window and query."""
        return windows * query_count * (request.steps or self.card.steps)

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """Give everything to every query that is not "nothing": mask logits (windows, Q, frames, bands) of ±20."""
        mel = self.log_spectrum(windows)
        for _ in range(request.steps or self.card.steps):
            tick(len(windows) * len(query.queries))
        sign = np.where(query.states[:, 0, 0] > 0, 1.0, -1.0).astype(np.float32)
        mask_logits = np.broadcast_to((LIMIT * sign)[None, :, None, None], (len(windows), len(sign), *mel.shape[1:]))
        energy, total = energies(mask_logits, mel[:, None], np.ones(mel.shape[-1], np.float32))
        return WindowEstimate(mask_logits, energy, total[:, 0])

    def vocode(self, frames: Floats) -> Samples:
        """Raise UsageError: this engine generates no audio, whatever (Q, frames, width) it is given."""
        raise UsageError("the echo engine has no vocoder; use the render mode 'mask'", setting="mode")

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
