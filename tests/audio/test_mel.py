from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.mel import (
    MelSpec,
    band_centres_hz,
    hz_to_mel,
    log_mel,
    log_mel_of_channels,
    mel_basis,
    mel_to_hz,
)

FLOWSEP = MelSpec(16_000, 1024, 160, 64, 0.0, 8000.0)
GOLDEN = Path(__file__).parents[1] / "golden" / "flowsep_mel.npz"


def test_the_log_mel_equals_flowseps():
    """Golden: 2 s of the reference signal and the official TacotronSTFT's log-mel of it (tests/golden/README.md)."""
    golden = np.load(GOLDEN)
    mel = log_mel(golden["audio"], FLOWSEP, len(golden["mel"]))
    np.testing.assert_allclose(mel, golden["mel"], atol=2e-3)
    assert np.linalg.norm(mel - golden["mel"]) / np.linalg.norm(golden["mel"]) < 2e-5


def test_mel_and_hertz_are_inverse():
    hertz = np.linspace(0, 22_050, 500)
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(hertz)), hertz, atol=1e-8)


def test_every_band_hears_something():
    basis = mel_basis(MelSpec(44_100, 2048, 441, 128, 0.0, 22_050.0))
    assert (basis.sum(axis=1) > 0).all()


def test_a_sine_is_loudest_in_the_band_that_is_centred_on_it():
    spec = MelSpec(44_100, 2048, 441, 128, 0.0, 22_050.0)
    hertz = float(band_centres_hz(spec)[70])
    sine = np.sin(2 * np.pi * hertz * np.arange(44_100) / 44_100).astype(np.float32)
    assert (log_mel(sine, spec, 100)[20:80].argmax(axis=1) == 70).all()


def test_channels_out_of_phase_do_not_cancel():
    spec = MelSpec(16_000, 1024, 160, 64, 0.0, 8000.0)
    one = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    apart = log_mel_of_channels(np.stack([one, -one]), spec, 90)
    np.testing.assert_allclose(apart, log_mel(one, spec, 90), atol=1e-4)


@pytest.mark.parametrize("frames", [1, 3])
def test_a_clip_shorter_than_a_frame_has_a_log_mel(frames):
    assert np.isfinite(log_mel(np.ones(10, np.float32), FLOWSEP, frames)).all()
