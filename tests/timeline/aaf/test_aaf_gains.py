"""AAF gains: by the ids of their parameters, steady and moving, nested, and of transitions."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from aaf_makers import (
    AMPLITUDE,
    BSPLINE,
    CLIP_RATIO,
    CONSTANT,
    CURVE_TYPE,
    IS_TRIM,
    LEVEL,
    LOGARITHMIC,
    PAN,
    POWER,
    AafMaker,
    making,
)
from session_makers import sparse_wave

from flowsep_plugin.timeline import ClipRef, StemPlacement, place_stems, read_session, save_session
from flowsep_plugin.timeline.difference import Difference

FRAME = 1920
"""Samples of a picture frame: 48 kHz at 25 frames a second."""


def curve(clip: ClipRef, *frames: int) -> list[float]:
    assert clip.gain_curve is not None
    return [round(clip.gain * gain, 5) for gain in clip.gain_curve.at(np.array(frames, np.float64))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "song.aaf"


def one_clip(path: Path, *, length: int = 50, wrap: object = None) -> ClipRef:
    """Return the clip of an AAF whose only clip is what `wrap` makes of a source clip."""
    with making(path) as maker:
        clip = maker.clip(maker.master("take", ["take.wav"]), 1, 0, length)
        assert callable(wrap)
        maker.line(maker.row(wrap(maker, clip)))
    (track,) = read_session(path).tracks
    return track.clips[0]


def test_a_flag_of_a_gain_is_not_its_gain(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        return maker.gain(clip, maker.constant(IS_TRIM, 0, "aafInt32"), maker.constant(AMPLITUDE, "3/2"))

    assert one_clip(path, wrap=wrap).gain == 1.5


def test_a_gain_with_the_flag_alone_is_no_gain(path: Path) -> None:
    clip = one_clip(path, wrap=lambda maker, clip: maker.gain(clip, maker.constant(IS_TRIM, 0, "aafInt32")))
    assert (clip.gain, clip.obstacle, clip.differences) == (1.0, None, ())


def test_clip_gain_and_its_automation_multiply(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        return maker.gain(
            clip,
            maker.constant(AMPLITUDE, "2/1"),
            maker.varying(CLIP_RATIO, [("0/1", "1/1"), ("1/2", "1/4"), ("1/1", "1/1")]),
            maker.constant(IS_TRIM, 0, "aafInt32"),
        )

    assert curve(one_clip(path, wrap=wrap), 0, 25 * FRAME, 50 * FRAME) == [2.0, 0.5, 2.0]


def test_points_of_one_gain_are_a_steady_gain(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        return maker.gain(clip, maker.varying(AMPLITUDE, [("0/1", "5/4"), ("11025/4000", "5/4"), ("1/1", "5/4")]))

    clip = one_clip(path, wrap=wrap)
    assert (clip.gain, clip.gain_curve, clip.obstacle) == (1.25, None, None)


def test_nested_gains_multiply(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        inner = maker.gain(clip, maker.constant(AMPLITUDE, "1/2"))
        inner = maker.gain(inner, maker.varying(AMPLITUDE, [("0/1", "1/1"), ("1/1", "0/1")]))
        return maker.gain(inner, maker.varying(AMPLITUDE, [("0/1", "0/1"), ("1/1", "1/1")]))

    clip = one_clip(path, wrap=wrap)
    assert clip.gain_curve is not None
    frames = np.linspace(0, 50 * FRAME, 1001)
    share = frames / (50 * FRAME)
    exact = 0.5 * share * (1 - share)
    loud = exact > 1e-3
    error = 20 * np.log10(clip.gain * clip.gain_curve.at(frames)[loud] / exact[loud])
    assert np.abs(error).max() < 0.05


def test_a_step_is_a_jump(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        return maker.gain(clip, maker.varying(AMPLITUDE, [("0/1", "1/1"), ("1/2", "1/4")], CONSTANT))

    assert curve(one_clip(path, wrap=wrap), 0, 25 * FRAME - 1, 25 * FRAME, 50 * FRAME) == [1.0, 1.0, 0.25, 0.25]


def test_a_logarithmic_gain_is_straight_in_decibels(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        return maker.gain(clip, maker.varying(AMPLITUDE, [("0/1", "1/1"), ("1/1", "1/100")], LOGARITHMIC))

    clip = one_clip(path, wrap=wrap)
    assert clip.gain_curve is not None
    frames = np.linspace(0, 50 * FRAME, 1001)
    decibels = 20 * np.log10(clip.gain_curve.at(frames))
    assert np.abs(decibels + 40 * frames / (50 * FRAME)).max() < 0.05


def test_gain_on_splines_is_named(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        return maker.gain(clip, maker.varying(AMPLITUDE, [("0/1", "1/1"), ("1/1", "1/2")], BSPLINE))

    assert one_clip(path, wrap=wrap).differences == (Difference("automation", "BSplineInterp"),)


def test_a_moving_gain_below_zero_is_refused(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        return maker.gain(clip, maker.varying(AMPLITUDE, [("0/1", "1/1"), ("1/1", "-1/1")]))

    assert "below 0" in str(one_clip(path, wrap=wrap).obstacle)


def test_gains_that_flowsep_wrote_as_pan_are_read(path: Path) -> None:
    clip = one_clip(path, wrap=lambda maker, clip: maker.gain(clip, maker.constant(PAN, "1/2")))
    assert clip.gain == 0.5


def test_the_gain_of_an_adjusted_clip_is_replaced_by_one_around_it(path: Path) -> None:
    """Media Composer copies the gain of an adjusted clip to the sequence, and changes it there."""
    with making(path) as maker:
        clip = maker.clip(maker.master("take", ["take.wav"]), 1, 0, 50)
        adjusted = maker.composition("take", "Usage_AdjustedClip")
        adjusted.create_timeline_slot(25, 1).segment = maker.gain(clip, maker.constant(AMPLITUDE, "2/1"))
        around = maker.gain(maker.clip(adjusted, 1, 10, 20), maker.constant(AMPLITUDE, "5/4"))
        maker.line(maker.row(around, maker.clip(adjusted, 1, 0, 20)))
    clips = read_session(path).tracks[0].clips
    assert [clip.gain for clip in clips] == [1.25, 2.0]
    assert [clip.cut.start for clip in clips] == [10 * FRAME, 0]


@pytest.mark.parametrize(
    ("form", "points"),
    [
        ("avid linear", [(0, 0.0), (5, 0.5), (10, 1.0)]),
        ("avid power", [(0, 0.0), (5, math.sqrt(0.5)), (10, 1.0)]),
        ("level", [(0, 0.0), (5, 0.5), (10, 1.0)]),
        ("premiere power", [(0, 0.0), (5, math.sqrt(0.5)), (10, 1.0)]),
    ],
)
def test_a_crossfade_is_two_gains_that_move(path: Path, form: str, points: list[tuple[int, float]]) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        shapes = {
            "avid linear": lambda: maker.constant(CURVE_TYPE, 0, "aafInt32"),
            "avid power": lambda: maker.constant(CURVE_TYPE, 1, "aafInt32"),
            "level": lambda: maker.varying(LEVEL, [("0/1", "0/1"), ("1/1", "1/1")]),
            "premiere power": lambda: maker.varying(LEVEL, [("0/1", "0/1"), ("1/1", "0/1")], POWER),
        }
        fade = maker.transition(10, 4, shapes[form]())
        maker.line(maker.row(maker.clip(master, 1, 0, 30), fade, maker.clip(master, 1, 5, 30)))
    first, second = read_session(path).tracks[0].clips
    assert (first.place.start, first.place.stop) == (0, 30 * FRAME)
    assert (second.place.start, second.place.stop, second.cut.start) == (20 * FRAME, 50 * FRAME, 5 * FRAME)
    assert curve(second, *(frame * FRAME for frame, _ in points)) == [round(gain, 5) for _, gain in points]
    fading = curve(first, *((20 + frame) * FRAME for frame, _ in points))
    assert fading == [round(gain, 5) for _, gain in reversed(points)]
    assert curve(first, 0) == curve(second, 30 * FRAME) == [1.0]


def test_fades_at_the_edges_of_a_clip_are_transitions_to_fillers(path: Path) -> None:
    with making(path) as maker:
        clip = maker.clip(maker.master("take", ["take.wav"]), 1, 7, 40)
        maker.tag((fade := maker.transition(5, 5))["OperationGroup"].value, {"_ATN_AUDIO_DISSOLVE_CURVETYPE": 0})
        maker.line(maker.row(maker.filler(5), maker.transition(5, 0), clip, fade, maker.filler(5)))
    (clip,) = read_session(path).tracks[0].clips
    assert (clip.place.start, clip.place.frames, clip.cut.start) == (0, 40 * FRAME, 7 * FRAME)
    assert curve(clip, 0, 5 * FRAME, 35 * FRAME, 40 * FRAME) == [0.0, 1.0, 1.0, 0.0]


def test_a_fade_whose_steepness_is_not_written_is_named(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        fade = maker.transition(10, 5, maker.varying(LEVEL, [("0/1", "0/1"), ("1/1", "0/1")], LOGARITHMIC))
        maker.line(maker.row(maker.clip(master, 1, 0, 30), fade, maker.clip(master, 1, 0, 30)))
    for clip in read_session(path).tracks[0].clips:
        assert (clip.obstacle, clip.differences) == (None, (Difference("fade", "logarithmic"),))


def test_crossfaded_stems_sum_as_their_clips_do(path: Path) -> None:
    """Stems of clips that overlap go on two rows of slots, with the shapes of the transition."""
    media = sparse_wave(path.with_name("take.wav"), 48_000, 96_000, 1)
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        fade = maker.transition(10, 5, maker.constant(CURVE_TYPE, 1, "aafInt32"))
        maker.line(maker.row(maker.clip(master, 1, 0, 30), fade, maker.clip(master, 1, 5, 20)))
    before = read_session(path)
    stems = [StemPlacement(clip.id, "piano", media, clip.cut) for _, clip in before.clips()]
    save_session(place_stems(before, stems), path)
    after = read_session(path)
    assert after.tracks[0] == before.tracks[0]
    stem_clips = [clip for track in after.tracks[1:] for clip in track.clips]
    assert [clip.place for clip in stem_clips] == [clip.place for _, clip in before.clips()]
    for stem, (_, clip) in zip(stem_clips, before.clips(), strict=True):
        frames = np.arange(0, clip.place.frames, 7, np.float64)
        assert stem.gain_curve is not None
        assert clip.gain_curve is not None
        assert np.abs(stem.gain_curve.at(frames) - clip.gain_curve.at(frames)).max() < 1e-6


def test_gain_points_keep_their_exact_frames(path: Path) -> None:
    def wrap(maker: AafMaker, clip: object) -> object:
        return maker.gain(clip, maker.varying(AMPLITUDE, [("0/1", "1/1"), ("7/96001", "1/2"), ("1/1", "1/1")]))

    with making(path) as maker:
        clip = maker.clip(maker.master("take", ["take.wav"], edit_rate=48_000), 1, 0, 96_001)
        maker.line(maker.row(wrap(maker, clip)), 48_000)
    clip = read_session(path).tracks[0].clips[0]
    assert clip.gain_curve is not None
    assert [frame for frame, _ in clip.gain_curve.points] == [0, Fraction(7), 96_001]
