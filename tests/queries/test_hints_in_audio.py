"""Hints in the sound: silent where a sound is not, open where it is, untouched elsewhere, and the sum stays exact."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowsep_plugin import AudioClip, FileRequest, Query, Request, Separator, Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import read_receipt, separate_file
from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.media import write_clip

RATE = 48_000
EDGE = RATE // 20
"""Frames at the ends of a span in which a stem may still sound: half a transform and a grid frame."""

NoiseClip = Callable[..., AudioClip]


@pytest.fixture(scope="module")
def separator() -> Iterator[Separator]:
    with Separator.open(Path(__file__).parents[1] / "pocket" / "bundle", "cpu") as separator:
        yield separator


def seconds(start: float, stop: float) -> Span:
    return Span(round(start * 1000), round((stop - start) * 1000), 1000)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_stem_is_silent_where_its_sound_is_not_and_as_it_was_far_from_there(
    separator: Separator, noise_clip: NoiseClip, channels: int
) -> None:
    clip = noise_clip(5, RATE, channels)
    plain = separator.separate(clip, ["a dog", "rain"], gate=0)
    pointed = separator.separate(clip, [Query("a dog", not_here=[seconds(0.5, 1.5)]), "rain"], gate=0)
    inside = slice(RATE // 2 + EDGE, RATE * 3 // 2 - EDGE)
    assert np.abs(plain.stems[0].samples[:, inside]).max() > 0.01
    assert np.abs(pointed.stems[0].samples[:, inside]).max() < 1e-6
    far = slice(3 * RATE, 5 * RATE)
    for one, other in zip(plain.stems, pointed.stems, strict=True):
        np.testing.assert_array_equal(one.samples[:, far], other.samples[:, far])
    assert pointed.null_db < -120


def test_a_sound_is_present_where_it_is_pointed_at_and_absent_where_it_is_not(
    separator: Separator, noise_clip: NoiseClip
) -> None:
    clip = noise_clip(4, start=10 * RATE)
    query = Query("a dog", here=[seconds(11, 11.5)], not_here=[seconds(12, 13)])
    separation = separator.separate(clip, query)
    step = separation.presence_step_seconds
    here, away = (separation.presence[0, round(low / step) : round(high / step)] for low, high in ((1, 1.5), (2, 3)))
    assert here.min() == 1
    assert away.max() == 0


def test_what_is_silent_is_not_there_though_it_was_pointed_at(separator: Separator) -> None:
    silent = AudioClip(np.zeros((2, 2 * RATE), np.float32), RATE)
    separation = separator.separate(silent, Query("a dog", here=[seconds(0.5, 1)]))
    assert separation.presence.max() == 0
    assert np.abs(separation.stems[0].samples).max() == 0


edges = st.tuples(st.integers(0, 1900), st.integers(20, 400))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["here", "not_here"]), edges), max_size=5), st.sampled_from([16, 24]))
def test_stems_and_residual_sum_to_the_clip_with_any_hints(
    separator: Separator, noise_clip: NoiseClip, marks: list[tuple[str, tuple[int, int]]], bits: int
) -> None:
    spans: dict[str, list[Span]] = {"here": [], "not_here": []}
    for kind, (start, length) in marks:
        spans[kind].append(Span(start, length, 1000))
    try:
        query = Query("a dog", **spans)  # type: ignore[arg-type]
    except UsageError:
        return  # they contradict each other
    step = 2.0 ** (1 - bits)
    clip = AudioClip(np.round(noise_clip(2).samples / step) * step, RATE)
    separation = separator.separate(clip, [query, "rain"])
    assert separation.null_db == -200


def test_other_hints_take_the_estimate_that_is_there(
    separator: Separator, noise_clip: NoiseClip, tmp_path: Path
) -> None:
    write_clip(tmp_path / "yard.wav", noise_clip(2))
    (tmp_path / "cache").mkdir()
    cache = EstimateCache(tmp_path / "cache", 1 << 30)
    results = []
    for number, query in enumerate(("a dog", Query("a dog", not_here=[seconds(0.5, 1.5)]))):
        spec = JobSpec(tmp_path / "yard.wav", Request([query]), FileRequest(tmp_path / f"out {number}"))
        assert spec.request.hints or not number
        results.append(
            run_job(separator, spec, tmp_path / f"out {number}", cache=cache, key=spec.estimate_key("c", "m"))
        )
    assert [result["kept"] for result in results] == [False, True]
    assert [max(result["presence"]["possible"][0][60:140]) > 0 for result in results] == [True, False]


def test_a_hint_outside_the_clip_is_refused_though_its_estimate_is_there(
    separator: Separator, noise_clip: NoiseClip, tmp_path: Path
) -> None:
    write_clip(tmp_path / "yard.wav", noise_clip(1))
    (tmp_path / "cache").mkdir()
    cache = EstimateCache(tmp_path / "cache", 1 << 30)
    plain = JobSpec(tmp_path / "yard.wav", Request("a dog"), FileRequest(tmp_path / "out"))
    pointed = JobSpec(
        tmp_path / "yard.wav", Request(Query("a dog", here=[seconds(2, 3)])), FileRequest(tmp_path / "out")
    )
    run_job(separator, plain, tmp_path / "first", cache=cache, key="k")
    with pytest.raises(UsageError, match="2-3 s, marked as here, is outside the clip, which is 0-1 s"):
        run_job(separator, pointed, tmp_path / "second", cache=cache, key="k")
    assert not list((tmp_path / "second").glob("*.wav"))


def test_a_receipt_repeats_its_hints_to_the_byte(separator: Separator, noise_clip: NoiseClip, tmp_path: Path) -> None:
    write_clip(tmp_path / "yard.wav", noise_clip(2))
    request = Request([Query("a dog", here=[seconds(0, 0.5)], not_here=[seconds(1, 1.5)]), "rain"])
    first = separate_file(separator, tmp_path / "yard.wav", request, FileRequest(tmp_path))
    source, repeated, files, _ = read_receipt(first.receipt)
    assert repeated == request
    again = separate_file(separator, source, repeated, files)
    assert [one.read_bytes() for one in first.stems] == [one.read_bytes() for one in again.stems]


def test_a_hint_outside_the_clip_is_refused_before_any_work(separator: Separator, noise_clip: NoiseClip) -> None:
    progress: list[object] = []
    with pytest.raises(UsageError, match="2-3 s, marked as here, is outside the clip, which is 0-1 s"):
        separator.separate(noise_clip(1), Query("a dog", here=[seconds(2, 3)]), progress.append)
    assert progress == []
