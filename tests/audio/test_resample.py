import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.prepare import read_at_rate
from flowsep_plugin.audio.resample import common_block, resample, resampled_frames

rates = st.sampled_from([8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000])


@given(rates, rates, st.integers(0, 3000), st.integers(1, 3))
def test_the_length_is_exact(old, new, frames, channels):
    resampled = resample(np.zeros((channels, frames), np.float32), old, new)
    assert resampled.shape == (channels, -(-frames * new // old))
    assert resampled.shape[1] == resampled_frames(frames, old, new)


@pytest.mark.parametrize(
    ("old", "new"), [(48_000, 44_100), (44_100, 48_000), (96_000, 44_100), (44_100, 16_000), (22_050, 44_100)]
)
def test_there_is_no_delay(old, new):
    """A slow sine stays where it was: its phase moves by less than a hundredth of a frame."""
    hertz, seconds = 441.0, 0.5
    sine = np.sin(2 * np.pi * hertz * np.arange(round(old * seconds)) / old).astype(np.float32)[None]
    resampled = resample(sine, old, new)[0]
    time = np.arange(resampled.size) / new
    inner = slice(resampled.size // 4, 3 * resampled.size // 4)
    turned = np.angle(np.vdot(np.exp(2j * np.pi * hertz * time[inner]), resampled[inner]) * 1j)
    assert abs(turned / (2 * np.pi * hertz) * new) < 0.01


def test_equal_rates_change_nothing():
    samples = np.random.default_rng(0).standard_normal((2, 100)).astype(np.float32)
    assert resample(samples, 48_000, 48_000) is samples


@given(rates, rates)
def test_common_blocks_last_equally_long(old, new):
    at_old, at_new = common_block(old, new)
    assert at_old * new == at_new * old


@pytest.mark.parametrize(("old", "new"), [(0, 48_000), (48_000, -1)])
def test_a_rate_that_is_none_is_refused(old, new):
    with pytest.raises(ValueError, match="positive"):
        resample(np.zeros((1, 4), np.float32), old, new)


@pytest.mark.parametrize("native", [8_000, 22_050, 44_101, 48_000, 96_000])
@pytest.mark.parametrize("origin", [0, 12_345, -777])
def test_two_readings_agree_where_they_overlap(native, origin):
    """What the streaming arrow stands on: a stretch resampled alone equals the same stretch of the whole."""
    clip = AudioClip(np.random.default_rng(3).standard_normal((1, 3 * native)).astype(np.float32) * 0.3, native)
    first = origin * 44_100 // native
    whole = read_at_rate(clip, origin, first, first + 3 * 44_100, 44_100)
    part = read_at_rate(clip, origin, first + 50_000, first + 60_000, 44_100)
    tolerance = {44_101: 1e-5}.get(native, 2e-6)  # nearly equal rates interpolate the filter's coefficients
    np.testing.assert_allclose(part, whole[:, 50_000:60_000], atol=tolerance)
