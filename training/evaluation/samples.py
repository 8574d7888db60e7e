"""Samples for `fit`: queries to scenes, and everything about them that does not depend on the fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from flowsep_training.data.mixtures import Mixer, Recipe, Scene
from flowsep_training.data.sources import Library
from flowsep_training.loops.components import source_shares
from scipy.special import expit
from torch import Tensor

from flowsep_plugin.audio.mel import log_mel_of_channels
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.flowsep.analysis import Analyser
from flowsep_plugin.engine.flowsep.choice import energy_of, subset_features
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine
from flowsep_plugin.errors import BundleError

SEED = 88_000
EVERY = 4  # mel frames: one in so many is kept for the fit
SCENES = Recipe(
    snr_db=20.0, most_sources=3, mix_of_three=0.3, mix_of_four=0.0, speed=0.3, reverb=0.15, equalise=0.3,
    band_limit=0.1, level_spread_db=0.0,
    kinds={
        "environment+environment": 0.62, "speech+environment": 0.18, "environment+music": 0.08, "speech+music": 0.06,
        "music+music": 0.06,
    },
)  # fmt: skip
"""What the choice is fitted on: levels up to 20 dB apart, most of it effects."""


@dataclass(frozen=True)
class Samples:
    """N queries to windows; F frames, one in `EVERY`, by B bands.

    masks : (N, K, F, B) byte.     flow_odds : (N, F, B).     truth : (N, F, B) byte, the target's share of the energy.
    energy : (N, F, B), summing to 1.     features : (N, S, `SUBSET_FEATURES`).
    kind : (N,) 0 present, 1 absent, 2 a sound-alike absent.
    """

    masks: Tensor
    flow_logits: Tensor
    truth: Tensor
    energy: Tensor
    features: Tensor
    kind: Tensor

    def __len__(self) -> int:
        return len(self.kind)

    def rows(self, places: Tensor) -> "Samples":
        """Some of them, masks and truth as floats in 0..1."""
        parts = {field.name: getattr(self, field.name)[places] for field in fields(self)}
        scales = {torch.uint8: 1 / 255}
        found = {name: part.float() * scales.get(part.dtype, 1.0) for name, part in parts.items()}
        return Samples(**found | {"kind": parts["kind"]})


@dataclass(frozen=True, slots=True)
class FitQuery:
    """A text and which sources of the scene it means; none where it is absent."""

    text: str
    targets: tuple[int, ...]
    kind: int


def draw_queries(rng: np.random.Generator, mixer: Mixer, scene: Scene) -> list[FitQuery]:
    """One text for every source, one for nothing that is there, and one for a sound-alike where words are known."""
    book, things = mixer.phrasebook, scene.things
    queries = []
    for place, thing in enumerate(things):
        rest = [other for other in things if other is not thing]
        queries.append(FitQuery(book.describe(rng, [thing], rest), (place,), 0))
    queries.append(FitQuery(book.absent(rng, things), (), 1))
    if (alike := book.hard_absent(rng, things)) is not None:
        queries.append(FitQuery(alike, (), 2))
    return queries


def collect(
    engine: FlowSepEngine, library: Library, split: str, count: int, log: Callable[[str], None], first: int = 0
) -> Samples:
    """Ask the engine about `count` scenes of a split from number `first` on, every query of each."""
    analyser_of(engine)
    mixer = Mixer(library, split, SCENES)
    rows: list[dict[str, np.ndarray]] = []
    for number in range(first, first + count):
        rng = np.random.default_rng([SEED, number])
        scene = mixer.scene(SEED, number)
        rows += _answers(engine, scene, draw_queries(rng, mixer, scene))
        if number % 100 == 99:
            log(f"{number + 1 - first} of {count} scenes, {len(rows)} queries")
    return Samples(**{name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]})


def analyser_of(engine: FlowSepEngine) -> Analyser:
    """Return the engine's analyser. Raises BundleError where the bundle has no components."""
    if engine.analyser is None:
        raise BundleError(
            f"{engine.card.name} {engine.card.version} has no components; export it with --components and --listener"
        )
    return engine.analyser


def _answers(engine: FlowSepEngine, scene: Scene, queries: Sequence[FitQuery]) -> list[dict[str, np.ndarray]]:
    card, analyser = engine.card, analyser_of(engine)
    windows = scene.sources.sum(0)[None, None]
    mel = log_mel_of_channels(windows, card.mel, card.window_mel_frames)
    query = engine.encode_queries([wanted.text for wanted in queries])
    mixture = engine.encode(mel)
    flow_logits, _ = engine.text_logits(mel, mixture, [0], query, Request(query.queries[:1]), lambda done: None)
    analysis = analyser.analyse(windows, mel[:, None], mixture)
    energy, flow = energy_of(mel, analyser.widths), np.asarray(expit(flow_logits), np.float32)
    features = subset_features(analysis.masks, energy, flow, analysis.evidence, analyser.vectors(query))
    shares = source_shares(scene, mel.shape[1])[1].numpy()
    kept = np.arange(0, mel.shape[1], EVERY)
    found = []
    for place, wanted in enumerate(queries):
        truth = shares[list(wanted.targets)].sum(0) if wanted.targets else np.zeros_like(shares[0])
        found.append(
            {
                "masks": np.rint(255 * analysis.masks[0][:, kept]).astype(np.uint8),
                "flow_odds": flow_logits[0, place, kept].astype(np.float16),
                "truth": np.rint(255 * truth[kept]).astype(np.uint8),
                "energy": (energy[0, kept] / energy[0, kept].sum()).astype(np.float32),
                "features": features[0, place],
                "kind": np.int64(wanted.kind),
            }
        )
    return found
