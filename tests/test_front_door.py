"""The public Python API: arrays, paths, a mapping of stems, `with`, `async`, and errors that name the way out."""

import asyncio
import base64
import io
import itertools
import re
import sys
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin import (
    AudioClip,
    Cancelled,
    EngineError,
    MediaError,
    RenderSettings,
    Request,
    Separator,
    UsageError,
    write_clip,
)

POCKET = Path(__file__).parent / "pocket" / "bundle"


@pytest.fixture(scope="module")
def echo():
    return Separator.open("echo")


@pytest.fixture
def separation(echo, noise_clip):
    return echo.separate(noise_clip(0.5), ["a dog barking", "rain"])


# --- the result is a mapping -----------------------------------------------------------------------------------------


def test_a_separation_is_a_mapping_of_its_queries(separation):
    assert list(separation) == ["a dog barking", "rain"]
    assert len(separation) == 2
    assert [stem is separation[query] for query, stem in separation.items()] == [True, True]
    assert dict(separation)["rain"] is separation.stems[1]


@pytest.mark.parametrize("query", ["rain", " Rain ", "RAIN", "A  dog\tbarking"])
def test_stem_lookup_ignores_case_and_spacing(separation, query):
    assert query in separation
    assert isinstance(separation[query], AudioClip)


def test_an_unknown_stem_is_a_key_error_that_lists_the_stems(separation):
    with pytest.raises(KeyError) as caught:
        separation["cat"]
    assert str(caught.value) == "no stem 'cat'; stems: 'a dog barking', 'rain'"


@pytest.mark.parametrize("key", ["cat", 0, None, ("rain",)])
def test_other_keys_are_not_in_a_separation(separation, key):
    assert key not in separation
    assert separation.get(key) is None


def test_the_residual_is_not_a_stem(separation):
    assert "residual" not in separation
    assert separation.residual.span == separation["rain"].span


def test_a_separation_equals_only_itself(echo, noise_clip, separation):
    assert separation == separation
    assert separation != echo.separate(noise_clip(0.5), ["a dog barking", "rain"])


# --- audio in every form ---------------------------------------------------------------------------------------------


def test_clip_path_and_array_give_the_same_stem(pocket, noise_clip, tmp_path):
    clip = noise_clip(1)
    write_clip(tmp_path / "clip.wav", clip, format="wav32f")
    forms = [clip, tmp_path / "clip.wav", str(tmp_path / "clip.wav"), (clip.samples, clip.rate), (clip, clip.rate)]
    with Separator.open(pocket, "cpu") as separator:
        stems = {separator.separate(audio, "rain")["rain"].samples.tobytes() for audio in forms}
    assert len(stems) == 1


def test_one_dimension_is_one_channel(echo, noise_clip):
    assert echo.separate((noise_clip(0.1).samples[0], 48_000), "rain").residual.channels == 1


@pytest.mark.parametrize("rate", [48_000, 48_000.0, np.int64(48_000), np.float32(48_000)])
def test_any_whole_rate_is_accepted(echo, noise_clip, rate):
    assert echo.separate((noise_clip(0.1).samples, rate), "rain").residual.rate == 48_000


@pytest.mark.parametrize(
    ("audio", "error", "message"),
    [
        (np.zeros(100, np.float32), UsageError, r"give \(array, sample_rate\)"),
        ([0.0, 0.1], UsageError, r"give \(array, sample_rate\)"),
        ((48_000, np.zeros(100)), UsageError, "sample rate comes second"),
        ((np.zeros(100), 44_100.5), UsageError, "whole number of hertz"),
        ((np.zeros(100), "48k"), UsageError, "whole number of hertz"),
        ((np.zeros(100), 0), UsageError, "above 0"),
        ((np.zeros(100, np.int16), 48_000), MediaError, "int16; divide by full scale"),
        ((np.zeros((48_000, 2)), 48_000), MediaError, r"pass array\.T"),
        ((np.zeros((2, 0)), 48_000), MediaError, "empty"),
        ("no such file.wav", MediaError, "no such file"),
        (None, UsageError, "got NoneType"),
    ],
)
def test_audio_that_cannot_be_used_is_refused_with_the_way_out(echo, audio, error, message):
    with pytest.raises(error, match=message):
        echo.separate(audio, "rain")


# --- queries and settings --------------------------------------------------------------------------------------------


def test_settings_are_those_of_a_request(pocket, noise_clip):
    clip = noise_clip(1)
    request = Request(
        ["rain"], ["speech"], steps=2, seed=5, seed_count=2, render=RenderSettings(strength=1.5, reduce_db=6)
    )
    with Separator.open(pocket, "cpu") as separator:
        plain = separator.separate(
            clip, "rain", negative="speech", steps=2, seed=5, seed_count=2, strength=1.5, reduce_db=6
        )
        same = separator.separate(clip, request)
    np.testing.assert_array_equal(plain["rain"], same["rain"])


