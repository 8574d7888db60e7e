"""Guarantees of a separation, for every mode, rate, channel count and length."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.echo import ECHO_CARD, EchoEngine
from flowsep_plugin.errors import BundleError, Cancelled, UsageError
from flowsep_plugin.render_settings import MODES, RenderSettings
from flowsep_plugin.separate import Separator

NULL = 1e-6
"""Tolerance relative to full scale: stems and residual are float32, whose last bit at full scale is 6e-8."""


@pytest.fixture(scope="module")
def echo():
    return Separator.open("echo")


@pytest.fixture(scope="module")
def pocket_separator():
    return Separator.open(Path(__file__).parent / "pocket" / "bundle", "cpu")


def null_of(clip, separation):
    return np.abs(
        clip.samples.astype(np.float64)
        - sum(s.samples.astype(np.float64) for s in separation.stems)
        - separation.residual.samples
    ).max()


@settings(max_examples=25)
@given(
    rate=st.sampled_from([8_000, 16_000, 22_050, 44_100, 44_101, 48_000, 96_000, 192_000]),
    channels=st.integers(1, 8),
    frames=st.one_of(st.just(1), st.integers(2, 400), st.integers(400, 60_000)),
    start=st.integers(-100_000, 10_000_000),
)
def test_with_the_echo_engine_the_residual_is_silence(rate, channels, frames, start):
    noise = np.random.default_rng(frames).uniform(-1, 1, (channels, frames)).astype(np.float32)
    clip = AudioClip(noise, rate, start)
    separation = Separator.open("echo").separate(clip, Request(["everything"]))
    assert np.abs(separation.residual.samples).max() <= NULL
    assert separation.stems[0].span == clip.span
    assert separation.stems[0].channels == channels


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("rate", "channels", "seconds"), [(48_000, 2, 6.3), (44_100, 1, 2.0), (16_000, 6, 0.4), (96_000, 2, 0.01)]
)
def test_stems_and_residual_sum_to_the_clip(pocket_separator, noise_clip, mode, rate, channels, seconds):
    clip = noise_clip(seconds, rate, channels)
    request = Request(["a dog", "rain"], negative=["speech"], seed=3, render=RenderSettings(mode))
    separation = pocket_separator.separate(clip, request)
    assert null_of(clip, separation) <= NULL
    assert {stem.samples.shape for stem in separation.stems} == {clip.samples.shape}


@pytest.mark.parametrize(
    "render",
    [RenderSettings(strength=0.25), RenderSettings(strength=4), RenderSettings(reduce_db=12), RenderSettings(gate=0)],
)
def test_stems_null_with_any_render_settings(pocket_separator, noise_clip, render):
    clip = noise_clip(2)
    assert null_of(clip, pocket_separator.separate(clip, Request(["a dog"], render=render))) <= NULL


def test_a_clip_far_above_full_scale_nulls_as_well_as_float32_can(pocket_separator, noise_clip):
    quiet = noise_clip(1)
    clip = AudioClip(quiet.samples * 1000, quiet.rate)
    assert null_of(clip, pocket_separator.separate(clip, Request(["a dog"]))) <= NULL * 1000


def test_the_same_seed_gives_the_same_bytes(pocket_separator, noise_clip):
    clip = noise_clip(3)
    one, two = (pocket_separator.separate(clip, Request(["a dog"], seed=9)) for _ in range(2))
    assert one.stems[0].samples.tobytes() == two.stems[0].samples.tobytes()


def test_another_seed_gives_another_stem(pocket_separator, noise_clip):
    clip = noise_clip(3)
    one, two = (pocket_separator.separate(clip, Request(["a dog"], seed=seed)) for seed in (1, 2))
    assert not np.array_equal(one.stems[0].samples, two.stems[0].samples)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_part_separated_alone_equals_the_part_of_the_whole(pocket_separator, noise_clip, rate):
    """Compares away from the edges, where a window reads other audio."""
    whole = noise_clip(14, rate)
    part = whole.cut(3 * rate, 12 * rate)
    request = Request(["a dog"], seed=1)
    of_whole = pocket_separator.separate(whole, request).stems[0].samples[:, 7 * rate : 8 * rate]
    of_part = pocket_separator.separate(part, request).stems[0].samples[:, 4 * rate : 5 * rate]
    np.testing.assert_allclose(of_part, of_whole, atol=2e-4)


def test_a_span_of_a_clip_equals_the_same_span_of_the_whole(pocket_separator, noise_clip):
    """A span that can read the clip around it has no edge effects."""
    clip, request = noise_clip(9), Request(["a dog"], seed=1)
    whole = pocket_separator.separate(clip, request).stems[0].samples
    span = Span(3 * 48_000 + 17, 2 * 48_000, 48_000)
    with pocket_separator.estimate(clip, 0, span, request) as estimate:
        blocks = list(pocket_separator.blocks(clip, 0, span, estimate, request))
    part = np.concatenate([block.stems[0] for block in blocks], axis=-1)
    np.testing.assert_allclose(part, whole[:, span.start : span.stop], atol=2e-4)


def test_new_settings_need_no_inference(pocket_separator, noise_clip, monkeypatch):
    clip, request = noise_clip(2), Request(["a dog"])
    with pocket_separator.estimate(clip, 0, clip.span, request) as estimate:
        monkeypatch.setattr(pocket_separator.engine, "estimate", None)
        loud = pocket_separator.render(clip, estimate, request)
        soft = pocket_separator.render(clip, estimate, Request(["a dog"], render=RenderSettings(reduce_db=6.0206)))
    np.testing.assert_allclose(soft.stems[0].samples, loud.stems[0].samples / 2, atol=1e-5)


def test_a_negative_query_keeps_its_sound_in_the_residual(echo, noise_clip):
    clip = noise_clip(1)
    separation = echo.separate(clip, Request(["a dog"], negative=["speech"]))
    np.testing.assert_allclose(separation.stems[0].samples, clip.samples / 2, atol=1e-5)
    assert len(separation.stems) == 1


def test_an_absent_sound_gives_a_silent_stem_and_no_presence(echo, noise_clip):
    clip = noise_clip(1)
    separation = echo.separate(clip, Request(["nothing"]))
    assert np.abs(separation.stems[0].samples).max() < 1e-6
    assert separation.presence.max() == 0


def test_digital_silence_is_separated_into_silence(pocket_separator):
    clip = AudioClip(np.zeros((2, 48_000), np.float32), 48_000)
    separation = pocket_separator.separate(clip, Request(["a dog"]))
    assert separation.stems[0].samples.max() == 0
    assert separation.presence.max() == 0


def test_out_of_phase_stereo_is_not_lost(echo, noise_clip):
    mono = noise_clip(1, channels=1).samples[0]
    clip = AudioClip(np.stack([mono, -mono]), 48_000)
    assert np.abs(echo.separate(clip, Request(["everything"])).residual.samples).max() <= NULL


def test_progress_grows_to_the_end_of_both_stages(pocket_separator, noise_clip):
    states = []
    pocket_separator.separate(noise_clip(6), Request(["a dog"]), states.append)
    for stage in ("separate", "render"):
        done = [p.done for p in states if p.stage == stage]
        assert done == sorted(done)
        assert done[-1] == states[[p.stage for p in states].index(stage)].total


def test_a_job_that_is_cancelled_stops_within_one_step(pocket_separator, noise_clip):
    calls = []

    def cancel(progress):
        calls.append(progress)
        raise Cancelled("stopped by the user")

    with pytest.raises(Cancelled):
        pocket_separator.separate(noise_clip(6), Request(["a dog"], steps=20), cancel)
    assert len(calls) == 1


def test_generated_stems_without_a_vocoder_are_refused_before_any_work(single, noise_clip):
    with pytest.raises(UsageError, match="no vocoder"):
        Separator.open(single, "cpu").separate(noise_clip(1), Request(["a dog"], render=RenderSettings("generated")))


def test_an_unknown_model_is_refused_with_a_list():
    with pytest.raises(BundleError, match="installed are"):
        Separator.open("no-such-model")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"queries": []}, "there are no queries"),
        ({"queries": [""]}, "is empty"),
        ({"queries": ["  ...  "]}, "is empty"),
        ({"queries": ["x" * 10_000]}, "10000 characters, at most 500"),
        ({"queries": ["a dog", "A  Dog"]}, "twice"),
        ({"queries": ["a dog"], "negative": ["a dog"]}, "twice"),
        ({"queries": [f"sound {i}" for i in range(17)]}, "at most 16"),
        ({"queries": ["a"], "steps": 0}, "steps must be"),
        ({"queries": ["a"], "solver": "magic"}, "solver must be euler or midpoint; got 'magic'"),
        ({"queries": ["a"], "seed_count": 0}, "seed_count must be"),
    ],
)
def test_an_invalid_request_is_refused(change, message):
    with pytest.raises(UsageError, match=message):
        Request(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "magic"}, "'magic'"),
        ({"strength": 9}, "strength"),
        ({"reduce_db": 0}, "reduce_db"),
        ({"gate": 2}, "gate"),
    ],
)
def test_settings_out_of_range_are_refused_with_the_range(change, message):
    with pytest.raises(UsageError, match=message):
        RenderSettings(**change)


@pytest.mark.parametrize("padding", ["silence", "mirror"])
def test_an_engine_gets_the_padding_of_its_card_past_the_clip_end(noise_clip, padding):
    class Listener(EchoEngine):
        card = replace(ECHO_CARD, padding=padding)

        def estimate(self, windows, *residual):
            windows_read.append(windows)
            return super().estimate(windows, *residual)

    windows_read: list[np.ndarray] = []
    clip = noise_clip(3, ECHO_CARD.rate)
    Separator(Listener()).separate(clip, Request(["everything"]))
    inside, behind = np.split(windows_read[0][0], [clip.frames], axis=-1)
    expected = inside[:, ::-1] if padding == "mirror" else np.zeros_like(inside)
    np.testing.assert_array_equal(behind[:, : clip.frames], expected)
