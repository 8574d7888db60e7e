"""Separate a mixture into components and listen to them, independently of queries; once a window, then cached.

A further query on the same windows costs the text-conditioned network and a few dot products, no listening.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, softmax

from flowsep_plugin.audio.types import Floats, Mel, Samples
from flowsep_plugin.engine.base import Grid, QueryEncoding
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.encoding_cache import EncodingCache
from flowsep_plugin.engine.graphs import GraphRunner

from .choice import (
    CHOICE_FILE,
    ChoiceRule,
    Evidence,
    QueryVectors,
    both,
    choose,
    energy_of,
    fuse,
    presence,
    proper_subsets,
)
from .listener import Hearing, YamnetListener
from .matcher import MATCHER_FILE, Matcher, audio_features, text_features
from .zero_shot import LEAST_LOGIT, NAMES, VECTORS, Classes, sentence_vectors

GRAPH = "components"
COMPONENT_FILES = (CHOICE_FILE, MATCHER_FILE, NAMES, VECTORS)
"""Files that a bundle with components has besides its graphs; see docs/bundle-format.md."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Components of n windows and the evidence about every subset of them.

    masks : (n, K, frames, bands), 0..1, summing to 1.
    """

    masks: Floats
    evidence: Evidence


class Analyser:
    """Components, listener and choice of a bundle that has them."""

    def __init__(self, bundle: ModelBundle, graphs: GraphRunner, grid: Grid, widths: Floats) -> None:
        self._graphs, self.widths = graphs, widths
        self._listener = YamnetListener(graphs, grid)
        self.classes = Classes.load(bundle.folder)
        self.matcher = Matcher.load(bundle.folder / MATCHER_FILE)
        self.rule = ChoiceRule.load(bundle.folder / CHOICE_FILE)
        self._cache = EncodingCache()

    def analyse(self, windows: Samples, mel: Mel, mixture: Floats) -> Analysis:
        """Return components and evidence of n windows, from the cache where they were analysed before.

        windows : (n, channels, frames) at the card's rate and level.     mel : (n, 1, frames, bands).
        mixture : their latents (n, C, T, F).
        """
        masks, logits, audio = self._cache.get_or_compute(mel, lambda mel: self._analyse(windows, mel, mixture))
        evidence = Evidence(logits.astype(np.float32), audio.astype(np.float32), self.classes, self.matcher)
        return Analysis(_as_floats(masks), evidence)

    def hear(self, windows: Samples, mel: Mel, mixture: Floats) -> tuple[Floats, Hearing]:
        """Return component masks in steps of 1/255, uint8 (n, K, frames, bands), and the listener's outputs.

        Arguments and shapes as for `analyse`.
        """
        parts = []
        for latents, values in zip(self._graphs.batches(mixture), self._graphs.batches(mel), strict=True):
            (logits,) = self._graphs.run(GRAPH, {"mixture": latents, "mel": values})
            parts.append(np.rint(255 * softmax(logits, axis=1)).astype(np.uint8))
        masks = np.concatenate(parts)
        return masks, self._listener.hear(windows, _as_floats(masks), proper_subsets(masks.shape[1]))

    def _analyse(self, windows: Samples, mel: Mel, mixture: Floats) -> tuple[Floats, ...]:
        """Compute what is cached: masks in steps of 1/255, logits and the matcher's vectors in half precision."""
        masks, hearing = self.hear(windows, mel, mixture)
        audio = self.matcher.of_audio(audio_features(hearing.logits, hearing.embedding, self.classes))
        return masks, np.maximum(hearing.logits, LEAST_LOGIT).astype(np.float16), audio.astype(np.float16)

    def clear(self) -> None:
        """Remove all analyses from the cache."""
        self._cache.clear()

    def vectors(self, query: QueryEncoding) -> QueryVectors:
        """Return the class weights (Q, C) and the matcher vectors (Q, rank) of the queries."""
        sentences = sentence_vectors(query.states, query.mask)
        return QueryVectors(
            self.classes.weights(sentences), self.matcher.of_text(text_features(sentences, self.classes))
        )

    def fuse(self, flow_logits: Floats, mel: Mel, query: QueryEncoding, analysis: Analysis) -> tuple[Floats, Floats]:
        """Return mask logits (n, Q, frames, bands) of each query twice: for its mask, and for its energy.

        The second ones count in whether the sound is in the window at all, on which the gate depends. The mask does
        not: that would cap its logits, which cost present sounds 0.4 to 0.7 dB and quieted absent ones by 1 dB.

        flow_logits : (n, Q, frames, bands) of the text-conditioned network.     mel : (n, frames, bands).
        """
        flow = np.asarray(expit(flow_logits), np.float32)
        energy = energy_of(mel, self.widths)
        choice = choose(self.rule, analysis.masks, energy, flow, analysis.evidence, self.vectors(query))
        mask_logits, present = fuse(self.rule, flow_logits, choice), presence(self.rule, choice)[..., None, None]
        return mask_logits, both(mask_logits, present)


def _as_floats(masks: Floats) -> Floats:
    return masks.astype(np.float32) / np.float32(255)
