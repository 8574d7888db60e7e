import numpy as np
import pytest

from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.render.spatial import wiener

STFT = Stft(1024)


@pytest.fixture
def panned():
    """Two noises at two places of the panorama, and what separates them ideally, smeared as a model would."""
    rng = np.random.default_rng(0)
    one, two = rng.standard_normal((2, 48_000)).astype(np.float32) * 0.1
    sources = np.stack([np.stack([one, 0.3 * one]), np.stack([0.3 * two, two])])
    spectra = STFT.forward(sources)
    power = np.square(np.abs(spectra)).mean(axis=1)
    masks = power[0] / power.sum(axis=0)
    smeared = 0.5 + 0.8 * (masks - 0.5)
    return spectra, smeared[:, None].astype(np.float32)


def error(actual, expected):
    return 10 * np.log10((np.abs(expected) ** 2).sum() / (np.abs(actual - expected) ** 2).sum())


def test_panned_sources_are_told_apart_by_their_place(panned):
    spectra, masks = panned
    mixture = spectra.sum(axis=0)
    plain = masks.swapaxes(0, 1)[0] * mixture
    placed = wiener(mixture, masks, reach=40)[0]
    assert error(placed, spectra[0]) > error(plain, spectra[0]) + 2


def test_stems_and_rest_sum_to_the_clip(panned):
    spectra, masks = panned
    mixture = spectra.sum(axis=0)
    stem = wiener(mixture, masks, reach=40)[0]
    residual = wiener(mixture, 1 - masks, reach=40)[0]
    np.testing.assert_allclose(stem + residual, mixture, atol=1e-3 * np.abs(mixture).max())


def test_where_everything_sits_in_the_middle_it_is_the_plain_mask():
    mono = STFT.forward(np.random.default_rng(1).standard_normal(20_000).astype(np.float32))
    mixture = np.stack([mono, mono])
    masks = np.random.default_rng(2).random((mono.shape[0], 1, STFT.bins)).astype(np.float32)
    np.testing.assert_allclose(
        wiener(mixture, masks, reach=10)[0], masks[:, 0] * mixture, atol=2e-3 * np.abs(mono).max()
    )


def test_a_mask_of_nothing_gives_nothing(panned):
    spectra, masks = panned
    assert np.abs(wiener(spectra.sum(axis=0), np.zeros_like(masks), reach=10)).max() < 1e-6


def test_silence_stays_silent():
    silence = np.zeros((2, 12, STFT.bins), np.complex64)
    actual = wiener(silence, np.full((12, 2, STFT.bins), 0.4, np.float32), reach=4)
    assert np.abs(actual).max() == 0


def test_the_result_does_not_depend_on_the_number_of_threads() -> None:
    rng = np.random.default_rng(3)
    shape = (2, 60, STFT.bins)
    spectrum = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)
    masks = rng.dirichlet([1, 1, 1], (60, STFT.bins)).astype(np.float32).transpose(0, 2, 1)[:, :2]
    alone = wiener(spectrum, masks, reach=10)
    for threads in (2, 3, 7, 100):
        np.testing.assert_array_equal(wiener(spectrum, masks, reach=10, threads=threads), alone)
