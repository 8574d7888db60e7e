"""Hints on their way: the command line, manifests, the bridge, and the markers of a session."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from flowsep_plugin import AudioClip, FileRequest, Query, Request, Span
from flowsep_plugin.bridge import FlowSep
from flowsep_plugin.cli import app
from flowsep_plugin.cli.pointing import parse_hints
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import read_receipt
from flowsep_plugin.hosts.session import SessionRequest, separate_session
from flowsep_plugin.hosts.session_hints import hints_of_clip, marked_spans, marker_line, with_marker_hints
from flowsep_plugin.jobs.batch.manifest import manifest_items
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.queries import Hints
from flowsep_plugin.timeline import ClipRef, Marker, Media, Timeline, Track, save_session
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000
QUERIES = ("a dog barking", "rain")
NANO = 10**9


def nanoseconds(start: float, stop: float) -> Span:
    return Span(round(start * NANO), round((stop - start) * NANO), NANO)


@pytest.mark.parametrize(
    ("here", "not_here", "expected"),
    [
        (["dog: 1.5-2, 0:07-0:07.5"], [], (Hints(here=[nanoseconds(1.5, 2), nanoseconds(7, 7.5)]), None)),
        (["RAIN:1-2"], ["a dog barking: 0-1"], (Hints(not_here=[nanoseconds(0, 1)]), Hints(here=[nanoseconds(1, 2)]))),
        (["rain: 1-2", "rain: 1:02:03-1:02:04"], [], (None, Hints([nanoseconds(1, 2), nanoseconds(3723, 3724)]))),
        ([], [], ()),
    ],
)
def test_times_as_they_are_typed(here: list[str], not_here: list[str], expected: tuple[Hints | None, ...]) -> None:
    assert parse_hints(here, not_here, QUERIES) == expected


def test_one_sound_need_not_be_named() -> None:
    assert parse_hints(["0:07-0:08"], ["1-2"], ["a dog"]) == (Hints([nanoseconds(7, 8)], [nanoseconds(1, 2)]),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1-2", "--at '1-2' must name one of the sounds 'a dog barking', 'rain'; write --at \"SOUND: 1-2\""),
        ("cat: 1-2", "--at 'cat: 1-2': 'cat' names none of the sounds to extract, or several"),
        ("rian: 1-2", "did you mean 'rain'?"),
        ("rain: 1", "'1' is not a range of time; write --at \"dog: 1.5-2\""),
        ("rain: 2-1", "'2-1' ends before it begins"),
        ("rain: 1000s-2000s", "samples cannot be counted here; write seconds"),
        ("rain: soon-2", "the time 'soon' cannot be read"),
    ],
)
def test_times_that_are_none(text: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_hints([text], [], QUERIES)
    assert says in str(refused.value)


def test_the_command_line_points(tmp_path: Path, noise_clip: Callable[..., AudioClip]) -> None:
    write_clip(tmp_path / "yard.wav", noise_clip(2))
    command = ["separate", str(tmp_path / "yard.wav"), "-q", "a dog barking", "-o", str(tmp_path), "--model", "echo"]
    ran = CliRunner().invoke(app, [*command, "--at", "0.2-0.4", "--not-at", "dog: 1-2"])
    assert ran.exit_code == 0, ran.output
    _, request, _, _ = read_receipt(next(tmp_path.glob("*.json")))
    assert request.hints == (Hints([nanoseconds(0.2, 0.4)], [nanoseconds(1, 2)]),)


def test_a_row_of_a_manifest_points(tmp_path: Path) -> None:
    rows = (
        "path,query,here,not_here",
        "a.wav,dog|rain,1.5-2 7-7.5|,|0-1",
        "a.wav,a dog barking,,",
        "a.wav,dog|rain,1-2,",
        "a.wav,dog,2-1,",
        "a.wav,dog,1-2,1-3",
    )
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    template = JobSpec(Path("/x.wav"), Request([Query("a dog barking", here=[Span(1, 1, 1)])]), FileRequest(tmp_path))
    both, kept, *wrong = manifest_items(tmp_path / "list.csv", template)
    assert both.spec is not None
    assert both.spec.request.hints == (
        Hints(here=[nanoseconds(1.5, 2), nanoseconds(7, 7.5)]),
        Hints(not_here=[nanoseconds(0, 1)]),
    )
    assert kept.spec is not None
    assert kept.spec.request.hints == template.request.hints
    assert [item.error.message if item.error else "" for item in wrong] == [
        "line 4: here has 1 values for 2 queries; give one for each",
        "line 5: here is '2-1', must be a range of seconds such as 1.5-2",
        "line 6: the sound cannot be and not be at the same time: 1-2 s is marked as here and 1-3 s as not here; "
        "remove or shorten one of them",
    ]


def test_the_bridge_takes_queries_that_point() -> None:
    effect = FlowSep(Query("a dog", not_here=[Span(0, 1, 1)], gate=0.5), "rain", seed=3)
    assert effect.request.hints == (Hints(not_here=[Span(0, 1, 1)]), None)
    assert effect.request.render_of(0).gate == 0.5


def marker(name: str, start: float, seconds: float) -> Marker:
    return Marker(name, Span(round(start * RATE), round(seconds * RATE), RATE))


def test_markers_of_a_session_point() -> None:
    markers = (
        marker("here: dog", 1, 0.5), marker("Not here:  a dog barking ", 3, 1), marker("not: cat", 5, 1),
        marker("HERE:rain", 4, 0), marker("verse", 0, 9), marker("there: dog", 0, 1),
    )  # fmt: skip
    timeline = Timeline("song", RATE, (), markers=markers)
    assert [one.sound for one in marked_spans(markers)] == ["dog", "a dog barking", "cat", "rain"]
    request = with_marker_hints(Request([*QUERIES, "wind"]), timeline)
    dog, rain, wind = request.hints
    assert dog == Hints([markers[0].span], [markers[1].span])
    assert rain == Hints([Span(4 * RATE - RATE // 4, RATE // 2, RATE)])
    assert wind is None
    assert marker_line(request, timeline) == (
        "marked in the session: 'a dog barking' here 1×, not here 1×; 'rain' here 1×, not here 0×; markers for 'cat' "
        "name none of the sounds, or several"
    )
    assert with_marker_hints(Request("speech"), timeline) == Request("speech")
    assert marker_line(Request("speech"), Timeline("song", RATE, ())) is None


@pytest.mark.parametrize("reverse", [False, True])
def test_hints_reach_the_file_through_the_clips_place_speed_and_direction(reverse: bool) -> None:
    media = Media(Path("/a.wav"), rate=44_100, channels=2, frames=44_100 * 10)
    clip = ClipRef(
        "c", "c", media, Span(44_100, 4 * 44_100, 44_100), Span(5 * RATE, 2 * RATE, RATE), play_rate=Fraction(2),
        reverse=reverse,
    )  # fmt: skip
    pointed = Query("dog", here=[Span(55, 5, 10)], not_here=[Span(0, 1, 1), Span(7, 9, 1)])
    (hints,) = hints_of_clip(Request([pointed]), clip).hints
    assert hints == Hints(here=[Span((3 if reverse else 2) * 44_100, 44_100, 44_100)])


def test_a_hint_beyond_the_end_of_the_file_is_left_out() -> None:
    media = Media(Path("/a.wav"), rate=RATE, channels=1, frames=2 * RATE)
    clip = ClipRef("c", "c", media, Span(RATE, 3 * RATE, RATE), Span(0, 3 * RATE, RATE))
    request = Request([Query("dog", here=[Span(1, 1, 2), Span(2, 1, 1)])])
    assert hints_of_clip(request, clip).hints == (Hints(here=[Span(RATE + RATE // 2, RATE // 2, RATE)]),)


def test_a_marked_sound_is_silent_in_the_stem_that_is_placed(
    tmp_path: Path, noise_clip: Callable[..., AudioClip]
) -> None:
    write_clip(tmp_path / "yard.wav", noise_clip(4))
    media = probe_media(tmp_path / "yard.wav")
    clip = ClipRef("c1", "yard", media, Span(RATE, 2 * RATE, RATE), Span(10 * RATE, 2 * RATE, RATE))
    song = Timeline("song", RATE, (Track("t1", "FX", (clip,), 2),), markers=(marker("not: everything", 10.5, 1),))
    save_session(song, tmp_path / "song.rpp")
    runner = LocalRunner(tmp_path / "FlowSep")
    request = SessionRequest(Request(["everything"]), model="echo")
    placed = separate_session(song, tmp_path / "song.rpp", replace(request, absent="write"), runner)
    stem = placed.timeline.tracks[1].clips[0]
    assert stem.media is not None
    samples = read_clip(stem.media.path).samples[:, stem.cut.start : stem.cut.stop]
    assert np.abs(samples[:, RATE * 3 // 5 : RATE * 7 // 5]).max() < 1e-6
    assert np.abs(samples[:, : RATE * 2 // 5]).max() > 0.01
