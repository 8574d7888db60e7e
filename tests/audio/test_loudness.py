"""Loudness against signals with known values (after EBU Tech 3341 and 3342, ITU-R BS.2217), pyloudnorm and ffmpeg."""

import re
import shutil
import subprocess

import numpy as np
import pytest
import soundfile as sf

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.loudness import LoudnessMeter
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.true_peak import TruePeakMeter
from flowsep_plugin.media.loudness import file_loudness, measure_loudness

RATE = 48_000


def tone(level_db, seconds, rate=RATE, hz=1000.0, channels=2, phase=0.0):
    """A sine of that peak level in every channel."""
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate + phase)
    return np.tile(wave.astype(np.float32), (channels, 1))


def steps(*parts, rate=RATE):
    """Tones of (level, seconds), one after the other."""
    return np.concatenate([tone(level, seconds, rate) for level, seconds in parts], axis=1)


def measured(samples, rate=RATE):
    return measure_loudness(AudioClip(samples, rate))


def noise(seconds=40, rate=RATE, seed=0):
    """Noise whose level moves by 30 dB, as music's does."""
    samples = np.random.default_rng(seed).standard_normal((2, seconds * rate)) * 0.08
    swell = 10 ** (-30 / 20 * (0.5 + 0.5 * np.sin(2 * np.pi * np.arange(samples.shape[1]) / rate / 13)))
    return (samples * swell).astype(np.float32)


