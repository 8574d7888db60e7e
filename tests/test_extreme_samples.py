"""Finite samples of any size are separated or refused as what they are, without a warning of the arithmetic."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.levels import MOST_SAMPLE
from flowsep_plugin.audio.loudness import LoudnessMeter
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import MediaError
from flowsep_plugin.files import FileRequest, separate_file
from flowsep_plugin.media.peaks import columns_of, make_peaks, sketch_peaks
from flowsep_plugin.separate import Separation, Separator
from flowsep_plugin.spectrogram import spectrogram
from flowsep_plugin.spectrogram.tiles import TileKey, make_tile

RATE = 48_000
TOO_LARGE = r"frame 7 \(0.000 s\) is 3e\+38, where full scale is 1 and at most 1e\+30 can be separated; lower its level"


@pytest.fixture(scope="module")
def separator(request: pytest.FixtureRequest) -> Separator:
    return Separator.open(request.path.parent / "pocket" / "bundle", "cpu", threads=1)


def noise(channels: int = 2, frames: int = 9_600) -> Samples:
    """Return noise within ±0.3, (channels, frames)."""
    return np.random.default_rng(3).uniform(-0.3, 0.3, (channels, frames)).astype(np.float32)


def missed_by(clip: Samples, separation: Separation) -> float:
    """Return the highest absolute difference of clip and the sum of all parts, relative to the clip's peak."""
    total = np.sum([stem.samples for stem in separation.stems], axis=0, dtype=np.float64)
    return float(np.abs(total + separation.residual.samples - clip).max() / np.abs(clip).max())


SHAPES = {
    "noise": noise(),
    "noise of six channels": noise(6, 4_801),
    "steady": np.ones((1, 9_600), np.float32),
    "square": np.sign(np.sin(np.arange(9_600) * 0.01 + 0.001)).astype(np.float32)[None],
    "one frame": np.ones((2, 1), np.float32),
}


@pytest.mark.parametrize("rate", [RATE, 44_100])
@pytest.mark.parametrize("level", [2.0**15, 2.0**31, 1e30, -1e30, 1e-30, 1e-42])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_clip_at_any_level_is_separated_and_nulls(echo: Separator, shape: str, level: float, rate: int) -> None:
    clip = (SHAPES[shape] * level).astype(np.float32)
    separation = echo.separate((clip, rate), ["a", "b"])
    assert missed_by(clip, separation) <= 2.0**-24
    assert separation.presence.max() == (1 if abs(level) > 1 else 0)


@pytest.fixture(scope="module")
def echo() -> Separator:
    return Separator.open("echo", threads=1)


@pytest.mark.parametrize("level", [2.0**31, 1e30])
def test_a_loud_clip_is_separated_like_the_same_clip_within_full_scale(separator: Separator, level: float) -> None:
    clip = noise()
    exact = (clip * np.float32(2.0) ** round(np.log2(level))).astype(np.float32)
    plain, loud = (separator.separate((samples, RATE), ["a dog", "rain"]) for samples in (clip, exact))
    for one, other in zip(plain.stems, loud.stems, strict=True):
        np.testing.assert_allclose(other.samples / exact.max() * clip.max(), one.samples, atol=2e-4)
    np.testing.assert_allclose(loud.presence, plain.presence, atol=1e-3)


@pytest.mark.parametrize("mode", ["mask", "hybrid", "generated"])
def test_every_mode_renders_what_is_far_above_full_scale(separator: Separator, mode: str) -> None:
    clip = noise() * np.float32(3e29)
    separation = separator.separate((clip, RATE), ["a dog"], mode=mode)
    assert missed_by(clip, separation) <= 2.0**-22
    assert 1e27 < np.abs(separation["a dog"].samples).max() < 1e31


@settings(max_examples=20)
@given(st.floats(1.5, MOST_SAMPLE, width=32), st.integers(0, 9_599), st.sampled_from([RATE, 44_100]))
def test_one_huge_sample_among_others_is_survived(echo: Separator, value: float, frame: int, rate: int) -> None:
    clip = noise()
    clip[0, frame] = value
    assert missed_by(clip, echo.separate((clip, rate), ["a", "b"])) <= 2.0**-24


