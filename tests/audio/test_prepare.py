import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.prepare import Level, prepare, read_mirrored
from flowsep_plugin.audio.windows import plan_windows

RMS = Level("rms", 0.05)


@given(st.floats(0.001, 8.0), st.sampled_from([Level("rms", 0.05), Level("peak", 0.5)]))
def test_the_receipt_gives_back_the_level_that_was_taken(loudness, level):
    noise = np.random.default_rng(0).standard_normal((1, 4000)).astype(np.float32)
    clip = AudioClip(noise * np.float32(loudness * 0.1), 16_000)
    prepared, gains = prepare(clip, 0, plan_windows(0, 4000, size=4000, overlap=0), range(1), rate=16_000, level=level)
    log_level = (
        np.log(np.sqrt(np.mean(np.square(prepared.windows), dtype=np.float64))).reshape(1, 1, 1).astype(np.float32)
    )
    centred = clip.samples - clip.samples.mean()
    assert gains.restore(log_level).item() == pytest.approx(np.log(np.sqrt(np.mean(np.square(centred)))), abs=1e-3)


def test_windows_come_at_the_level_that_was_asked_for(noise_clip):
    clip = noise_clip(3, rate=16_000)
    plan = plan_windows(0, clip.frames, size=8_000, overlap=2_000)
    prepared, _ = prepare(clip, 0, plan, range(3), rate=16_000, level=RMS)
    np.testing.assert_allclose(np.sqrt(np.square(prepared.windows[:3]).mean(axis=(1, 2))), 0.05, rtol=1e-3)


def test_silence_is_not_made_louder():
    clip = AudioClip(np.full((2, 16_000), 1e-7, np.float32), 16_000)
    prepared, gains = prepare(
        clip, 0, plan_windows(0, 16_000, size=16_000, overlap=0), range(1), rate=16_000, level=RMS
    )
    assert gains.silent.all()
    assert np.abs(prepared.windows).max() < 1e-6


def test_a_short_clip_is_not_made_louder_for_the_silence_behind_it(noise_clip):
    clip = noise_clip(0.5, rate=16_000, channels=1)
    plan = plan_windows(0, clip.frames, size=160_000, overlap=0)
    prepared, _ = prepare(clip, 0, plan, range(1), rate=16_000, level=RMS)
    audible = prepared.windows[0, :, : clip.frames]
    assert np.sqrt(np.square(audible).mean()) == pytest.approx(0.05, rel=1e-3)


@pytest.mark.parametrize("rate", [44_100, 48_000, 22_050])
def test_windows_of_a_part_equal_those_of_the_whole(noise_clip, rate):
    whole = noise_clip(8, rate=rate)
    part = whole.cut(2 * rate, 7 * rate)
    size, overlap = 32_000, 8_000
    of_whole = plan_windows(0, 8 * 16_000, size=size, overlap=overlap)
    of_part = plan_windows(2 * 16_000, 7 * 16_000, size=size, overlap=overlap)
    shared = of_part.window_start(1) // of_whole.stride
    one, _ = prepare(whole, 0, of_whole, range(shared, shared + 1), rate=16_000, level=RMS)
    other, _ = prepare(part, part.start, of_part, range(1, 2), rate=16_000, level=RMS)
    np.testing.assert_allclose(one.windows, other.windows, atol=1e-6)


@given(st.integers(1, 400), st.integers(-900, 900), st.integers(1, 900), st.integers(-300, 300))
def test_beyond_its_ends_a_mirrored_source_goes_on_as_between_two_mirrors(frames, start, length, origin):
    ramp = np.arange(frames, dtype=np.float32)[None] / 1000
    period = np.concatenate([ramp, ramp[:, ::-1]], axis=1)
    expected = period[:, (np.arange(start, start + length) - origin) % (2 * frames)]
    actual = read_mirrored(AudioClip(ramp, 16_000), origin, start, start + length, 16_000)
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_window_past_the_end_holds_the_clip_turned_round_at_its_edge(noise_clip, rate):
    clip = noise_clip(1.5, rate=rate)
    plan = plan_windows(0, 24_000, size=32_000, overlap=0)
    mirrored, gains = prepare(clip, 0, plan, range(1), rate=16_000, level=RMS, padding="mirror")
    plain, other = prepare(clip, 0, plan, range(1), rate=16_000, level=RMS)
    assert gains.gains == other.gains
    np.testing.assert_array_equal(mirrored.windows[..., :24_000], plain.windows[..., :24_000])
    np.testing.assert_allclose(mirrored.windows[..., 24_000:], mirrored.windows[..., 16_000:24_000][..., ::-1])
