"""Joins of windows and blocks are inaudible: a stem's spectral flux there is the same as elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.engine.base import Request
from flowsep_plugin.render import blocks
from flowsep_plugin.separate import Separator

RATE = 44_100
SECONDS = 14
QUERIES = {"sines": "beep", "noise": "white noise"}
"""Queries that the built-in model finds in each signal: joins could not show in a silent stem."""


@pytest.fixture(
    scope="module", params=[Path(__file__).parent / "pocket" / "bundle", "default"], ids=["pocket", "default"]
)
def separator(request):
    return Separator.open(request.param, "cpu")


def steady(kind):
    time = np.arange(SECONDS * RATE) / RATE
    if kind == "sines":
        wave = sum(np.sin(2 * np.pi * hertz * time) for hertz in (110, 440, 1000, 3300, 9000)) * 0.08
    else:
        wave = np.random.default_rng(0).standard_normal(time.size) * 0.1
    return AudioClip(np.asarray(wave, np.float32), RATE)


def flux(clip, size=1024):
    """Return the spectral flux of every 256-sample hop, relative to the energy there (at least a tenth of the mean)."""
    magnitude = np.abs(Stft(size).forward(clip.samples[0]))
    whole = magnitude[1:].sum(axis=1)
    return np.abs(np.diff(magnitude, axis=0)).sum(axis=1) / np.maximum(whole, 0.1 * whole.mean() + 1e-9)


def near(times, count, hop=256, reach=0.03):
    """Return a mask of the hops within `reach` seconds of one of `times`."""
    at = (np.arange(count) + 2) * hop / RATE
    return np.any([np.abs(at - time) < reach for time in times], axis=0)


@pytest.mark.parametrize("kind", ["sines", "noise"])
def test_spectral_flux_at_window_joins_is_as_elsewhere(separator, kind):
    card = separator.engine.card
    stem = separator.separate(steady(kind), Request([QUERIES[kind]])).stems[0]
    assert np.abs(stem.samples).max() > 0.01
    spectral_flux = flux(stem)[40:-40]
    stride = card.window_frames - card.overlap_frames
    edges = [k * stride / RATE for k in range(1, 12)] + [
        (k * stride + card.overlap_frames) / RATE for k in range(1, 12)
    ]
    joins = near(edges, len(spectral_flux) + 80)[40:-40]
    assert joins.sum() > 50
    assert np.median(spectral_flux[joins]) <= 1.1 * np.median(spectral_flux[~joins]) + 1e-3
    assert spectral_flux[joins].max() <= spectral_flux[~joins].max() * 1.05 + 1e-3


@pytest.mark.parametrize("kind", ["sines", "noise"])
def test_block_size_does_not_change_a_stem(separator, kind, monkeypatch):
    clip, request = steady(kind), Request(["a dog"])
    large = separator.separate(clip, request).stems[0].samples
    monkeypatch.setattr(blocks, "_LONGEST_SECONDS", 1.0)
    small = separator.separate(clip, request).stems[0].samples
    np.testing.assert_allclose(small, large, atol=2e-7)
