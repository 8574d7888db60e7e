"""Edits by hand: exact inside their shape, nothing outside, and stems and residual still sum to the clip."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.edits import Box, Brush, Lasso, MaskEdit, affected_span
from flowsep_plugin.edits.bins import BinAxis
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.presence import regions
from flowsep_plugin.render import Renderer
from flowsep_plugin.render.edited import apply_edits, in_order
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.separate import Separation, Separator

QUERIES = ["a dog", "rain", "nothing"]
Edits = Sequence[Sequence[MaskEdit]]

seconds, hertz = st.floats(-0.1, 0.8), st.floats(30, 9000)
points = st.tuples(seconds, hertz)
boxes = st.builds(
    lambda start, length, low, factor: Box(
        start_seconds=start, stop_seconds=start + length, low_hz=low, high_hz=low * factor
    ),
    seconds, st.floats(0.002, 0.6), st.floats(20, 7000), st.floats(1.01, 20),
)  # fmt: skip
lassos = st.builds(Lasso, st.lists(points, min_size=3, max_size=9).map(tuple))
strokes = st.builds(
    Brush, st.lists(points, min_size=1, max_size=6).map(tuple), st.floats(0.01, 0.2), st.floats(0.05, 2)
)
mask_edits = st.builds(MaskEdit, st.one_of(boxes, lassos, strokes), st.sampled_from(["add", "take"]), st.integers(0, 3))
of_stems = st.integers(1, 3).flatmap(
    lambda count: st.lists(st.lists(mask_edits, max_size=4), min_size=count, max_size=count)
)
render = st.builds(
    RenderSettings, strength=st.floats(0.25, 4), reduce_db=st.sampled_from([None, 6.0]), gate=st.floats(0, 1)
)


@pytest.fixture(scope="module")
def echo() -> Separator:
    return Separator.open("echo", threads=1)


@pytest.fixture(scope="module")
def pocket_separator(request: pytest.FixtureRequest) -> Separator:
    return Separator.open(request.path.parents[1] / "pocket" / "bundle", "cpu", threads=1)


def integer_noise(seconds: float, rate: int, channels: int, start: int = 0) -> AudioClip:
    """Return noise in steps of 16 bits, its channels alike in part."""
    generator = np.random.default_rng(5)
    samples = 0.1 * generator.standard_normal((channels, round(seconds * rate)))
    samples += 0.1 * generator.standard_normal(samples.shape[-1])
    return AudioClip((np.rint(samples * 2**15) / 2**15).clip(-1, 1).astype(np.float32), rate, start)


def edited(separator: Separator, clip: AudioClip, request: Request, edits: Edits = ()) -> Separation:
    with separator.estimate(clip, clip.start, clip.span, request) as estimate:
        return separator.render(clip, estimate, replace(request, edits=edits))


def box(start: float, stop: float, low: float, high: float, action: str = "take", order: int = 0) -> MaskEdit:
    return MaskEdit(Box(start_seconds=start, stop_seconds=stop, low_hz=low, high_hz=high), action, order)


def band_energy(samples: Samples, rate: int, start: float, stop: float, low: float, high: float) -> float:
    """Return the energy of a range of time and frequency, through a window that leaks little."""
    part = samples[..., round(start * rate) : round(stop * rate)].astype(np.float64)
    spectrum = np.fft.rfft(part * np.blackman(part.shape[-1]), axis=-1)
    first, last = (round(hz * part.shape[-1] / rate) for hz in (low, high))
    return float(np.square(np.abs(spectrum[..., first:last])).sum())


@settings(max_examples=25)
@given(of_stems, render, st.sampled_from([(8_000, 1), (16_000, 2), (16_000, 3), (44_100, 2)]))
def test_stems_and_rest_sum_to_the_clip_exactly_whatever_is_drawn(
    echo: Separator, edits: Edits, own: RenderSettings, form: tuple[int, int]
) -> None:
    clip = integer_noise(0.7, *form)
    request = Request(QUERIES[: len(edits)], ["speech"], render=own)
    separation = edited(echo, clip, request, edits)
    parts = np.stack([*(stem.samples for stem in separation.stems), separation.residual.samples])
    np.testing.assert_array_equal(parts.sum(axis=0, dtype=np.float64), clip.samples)
    assert separation.null_db == -200


@given(of_stems, st.integers(0, 2**32 - 1))
def test_masks_stay_shares_of_the_clip(edits: Edits, seed: int) -> None:
    axis = BinAxis.for_rate(16_000)
    masks = np.random.default_rng(seed).dirichlet(np.ones(len(edits) + 1), (1, 60, axis.stft.bins))
    stems = np.moveaxis(masks[..., :-1], -1, 0).astype(np.complex64)
    clip = np.ones((1, 60, axis.stft.bins), np.complex64)
    apply_edits(stems, clip, -5, in_order(edits), {query: query for query in range(len(edits))}, axis)
    assert stems.real.min() >= 0
    assert stems.real.sum(axis=0).max() <= 1 + 1e-6


def test_without_edits_the_bytes_are_the_same(pocket_separator: Separator, noise_clip) -> None:
    clip, request = noise_clip(2), Request(["a dog", "rain"])
    plain = edited(pocket_separator, clip, request)
    for edits in ([], [[], []]):
        again = edited(pocket_separator, clip, request, edits)
        for one, other in zip((*plain.stems, plain.residual), (*again.stems, again.residual), strict=True):
            np.testing.assert_array_equal(one.samples, other.samples)
        np.testing.assert_array_equal(again.presence, plain.presence)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_what_is_taken_is_gone_from_the_stem_and_is_in_the_rest(echo: Separator, channels: int) -> None:
    clip = integer_noise(2, 48_000, channels)
    separation = edited(echo, clip, Request(["a dog"]), [[box(0.5, 1.5, 500, 4000)]])
    place = (48_000, 0.6, 1.4, 600, 3300)
    energy = band_energy(clip.samples, *place)
    assert band_energy(separation.stems[0].samples, *place) < 1e-7 * energy
    assert band_energy(separation.residual.samples - clip.samples, *place) < 1e-7 * energy


@pytest.mark.parametrize("own", [RenderSettings(), RenderSettings(strength=4, gate=1)])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_added_is_the_clip_and_the_others_make_room(
    pocket_separator: Separator, noise_clip, own: RenderSettings, channels: int
) -> None:
    clip = noise_clip(2, channels=channels)
    request = Request(["a dog", "rain"], ["speech"], render=own)
    separation = edited(pocket_separator, clip, request, [[], [box(0.5, 1.5, 500, 4000, "add")]])
    place = (48_000, 0.6, 1.4, 600, 3300)
    energy = band_energy(clip.samples, *place)
    assert band_energy(separation.stems[1].samples - clip.samples, *place) < 1e-6 * energy
    assert band_energy(separation.stems[0].samples, *place) < 1e-6 * energy
    assert band_energy(separation.residual.samples, *place) < 1e-6 * energy


@pytest.mark.parametrize("mode", ["hybrid", "generated"])
def test_generated_audio_is_taken_too_and_what_is_added_is_the_clip(
    pocket_separator: Separator, noise_clip, mode: str
) -> None:
    clip, request = noise_clip(2), Request(["a dog"], render=RenderSettings(mode))
    edits = [[box(0.3, 0.9, 500, 4000), box(1.1, 1.7, 500, 4000, "add")]]
    stem = edited(pocket_separator, clip, request, edits).stems[0].samples
    for start, expected in ((0.4, 0 * clip.samples), (1.2, clip.samples)):
        place = (48_000, start, start + 0.4, 600, 3300)
        assert band_energy(stem - expected, *place) < 1e-6 * band_energy(clip.samples, *place)


def test_reduction_scales_the_finished_stem(echo: Separator) -> None:
    clip, edits = integer_noise(1, 16_000, 2), [[box(0.2, 0.6, 300, 4000, "add")], []]
    full = edited(echo, clip, Request(["a dog", "rain"]), edits)
    turned = edited(echo, clip, Request(["a dog", "rain"], render=RenderSettings(reduce_db=6.0206)), edits)
    np.testing.assert_allclose(turned.stems[0].samples, full.stems[0].samples / 2, atol=1e-6)


def test_outside_of_what_an_edit_touches_nothing_changes(pocket_separator: Separator, noise_clip) -> None:
    clip, request = noise_clip(3), Request(["a dog", "rain"])
    edits = [[box(1.2, 1.5, 500, 4000, "add")], []]
    plain, other = (edited(pocket_separator, clip, request, own) for own in ((), edits))
    span = affected_span(edits[0], clip.rate)
    for before, after in zip((*plain.stems, plain.residual), (*other.stems, other.residual), strict=True):
        outside = np.ones(clip.frames, bool)
        outside[span.start : span.stop] = False
        np.testing.assert_array_equal(before.samples[:, outside], after.samples[:, outside])
        assert not np.array_equal(before.samples, after.samples)


@settings(max_examples=8)
@given(of_stems, st.sampled_from([7, 20, 33]))
def test_blocks_of_any_length_give_the_same(echo: Separator, edits: Edits, hops: int) -> None:
    clip, request = integer_noise(0.7, 16_000, 2), Request(QUERIES[: len(edits)])
    whole = edited(echo, clip, request, edits)
    with pytest.MonkeyPatch.context() as patch:
        length = hops * Stft.for_rate(clip.rate).hop
        patch.setattr(Renderer, "_block_frames", lambda renderer: length)
        short = edited(echo, clip, request, edits)
    for one, other in zip(whole.stems, short.stems, strict=True):
        np.testing.assert_allclose(other.samples, one.samples, atol=1e-6)


@settings(max_examples=12)
@given(of_stems, st.integers(0, 6000), st.integers(100, 5000))
def test_a_span_of_a_clip_equals_the_same_span_of_the_whole(
    echo: Separator, edits: Edits, start: int, frames: int
) -> None:
    clip, request = integer_noise(0.7, 16_000, 2), Request(QUERIES[: len(edits)])
    whole, span = edited(echo, clip, request, edits), Span(start, frames, clip.rate)
    with echo.estimate(clip, 0, clip.span, request) as estimate:
        blocks = list(echo.blocks(clip, 0, span, estimate, replace(request, edits=edits)))
    part = np.concatenate([block.stems for block in blocks], axis=-1)
    for row, stem in enumerate(whole.stems):
        np.testing.assert_allclose(part[row, :, : clip.frames - start], stem.samples[:, start : span.stop], atol=1e-6)


def test_edits_stay_in_their_place_on_the_timeline_wherever_the_clip_begins(echo: Separator) -> None:
    clip = integer_noise(2, 16_000, 2)
    edits, hop = [[box(0.8, 1.2, 300, 4000)]], Stft.for_rate(16_000).hop
    part = AudioClip(clip.samples[:, 20 * hop :], 16_000, 20 * hop)
    whole, of_part = (edited(echo, one, Request(["a dog"]), edits).stems[0].samples for one in (clip, part))
    np.testing.assert_allclose(of_part[:, 4096:], whole[:, 20 * hop + 4096 :], atol=1e-6)


@pytest.mark.parametrize("quantise", [None, lambda samples: np.rint(samples * 2**23) / np.float32(2**23)])
def test_a_part_that_is_pasted_into_an_older_render_gives_the_bytes_of_a_new_one(
    pocket_separator: Separator, noise_clip, quantise
) -> None:
    clip, request = noise_clip(3.3), Request(["a dog", "rain"])
    before = [[box(0.5, 0.6, 500, 4000)], []]
    after = [before[0], [MaskEdit(Brush(((1.7, 900.0), (1.9, 2000.0)), 0.05, 0.3), "add")]]
    with pytest.MonkeyPatch.context() as patch, pocket_separator.estimate(clip, 0, clip.span, request) as estimate:
        patch.setattr(Renderer, "_block_frames", lambda renderer: 50 * 512)
        requests = [replace(request, edits=edits) for edits in (before, after)]
        arguments = (clip, 0, clip.span, estimate)
        old, new = (list(pocket_separator.blocks(*arguments, one, quantise=quantise)) for one in requests)
        touched = affected_span(after[1], clip.rate)
        ticks = []
        parts = list(
            pocket_separator.blocks(*arguments, requests[1], quantise=quantise, only=touched, progress=ticks.append)
        )
    assert 1 <= len(parts) < len(new)
    assert (ticks[-1].done, ticks[-1].total) == (sum(part.residual.shape[-1] for part in parts),) * 2
    pasted = {block.start: block for block in (*old, *parts)}
    for block in new:
        np.testing.assert_array_equal(pasted[block.start].stems, block.stems)
        np.testing.assert_array_equal(pasted[block.start].residual, block.residual)


def test_a_stem_does_not_depend_on_which_others_are_rendered(pocket_separator: Separator, noise_clip) -> None:
    clip, request = noise_clip(1), Request(["a dog", "rain"])
    edits = [[box(0.2, 0.7, 500, 4000, "add")], [box(0.1, 0.4, 200, 900)]]
    with pocket_separator.estimate(clip, 0, clip.span, request) as estimate:
        (both,), (one,) = (
            list(pocket_separator.blocks(clip, 0, clip.span, estimate, replace(request, edits=edits), stems=stems))
            for stems in ((0, 1), (1,))
        )
    np.testing.assert_allclose(one.stems[0], both.stems[1], atol=1e-6)


@pytest.mark.parametrize(
    ("edits", "share"),
    [
        ([[box(0.3, 0.7, 300, 4000, "add"), box(0.3, 0.7, 300, 4000)], []], (0, 0)),
        ([[box(0.3, 0.7, 300, 4000), box(0.3, 0.7, 300, 4000, "add")], []], (1, 0)),
        ([[box(0.3, 0.7, 300, 4000, "add")], [box(0.3, 0.7, 300, 4000, "add")]], (0, 1)),
        ([[box(0.3, 0.7, 300, 4000, "add", 2)], [box(0.3, 0.7, 300, 4000, "add", 1)]], (1, 0)),
        ([[box(0.3, 0.7, 300, 4000, "add", 2)], [box(0.3, 0.7, 300, 4000, "take", 3)]], (1, 0)),
    ],
)
def test_the_edit_that_was_drawn_last_wins(echo: Separator, edits: Edits, share: tuple[float, float]) -> None:
    clip = integer_noise(1, 16_000, 2)
    separation = edited(echo, clip, Request(["a dog", "rain"]), edits)
    place = (16_000, 0.4, 0.6, 400, 3300)
    for stem, expected in zip(separation.stems, share, strict=True):
        difference = stem.samples - expected * clip.samples
        assert band_energy(difference, *place) < 1e-5 * band_energy(clip.samples, *place)


def test_a_stem_that_was_not_found_is_heard_where_something_is_added(echo: Separator) -> None:
    clip = integer_noise(4, 16_000, 1)
    request = Request(["nothing"], render=RenderSettings(gate=1))
    assert not regions(edited(echo, clip, request).presence[0])
    (region,) = regions(edited(echo, clip, request, [[box(1, 2, 300, 4000, "add")]]).presence[0])
    assert (region.start, region.stop) == (pytest.approx(100, abs=4), pytest.approx(200, abs=4))
    assert region.peak == 1


def test_a_stem_is_not_heard_where_all_of_it_is_taken(echo: Separator) -> None:
    clip = integer_noise(4, 16_000, 1)
    edits = [[box(1, 2, 300, 4000, "add"), box(-0.1, 4.1, 0, 8000)]]
    assert not regions(edited(echo, clip, Request(["a dog"]), edits).presence[0])


@pytest.mark.parametrize("action", ["add", "take"])
def test_edges_do_not_click(echo: Separator, tone, action: str) -> None:
    """The stem's bends are no sharper than those of the tone that is cut out."""
    clip = tone(440, 1.0, 48_000)
    request = Request(["nothing" if action == "add" else "a dog"])
    stem = edited(echo, clip, request, [[box(0.3123, 0.6531, 200, 2000, action)]]).stems[0].samples
    inner = slice(4800, -4800)
    bend, whole = (np.abs(np.diff(one[:, inner], n=2, axis=-1)).max() for one in (stem, clip.samples))
    assert bend <= 1.1 * whole


def test_edits_that_do_not_fit_the_queries_are_refused(echo: Separator) -> None:
    clip = integer_noise(0.2, 16_000, 1)
    with pytest.raises(UsageError, match="edits has 2 entries for 1 queries") as refused:
        edited(echo, clip, Request(["a dog"], ["rain"]), [[], [box(0, 1, 0, 100)]])
    assert refused.value.setting == "edits"
