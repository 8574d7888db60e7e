"""From a session to its stems, through the whole arrow with the echo engine: what is placed sums to what was there."""

import json
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.cli import main
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import EngineError, SessionError, UsageError
from flowsep_plugin.hosts.session import SessionRequest, choose_clips, plan_timeline, separate_session
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.timeline import ClipRef, Tempo, TempoMap, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.exports.labels import parse_labels
from flowsep_plugin.timeline.exports.midi_import import read_midi_tempo
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000
ASKED = SessionRequest(Request(["everything"]), model="echo")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    noise = np.random.default_rng(1).integers(-(2**22), 2**22, (2, 3 * RATE)).astype(np.float32) / 2**23
    write_clip(tmp_path / "take one.wav", AudioClip(noise, RATE))
    media = probe_media(tmp_path / "take one.wav")
    clips = (
        ClipRef(
            "c1", "first", media, Span(1000, RATE, RATE), Span(48_123, RATE, RATE), gain=0.5, fade_in=10, fade_out=20
        ),
        ClipRef("c2", "second", media, Span(5, 20_000, RATE), Span(200_000, 20_000, RATE)),
        ClipRef("c3", "gone", replace(media, path=tmp_path / "gone.wav"), Span(0, 9, RATE), Span(300_000, 9, RATE)),
    )
    song = Timeline("song", RATE, (Track("t1", "Drums", clips, 2), Track("t2", "Bass", (), 2)))
    save_session(song, tmp_path / "song.rpp")
    return tmp_path / "song.rpp"


def runner(path: Path) -> LocalRunner:
    return LocalRunner(path.parent / "FlowSep")


def clip_id(song: Timeline, name: str) -> str:
    return next(clip.id for _, clip in song.clips() if clip.name == name)


def sounding(clip: ClipRef) -> np.ndarray:
    assert clip.media is not None
    return read_clip(clip.media.path, clip.cut).samples


def test_stem_and_rest_lie_where_the_clip_does_and_sum_to_it(path: Path) -> None:
    song = read_session(path)
    separation = separate_session(song, path, replace(ASKED, clips=("first",)), runner(path))
    save_session(separation.timeline, path)
    again = read_session(path)
    assert [track.name for track in again.tracks] == ["Drums", "Drums [everything]", "Drums [rest]", "Bass"]
    source, stem, residual = (track.clips[0] for track in again.tracks[:3])
    assert source == song.tracks[0].clips[0]
    assert stem.place == residual.place == source.place
    assert (stem.gain, stem.fade_in, stem.fade_out) == (0.5, 10, 20)
    left = sounding(source) - sounding(stem) - sounding(residual)
    assert np.abs(left).max() <= 2**-23


@pytest.fixture
def quiet_path(path: Path) -> Path:
    """The session, with silence in the file of its first clip up to the second one's end."""
    samples = np.zeros((2, 3 * RATE), np.float32)
    samples[:, 1000 : 1000 + RATE] = 0.1
    write_clip(path.parent / "take one.wav", AudioClip(samples, RATE))
    return path


def test_a_sound_that_is_not_in_a_clip_gets_no_item_and_none_of_its_track_if_it_is_in_no_clip(
    quiet_path: Path,
) -> None:
    song = read_session(quiet_path)
    other = replace(ASKED, clips=("first",), mute_source=True)
    first, second = song.tracks[0].clips[:2]
    silent = replace(second, cut=replace(second.cut, start=100_000))
    song = replace(song, tracks=(replace(song.tracks[0], clips=(first, silent)), *song.tracks[1:]))
    both = separate_session(song, quiet_path, replace(other, clips=("first", "second")), runner(quiet_path))
    assert [len(track.clips) for track in both.timeline.tracks] == [2, 1, 1, 0]
    assert [clip.muted for clip in both.timeline.tracks[0].clips] == [True, False]
    assert both.absent_line == "not found, so not placed: 'everything' in 'second'"
    alone = separate_session(song, quiet_path, replace(other, clips=("second",)), runner(quiet_path))
    assert alone.timeline == song
    assert alone.files == ()
    everything = replace(other, clips=("second",), absent="write")
    forced = separate_session(song, quiet_path, everything, runner(quiet_path))
    assert [len(track.clips) for track in forced.timeline.tracks] == [2, 1, 1, 0]


