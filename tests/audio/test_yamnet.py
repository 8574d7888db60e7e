import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio import yamnet


@pytest.fixture
def noise():
    return (0.1 * np.random.default_rng(0).standard_normal(16_000)).astype(np.float32)


def plain_magnitude(samples, centre):
    """One frame from the definition of the discrete Fourier transform, in float64."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    part = samples[centre - 200 : centre + 200].astype(np.float64) * window
    turns = np.outer(np.arange(400), np.arange(257)) / 512
    return np.abs(part @ np.exp(-2j * np.pi * turns))


def test_a_frame_is_the_windowed_transform_around_its_sample(noise):
    spectra = yamnet.magnitudes(noise, 100)
    assert spectra.dtype == np.float32
    for frame in (2, 50, 97):
        np.testing.assert_allclose(spectra[frame], plain_magnitude(noise, frame * 160), atol=1e-4)


def test_bands_are_triangles_on_the_mel_scale_between_125_and_7500_hertz():
    basis = yamnet.mel_basis()
    assert basis.shape == (257, 64)
    hertz = yamnet.bin_centres_hz()
    assert not basis[hertz <= 125].any()
    assert not basis[hertz >= 7500].any()
    inner = (hertz > 300) & (hertz < 7000)
    np.testing.assert_allclose(basis[inner].sum(axis=1), 1, atol=1e-6)
    assert (np.diff(basis.argmax(axis=0)) >= 0).all()


def test_silence_is_the_logarithm_of_a_thousandth():
    silence = yamnet.magnitudes(np.zeros(1600, np.float32), 10) @ yamnet.mel_basis()
    np.testing.assert_allclose(yamnet.log_mel(silence), np.log(0.001), atol=1e-6)


@given(frames=st.integers(20, 600), count=st.integers(1, 20))
def test_every_frame_of_a_patch_is_a_frame_of_the_clip(frames, count):
    clip = np.repeat(np.arange(frames, dtype=np.float32)[:, None], 64, axis=1)
    cut = yamnet.patches(clip, count)
    assert cut.shape == (count, 96, 64)
    assert cut.min() >= 0
    assert cut.max() < frames
    assert (np.abs(np.diff(cut[..., 0])) <= 1).all()


def test_patches_are_centred_evenly_and_mirrored_at_the_ends():
    clip = np.repeat(np.arange(512, dtype=np.float32)[:, None], 64, axis=1)
    cut = yamnet.patches(clip, 6)[..., 0]
    np.testing.assert_array_equal(cut[0, :7], [4, 3, 2, 1, 0, 0, 1])
    assert [round(float(patch[48])) for patch in cut[1:5]] == [128, 213, 299, 384]
    np.testing.assert_array_equal(cut[-1, -6:], [511, 511, 510, 509, 508, 507])
