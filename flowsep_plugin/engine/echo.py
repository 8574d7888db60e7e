"""An engine without weights: every sound is everything, so the stem is the clip and the rest is silence.

It ships because it proves the arrow: whatever prepare, windows, stitch and render do, the clip must come back. Ask for
"nothing" (or "silence") to get the opposite. A list of sounds shares the clip equally.
"""

from collections.abc import Sequence

import numpy as np

from flowsep_plugin.audio.mel import MelSpec, band_centres_hz, log_mel_of_channels
from flowsep_plugin.audio.prepare import Level
from flowsep_plugin.audio.types import Floats, Samples
from flowsep_plugin.errors import UsageError

from .base import Grid, QueryEncoding, Request, Tick, WindowEstimate
from .card import Flow, Latent, ModelCard, Text
from .mask_logits import LIMIT, energies

ECHO_CARD = ModelCard(
    name="echo",
    version="1",
    family="echo",
    licence="GPL-3.0-or-later",
    rate=16_000,
    window_frames=163_840,
    overlap_frames=20_480,
    level=Level("peak", 0.5),
    mel=MelSpec(16_000, 1024, 160, 64, 0.0, 8000.0),
    latent=Latent(8, 4, 4, 1.0),
    text=Text("wordpiece", (), 1, 1),
    flow=Flow(steps=2, draft_steps=1, solver="euler"),
    description="No model: the stem is the clip. For tests and for trying a set-up.",
    trained_on="nothing",
)


class EchoEngine:
    """The shipped fake; same protocol as every engine."""

    card = ECHO_CARD
    grid = Grid(ECHO_CARD.rate, ECHO_CARD.mel.hop, tuple(float(hz) for hz in band_centres_hz(ECHO_CARD.mel)))
    provider = "none (echo)"
    vocoder_features = None

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Keep the queries; `states` is 0 for those that ask for nothing, else 1."""
        wanted = np.array(
            [[[0.0 if text.casefold() in ("nothing", "silence") else 1.0]] for text in queries], np.float32
        )
        return QueryEncoding(tuple(queries), wanted, np.ones((len(queries), 1), np.float32))

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """One a step, window and text."""
        return windows * query_count * (request.steps or self.card.flow.steps)

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """Everything belongs to every sound that is not "nothing"."""
        mel = log_mel_of_channels(windows, self.card.mel, self.card.window_mel_frames)
        for _ in range(request.steps or self.card.flow.steps):
            tick(len(windows) * len(query.queries))
        sign = np.where(query.states[:, 0, 0] > 0, 1.0, -1.0).astype(np.float32)
        mask_logits = np.broadcast_to((LIMIT * sign)[None, :, None, None], (len(windows), len(sign), *mel.shape[1:]))
        energy, total = energies(mask_logits, mel[:, None], np.ones(mel.shape[-1], np.float32))
        return WindowEstimate(mask_logits, energy, total[:, 0])

    def vocode(self, frames: Floats) -> Samples:
        """There is none."""
        raise UsageError("the echo engine has no vocoder; use the render mode 'mask'", setting="mode")

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
