"""Which classes are shown, and what spans and scores come of patches: properties."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsep_plugin.audio.span import Span
from flowsep_plugin.listening import caption_table
from flowsep_plugin.listening.events import EventTracker, Run
from flowsep_plugin.listening.sounds import choose_classes, patch_span

CAPTIONS = tuple(caption_table().values())
UNLIKE = np.eye(len(CAPTIONS))
PLACES = {caption.class_name: place for place, caption in enumerate(CAPTIONS)}


def chosen(scores, count=None, least=-2.5):
    return [CAPTIONS[index] for index in choose_classes(CAPTIONS, scores, UNLIKE, least=least, count=count)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_no_sound_is_shown_with_a_more_general_one_and_none_that_is_not_listed(seed, count):
    scores = np.random.default_rng(seed).normal(0, 4, len(CAPTIONS))
    shown = chosen(scores, count)
    names = {caption.class_name for caption in shown}
    assert len(shown) <= count
    assert all(caption.is_listed and names.isdisjoint(caption.more_general) for caption in shown)
    of_shown = [scores[PLACES[caption.class_name]] for caption in shown]
    assert of_shown == sorted(of_shown, reverse=True)
    assert min(of_shown, default=0) >= -2.5


def only(**scores):
    values = np.full(len(CAPTIONS), -20.0)
    for name, score in scores.items():
        values[PLACES[name]] = score
    return [caption.class_name for caption in chosen(values)]


def test_a_dog_that_is_sound_enough_is_not_called_an_animal():
    assert only(Animal=3.0, Dog=1.0) == ["Dog"]


def test_an_animal_of_an_unknown_kind_stays_one():
    assert only(Animal=3.0, Dog=-1.0) == ["Animal"]


def test_what_is_like_a_surer_sound_is_not_shown_beside_it():
    alike = np.full((len(CAPTIONS),) * 2, 1.0)
    scores = np.full(len(CAPTIONS), -20.0)
    scores[PLACES["Rain"]], scores[PLACES["Fire"]] = 1.0, 0.9
    assert choose_classes(CAPTIONS, scores, alike, least=-2.5, count=None) == [PLACES["Rain"]]
    assert len(choose_classes(CAPTIONS, scores, UNLIKE, least=-2.5, count=None)) == 2


def tracked(scores, cuts):
    tracker = EventTracker(scores.shape[1])
    rms, silent = np.linspace(0.1, 1, len(scores)), np.isneginf(scores[:, 0])
    for first, stop in zip([0, *cuts], [*cuts, len(scores)], strict=True):
        if stop > first:
            tracker.push(first - 7, scores[first:stop], rms[first:stop], silent[first:stop])
    return tracker.finish()


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 120), max_size=6).map(sorted))
@settings(max_examples=60, deadline=None)
def test_pieces_equal_the_whole(seed, cuts):
    rng = np.random.default_rng(seed)
    scores = rng.normal(-3, 2, (120, 5))
    scores[rng.random(120) < 0.2] = -np.inf
    whole, pieces = tracked(scores, []), tracked(scores, cuts)
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(one.score, other.score, rtol=1e-6)
        assert [(run.start, run.stop) for run in one.runs] == [(run.start, run.stop) for run in other.runs]
        np.testing.assert_allclose([run.energy for run in one.runs], [run.energy for run in other.runs])


def test_a_run_begins_at_the_higher_threshold_and_ends_below_the_lower_one():
    scores = np.array([-6.0, -4.5, -6.0, -7.0, -6.0, -9.0])[:, None]
    tracker = EventTracker(1)
    tracker.push(10, scores, np.ones(6), np.zeros(6, bool))
    (runs,) = tracker.finish()
    assert [(run.start, run.stop, run.energy) for run in runs.runs] == [(11, 13, 2.0)]


def test_silence_is_neither_heard_nor_counted_against_what_sounds():
    loud = np.full((4, 1), 1.0)
    quiet = np.full((9, 1), -np.inf)
    tracker = EventTracker(1)
    tracker.push(0, np.concatenate([loud, quiet]), np.ones(13), np.arange(13) >= 4)
    (runs,) = tracker.finish()
    np.testing.assert_allclose(runs.score, 1.0)


@given(st.integers(-50, 50), st.integers(1, 40), st.sampled_from([8_000, 11_025, 44_100, 48_000, 96_000]))
def test_spans_of_patches_are_exact_in_the_frames_of_the_clip(start, length, rate):
    span = patch_span(Run(start, start + length, 0.0, 0.0), Span(-(10**9), 2 * 10**9, rate))
    assert abs(span.seconds - 0.48 * length) <= 2 / rate
    assert span.start == (start * 7680 + 3840) * rate // 16_000
