"""Samples for `fit`: queries to mixtures with everything that does not depend on the fitted weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer, TrainingMixture
from flowsep_training.data.sources import Library
from flowsep_training.loops.components import source_shares
from flowsep_training.queries.captions import Phrasebook
from scipy.special import expit
from torch import Tensor

from flowsep_plugin.audio.mel import log_mel_of_channels
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.flowsep.analysis import Analyser
from flowsep_plugin.engine.flowsep.choice import energy_of, subset_features
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine
from flowsep_plugin.errors import BundleError

SEED = 88_000
FRAME_STEP = 4
"""The fit uses one mel frame in so many."""

MIXTURES = MixtureConfig(
    snr_db=20.0, most_sources=3, mix_of_three=0.3, mix_of_four=0.0, speed=0.3, reverb=0.15, equalise=0.3,
    band_limit=0.1, level_spread_db=0.0,
    kinds={
        "environment+environment": 0.62, "speech+environment": 0.18, "environment+music": 0.08, "speech+music": 0.06,
        "music+music": 0.06,
    },
)  # fmt: skip
"""Mixtures that the choice is fitted on: levels up to 20 dB apart, mostly effects."""

PRESENT, ABSENT, HARD_ABSENT = 0, 1, 2
"""Kinds of queries: of a sound in the mixture, of an absent sound, of an absent one that resembles a sound there."""


@dataclass(frozen=True)
class FitSamples:
    """N queries to windows; F frames, one in `FRAME_STEP`, by B bands.

    masks : (N, K, F, B) byte.     flow_logits : (N, F, B).     truth : (N, F, B) byte, the target's share of energy.
    energy : (N, F, B), summing to 1.     features : (N, S, `SUBSET_FEATURES`).
    kind : (N,) `PRESENT`, `ABSENT` or `HARD_ABSENT`.
    """

    masks: Tensor
    flow_logits: Tensor
    truth: Tensor
    energy: Tensor
    features: Tensor
    kind: Tensor

    def __len__(self) -> int:
        return len(self.kind)

    def rows(self, places: Tensor) -> "FitSamples":
        """Return the samples at indices `places` (n,), masks and truth as floats in 0..1."""
        parts = {field.name: getattr(self, field.name)[places] for field in fields(self)}
        scales = {torch.uint8: 1 / 255}
        floats = {name: part.float() * scales.get(part.dtype, 1.0) for name, part in parts.items()}
        return FitSamples(**floats | {"kind": parts["kind"]})


@dataclass(frozen=True, slots=True)
class FitQuery:
    """A text and the sources of the mixture that it names; none where its sound is absent."""

    text: str
    targets: tuple[int, ...]
    kind: int


def draw_queries(rng: np.random.Generator, book: Phrasebook, mixture: TrainingMixture) -> list[FitQuery]:
    """Return a text for every source, one for an absent sound, and one for a hard absent one where words exist."""
    sounds = mixture.sounds
    queries = []
    for index, sound in enumerate(sounds):
        others = [other for other in sounds if other is not sound]
        queries.append(FitQuery(book.describe(rng, [sound], others), (index,), PRESENT))
    queries.append(FitQuery(book.absent(rng, sounds), (), ABSENT))
    if (alike := book.hard_absent(rng, sounds)) is not None:
        queries.append(FitQuery(alike, (), HARD_ABSENT))
    return queries


def collect(
    engine: FlowSepEngine, library: Library, split: str, count: int, log: Callable[[str], None], first: int = 0
) -> FitSamples:
    """Separate `count` mixtures of a split from number `first` on, for every query of each.

    Raises BundleError where the bundle has no components.
    """
    analyser_of(engine)
    mixer = TrainingMixer(library, split, MIXTURES)
    rows: list[dict[str, np.ndarray]] = []
    for number in range(first, first + count):
        rng = np.random.default_rng([SEED, number])
        mixture = mixer.mixture(SEED, number)
        rows += _rows(engine, mixture, draw_queries(rng, mixer.phrasebook, mixture))
        if number % 100 == 99:
            log(f"{number + 1 - first} of {count} mixtures, {len(rows)} queries")
    return FitSamples(**{name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]})


def analyser_of(engine: FlowSepEngine) -> Analyser:
    """Return the engine's analyser. Raises BundleError where the bundle has no components."""
    if engine.analyser is None:
        name = f"{engine.card.name} {engine.card.version}"
        raise BundleError(f"{name} has no components; export it with a component separator and a listener")
    return engine.analyser


def _rows(engine: FlowSepEngine, mixture: TrainingMixture, queries: Sequence[FitQuery]) -> list[dict[str, np.ndarray]]:
    """Return the fields of `FitSamples` for each query to a mixture, without N."""
    card, analyser = engine.card, analyser_of(engine)
    windows = mixture.samples[None, None]
    mel = log_mel_of_channels(windows, card.mel, card.window_mel_frames)
    encoding = engine.encode_queries([query.text for query in queries])
    latents = engine.encode(mel)
    request = Request(encoding.queries[:1])
    flow_logits, _ = engine.text_logits(mel, latents, [0], encoding, request, lambda done: None)
    analysis = analyser.analyse(windows, mel[:, None], latents)
    energy, flow = energy_of(mel, analyser.widths), np.asarray(expit(flow_logits), np.float32)
    features = subset_features(analysis.masks, energy, flow, analysis.evidence, analyser.vectors(encoding))
    shares = source_shares(mixture, mel.shape[1])[1].numpy()
    frames = np.arange(0, mel.shape[1], FRAME_STEP)
    rows = []
    for index, query in enumerate(queries):
        truth = shares[list(query.targets)].sum(0) if query.targets else np.zeros_like(shares[0])
        rows.append(
            {
                "masks": np.rint(255 * analysis.masks[0][:, frames]).astype(np.uint8),
                "flow_logits": flow_logits[0, index, frames].astype(np.float16),
                "truth": np.rint(255 * truth[frames]).astype(np.uint8),
                "energy": (energy[0, frames] / energy[0, frames].sum()).astype(np.float32),
                "features": features[0, index],
                "kind": np.int64(query.kind),
            }
        )
    return rows
