"""Edit decision lists as Avid, Premiere and Resolve write them: channel codes, dissolves, speeds, frame rates."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from session_makers import sparse_wave

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.media import Bext, write_clip
from flowsep_plugin.timeline import (
    ClipRef,
    FrameRate,
    Marker,
    StemPlacement,
    Timeline,
    Track,
    place_stem,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.formats.edl.events import audio_channels
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.media_finder import MediaFinder

RATE = 48_000
PAL = "* FRAME RATE: 25\n"
EVENT = "001  AX       A     C        00:00:01:00 00:00:03:00 01:00:10:00 01:00:12:00\n* FROM CLIP NAME: take.wav\n"


def edl(folder: Path, body: str, head: str = PAL) -> Path:
    path = folder / "edit.edl"
    path.write_text(f"TITLE: edit\nFCM: NON-DROP FRAME\n{head}{body}")
    return path


def clips_of(folder: Path, body: str, head: str = PAL) -> list[ClipRef]:
    sparse_wave(folder / "take.wav", RATE, 20 * RATE)
    return [clip for _, clip in read_session(edl(folder, body, head)).clips()]


def test_an_event_is_whole_frames_of_its_file(tmp_path: Path) -> None:
    (clip,) = clips_of(tmp_path, EVENT)
    assert clip.place == Span(10 * RATE, 2 * RATE, RATE)
    assert clip.cut == Span(RATE, 2 * RATE, RATE)
    assert clip.why_not() is None
    song = read_session(tmp_path / "edit.edl")
    assert (song.origin, song.frame_rate) == (3600 * RATE, FrameRate(Fraction(25)))


@pytest.mark.parametrize(
    ("code", "channels"),
    [("A", (1,)), ("A2", (2,)), ("AA", (1, 2)), ("B", (1,)), ("AA/V", (1, 2)), ("A2/V", (2,)), ("VA1A2", (1, 2)),
     ("A12", (12,)), ("V", ()), ("V2", ()), ("NONE", ())],
)  # fmt: skip
def test_channel_codes_name_audio_channels(code: str, channels: tuple[int, ...]) -> None:
    assert audio_channels(code) == channels


def test_events_of_one_sound_on_several_channels_are_one_clip(tmp_path: Path) -> None:
    second = EVENT.replace("001 ", "002 ").replace(" A  ", " A2 ")
    aud = EVENT.replace("001 ", "003 ").replace(" A ", " NONE ").replace("take", "other") + "AUD  3    4\n"
    clips = clips_of(tmp_path, EVENT + second + aud)
    assert [clip.name for clip in clips] == ["take.wav", "other.wav"]
    assert [track.name for track in read_session(tmp_path / "edit.edl").tracks] == ["A1", "A3"]


@pytest.mark.parametrize(
    ("fcm", "times", "rate"),
    [("DROP FRAME", "00:00:01;00 00:00:03;00 01:00:10;00 01:00:12;00", "29.97df"),
     ("NON-DROP FRAME", "00:00:01:24 00:00:03:24 01:00:10:24 01:00:12:24", "25")],
)  # fmt: skip
def test_a_frame_rate_that_timecodes_tell_is_certain(tmp_path: Path, fcm: str, times: str, rate: str) -> None:
    sparse_wave(tmp_path / "take.wav", RATE, 20 * RATE)
    path = tmp_path / "edit.edl"
    path.write_text(f"TITLE: x\nFCM: {fcm}\n001  AX A C {times}\n* FROM CLIP NAME: take.wav\n")
    song = read_session(path)
    assert str(song.frame_rate) == rate
    assert song.tracks[0].clips[0].why_not() is None


def test_a_frame_rate_that_nothing_tells_is_an_obstacle_with_its_remedy(tmp_path: Path) -> None:
    (clip,) = clips_of(tmp_path, EVENT, head="")
    assert "24 or 23.976 or 25 frames a second, which the EDL does not say" in str(clip.why_not())
    song = read_session(tmp_path / "edit.edl", frame_rate=FrameRate(Fraction(24000, 1001)))
    source = song.tracks[0].clips[0]
    assert source.why_not() is None
    assert source.cut.start == 48_048
    stem = sparse_wave(tmp_path / "stem.wav", RATE, source.cut.frames)
    save_session(place_stem(song, StemPlacement(source.id, "x", stem, source.cut)), tmp_path / "edit.edl")
    assert "A2    C        00:00:00:00 00:00:02:00 01:00:10:00 01:00:12:00" in (tmp_path / "edit.edl").read_text()
    (clip,) = clips_of(tmp_path, EVENT, head="* FRAME RATE: 23.976\n")
    assert clip.why_not() is None
    assert clip.cut.start == 48_048


def test_the_time_reference_of_a_file_is_where_its_timecode_starts(tmp_path: Path) -> None:
    """At 29.97 frames a second the event is inside the file, at 30 it is half a minute away from it."""
    silence = AudioClip(np.zeros((1, 4 * RATE), np.float32), RATE)
    write_clip(tmp_path / "take.wav", silence, bext=Bext(time_reference=36_036 * RATE))
    times = "10:00:01:00 10:00:02:29 01:00:10:00 01:00:11:29"
    clip = read_session(edl(tmp_path, f"001  AX A C {times}\n* FROM CLIP NAME: take.wav\n", head="")).tracks[0].clips[0]
    assert clip.why_not() is None
    assert clip.cut == Span(48_048, 94_494, RATE)


def test_25_frames_are_excluded_where_no_timecode_of_many_has_the_last_one(tmp_path: Path) -> None:
    def event(n: int) -> str:
        record = f"00:{n // 60:02d}:{n % 60:02d}:00 00:{(n + 1) // 60:02d}:{(n + 1) % 60:02d}:00"
        return f"{n:03d}  AX A C 00:00:01:{n % 24:02d} 00:00:02:{n % 24:02d} {record}\n"

    events = "".join(map(event, range(120)))
    assert "is at 24 or 23.976 frames" in str(clips_of(tmp_path, events, head="")[0].why_not())


def test_a_stem_is_appended_at_its_source_timecode_and_every_byte_is_kept(tmp_path: Path) -> None:
    clips_of(tmp_path, EVENT)
    path = tmp_path / "edit.edl"
    path.write_bytes(
        path.read_bytes().replace(b"\n", b"\r\n").removesuffix(b"\r\n").replace(b"TITLE: edit", b"TITLE: \xe9dit")
    )
    before, song = path.read_bytes(), read_session(path)
    source = song.tracks[0].clips[0]
    stem = tmp_path / "take [piano].wav"
    write_clip(stem, AudioClip(np.zeros((2, 3 * RATE), np.float32), RATE), bext=Bext(time_reference=RATE // 2))
    placement = StemPlacement(source.id, "piano", probe_media(stem), Span(RATE // 2, 3 * RATE, RATE))
    after = place_stem(song, placement)
    save_session(replace(after, markers=(Marker("hit", Span(RATE, 0, RATE)),)), path)
    assert path.read_bytes().startswith(before)
    assert path.read_bytes()[len(before) :].decode().split("\r\n") == [
        "",
        "002  take_piano_ A2    C        00:00:01:00 00:00:03:00 01:00:10:00 01:00:12:00",
        "* FROM CLIP NAME: take.wav [piano]",
        "* SOURCE FILE: take [piano].wav",
        "* FLOWSEP TRACK A2: A1 [piano]",
        "* LOC: 01:00:01:00 RED     hit",
        "",
    ]
    again = read_session(path)
    assert again.tracks[1].clips[0].cut == Span(RATE // 2, 2 * RATE, RATE)
    assert again.markers == (Marker("hit", Span(RATE, 0, RATE)),)


def test_speeds_and_lengths_that_differ_are_obstacles(tmp_path: Path) -> None:
    fast = EVENT + "M2   AX       050.0                00:00:01:00\n"
    same = EVENT + "M2   AX       025.0                00:00:01:00\n"
    longer = EVENT.replace("00:00:03:00", "00:00:04:00")
    reasons = [clips_of(tmp_path, body)[0].why_not() for body in (fast, same, longer)]
    assert "plays at 50 frames a second (M2)" in str(reasons[0])
    assert reasons[1] is None
    assert "75 frames of its source in 50" in str(reasons[2])


def test_a_dissolve_is_named_on_both_sides(tmp_path: Path) -> None:
    body = EVENT + (
        "002  AX       A     C        00:00:03:00 00:00:03:00 01:00:12:00 01:00:12:00\n"
        "002  BX       A     D    010 00:00:05:00 00:00:06:00 01:00:12:00 01:00:13:00\n"
        "* FROM CLIP NAME: take.wav\n* TO CLIP NAME: take.wav\n"
        "* AUDIO LEVEL AT 00:00:00:00 IS -6.00 DB  (REEL BX A1)\n"
    )
    first, second = clips_of(tmp_path, body)
    fade = Difference("fade", "D of 10 frames")
    assert first.differences == (fade,)
    assert second.differences == (fade, Difference("automation", "audio level"))
    assert second.place == Span(12 * RATE, RATE, RATE)


def test_a_reel_is_a_file_name_without_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    sparse_wave(tmp_path / "elsewhere" / "TAKE01.aif", RATE, 20 * RATE)
    path = edl(tmp_path, EVENT.partition("\n")[0].replace("AX    ", "TAKE01") + "\n")
    assert "TAKE01 does not exist" in str(read_session(path).tracks[0].clips[0].why_not())
    assert read_session(path, MediaFinder([tmp_path / "elsewhere"])).tracks[0].clips[0].why_not() is None


def test_black_and_pictures_are_no_clips(tmp_path: Path) -> None:
    assert not clips_of(tmp_path, EVENT.replace(" AX ", " BL ") + EVENT.replace(" A  ", " V  "))


def test_a_key_of_the_picture_is_no_obstacle(tmp_path: Path) -> None:
    key = "002  BX       V     K B      00:00:01:00 00:00:02:00 01:00:10:00 01:00:11:00\n"
    assert len(clips_of(tmp_path, EVENT + key)) == 1


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"place": Span(RATE + 1, RATE, RATE)}, "between two frames"), ({"cut": Span(7, RATE, RATE)}, "between"),
     ({"gain": 0.5}, "gain"), ({"muted": True}, "muted"), ({"place": Span(86_400 * RATE, RATE, RATE)}, "24 hours")],
)  # fmt: skip
def test_content_that_an_edl_cannot_hold_is_refused_by_name(
    tmp_path: Path, more: dict[str, object], reason: str
) -> None:
    media = sparse_wave(tmp_path / "a.wav", RATE, 9 * RATE)
    clip = replace(ClipRef("c", "odd one", media, Span(0, RATE, RATE), Span(0, RATE, RATE)), **more)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=rf"odd one.*{reason}"):
        save_session(Timeline("x", RATE, (Track("t", "T", (clip,)),)), tmp_path / "x.edl")


@pytest.mark.parametrize(
    "body", ["001  AX A C 00:00\n", "001  AX A C 00:61:00:00 00:62:00:00 01:00:10:00 01:00:12:00\n"]
)
def test_a_damaged_event_is_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises(SessionError, match=r"edit\.edl: .*(line 4|timecodes)"):
        read_session(edl(tmp_path, body))


def test_the_adapter_of_otio_sees_the_same_times(tmp_path: Path) -> None:
    adapter = pytest.importorskip("otio_cmx3600_adapter.cmx_3600", reason="pip install otio-cmx3600-adapter")
    media = sparse_wave(tmp_path / "a.wav", RATE, 9 * RATE)
    places = [Span(n * 3 * RATE, 2 * RATE + n * 1920, RATE) for n in range(3)]
    clips = tuple(ClipRef(f"{n}", f"clip {n}", media, Span(n * 1920, p.frames, RATE), p) for n, p in enumerate(places))
    song = Timeline("x", RATE, (Track("t", "T", clips),), frame_rate=FrameRate(Fraction(25)))
    save_session(song, tmp_path / "x.edl")
    track = adapter.read_from_string((tmp_path / "x.edl").read_text(), rate=25).tracks[0]
    items = list(track.find_clips())
    assert [item.name for item in items] == [clip.name for clip in clips]
    for item, clip in zip(items, clips, strict=True):
        assert item.range_in_parent().start_time.value * 1920 == clip.place.start
        assert item.source_range.start_time.value * 1920 == clip.cut.start
        assert item.source_range.duration.value * 1920 == clip.place.frames
