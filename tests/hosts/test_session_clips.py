"""Which clips are separated, what is said of them, and that channels and gains of stems are those of their clips."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from feature_format import with_features

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.cli import main
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.hosts.midi_session import clips_at
from flowsep_plugin.hosts.session import SessionRequest, choose_clips, separate_session, skipped_clips, stems_note
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, by_suffix, formats, read_session, save_session
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.media import probe_media

RATE = 8000
OPTIONS = SessionRequest(Request(["everything"]), model="echo")
LANE = "is in a lane that does not play"
CURVE = GainCurve(((Fraction(0), 1.0), (Fraction(4000), 0.25)))

Change = Callable[[Timeline], Timeline]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Clips "a" and "b", muted, on Drums; "c" on Muted, which is muted; all of one file of four channels."""
    noise = np.random.default_rng(1).integers(-(2**22), 2**22, (4, RATE)).astype(np.float32) / 2**23
    write_clip(tmp_path / "poly.wav", AudioClip(noise, RATE))
    media = probe_media(tmp_path / "poly.wav")
    clips = [ClipRef(name, name, media, Span(100, 4000, RATE), Span(0, 4000, RATE)) for name in "abc"]
    drums = Track("t1", "Drums", (clips[0], replace(clips[1], muted=True)), 2)
    save_session(
        Timeline("song", RATE, (drums, Track("t2", "Muted", (clips[2],), 2, muted=True))), tmp_path / "song.rpp"
    )
    return tmp_path / "song.rpp"