def test_the_shell_says_in_one_line_what_was_not_found(quiet_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clip(quiet_path.parent / "take one.wav", AudioClip(np.zeros((2, 3 * RATE), np.float32), RATE))
    command = ["session", str(quiet_path), "separate", "--clip", "first", "-q", "rain", "--model", "echo", "--here"]
    with pytest.raises(SystemExit):
        main(command)
    line = "not found, so not placed: 'rain' in 'first' (--absent write places them too)"
    assert line in capsys.readouterr().err.splitlines()
    assert [track.name for track in read_session(quiet_path).tracks] == ["Drums", "Bass"]
    with pytest.raises(SystemExit):
        main([*command, "--absent", "write"])
    assert [track.name for track in read_session(quiet_path).tracks] == [
        "Drums",
        "Drums [rain]",
        "Drums [rest]",
        "Bass",
    ]


def test_a_whole_track_is_done_and_what_cannot_be_is_said(path: Path) -> None:
    separation = separate_session(
        read_session(path), path, replace(ASKED, tracks=("Drums",), residual=False), runner(path)
    )
    assert [len(track.clips) for track in separation.timeline.tracks] == [3, 2, 0]
    assert separation.skipped[0][0] == "gone"
    assert "offline" in separation.skipped[0][1]


def test_a_range_takes_its_part_of_a_clip_alone(path: Path) -> None:
    within = Span(50_000, 10_000, RATE)
    separation = separate_session(read_session(path), path, replace(ASKED, within=within, residual=False), runner(path))
    stem = separation.timeline.tracks[1].clips[0]
    assert stem.place == within
    assert stem.media is not None
    assert stem.media.frames == 10_000
    source = separation.timeline.tracks[0].clips[0].trimmed(within)
    assert np.abs(sounding(stem) - sounding(source)).max() <= 2**-22


def test_handles_are_written_and_hidden_under_the_cut(path: Path) -> None:
    options = replace(ASKED, clips=("second",), handle_seconds=1, residual=False)
    stem = separate_session(read_session(path), path, options, runner(path)).timeline.tracks[1].clips[0]
    assert stem.media is not None
    assert (stem.cut.start, stem.media.frames) == (5, 20_005 + RATE)


def test_embedded_sound_is_copied_out_and_away_again(path: Path, tmp_path: Path) -> None:
    song = read_session(path)
    clip = replace(song.tracks[0].clips[0], fade_in=0)
    project = tmp_path / "song.dawproject"
    save_session(replace(song, tracks=(replace(song.tracks[0], clips=(clip,)),), document=None), project)
    first = separate_session(read_session(project), project, replace(ASKED, residual=False), runner(project))
    save_session(first.timeline, project)
    again = read_session(project)
    inside = next(c for _, c in again.clips() if c.media is not None and c.media.member is not None)
    separation = separate_session(again, project, replace(ASKED, clips=(inside.id,), residual=False), runner(project))
    stem = separation.timeline.find(next(c.id for _, c in separation.timeline.clips() if c.like == inside.id))[1]
    assert np.abs(sounding(stem) - sounding(clip)).max() <= 2**-22
    assert not (tmp_path / "FlowSep" / ".flowsep-embedded").exists()
    with zipfile.ZipFile(project) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize(
    "options",
    [
        replace(ASKED, clips=("x",)),
        replace(ASKED, tracks=("x",)),
        replace(ASKED, clips=("gone",)),
        replace(ASKED, within=Span(0, 9, RATE)),
    ],
)
def test_what_is_nowhere_or_cannot_be_done_is_refused(path: Path, options: SessionRequest) -> None:
    with pytest.raises(UsageError):
        separate_session(read_session(path), path, options, runner(path))


def test_a_failed_job_places_nothing(path: Path) -> None:
    class Broken:
        def run(self, specs):
            yield 0, JobError("EngineError", "the card is on fire")

    before = path.read_bytes()
    with pytest.raises(EngineError, match="on fire"):
        separate_session(read_session(path), path, ASKED, Broken())
    assert path.read_bytes() == before


def test_what_is_planned_is_what_is_made(path: Path) -> None:
    song, options = read_session(path), replace(ASKED, clips=("first",))
    separation = separate_session(song, path, options, runner(path)).timeline
    plan = plan_timeline(song, path, options)
    assert [(t.name, [(c.name, c.place, c.cut) for c in t.clips]) for t in plan.tracks] == [
        (t.name, [(c.name, c.place, c.cut) for c in t.clips]) for t in separation.tracks
    ]


def test_clips_can_be_named_by_id(path: Path) -> None:
    song = read_session(path)
    assert [c.name for c in choose_clips(song, replace(ASKED, clips=(clip_id(song, "second"),)))] == ["second"]


def flowsep(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_the_command_lists_what_there_is(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = flowsep(capsys, "session", path, "list", "--fps", "25")
    assert code == 0
    assert "'Drums'" in out
    assert "00:00:01:00" in out
    assert "offline" in out
    rows = json.loads(flowsep(capsys, "session", path, "list", "--json")[1])["clips"]
    assert [row["start"] for row in rows] == [48_123, 200_000, 300_000]
    assert rows[0]["bars"] == "1|3|005"


def test_the_command_separates_and_saves_with_a_backup(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, folder = path.read_bytes(), path.parent
    code, out, err = flowsep(
        capsys, "session", path, "separate", "--track", "Drums", "--range", "1s", "100000", "-q", "everything",
        "--model", "echo", "--here", "--regions", "--labels", folder / "l.txt", "--table", folder / "p.csv",
        "--midi", folder / "p.mid", "--mute-source",
    )  # fmt: skip
    assert code == 0, err
    assert "+ track 'Drums [everything]'" in out
    backup = next(folder.glob("*flowsep backup*"))
    assert backup.read_bytes() == before
    again = read_session(path)
    assert again.tracks[0].clips[0].muted
    region = again.markers[0]
    assert region.name == "everything"
    assert abs(region.span.start - 48_123) < 1000
    assert parse_labels((folder / "l.txt").read_text(), RATE) == again.markers
    assert (folder / "p.csv").read_text().splitlines()[1].startswith("everything,")
    notes = [m for t in mido.MidiFile(folder / "p.mid").tracks for m in t if m.type == "note_on"]
    assert [note.note for note in notes] == [36]


def test_the_command_counts_bars_by_a_midi_files_tempo(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Out of one session, into the counting of another that has none."""
    slow = replace(read_session(path), tempo=TempoMap((Tempo(Fraction(0), Fraction(60)),)), document=None)
    save_session(slow, path.with_name("slow.rpp"))
    code, out, _ = flowsep(capsys, "session", path.with_name("slow.rpp"), "tempo", "--out", path.with_name("t.mid"))
    assert code == 0
    assert "60 bpm" in out
    rows = json.loads(
        flowsep(capsys, "session", path, "list", "--json", "--tempo", path.with_name("t.mid"))[1]
    )["clips"]  # fmt: skip
    assert rows[0]["bars"] == "1|2|002"
    code, out, _ = flowsep(
        capsys, "session", path, "separate", "-q", "x", "--dry-run", "--tempo", path.with_name("t.mid"),
        "--range", "1|2", "1|3",
    )  # fmt: skip
    assert "at 48123, 47877 frames" in out


@pytest.mark.parametrize(
    ("suffix", "option", "reason"),
    [
        (".aaf", "--mute-source", "no clip mute"),
        (".aaf", "--regions", "labels"),
        (".rpp", "--embed", "cannot embed"),
        (".aaf", "--embed --format wav32f", "wav24"),
    ],
)
def test_what_a_session_cannot_take_is_refused_before_any_work(
    path: Path, suffix: str, option: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    song = read_session(path)
    clips = tuple(replace(c, gain=1.0, fade_in=0, fade_out=0) for c in song.tracks[0].clips[:2])
    other = path.with_name(f"other{suffix}")
    save_session(replace(song, tracks=(replace(song.tracks[0], clips=clips),), document=None), other)
    before = other.read_bytes()
    words = ("session", other, "separate", "-q", "x", "--model", "echo", "--here", *option.split())
    code, _, err = flowsep(capsys, *words)
    assert code == UsageError.exit_code
    assert reason in err
    assert not (path.parent / "FlowSep").exists()
    assert other.read_bytes() == before


@pytest.mark.parametrize("option", ["--labels", "--table", "--midi"])
def test_a_folder_that_is_not_there_is_said_before_any_work(
    path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("session", path, "separate", "-q", "x", "--model", "echo", "--here", option, path.parent / "no" / "x.mid")
    code, _, err = flowsep(capsys, *words)
    assert code == UsageError.exit_code
    assert "create it first" in err
    assert not (path.parent / "FlowSep").exists()


def test_a_stem_set_that_cannot_be_is_refused_before_any_work(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("session", path, "separate", "-q", "x", "--clip", "second", "--model", "echo", "--here", "--stem-set")
    code, _, err = flowsep(capsys, *words, path)
    assert code == UsageError.exit_code
    assert "cannot be made" in err
    song = read_session(path)
    clips = tuple(replace(clip, reverse=True) for clip in song.tracks[0].clips)
    path.unlink()
    save_session(replace(song, tracks=(replace(song.tracks[0], clips=clips),), document=None), path)
    code, _, err = flowsep(capsys, *words, path.parent / "set")
    assert "glue it" in err
    assert not (path.parent / "FlowSep").exists()


def test_the_command_places_takes_in_reaper(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = read_session(path)
    words = ("session", path, "separate", "-q", "everything", "--clip", "first", "--model", "echo", "--here", "--takes")
    code, out, err = flowsep(capsys, *words)
    assert code == 0, err
    assert "+ take 'everything' in clip 'first'" in out
    assert [t.name for t in read_session(path).tracks] == [t.name for t in before.tracks]
    path.write_text(path.read_text().replace("TAKE\n", "TAKE SEL\n", 1))
    stem, source = read_session(path).tracks[0].clips[0], before.tracks[0].clips[0]
    assert (stem.place, stem.gain, stem.fade_in) == (source.place, source.gain, source.fade_in)
    assert np.abs(sounding(stem) - sounding(source)).max() <= 2**-22
    assert flowsep(capsys, *words, "--mute-source")[0] == UsageError.exit_code
    assert "have no takes; drop --takes" in flowsep(capsys, *words, "--save-as", path.with_suffix(".otio"))[2]


def test_a_ramp_is_written_to_midi_as_steps(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ramp = TempoMap((Tempo(Fraction(0), Fraction(60), ramp=True), Tempo(Fraction(4), Fraction(120))))
    save_session(replace(read_session(path), tempo=ramp, document=None), path.with_name("ramp.rpp"))
    code, out, _ = flowsep(capsys, "session", path.with_name("ramp.rpp"), "tempo", "--out", path.with_name("t.mid"))
    assert code == 0
    assert "ramp" in out
    tempo = read_midi_tempo(path.with_name("t.mid"))
    assert abs(tempo.seconds(Fraction(6)) - 4) < Fraction(1, 1000)


def test_a_dry_run_of_the_command_changes_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names, before = sorted(path.parent.iterdir()), path.read_bytes()
    code, out, _ = flowsep(capsys, "session", path, "separate", "-q", "x", "--clip", "first", "--dry-run")
    assert code == 0
    assert "+ track 'Drums [x]'" in out
    assert "+  <TRACK" in out
    assert (sorted(path.parent.iterdir()), path.read_bytes()) == (names, before)


def test_a_locked_session_is_refused_before_any_work(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.with_name("song.rpp.lock").touch()
    code, _, err = flowsep(capsys, "session", path, "separate", "-q", "x", "--model", "echo", "--here")
    assert code == SessionError.exit_code
    assert "save under another name" in err
    assert not (path.parent / "FlowSep").exists()


def test_a_stem_set_leaves_the_session_alone(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = path.read_bytes()
    code, out, err = flowsep(
        capsys, "session", path, "separate", "-q", "everything", "--clip", "first", "--model", "echo", "--here",
        "--stem-set", path.parent / "set", "--padded",
    )  # fmt: skip
    assert code == 0, err
    assert path.read_bytes() == before
    listed = read_session(Path(out.strip().splitlines()[-1]))
    assert listed.tracks[0].clips[0].place.start == 48_123
    assert listed.tracks[0].clips[0].cut.start == 48_123
