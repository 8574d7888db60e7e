"""Differences in words: one line for a run, whatever its size."""

from pathlib import Path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import ClipRef, Media, Timeline, Track
from flowsep_plugin.timeline.check import difference_words, differences_line, gain_line
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.gain_curve import GainCurve

EQ, COMP, VERB = Difference("plug-in", "ReaEQ"), Difference("plug-in", "ReaComp"), Difference("send", "Verb")
AUTOMATION = Difference("automation")
PLACE = Span(0, 10, 48_000)


def song(*tracks: tuple[str, tuple[Difference, ...], dict[str, tuple[Difference, ...]]]) -> Timeline:
    media = Media(Path("/take.wav"), 48_000, 2, 10)
    return Timeline(
        "song",
        48_000,
        tuple(
            Track(
                f"t{number}",
                name,
                tuple(
                    ClipRef(f"{name} {clip}", clip, media, PLACE, PLACE, differences=own) for clip, own in clips.items()
                ),
                differences=differences,
            )
            for number, (name, differences, clips) in enumerate(tracks)
        ),
    )


def all_ids(timeline: Timeline) -> list[str]:
    return [clip.id for _, clip in timeline.clips()]


def test_tracks_and_clips_are_named_with_what_their_stems_do_not_have() -> None:
    timeline = song(("Drums", (EQ, COMP, VERB), {"Take 1": (), "Take 3": (AUTOMATION,)}))
    assert differences_line(timeline, all_ids(timeline)) == (
        "not in the stems: plug-ins 'ReaEQ', 'ReaComp' and send 'Verb' of track 'Drums'; automation of clip 'Take 3'"
    )


def test_only_the_separated_clips_count() -> None:
    timeline = song(("Drums", (EQ,), {"a": ()}), ("Bass", (), {"b": (AUTOMATION,), "c": ()}))
    assert differences_line(timeline, ["Bass b"]) == "not in the stems: automation of clip 'b'"
    assert differences_line(timeline, ["Bass c"]) is None
    assert differences_line(timeline, []) is None


def test_owners_of_the_same_differences_are_named_together() -> None:
    timeline = song(*((f"T{number}", (EQ,), {"a": ()}) for number in range(9)))
    line = differences_line(timeline, all_ids(timeline))
    assert line == "not in the stems: plug-in 'ReaEQ' of tracks 'T0', 'T1', 'T2', 'T3' and 5 more"


def test_the_line_is_short_in_a_large_session_and_says_where_the_others_are() -> None:
    own = {f"c{number}": (Difference("effect", f"e{number}"),) for number in range(40)}
    timeline = song(("Drums", tuple(Difference("plug-in", f"p{number}") for number in range(20)), own),
                    ("Bass", (VERB,), {"x" * 500: ()}))  # fmt: skip
    line = differences_line(timeline, all_ids(timeline), "check lists all")
    assert line is not None
    assert line.startswith("not in the stems: plug-ins 'p0', 'p1', 'p2', 'p3' and 16 more of track 'Drums'; ")
    assert line.endswith("; and those of 1 more track and 38 more clips (check lists all)")
    assert len(line) < 300


def test_the_words_of_one_owner_group_kinds_and_drop_repeats() -> None:
    words = difference_words([EQ, VERB, EQ, COMP, AUTOMATION])
    assert words == "plug-ins 'ReaEQ', 'ReaComp', send 'Verb' and automation"
    assert difference_words([]) == ""


def test_clips_whose_gain_is_rendered_are_named() -> None:
    curve = GainCurve(((PLACE.start, 1.0), (PLACE.stop, 0.5)))
    media = Media(Path("/take.wav"), 48_000, 2, 10)
    clips = tuple(ClipRef(name, name, media, PLACE, PLACE, gain_curve=curve) for name in "ab")
    timeline = Timeline("song", 48_000, (Track("t", "Drums", clips),))
    assert gain_line(timeline, ["a"]) == "gain automation of clip 'a' is rendered into its stems"
    assert gain_line(timeline, ["a", "b"]) == "gain automation of clips 'a', 'b' is rendered into their stems"
    assert gain_line(timeline, []) is None
