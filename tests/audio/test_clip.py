import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.errors import MediaError


@given(st.integers(1, 50), st.integers(-60, 60), st.integers(0, 60))
def test_reading_past_a_clip_gives_silence_there(frames, start, length):
    clip = AudioClip(np.arange(1, frames + 1, dtype=np.float32)[None] / 100, 48_000)
    wide = np.pad(clip.samples, ((0, 0), (100, 200)))
    np.testing.assert_array_equal(clip.read(start, start + length), wide[:, 100 + start : 100 + start + length])


def test_a_cut_keeps_its_place_on_the_timeline():
    assert AudioClip(np.zeros((1, 100), np.float32), 48_000, start=1000).cut(30, 40).span.start == 1030


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((2, 0), np.float32), "empty"),
        (np.zeros((2, 2, 2), np.float32), "channels, frames"),
        (np.zeros((48_000, 2), np.float32), "looks transposed"),
        (np.array([[0.0, np.nan]], np.float32), "frame 1 is NaN"),
        (np.array([[np.inf, 0.0]], np.float32), "frame 0 is NaN or Inf"),
        (np.zeros((2, 100), np.int16), "int16"),
    ],
)
def test_a_clip_that_is_none_is_refused_with_the_reason(samples, message):
    with pytest.raises(MediaError, match=message):
        AudioClip(samples, 48_000)


def test_a_clip_without_a_rate_is_refused():
    with pytest.raises(MediaError, match="rate"):
        AudioClip(np.zeros((1, 10), np.float32), 0)