@pytest.fixture
def feature(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that gives clip "a" features of programs, whatever the format reads of them."""

    def give(gain_curves: bool = False, track: tuple[Difference, ...] = (), **features: object) -> None:
        def change(song: Timeline) -> Timeline:
            clips = tuple(replace(c, **features) if c.name == "a" else c for c in song.tracks[0].clips)
            return replace(song, tracks=(replace(song.tracks[0], clips=clips, differences=track), *song.tracks[1:]))

        form = formats.SESSION_FORMATS[0]
        able = replace(form.capabilities, gain_curves=gain_curves)
        new = replace(with_features(form, change), capabilities=able)
        monkeypatch.setattr(formats, "SESSION_FORMATS", (new, *formats.SESSION_FORMATS[1:]))

    return give


def names(song: Timeline, **options: object) -> str:
    return "".join(clip.name for clip in choose_clips(song, replace(OPTIONS, **options)))  # type: ignore[arg-type]


def separated(path: Path, **options: object) -> Timeline:
    request = replace(OPTIONS, **options)  # type: ignore[arg-type]
    return separate_session(read_session(path), path, request, LocalRunner(path.parent / "FlowSep")).timeline


def flowsep(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def separate(capsys: pytest.CaptureFixture[str], path: Path, *options: object) -> tuple[int, str, str]:
    return flowsep(capsys, "session", path, "separate", "-q", "everything", "--model", "echo", "--here", *options)


# --- silent clips ---


def test_by_default_only_what_is_heard_is_separated(path: Path) -> None:
    song = read_session(path)
    assert names(song) == "a"
    assert names(song, muted=True) == "abc"
    assert skipped_clips(song, OPTIONS) == (("b", "is muted"), ("c", "is on the muted track 'Muted'"))
    assert skipped_clips(song, replace(OPTIONS, muted=True)) == ()


def test_a_clip_that_is_selected_by_itself_is_taken_although_it_is_silent(path: Path) -> None:
    assert names(read_session(path), clips=("b",)) == "b"
    (stem,) = separated(path, clips=("b",), residual=False).tracks[1].clips
    assert not stem.muted


def test_a_selected_track_is_taken_although_it_is_muted_but_not_its_muted_clips(path: Path) -> None:
    song = read_session(path)
    assert names(song, tracks=("Drums", "Muted")) == "ac"
    assert not separated(path, tracks=("Muted",)).tracks[2].muted


def test_a_clip_in_a_lane_that_does_not_play_is_left_out(path: Path, feature: Callable[..., None]) -> None:
    feature(silence_reason=LANE)
    song = read_session(path)
    with pytest.raises(UsageError, match=LANE) as error:
        choose_clips(song, OPTIONS)
    assert error.value.setting == "muted"
    assert names(song, clips=("a",)) == "a"


def test_the_command_names_silent_clips_once_and_takes_them_if_it_has_to(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = separate(capsys, path, "--dry-run")
    assert code == 0, err
    assert "Drums [everything]" in out
    assert "Muted [everything]" not in out
    assert err.splitlines() == ["skipped: clip 'b' is muted", "skipped: clip 'c' is on the muted track 'Muted'"]
    _, out, err = separate(capsys, path, "--muted", "--dry-run")
    assert "Muted [everything]" in out
    assert err == ""


def test_the_list_marks_silent_clips(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = flowsep(capsys, "session", path, "list")[1].splitlines()
    assert [line.endswith("(muted)") for line in lines if line.startswith("  ")] == [False, True, True]
    rows = json.loads(flowsep(capsys, "session", path, "list", "--json")[1])["clips"]
    assert [row["silent"] for row in rows] == [None, "is muted", "is on the muted track 'Muted'"]


def test_a_controller_takes_the_heard_clip_under_the_playhead_and_a_silent_one_only_alone(path: Path) -> None:
    song = read_session(path)
    assert [clip.name for clip in clips_at(song, 10)] == ["a"]
    assert [clip.name for clip in clips_at(song, 10, ["Muted"])] == ["c"]


# --- differences and moving gains ---


def test_what_the_stems_will_not_have_is_said_in_one_line(
    path: Path, feature: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    feature(track=(Difference("plug-in", "ReaEQ"),), differences=(Difference("automation"),))
    line = "not in the stems: plug-in 'ReaEQ' of track 'Drums'; automation of clip 'a'"
    assert separate(capsys, path, "--clip", "a", "--dry-run")[2].splitlines() == [line]
    code, _, err = separate(capsys, path, "--clip", "a", "--no-rest")
    assert code == 0, err
    assert err.splitlines() == [line]
    receipt = json.loads(next((path.parent / "FlowSep").glob("*.json")).read_text("utf-8"))
    assert receipt["notes"] == [line]


def test_a_fade_that_a_range_cuts_is_said(
    path: Path, feature: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    feature(fade_in=1000, fade_out=500)
    for last, lines in (("3000", []), ("4000", []), ("3800", ["not in the stems: fade of clip 'a'"])):
        assert separate(capsys, path, "--clip", "a", "--range", "1000", last, "--dry-run")[2].splitlines() == lines
    cut = separate(capsys, path, "--clip", "a", "--range", "900", "2000", "--no-rest")
    assert cut[2].splitlines() == ["not in the stems: fade of clip 'a'"]
    receipt = json.loads(next((path.parent / "FlowSep").glob("*.json")).read_text("utf-8"))
    assert receipt["notes"] == ["not in the stems: fade of clip 'a'"]


def test_content_that_is_left_alone_is_listed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = path.read_text("utf-8")
    bay = "  <PROJBAY\n    <DATA\n    >\n    <DATA\n    >\n  >\n"
    path.write_text(text.replace("  <TRACK", bay + "  <TRACK", 1), "utf-8")
    phrase = "a project bay with 2 entries"
    assert flowsep(capsys, "session", path, "list")[1].splitlines()[1] == f"left alone: {phrase}"
    assert json.loads(flowsep(capsys, "session", path, "list", "--json")[1])["left_alone"] == [phrase]
    assert f"left alone:\n  {phrase}\n" in flowsep(capsys, "session", path, "check")[1]


def test_where_all_media_are_missing_the_way_out_is_said(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path.parent / "poly.wav").unlink()
    code, _, err = separate(capsys, path, "--dry-run")
    assert code == 2
    assert err.endswith("poly.wav does not exist; put it back, or name the folder that it is in (--media FOLDER)\n")


def test_a_stem_set_says_that_it_has_moving_gains_in_its_sound(path: Path, feature: Callable[..., None]) -> None:
    feature(gain_curves=True, gain_curve=CURVE)
    song = read_session(path)
    clips = choose_clips(song, OPTIONS)
    assert stems_note(song, clips, path) is None
    assert stems_note(song, clips, None) == "gain automation of clip 'a' is rendered into its stems"


def test_the_list_names_differences_by_clip(
    path: Path, feature: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    feature(track=(Difference("send", "Verb"),), differences=(Difference("automation"),), gain_curve=CURVE)
    text = flowsep(capsys, "session", path, "list")[1].splitlines()
    assert text[1] == "'Drums'  (not in its stems: send 'Verb')"
    assert text[2].endswith("'a'  (gain moves)  (not in its stems: automation)")
    rows = json.loads(flowsep(capsys, "session", path, "list", "--json")[1])["clips"]
    assert [row["differences"] for row in rows] == [["send 'Verb'", "automation"], ["send 'Verb'"], []]
    assert [row["gain_moves"] for row in rows] == [True, False, False]


def test_a_moving_gain_is_rendered_into_the_stems_where_the_session_cannot_hold_it(
    path: Path, feature: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    feature(gain_curve=CURVE)
    source = read_session(path).tracks[0].clips[0]
    assert "rendered" in separate(capsys, path, "--clip", "a", "--dry-run")[2]
    code, _, err = separate(capsys, path, "--clip", "a")
    assert code == 0, err
    assert err.splitlines() == ["gain automation of clip 'a' is rendered into its stems"]
    stem, residual = (track.clips[0] for track in read_session(path).tracks[1:3])
    assert stem.media is not None
    assert residual.media is not None
    assert stem.media.path.name == "poly [everything] (gain).wav"
    heard = read_clip(path.parent / "poly.wav", source.cut).samples * CURVE.at(np.arange(4000.0))
    stems = [read_clip(clip.media.path, clip.cut).samples for clip in (stem, residual) if clip.media is not None]
    assert np.abs(heard - sum(stems)).max() <= 2**-22


def test_a_part_of_a_clip_with_handles_gets_its_part_of_the_curve(path: Path, feature: Callable[..., None]) -> None:
    feature(gain_curve=CURVE)
    within = Span(1500, 1000, RATE)
    placed = separated(path, clips=("a",), within=within, handle_seconds=1)
    source, *stems = (track.clips[0] for track in placed.tracks[:3])
    played = read_clip(path.parent / "poly.wav", source.trimmed(within).cut).samples
    sounds = [read_clip(clip.media.path, clip.cut).samples for clip in stems if clip.media is not None]
    assert [clip.place for clip in stems] == [within, within]
    assert np.abs(played * CURVE.at(np.arange(1500.0, 2500.0)) - sum(sounds)).max() <= 2**-22


def test_a_moving_gain_stays_on_the_stem_where_the_session_can_hold_it(
    path: Path, feature: Callable[..., None]
) -> None:
    feature(gain_curves=True, gain_curve=CURVE)
    stem = separated(path, clips=("a",)).tracks[1].clips[0]
    assert stem.gain_curve == CURVE
    assert not list(path.parent.rglob("*(gain)*"))


def test_a_session_in_another_format_gets_what_that_format_can_hold(path: Path, feature: Callable[..., None]) -> None:
    feature(gain_curves=True, gain_curve=CURVE)
    song, target = read_session(path), path.with_name("other.csv")
    runner = LocalRunner(path.parent / "FlowSep")
    placed = separate_session(song, path, replace(OPTIONS, clips=("a",)), runner, target=target).timeline
    assert placed.tracks[1].clips[0].gain_curve is None


# --- channels ---


@pytest.mark.parametrize("channels", [(0,), (3,), (2, 3), (1, 0), (3, 0, 1)])
@pytest.mark.parametrize("takes", [False, True])
def test_stems_and_rest_are_the_channels_that_the_clip_plays(
    path: Path, feature: Callable[..., None], channels: tuple[int, ...], takes: bool
) -> None:
    feature(channels=channels)
    song = read_session(path)
    placed = separated(path, clips=("a",), takes=takes)
    stems = placed.tracks[0].clips[0].takes if takes else [track.clips[0] for track in placed.tracks[1:3]]
    assert [(clip.channels, clip.media and clip.media.channels) for clip in stems] == [(None, len(channels))] * 2
    heard = read_clip(path.parent / "poly.wav", song.tracks[0].clips[0].cut).samples[list(channels)]
    sounds = [read_clip(clip.media.path, clip.cut).samples for clip in stems if clip.media is not None]
    assert np.abs(heard - sum(sounds)).max() <= 2**-22


@pytest.mark.parametrize("suffix", [".rpp", ".ardour", ".aaf", ".csv"])
@pytest.mark.parametrize("channels", [(2,), (2, 3)])
def test_stems_of_some_channels_come_back_from_the_session_file(
    suffix: str, channels: tuple[int, ...], tmp_path: Path
) -> None:
    session = tmp_path / f"poly{suffix}"
    folder = by_suffix(session).media_folder(session)
    folder.mkdir(parents=True)
    noise = np.random.default_rng(2).integers(-(2**22), 2**22, (4, RATE)).astype(np.float32) / 2**23
    write_clip(folder / "poly.wav", AudioClip(noise, RATE))
    clip = ClipRef("c", "c", probe_media(folder / "poly.wav"), Span(100, 4000, RATE), Span(0, 4000, RATE))
    clip = replace(clip, channels=channels)
    save_session(Timeline("poly", RATE, (Track("t", "Drums", (clip,), len(channels)),)), session)
    save_session(separate_session(read_session(session), session, OPTIONS, LocalRunner(folder)).timeline, session)
    sounds: dict[str, list[np.ndarray]] = {}
    for track, own in read_session(session).clips():  # AAF has a track for each channel
        assert own.media is not None
        whole = read_clip(own.media.path, own.cut).samples
        sounds.setdefault(track.name.partition("[")[2][:4], []).extend(whole[list(own.channels or range(len(whole)))])
    np.testing.assert_array_equal(sounds[""], noise[list(channels), 100:4100])
    left = np.array(sounds[""]) - np.array(sounds["ever"]) - np.array(sounds["rest"])
    assert np.abs(left).max() <= 2**-22


# --- check and media ---


def test_the_check_prints_sections_and_ends_with_3_if_a_clip_cannot_be_separated(
    path: Path, feature: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = flowsep(capsys, "session", path, "check")
    assert (code, out.splitlines()[0]) == (0, "song.rpp: 8000 Hz, 2 tracks; 3 of 3 clips can be separated")
    feature(obstacle="is MIDI", differences=(Difference("fade"),), gain_curve=CURVE)
    code, out, _ = flowsep(capsys, "session", path, "check")
    assert code == SessionError.exit_code
    assert out.splitlines()[1:] == [
        "cannot be separated:", "  clip 'a' is MIDI",
        "silent, skipped unless you name them:", "  clip 'b' is muted", "  clip 'c' is on the muted track 'Muted'",
        "not in the stems:", "  fade of clip 'a'",
        "gain that moves:", "  clip 'a'",
    ]  # fmt: skip


def test_the_check_says_where_missing_media_are_and_the_commands_use_them(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = path.parent / "archive"
    archive.mkdir()
    (path.parent / "poly.wav").rename(archive / "poly.wav")
    before = path.read_text()
    code, out, _ = flowsep(capsys, "session", path, "check")
    assert code == SessionError.exit_code
    assert f"  {path.parent / 'poly.wav'} (3 clips): found in --media {archive}" in out
    code, out, err = flowsep(capsys, "session", path, "check", "--media", archive, "--json")
    assert (code, err) == (0, f"1 file found in {archive}\n")
    assert json.loads(out)["relinked"] == {str(path.parent / "poly.wav"): str(archive / "poly.wav")}
    rows = json.loads(flowsep(capsys, "session", path, "list", "--media", archive, "--json")[1])["clips"]
    assert {row["media"] for row in rows} == {str(archive / "poly.wav")}
    code, _, err = separate(capsys, path, "--media", archive, "--clip", "a")
    assert code == 0, err
    assert set(before.splitlines()) <= set(path.read_text().splitlines())


def test_of_files_that_fit_equally_none_is_used_and_a_folder_that_is_missing_is_refused(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("x", "y"):
        (path.parent / folder).mkdir()
        (path.parent / folder / "poly.wav").write_bytes((path.parent / "poly.wav").read_bytes())
    (path.parent / "poly.wav").unlink()
    _, _, err = flowsep(capsys, "session", path, "list", "--media", path.parent)
    assert "poly.wav is missing, and none of" in err
    code, _, err = flowsep(capsys, "session", path, "list", "--media", path.parent / "z")
    assert code == UsageError.exit_code
    assert "there is no such folder" in err
