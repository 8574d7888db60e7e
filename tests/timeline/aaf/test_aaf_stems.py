"""Stems in AAFs of other programs: ids, lengths, numbers, rates and gains that other readers accept."""

import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import opentimelineio as otio
import pytest
from aaf_makers import AMPLITUDE, CLIP_RATIO, COMBINER, IS_TRIM, AafMaker, making
from session_makers import sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import (
    ClipRef,
    Media,
    StemPlacement,
    Timeline,
    Track,
    place_stems,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.gain_curve import GainCurve

RATE = 48_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "song.aaf"


def with_stems(path: Path, channels: int = 1, rate: int = RATE) -> Timeline:
    """Place a stem for every clip of an AAF; returns the session as it is read again."""
    media = sparse_wave(path.with_name("stem.wav"), rate, 4 * rate, channels)
    before = read_session(path)
    stems = [StemPlacement(clip.id, "piano", media, clip.cut) for _, clip in before.clips()]
    save_session(place_stems(before, stems), path)
    after = read_session(path)
    assert after.tracks[: len(before.tracks)] == before.tracks
    return replace(after, tracks=after.tracks[len(before.tracks) :])


def sound_slots(file: Any) -> list[Any]:
    (mob,) = file.content.toplevel()
    return [slot for slot in mob.slots if slot.media_kind == "Sound"]


def test_slots_of_stems_have_ids_and_numbers_of_their_own_and_true_lengths(path: Path) -> None:
    """Pro Tools begins with slot 3 and has its timecode in slot 1002."""
    with making(path) as maker:
        clip = maker.clip(maker.master("take", ["take.wav"]), 1, 0, 20)
        maker.line(maker.row(maker.filler(10), clip), slot_id=3, name="Audio 1", number=1)
        maker.line(maker.file.create.Timecode(25), slot_id=1002, name="Timecode")
    with_stems(path)
    with aaf2.open(str(path)) as file:
        (mob,) = file.content.toplevel()
        assert [slot.slot_id for slot in mob.slots] == [3, 1002, 1003]
        old, new = sound_slots(file)
        assert [slot["PhysicalTrackNumber"].value for slot in (old, new)] == [1, 2]
        assert new.segment.length == sum(part.length for part in new.segment.components) == 30 * 1920
        ids = [str(mob.mob_id) for mob in file.content.mobs]
        assert len(ids) == len(set(ids))
        for one in file.content.mobs:
            slots = [slot.slot_id for slot in one.slots]
            assert len(slots) == len(set(slots))


def test_another_reader_sees_a_stereo_stem_of_combined_channels_where_its_clip_is(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["L.wav", "R.wav"])
        sides = [maker.clip(master, side, 5, 40) for side in (1, 2)]
        maker.line(maker.row(maker.filler(10), maker.effect(COMBINER, "Audio Channel Combiner", sides)), name="Mix")
    song = with_stems(path, 2)
    assert [(track.channels, [clip.place for clip in track.clips]) for track in song.tracks] == [
        (2, [Span(10 * 1920, 40 * 1920, RATE)])
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of the adapter itself
        theirs = otio.adapters.read_from_file(str(path))
    stems = [track for track in theirs.audio_tracks() if "[piano]" in track.name]
    assert len(stems) == 2
    for track in stems:
        (clip,) = track.find_clips()
        assert clip.trimmed_range_in_parent().start_time.to_seconds() * 25 == 10


def avid_gain(maker: AafMaker, clip: object) -> object:
    return maker.gain(
        clip,
        maker.constant(AMPLITUDE, "3/2", name="Amplitude"),
        maker.varying(CLIP_RATIO, [("0/1", "1/1"), ("1/2", "1/4"), ("1/1", "1/1")]),
        maker.constant(IS_TRIM, 0, "aafInt32"),
    )


def test_a_stem_has_the_moving_gain_of_its_clip_and_keeps_the_definitions_of_the_program(path: Path) -> None:
    with making(path) as maker:
        clip = maker.clip(maker.master("take", ["take.wav"]), 1, 0, 20)
        maker.line(maker.row(avid_gain(maker, clip)))
    (source,) = read_session(path).tracks[0].clips
    (stem,) = with_stems(path).tracks[0].clips
    assert source.gain_curve is not None
    assert stem.gain_curve == source.gain_curve
    with aaf2.open(str(path)) as file:
        group = next(iter(sound_slots(file)[1].segment.components))
        assert group.operation.name == "Audio Gain"
        (parameter,) = group.parameters
        assert str(parameter.auid) == AMPLITUDE
        assert [str(point["Time"].value) for point in parameter["PointList"].value] == ["0", "1/2", "1"]
        assert parameter.value_at(0.5) == pytest.approx(3 / 8)


def test_gains_are_written_as_amplitude_not_as_pan(path: Path) -> None:
    media = sparse_wave(path.with_name("take.wav"), RATE, RATE, 1)
    curve = GainCurve(((Fraction(0), 1.0), (Fraction(100), 0.5)))
    clip = ClipRef("a", "take", media, Span(0, 100, RATE), Span(0, 100, RATE), gain=40.0, gain_curve=curve)
    save_session(Timeline("song", RATE, (Track("t", "T", (clip,)),)), path)
    with aaf2.open(str(path)) as file:
        outer = next(iter(sound_slots(file)[0].segment.components))
        (inner,) = outer.segments
        for group in (outer, inner):
            assert [str(parameter.auid) for parameter in group.parameters] == [AMPLITUDE]
    (again,) = read_session(path).tracks[0].clips
    assert (again.gain, again.gain_curve) == (40.0, curve)


def test_a_stem_at_another_rate_than_the_session_keeps_its_first_frame(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"], rate=44_100, frames=441_000, edit_rate=44_100)
        clip = maker.clip(master, 1, 0, RATE)
        maker.line(maker.row(maker.filler(7), clip), RATE)
    media = sparse_wave(path.with_name("stem.wav"), 44_100, 44_100, 1)
    before = read_session(path)
    (source,) = before.tracks[0].clips
    covers = Span(source.cut.start - 1001, 44_100, 44_100)
    save_session(place_stems(before, [StemPlacement(source.id, "piano", media, covers)]), path)
    (stem,) = read_session(path).tracks[1].clips
    assert (stem.place, stem.cut.start, stem.cut.rate) == (source.place, 1001, 44_100)


def test_stems_of_mono_and_stereo_clips_of_one_track_go_on_slots_of_their_own(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["L.wav", "R.wav"])
        mono = maker.clip(master, 1, 5, 10)
        sides = [maker.clip(master, side, 5, 40) for side in (1, 2)]
        maker.line(maker.row(mono, maker.effect(COMBINER, "Audio Channel Combiner", sides)), name="Mix")
    before = read_session(path)
    one, two = before.tracks[0].clips
    stems = [
        StemPlacement(clip.id, "piano", media_of(path, channels), clip.cut) for clip, channels in ((one, 1), (two, 2))
    ]
    save_session(place_stems(before, stems), path)
    tracks = read_session(path).tracks[1:]
    assert [(track.channels, [clip.place for clip in track.clips]) for track in tracks] == [
        (1, [one.place]), (2, [two.place]),
    ]  # fmt: skip


def media_of(path: Path, channels: int) -> Media:
    return sparse_wave(path.with_name(f"stem {channels}.wav"), RATE, 4 * RATE, channels)


def test_an_empty_clip_with_a_moving_gain_is_written(path: Path) -> None:
    media = sparse_wave(path.with_name("take.wav"), RATE, RATE, 1)
    curve = GainCurve(((Fraction(0), 1.0), (Fraction(100), 0.5)))
    clip = ClipRef("a", "take", media, Span(5, 0, RATE), Span(7, 0, RATE), gain_curve=curve)
    save_session(Timeline("song", RATE, (Track("t", "T", (clip,)),)), path)
    (again,) = read_session(path).tracks[0].clips
    assert (again.place, again.why_not()) == (Span(7, 0, RATE), "is empty")
