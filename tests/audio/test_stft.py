import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.stft import Stft


@given(st.integers(6, 11), st.integers(0, 40), st.integers(1, 2))
def test_the_inverse_gives_back_what_was_transformed(log_size, hops, channels):
    stft = Stft(1 << log_size)
    samples = np.random.default_rng(0).standard_normal((channels, stft.size + hops * stft.hop)).astype(np.float32)
    edge = stft.size - stft.hop
    restored = stft.inverse(stft.forward(samples))
    assert restored.shape == samples.shape
    inner = slice(edge, samples.shape[1] - edge)
    np.testing.assert_allclose(restored[:, inner], samples[:, inner], atol=2e-6)


@given(st.integers(-100_000, 100_000), st.integers(1, 30_000))
def test_the_frames_over_a_stretch_are_those_that_touch_it(start, length):
    stft = Stft(1024)
    first, last = stft.frames_over(start, start + length)
    touches = [
        k for k in range(first - 3, last + 3) if k * stft.hop + 512 > start and k * stft.hop - 512 < start + length
    ]
    assert (touches[0], touches[-1] + 1) == (first, last)


@pytest.mark.parametrize(
    ("rate", "size"), [(8_000, 512), (16_000, 512), (44_100, 2048), (48_000, 2048), (96_000, 4096)]
)
def test_the_transform_lasts_about_46_ms_at_every_rate(rate, size):
    assert Stft.for_rate(rate).size in (size, size * 2)
    assert 0.03 < Stft.for_rate(rate).size / rate < 0.07