def test_a_setting_adds_to_render_settings(echo, noise_clip):
    clip = noise_clip(0.1)
    halved = echo.separate(clip, "rain", render=RenderSettings(strength=2), reduce_db=6.0206)
    np.testing.assert_allclose(halved["rain"], clip.samples / 2, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("strenght", r"unknown setting 'strenght'; did you mean 'strength'\?"),
        ("seeds", r"did you mean 'seed'\?"),
        ("negatives", r"did you mean 'negative'\?"),
        ("colour", "unknown setting 'colour'; settings: negative, steps"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest(echo, noise_clip, name, message):
    with pytest.raises(UsageError, match=message):
        echo.separate(noise_clip(0.1), "rain", **{name: 1})


def test_settings_next_to_a_request_are_refused(echo, noise_clip):
    with pytest.raises(UsageError, match=r"'seed': a Request holds its own settings"):
        echo.separate(noise_clip(0.1), Request("rain"), seed=1)


@pytest.mark.parametrize("queries", [None, 3, [3]])
def test_queries_other_than_texts_are_refused(echo, noise_clip, queries):
    with pytest.raises(UsageError, match="must be a text"):
        echo.separate(noise_clip(0.1), queries)


@pytest.mark.parametrize("model", ["echo", "default"])
@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("gpu", r"unknown device 'gpu'; did you mean 'cuda'\?"),
        ("cuda:0", r"did you mean 'cuda'\?"),
        ("CPU", r"did you mean 'cpu'\?"),
        ("abacus", "unknown device 'abacus'; devices: auto, cuda"),
    ],
)
def test_an_unknown_device_is_refused_with_the_nearest(model, device, message):
    with pytest.raises(UsageError, match=message):
        Separator.open(model, device)


# --- open and close --------------------------------------------------------------------------------------------------


def test_closing_releases_the_model(pocket, noise_clip):
    with Separator.open(pocket, "cpu") as separator:
        separator.separate(noise_clip(0.1), "rain")
    assert separator.engine.graphs.sessions == {}
    separator.close()
    with pytest.raises(EngineError, match="is closed"):
        separator.separate(noise_clip(0.1), "rain")
    with pytest.raises(EngineError, match="is closed"):
        separator.engine.encode_queries(["rain"])


def test_rendering_a_cached_estimate_needs_an_open_model(echo, noise_clip):
    clip, request = noise_clip(0.1), Request("rain")
    separator = Separator.open("echo")
    with separator.estimate(clip, 0, clip.span, request) as estimate:
        separator.close()
        with pytest.raises(EngineError, match="is closed"):
            separator.render(clip, estimate, request)


def test_an_error_inside_with_closes_the_separator():
    with pytest.raises(ZeroDivisionError), Separator.open("echo") as separator:
        raise ZeroDivisionError
    assert repr(separator).endswith(", closed)")


# --- async -----------------------------------------------------------------------------------------------------------


def test_async_gives_the_same_stems(echo, noise_clip):
    clip = noise_clip(0.2)
    separation = asyncio.run(echo.separate_async(clip, "rain", strength=2.0))
    np.testing.assert_array_equal(separation["rain"], echo.separate(clip, "rain", strength=2.0)["rain"])


def test_async_separation_runs_outside_the_event_loop_thread(pocket, noise_clip):
    async def main():
        threads = set()
        with Separator.open(pocket, "cpu") as separator:
            await separator.separate_async(noise_clip(0.2), "rain", lambda progress: threads.add(threading.get_ident()))
        return threads

    assert threading.get_ident() not in asyncio.run(main())


def test_calls_on_one_separator_wait_for_each_other(pocket, noise_clip):
    order = []

    async def main():
        with Separator.open(pocket, "cpu") as separator:
            await asyncio.gather(
                *(separator.separate_async(noise_clip(0.2), "rain", lambda _, n=n: order.append(n)) for n in range(3))
            )

    asyncio.run(main())
    assert len([n for n, other in itertools.pairwise(order) if n != other]) == 2


def test_a_cancelled_task_ends_after_its_current_step(pocket, noise_clip):
    steps, started, ended = [], threading.Event(), threading.Event()

    async def main():
        with Separator.open(pocket, "cpu") as separator:
            loop = asyncio.get_running_loop()
            cancelled = asyncio.Event()

            def progress(state):
                steps.append(state)
                loop.call_soon_threadsafe(cancelled.set)
                started.wait(10)

            task = asyncio.ensure_future(separator.separate_async(noise_clip(3), "rain", progress, steps=50))
            task.add_done_callback(lambda _: ended.set())
            await cancelled.wait()
            task.cancel()
            await asyncio.sleep(0)
            assert not task.done(), "it waits for the work to end"
            started.set()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert len(steps) == 1
    assert ended.is_set()


def test_a_cancelled_task_that_waits_its_turn_never_starts(pocket, noise_clip):
    async def main():
        steps, go = [], threading.Event()
        with Separator.open(pocket, "cpu") as separator:
            first = asyncio.ensure_future(separator.separate_async(noise_clip(0.1), "rain", lambda _: go.wait(10)))
            await asyncio.sleep(0.1)
            second = asyncio.ensure_future(separator.separate_async(noise_clip(0.1), "rain", steps.append))
            await asyncio.sleep(0.1)
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
            assert not first.done()
            go.set()
            await first
        return steps

    assert asyncio.run(main()) == []


