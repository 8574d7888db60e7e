"""Gain curves rendered into stems: every frame of the played part has the curve's gain."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from session_makers import gain_curves

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import Bext, Format, probe, read_clip, write_clip
from flowsep_plugin.timeline import (
    ClipRef,
    StemPlacement,
    Timeline,
    Track,
    place_stems,
    place_takes,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.exports.stem_set import only_new, write_stem_set
from flowsep_plugin.timeline.formats import SESSION_FORMATS
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.gain_render import plan_for, render_for, render_gain_curves
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.timeline import SessionDocument

RATE, FRAMES = 8000, 5000
DOWN = GainCurve(((Fraction(0), 1.0), (Fraction(1000), 0.25)))


def ones(path: Path, rate: int = RATE, format: Format = "wav24") -> Path:
    write_clip(path, AudioClip(np.full((2, FRAMES), 0.5, np.float32), rate), format, bext=Bext(time_reference=99))
    return path


def placed(path: Path, curve: GainCurve = DOWN, **changes: object) -> Timeline:
    """A session with a clip of 1000 frames whose gain moves, and its stem, which has handles of 100 frames."""
    media = probe_media(path)
    assert media.rate is not None
    clip = ClipRef("c", "take", media, Span(100, 1000, media.rate), Span(7, 1000, RATE), gain_curve=curve)
    clip = replace(clip, **changes)  # type: ignore[arg-type]
    song = Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),))
    return place_stems(song, [StemPlacement("c", "dog", media, Span(0, FRAMES, media.rate))])


def stem_of(timeline: Timeline) -> ClipRef:
    return timeline.tracks[1].clips[0]


def samples(clip: ClipRef) -> np.ndarray:
    assert clip.media is not None
    return read_clip(clip.media.path).samples * clip.gain / 0.5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    curve=gain_curves(1000), reverse=st.booleans(), play_rate=st.sampled_from(["1", "0.5", "1.25", "2"]),
    rate=st.sampled_from([8000, 11_025, 16_000]),
)  # fmt: skip
def test_every_frame_that_is_played_has_the_curves_gain(
    tmp_path: Path, curve: GainCurve, reverse: bool, play_rate: str, rate: int
) -> None:
    """Frame by frame of the session, as a program plays the clip that is written."""
    speed = Fraction(play_rate)
    cut = Span(100, int(1000 * speed * rate / RATE), rate)
    song = placed(ones(tmp_path / f"{rate}.wav", rate), curve, cut=cut, play_rate=speed, reverse=reverse)
    stem = stem_of(render_gain_curves(song))
    assert stem.gain_curve is None
    per_frame = speed * rate / RATE
    frames = np.arange(0, 1000, dtype=np.int64)
    exact = (frames * per_frame.numerator) % per_frame.denominator == 0  # those that hit a frame of the file
    offset = frames[exact] * per_frame.numerator // per_frame.denominator
    at = stem.cut.stop - 1 - offset if reverse else stem.cut.start + offset
    inside = (at >= stem.cut.start) & (at < stem.cut.stop)
    got = samples(stem)[:, at[inside]]
    np.testing.assert_allclose(got, np.tile(curve.at(frames[exact][inside].astype(float)), (2, 1)), atol=4e-6)


def test_the_file_keeps_format_and_metadata_and_has_an_unused_name(tmp_path: Path) -> None:
    for format, suffix, subtype in (
        ("wav24", "wav", "PCM_24"),
        ("wav32f", "wav", "FLOAT"),
        ("flac24", "flac", "PCM_24"),
    ):
        path = ones(tmp_path / f"{format}.{suffix}", format=format)  # type: ignore[arg-type]
        path.with_stem(f"{format} (gain)").touch()
        info = probe(stem_of(render_gain_curves(placed(path))).media.path)  # type: ignore[union-attr]
        assert (info.path.name, info.subtype) == (f"{format} (gain) (2).{suffix}", subtype)
        assert info.bext is not None
        assert info.bext.time_reference == 99


def test_a_curve_above_1_is_rendered_lower_and_the_clips_gain_is_raised(tmp_path: Path) -> None:
    loud = GainCurve(((Fraction(0), 4.0), (Fraction(1000), 1.0)))
    stem = stem_of(render_gain_curves(placed(ones(tmp_path / "a.wav"), loud, gain=-0.5)))
    assert stem.gain == -2.0
    assert samples(stem).min() == pytest.approx(-2.0)


def test_a_steady_curve_needs_no_file(tmp_path: Path) -> None:
    steady = GainCurve(((Fraction(0), 0.5), (Fraction(9), 0.5)))
    stem = stem_of(render_gain_curves(placed(ones(tmp_path / "a.wav"), steady, gain=0.5)))
    assert (stem.gain, stem.gain_curve, stem.media) == (0.25, None, probe_media(tmp_path / "a.wav"))


def test_the_source_keeps_its_curve_and_takes_lose_theirs(tmp_path: Path) -> None:
    song = placed(ones(tmp_path / "a.wav"))
    media = probe_media(tmp_path / "a.wav")
    source = replace(song, tracks=song.tracks[:1])
    takes = place_takes(source, [StemPlacement("c", "dog", media, Span(0, FRAMES, RATE))])
    target = tmp_path / "song.csv"
    document = SessionDocument(target, "stem list", "")
    planned, renderings = plan_for(replace(takes, document=document), target)
    clip = planned.tracks[0].clips[0]
    assert clip.gain_curve == DOWN
    assert clip.takes[0].gain_curve is None
    assert [rendering.path.name for rendering in renderings] == ["a (gain).wav"]
    assert not renderings[0].path.exists()


def test_a_session_saved_in_another_format_gets_the_moving_gains_of_its_own_clips_too(tmp_path: Path) -> None:
    song, target = placed(ones(tmp_path / "a.wav"), gain=0.5), tmp_path / "song.csv"
    before = sorted(tmp_path.iterdir())
    plan, renderings = plan_for(song, target)
    assert sorted(tmp_path.iterdir()) == before
    assert [rendering.path for rendering in renderings] == [
        tmp_path / "FlowSep" / "a (gain).wav", tmp_path / "a (gain).wav",
    ]  # fmt: skip
    save_session(render_for(song, target), target)
    source, stem = (track.clips[0] for track in read_session(target).tracks)
    assert (source.cut, stem.cut) == (Span(0, 1000, RATE), Span(100, 1000, RATE))
    for clip in (source, stem):
        played = samples(clip)[0, clip.cut.start : clip.cut.stop]
        np.testing.assert_allclose(played, 0.5 * DOWN.at(np.arange(1000.0)), atol=1e-6)
    assert [track.clips[0].media and track.clips[0].media.frames for track in plan.tracks] == [1000, FRAMES]


@pytest.mark.parametrize("form", [form for form in SESSION_FORMATS if not form.capabilities.gain_curves], ids=str)
def test_a_session_that_cannot_hold_a_moving_gain_refuses_it(form, tmp_path: Path) -> None:
    path = tmp_path / f"song{form.suffixes[0]}"
    with pytest.raises(UsageError, match="the gain of clip 'take' moves"):
        save_session(replace(placed(ones(tmp_path / "a.wav")), document=None), path)
    assert not path.exists()


def test_a_moving_gain_of_a_new_clip_is_refused_by_an_old_session_too(tmp_path: Path) -> None:
    path, media = tmp_path / "song.csv", probe_media(ones(tmp_path / "a.wav"))
    save_session(render_for(placed(tmp_path / "a.wav"), path), path)
    before, old = path.read_bytes(), read_session(path)
    song = place_stems(old, [StemPlacement(old.tracks[0].clips[0].id, "cat", media, Span(0, FRAMES, RATE))])
    new = tuple(replace(clip, gain_curve=DOWN) for clip in song.tracks[1].clips)
    moving = replace(song, tracks=(song.tracks[0], replace(song.tracks[1], clips=new), *song.tracks[2:]))
    with pytest.raises(UsageError, match="moves"):
        save_session(moving, path)
    assert path.read_bytes() == before


def test_a_stem_set_has_the_moving_gain_in_its_sound(tmp_path: Path) -> None:
    song = placed(ones(tmp_path / "a.wav"), GainCurve(((Fraction(0), 2.0), (Fraction(1000), 0.5))))
    for padded in (False, True):
        written = write_stem_set(only_new(song), tmp_path / f"set {padded}", padded=padded)
        got = read_clip(written.files[0]).samples[0] * 2 / 0.5
        assert got[-1] == pytest.approx(0.5 + 1.5 / 1000, abs=1e-6)
        assert got[7 if padded else 0] == pytest.approx(2.0, abs=1e-6)
        assert ",2.0," in written.list.read_text()
