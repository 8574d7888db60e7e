from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline import (
    ClipRef,
    Marker,
    Media,
    StemPlacement,
    Timeline,
    Track,
    compare,
    describe,
    place_stem,
    place_stems,
    with_handles,
)

RATE = 48_000
MEDIA = Media(Path("/take.wav"), RATE, 2, 20 * RATE)
STEM = Media(Path("/stem.wav"), RATE, 2, 5 * RATE)
CLIP = ClipRef(
    "c1", "take", MEDIA, Span(100, 5 * RATE, RATE), Span(7, 5 * RATE, RATE), gain=0.5, fade_in=10, fade_out=20
)
SONG = Timeline(
    "song",
    RATE,
    (Track("t1", "Drums", (CLIP,), 2), Track("t2", "drums [piano]", (), 2)),
    (Marker("a", Span(0, 0, RATE)),),
)


def piano(covers: Span = CLIP.cut, **changes: object) -> StemPlacement:
    return replace(StemPlacement("c1", "piano", STEM, covers), **changes)  # type: ignore[arg-type]


def test_a_stem_has_the_place_gain_and_fades_of_its_source() -> None:
    stem = place_stem(SONG, piano()).tracks[1].clips[0]
    assert (stem.place, stem.gain, stem.fade_in, stem.fade_out) == (CLIP.place, 0.5, 10, 20)
    assert stem.cut == Span(0, 5 * RATE, RATE)
    assert stem.media == STEM


def test_the_stem_track_follows_the_source_track_and_has_a_unique_name() -> None:
    timeline = place_stem(SONG, piano())
    assert [track.name for track in timeline.tracks] == ["Drums", "Drums [piano] (2)", "drums [piano]"]


def test_the_source_track_changes_only_by_a_requested_mute() -> None:
    assert place_stem(SONG, piano()).tracks[0] == SONG.tracks[0]
    assert place_stem(SONG, piano(), mute_source=True).tracks[0].clips == (replace(CLIP, muted=True),)


def test_handles_move_the_cut_not_the_place() -> None:
    covers = with_handles(CLIP.cut, 1000, MEDIA.frames)
    assert covers == Span(0, 5 * RATE + 1100, RATE)
    stem = place_stem(SONG, piano(covers)).tracks[1].clips[0]
    assert stem.cut == Span(100, 5 * RATE, RATE)
    assert stem.place == CLIP.place


def test_part_of_a_clip_keeps_the_fades_of_its_own_edges_only() -> None:
    within = Span(7 + RATE, 5 * RATE, RATE)
    stem = place_stem(SONG, piano(Span(100 + RATE, 4 * RATE, RATE), within=within)).tracks[1].clips[0]
    assert stem.place == Span(7 + RATE, 4 * RATE, RATE)
    assert stem.cut == Span(0, 4 * RATE, RATE)
    assert (stem.fade_in, stem.fade_out) == (0, 20)


@given(
    st.integers(-10_000, 300_000), st.integers(1, 300_000), st.booleans(), st.sampled_from(["1", "0.5", "2", "1.25"])
)
def test_a_trimmed_clip_stays_within_the_clip(start: int, length: int, reverse: bool, play_rate: str) -> None:
    speed = Fraction(play_rate)
    clip = replace(CLIP, reverse=reverse, play_rate=speed, cut=Span(100, int(5 * RATE * speed), RATE))
    part = clip.trimmed(Span(start, length, RATE))
    assert part.place.intersect(clip.place) == part.place
    assert part.cut.start >= clip.cut.start
    assert part.cut.stop <= clip.cut.stop


def test_stems_of_one_track_and_query_share_a_track() -> None:
    second = replace(CLIP, id="c2", place=CLIP.place.moved(6 * RATE))
    song = replace(SONG, tracks=(replace(SONG.tracks[0], clips=(CLIP, second)),))
    stems = [replace(piano(), source=clip, name=title) for title in ("piano", "rest") for clip in ("c2", "c1")]
    timeline = place_stems(song, stems)
    assert [len(track.clips) for track in timeline.tracks] == [2, 2, 2]
    assert [clip.place for clip in timeline.tracks[1].clips] == [CLIP.place, second.place]
    assert len({clip.id for _, clip in timeline.clips()}) == 6


def test_changes_list_new_tracks_and_muted_clips() -> None:
    timeline = place_stem(SONG, piano(), mute_source=True)
    changes = compare(SONG, timeline)
    assert [new.above for new in changes.tracks] == ["t1"]
    assert changes.muted == ("c1",)
    assert len(describe(changes, timeline)) == 3
    assert not compare(SONG, SONG)


@pytest.mark.parametrize(
    "after",
    [
        replace(SONG, tracks=SONG.tracks[:1]),
        replace(SONG, tracks=SONG.tracks[::-1]),
        replace(SONG, tracks=(replace(SONG.tracks[0], clips=()), SONG.tracks[1])),
        replace(SONG, tracks=(replace(SONG.tracks[0], name="x"), SONG.tracks[1])),
        replace(SONG, rate=44_100),
        replace(SONG, markers=()),
    ],
)
def test_a_timeline_that_lost_something_is_refused(after: Timeline) -> None:
    with pytest.raises(UsageError):
        compare(SONG, after)


def test_an_unknown_clip_is_named() -> None:
    with pytest.raises(UsageError, match="c9"):
        place_stem(SONG, piano(source="c9"))


def test_a_clip_that_cannot_be_separated_names_the_reason() -> None:
    assert "offline" in str(CLIP.why_not())
    assert replace(CLIP, obstacle="is MIDI").why_not() == "is MIDI"
    assert replace(CLIP, media=None).why_not() == "has no audio file"