def test_errors_and_cancellation_in_the_callback_reach_the_caller(echo, noise_clip):
    def stop(progress):
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        asyncio.run(echo.separate_async(noise_clip(0.1), "rain", stop))
    with pytest.raises(UsageError):
        asyncio.run(echo.separate_async(noise_clip(0.1), ""))


# --- at the prompt and in a notebook ---------------------------------------------------------------------------------


def test_reprs_are_short(echo, separation, noise_clip):
    assert repr(noise_clip(1)) == "AudioClip(2 ch, 48000 Hz, 1.000 s)"
    assert repr(noise_clip(1, start=24_000)) == "AudioClip(2 ch, 48000 Hz, 1.000 s, from 0.500 s)"
    assert repr(echo) == "Separator(model='echo 1', provider='none (echo)')"
    assert repr(separation).startswith("Separation('a dog barking', 'rain'; 2 ch, 48000 Hz, 0.500 s; null -")


def test_numpy_reads_a_clip_as_an_array(noise_clip):
    clip = noise_clip(0.1)
    assert np.asarray(clip) is clip.samples
    assert np.array(clip) is not clip.samples
    assert np.asarray(clip, np.float64).dtype == np.float64
    assert np.abs(clip).max() == np.abs(clip.samples).max()
    with pytest.raises(ValueError, match="copy"):
        np.asarray(clip, np.float64, copy=False)


def wave_in(page):
    data = base64.b64decode(re.search(r'src="data:audio/wav;base64,([^"]+)"', page).group(1))
    return wave.open(io.BytesIO(data))


def test_a_notebook_plays_a_clip(noise_clip):
    clip = noise_clip(0.1)
    with wave_in(clip._repr_html_()) as player:
        assert (player.getnchannels(), player.getframerate(), player.getsampwidth()) == (2, 48_000, 2)
        steps = np.frombuffer(player.readframes(clip.frames), "<i2").reshape(-1, 2).T
    np.testing.assert_allclose(steps / 32768, clip.samples, atol=1 / 32768)


def test_a_player_clips_samples_above_full_scale():
    clip = AudioClip(np.array([[2.0, -2.0]]), 8000)
    with wave_in(clip._repr_html_()) as player:
        assert np.frombuffer(player.readframes(2), "<i2").tolist() == [32767, -32768]


def test_a_player_holds_the_first_three_minutes_and_notes_it():
    page = AudioClip(np.zeros((1, 181 * 1000)), 1000)._repr_html_()
    with wave_in(page) as player:
        assert player.getnframes() == 180_000
    assert "first 180 s" in page


def test_a_plot_is_a_figure(separation, tmp_path):
    pytest.importorskip("matplotlib")
    figure = separation.plot()
    assert [axes.get_title("left") for axes in figure.axes if axes.get_title("left")] == [
        "clip", "“a dog barking”", "“rain”", "rest",
    ]  # fmt: skip
    separation.plot(str(tmp_path / "rain.png"))
    assert (tmp_path / "rain.png").is_file()


def test_a_notebook_shows_a_plot_as_a_picture(separation):
    pytest.importorskip("matplotlib")
    assert separation.plot()._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "name",
    [
        "flowsep_plugin",
        "flowsep_plugin.audio.clip",
        "flowsep_plugin.engine.base",
        "flowsep_plugin.separate.separation",
        "flowsep_plugin.separate.separator",
    ],
)
def test_the_examples_in_docstrings_run(name):
    import doctest

    __import__(name)
    results = doctest.testmod(sys.modules[name])
    assert (results.failed, results.attempted > 0) == (0, True)


@pytest.mark.parametrize("rate", [float("inf"), float("nan"), True, "fast"])
def test_a_rate_that_is_not_a_whole_number_is_refused(echo, noise_clip, rate):
    with pytest.raises(UsageError, match="sample rate must be a whole number of hertz"):
        echo.separate((noise_clip(0.1).samples, rate), "rain")


def test_even_absurdly_low_rates_null(echo, noise_clip):
    assert echo.separate((noise_clip(0.1).samples, 1), "rain").null_db < -120


@pytest.mark.parametrize("setting", ["steps", "seed", "seed_count"])
@pytest.mark.parametrize("value", [1.5, "2", True])
def test_counts_and_seeds_are_whole_numbers(setting, value):
    with pytest.raises(UsageError, match=f"{setting} must be a whole number; got {value!r}"):
        Request("rain", **{setting: value})


def test_numpy_integers_become_plain_ones():
    assert type(Request("rain", seed=np.int64(3)).seed) is int


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Request("rain", stepz=3), r"Request has no field 'stepz'; did you mean 'steps'\?"),
        (lambda: RenderSettings(strenght=2), r"RenderSettings has no field 'strenght'; did you mean 'strength'\?"),
        (lambda: Request("rain", zzzzzz=1), r"Request has no field 'zzzzzz'; fields: draft, edits, hints, negative"),
    ],
)
def test_an_unknown_field_gets_a_suggestion(make, message):
    with pytest.raises(TypeError, match=message):
        make()
