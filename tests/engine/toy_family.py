"""An engine family in one module: everything below half the rate is the sound. `test_families` adds its row."""

from dataclasses import dataclass, field

import numpy as np

from flowsep_plugin.audio.mel import magnitudes
from flowsep_plugin.declared import declared
from flowsep_plugin.engine.base import Grid, QueryEncoding, WindowEstimate
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.engine.families import Family
from flowsep_plugin.engine.mask_logits import LIMIT, energies


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyEntries:
    n_fft: int = field(metadata=declared("frames of a transform", low=2))
    hop: int = field(metadata=declared("frames between two spectra", low=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyCard(ModelCard):
    toy: ToyEntries = field(metadata=declared("the transform"))

    @property
    def column_frames(self):
        return self.toy.hop


class ToyEngine:
    provider = "toy"
    vocoder_features = None

    def __init__(self, bundle, device="auto", *, threads=None):
        self.bundle, self.card = bundle, bundle.card
        toy, rate = self.card.toy, self.card.rate
        self.grid = Grid(rate, toy.hop, tuple(np.linspace(0, rate / 2, toy.n_fft // 2 + 1)))

    def log_spectrum(self, windows):
        frames = self.card.window_frames // self.card.toy.hop
        spectra = magnitudes(windows, self.card.toy, frames)
        return np.log(np.sqrt(np.square(spectra).mean(axis=1)) + 1e-5).astype(np.float32)

    def encode_queries(self, queries):
        return QueryEncoding(tuple(queries), np.zeros((len(queries), 1, 1), np.float32), np.ones((len(queries), 1)))

    def nearest_labels(self, queries):
        return ()

    def units(self, windows, query_count, request):
        return windows

    def estimate(self, windows, starts, query, request, tick):
        spectrum = self.log_spectrum(windows)
        low = np.asarray(self.grid.centres_hz) < self.card.rate / 4
        logits = np.where(low, LIMIT, -LIMIT).astype(np.float32)
        logits = np.broadcast_to(logits, (len(windows), len(query.queries), *spectrum.shape[1:]))
        energy, total = energies(logits, spectrum[:, None], np.ones(len(low), np.float32))
        tick(len(windows))
        return WindowEstimate(logits, energy, total[:, 0])

    def vocode(self, frames):
        raise NotImplementedError


FAMILY = Family(card=ToyCard, graphs=lambda card: {}, engine=ToyEngine, files=lambda card: ())