def test_windows_away_from_a_huge_sample_are_not_touched_by_it(separator: Separator) -> None:
    """20 s after it, where the model's windows do not reach, stems and presence are those of the clip without it."""
    clip = noise(1, 25 * 16_000)
    broken = clip.copy()
    broken[0, 100] = 1e30
    whole, hurt = (separator.separate((samples, 16_000), ["a dog"]) for samples in (clip, broken))
    late = slice(22 * 16_000, 24 * 16_000)
    np.testing.assert_allclose(hurt["a dog"].samples[:, late], whole["a dog"].samples[:, late], atol=1e-5)


@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_a_sample_that_is_too_large_is_named_in_a_clip(echo: Separator, rate: int) -> None:
    clip = noise()
    clip[1, 7] = 3e38
    with pytest.raises(MediaError, match=TOO_LARGE):
        echo.separate((clip, rate), ["a"])


def test_a_sample_that_is_too_large_is_named_in_a_file_and_nothing_is_written(echo: Separator, tmp_path: Path) -> None:
    clip = noise()
    clip[1, 7] = 3e38
    sf.write(tmp_path / "a.wav", clip.T, RATE, subtype="FLOAT")
    with pytest.raises(MediaError, match=f"a.wav: {TOO_LARGE}"):
        separate_file(echo, tmp_path / "a.wav", Request(["a"]), FileRequest(tmp_path / "out"))
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_a_file_far_above_full_scale_is_written_as_floats(echo: Separator, tmp_path: Path, subtype: str) -> None:
    sf.write(tmp_path / "a.wav", (noise() * 3e29).T, RATE, subtype=subtype)
    separation = separate_file(echo, tmp_path / "a.wav", Request(["a", "b"]), FileRequest(tmp_path / "out"))
    assert separation.record["write"]["format"] == "wav32f"
    clip, _ = sf.read(tmp_path / "a.wav", dtype="float32")
    total = np.sum([sf.read(path)[0] for path in (*separation.stems, separation.residual)], axis=0)
    np.testing.assert_array_equal(total, clip)


def test_a_number_that_no_32_bit_float_is_has_its_own_error(tmp_path: Path) -> None:
    samples = noise().astype(np.float64)
    samples[0, 7] = 1e300
    with pytest.raises(MediaError, match=r"frame 7 is 1e\+300, which no 32-bit float is; lower the level"):
        AudioClip(samples, RATE)
    sf.write(tmp_path / "a.wav", samples.T, RATE, subtype="DOUBLE")
    with pytest.raises(MediaError, match=r"is NaN, Inf or beyond 1e\+30"):
        Separator.open("echo").separate(tmp_path / "a.wav", "a")


@pytest.mark.parametrize("level", [1e30, 1e19, 1e-42])
def test_pictures_and_loudness_of_extreme_samples_do_not_overflow(level: float) -> None:
    clip = AudioClip(noise(2, 30_000) * np.float32(level), RATE)
    peaks = (*make_peaks(clip).levels, *sketch_peaks(clip).levels)
    assert all(np.isfinite(one.power).all() for one in peaks)
    assert np.isfinite(columns_of(clip.samples, 0, np.linspace(0, 20_000, 50)).rms).all()
    assert np.isfinite(spectrogram(clip, 0, clip.frames, columns=20, rows=16).decibels).all()
    make_tile(clip, TileKey(5, 0))
    meter = LoudnessMeter(RATE, 2)
    meter.add(clip.samples)
    assert meter.integrated_lufs() is None or meter.integrated_lufs() > 300


@pytest.mark.parametrize("rate", [1, 5, 9, 1_000, 3_999])
def test_loudness_is_not_measured_where_its_filters_do_not_exist(rate: int) -> None:
    meter = LoudnessMeter(rate, 2)
    meter.add(noise(2, 3 * rate))
    assert meter.integrated_lufs() is None