INTEGRATED = {
    "a steady tone": ([(-23, 20)], -23.0),
    "a quieter one": ([(-33, 20)], -33.0),
    "quiet before and after": ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
    "silence before and after, under the absolute gate": (
        [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
        -23.0,
    ),
    "levels whose mean counts": ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
}


@pytest.mark.parametrize(("parts", "lufs"), INTEGRATED.values(), ids=INTEGRATED)
def test_integrated_loudness_of_tones(parts, lufs):
    assert measured(steps(*parts)).integrated_lufs == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize(("channel", "lufs"), list(enumerate([-26.0, -26.0, -26.0, None, -24.5, -24.5])))
def test_channels_count_as_they_stand_in_5_1(channel, lufs):
    """Left, right and centre alike, the low frequencies not at all, the surrounds 1.5 dB more."""
    samples = np.zeros((6, 5 * RATE), np.float32)
    samples[channel] = tone(-23, 5, channels=1)[0]
    assert measured(samples).integrated_lufs == (lufs and pytest.approx(lufs, abs=0.1))


RANGES = {
    "10 LU": ([(-20, 20), (-30, 20)], 10),
    "5 LU": ([(-20, 20), (-15, 20)], 5),
    "20 LU": ([(-40, 20), (-20, 20)], 20),
    "15 LU, the quietest part under the relative gate": ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
}


@pytest.mark.parametrize(("parts", "range_lu"), RANGES.values(), ids=RANGES)
def test_loudness_range_of_tones(parts, range_lu):
    assert measured(steps(*parts)).range_lu == pytest.approx(range_lu, abs=1)


def test_the_loudest_moments():
    samples = np.zeros((2, 20 * RATE), np.float32)
    samples[:, 5 * RATE : 8 * RATE] = tone(-23, 3)
    result = measured(samples)
    assert result.max_short_term_lufs == pytest.approx(-23.0, abs=0.1)
    assert result.max_momentary_lufs == pytest.approx(-23.0, abs=0.1)
    samples[:, 12 * RATE : round(12.4 * RATE)] = tone(-20, 0.4)
    assert measured(samples).max_momentary_lufs == pytest.approx(-20.0, abs=0.1)
    assert measured(samples).max_short_term_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize(("part", "phase_degrees"), [(4, 0), (4, 45), (6, 60), (8, 67.5)])
def test_true_peak_of_tones_whose_samples_miss_it(rate, part, phase_degrees):
    """A tone at a fraction of the rate, whose samples lie up to 3 dB under its peak; within +0.2 and -0.4 dB."""
    meter = TruePeakMeter(rate, 1)
    fade = np.minimum(1, np.minimum(np.arange(rate // 2), rate // 2 - np.arange(rate // 2)) / 500)
    meter.add((tone(-6, 0.5, rate, rate / part, 1, np.radians(phase_degrees)) * fade).astype(np.float32))
    least = 20 * np.log10(10 ** (-6 / 20) * abs(np.sin(np.pi / 2 - np.pi / part))) if rate >= 192_000 else -6.4
    assert least - 0.1 <= meter.dbtp() <= -5.8


def test_a_single_sample_is_its_own_peak():
    samples = np.zeros((1, 1000), np.float32)
    samples[0, 999] = 0.5
    meter = TruePeakMeter(RATE, 1)
    meter.add(samples)
    assert meter.dbtp() == -6.0


@pytest.mark.parametrize("block", [1, 37, 4_801, 100_000])
def test_the_block_size_changes_nothing(block):
    samples = noise(4)[:, :150_000] if block > 1 else noise(1)[:, :900]
    whole, parts = (LoudnessMeter(RATE, 2), TruePeakMeter(RATE, 2)), (LoudnessMeter(RATE, 2), TruePeakMeter(RATE, 2))
    for meter in whole:
        meter.add(samples)
    for first in range(0, samples.shape[1], block):
        for meter in parts:
            meter.add(samples[:, first : first + block])
    assert whole[1].dbtp() == parts[1].dbtp()
    for name in ("integrated_lufs", "range_lu", "max_momentary_lufs", "max_short_term_lufs"):
        assert getattr(whole[0], name)() == getattr(parts[0], name)()


def test_silence_and_moments_have_no_loudness():
    result = measured(np.zeros((2, 5 * RATE), np.float32))
    assert {result.integrated_lufs, result.range_lu, result.true_peak_dbtp, result.max_momentary_lufs} == {None}
    short = measured(tone(-20, 0.3))
    assert (short.integrated_lufs, short.range_lu, short.max_short_term_lufs) == (None, None, None)
    assert short.true_peak_dbtp == pytest.approx(-20.0, abs=0.1)
    assert measured(tone(-20, 2.0)).range_lu is None


def test_a_part_is_measured_alone():
    samples = steps((-40, 10), (-20, 10))
    assert measure_loudness(AudioClip(samples, RATE), Span(10, 10, 1)).range_lu == pytest.approx(0, abs=0.1)


def test_loudness_asked_in_the_middle_changes_nothing():
    meter, samples = LoudnessMeter(RATE, 2), noise(8)
    meter.add(samples[:, :200_000])
    meter.integrated_lufs()
    meter.add(samples[:, 200_000:])
    once = LoudnessMeter(RATE, 2)
    once.add(samples)
    assert (meter.integrated_lufs(), meter.range_lu()) == (once.integrated_lufs(), once.range_lu())


@pytest.mark.parametrize("seed", [0, 1])
def test_pyloudnorm_agrees(seed):
    pyloudnorm = pytest.importorskip("pyloudnorm", reason="an oracle: pip install pyloudnorm")
    samples = noise(seed=seed)
    meter = pyloudnorm.Meter(RATE)
    result = measured(samples)
    assert result.integrated_lufs == pytest.approx(meter.integrated_loudness(samples.T.astype(np.float64)), abs=0.1)
    assert result.range_lu == pytest.approx(meter.loudness_range(samples.T.astype(np.float64)), abs=0.5)


def ffmpeg():
    if program := shutil.which("ffmpeg"):
        return program
    return pytest.importorskip("imageio_ffmpeg", reason="an oracle: apt install ffmpeg").get_ffmpeg_exe()


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_ffmpegs_ebur128_agrees(tmp_path, rate):
    sf.write(tmp_path / "a.wav", noise(rate=rate).T, rate, subtype="FLOAT")
    printed = subprocess.run(
        [ffmpeg(), "-hide_banner", "-nostats", "-i", tmp_path / "a.wav",
         "-filter_complex", "ebur128=peak=true:metadata=1,ametadata=print:file=-", "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    result, text = file_loudness(tmp_path / "a.wav"), printed.stderr.rpartition("Summary:")[2]
    integrated, _, span, *_, peak = [float(value) for value in re.findall(r"(-?[\d.]+) (?:LUFS|LU|dBFS)", text)]
    assert result.integrated_lufs == pytest.approx(integrated, abs=0.1)
    assert result.range_lu == pytest.approx(span, abs=0.2)
    assert result.true_peak_dbtp == pytest.approx(peak, abs=0.3)  # noise up to half the rate: interpolators differ
    for key, value in (("M", result.max_momentary_lufs), ("S", result.max_short_term_lufs)):
        highest = max(float(one) for one in re.findall(rf"r128\.{key}=(-?[\d.]+)", printed.stdout))
        assert value == pytest.approx(highest, abs=0.15)
