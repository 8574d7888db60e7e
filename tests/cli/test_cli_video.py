"""Videos through the commands: `separate`, batches, jobs and sessions; streams are chosen, stems are put back."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from flowsep_plugin.audio.span import Span
from flowsep_plugin.bridge import FlowSep
from flowsep_plugin.engine.base import Request
from flowsep_plugin.files import FileRequest, read_receipt
from flowsep_plugin.hosts.session import SessionRequest, separate_session
from flowsep_plugin.jobs.batch.manifest import folder_items, manifest_items
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import probe, read_clip
from flowsep_plugin.media.container import streams
from flowsep_plugin.separate import Separator
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.media import probe_media

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from container_makers import PICTURE, RATE, decoded_by_ffmpeg, ffmpeg, sound_file, video

pytest.importorskip("av", reason="PyAV is missing: pip install 'flowsep-plugin[video]'")


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return video(tmp_path / "in" / "movie.mp4", sound_file(tmp_path, 2))


@pytest.fixture
def bilingual(tmp_path: Path) -> Path:
    path = tmp_path / "film.mkv"
    ffmpeg(*PICTURE, "-i", sound_file(tmp_path, 2), "-i", sound_file(tmp_path, 1), "-map", "0:v", "-map", "1:a",
           "-map", "2:a", "-c:v", "mpeg4", "-c:a", "flac", "-metadata:s:a:0", "language=eng",
           "-metadata:s:a:1", "language=ger", path)  # fmt: skip
    return path


def samples(path: Path) -> np.ndarray:
    return sf.read(path, dtype="float64", always_2d=True)[0].T


def test_stems_and_rest_of_a_video_sum_to_what_ffmpeg_decodes(flowsep, movie: Path, pocket: Path) -> None:
    assert flowsep("separate", movie, "-q", "dog", "--model", pocket, "--format", "wav32f").code == 0
    expected = decoded_by_ffmpeg(movie, 2)
    total = sum(samples(movie.with_name(f"movie [{title}].wav")) for title in ("dog", "rest"))
    assert total.shape == expected.shape
    assert np.abs(total - expected).max() < 2e-5
    clip = read_clip(movie).samples
    assert np.abs(total - clip).max() <= 2.0**-24


def test_a_copy_of_the_video_is_written_beside_the_stems(flowsep, movie: Path) -> None:
    outcome = flowsep("separate", movie, "-q", "dog", "--model", "echo", "--mux", "all")
    assert outcome.code == 0
    assert "movie [dog].mp4 (aac, not lossless)" in outcome.out
    copy = movie.with_name("movie [dog].mp4")
    assert [one.title for one in streams(copy)][1:] == ["dog", "rest"]
    record = json.loads(movie.with_name("movie [dog].json").read_text())
    assert record["video"] == {
        "file": "movie [dog].mp4", "tracks": ["dog", "rest"], "codec": "aac", "lossless": False, "replaces": False,
    }  # fmt: skip
    files = read_receipt(movie.with_name("movie [dog].json"))[2]
    assert (files.mux, files.mux_replace) == ("all", False)
    before = copy.read_bytes()
    assert flowsep("separate", movie, "-q", "dog", "--model", "echo", "--mux", "stems", "--mux-replace").code == 0
    assert copy.read_bytes() == before
    assert [one.title for one in streams(movie.with_name("movie [dog] (2).mp4"))] == ["dog"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--mux", "picture"), "mux must be stems, rest or all; got 'picture'"),
        (("--mux-replace",), "nothing replaces the sound"),
        (("--mux", "rest", "--no-rest"), "no rest is written"),
        (("--stream", "5"), "movie.mp4 has no sound stream '5'; choose among 1 ("),
        (("--stream", "0"), "a sound stream is chosen by its number, from 1 up"),
    ],
)
def test_wrong_options_end_in_one_line(flowsep, movie: Path, options: tuple[str, ...], problem: str) -> None:
    outcome = flowsep("separate", movie, "-q", "dog", "--model", "echo", *options)
    assert outcome.code == 2
    assert problem in " ".join(outcome.err.split())
    assert [path.name for path in movie.parent.iterdir()] == ["movie.mp4"]


def test_a_sound_file_has_no_picture_to_put_stems_into(flowsep, song: Path) -> None:
    outcome = flowsep("separate", song, "-q", "dog", "--model", "echo", "--mux", "stems")
    assert (outcome.code, [path.name for path in song.parent.iterdir()]) == (2, ["song.wav"])


def test_the_stream_is_chosen_and_said(flowsep, bilingual: Path) -> None:
    outcome = flowsep("separate", bilingual, "-q", "dog", "--model", "echo")
    assert "film.mkv has 2 sound streams, 1 is separated: 1 (eng, flac, 2 ch" in " ".join(
        (outcome.out + outcome.err).split()
    )
    flowsep("separate", bilingual, "-q", "dog", "--model", "echo", "--stream", "de", "--overwrite")
    record = json.loads(bilingual.with_name("film [dog].json").read_text())
    assert (record["write"]["stream"], record["input"]["stream"], record["input"]["channels"]) == ("de", 2, 1)
    assert read_receipt(bilingual.with_name("film [dog].json"))[2].stream == "de"
    assert flowsep("separate", "--again", bilingual.with_name("film [dog].json")).code == 0
    assert probe(bilingual.with_name("film [dog] (2).wav")).channels == 1


def test_a_job_names_stream_and_copy(bilingual: Path, tmp_path: Path) -> None:
    files = FileRequest(tmp_path / "out", stream="2", mux="rest")
    spec = JobSpec(bilingual, Request(("dog",)), files, "echo")
    plain = spec.as_json()
    assert (plain["stream"], plain["mux"]) == ("2", "rest")
    assert JobSpec.from_json(plain) == spec
    without = JobSpec(bilingual, Request(("dog",)), FileRequest(tmp_path / "out"), "echo")
    assert not {"stream", "mux", "mux_replace"} & set(without.as_json())
    assert spec.estimate_key("clip", "model") != without.estimate_key("clip", "model")
    with Separator.open("echo") as separator:
        result = run_job(separator, spec, tmp_path / "staged")
    assert result["written"] == ["film [dog].wav", "film [rest].wav", "film [dog].mkv", "film [dog].json"]


def test_a_published_job_has_its_copy_under_the_final_name(bilingual: Path, tmp_path: Path) -> None:
    for seed, number in enumerate(("", " (2)")):
        request = Request(("dog",), seed=seed)
        spec = JobSpec(bilingual, request, FileRequest(tmp_path / "out", mux="stems"), "echo")
        ((_, result),) = LocalRunner(tmp_path / "out").run([spec])
        assert Path(result["video"]).name == result["record"]["video"]["file"] == f"film [dog]{number}.mkv"
        assert Path(result["video"]).is_file()


def test_folders_and_manifests_take_videos(bilingual: Path, tmp_path: Path) -> None:
    template = JobSpec(tmp_path, Request(("dog",)), FileRequest(tmp_path / "out"))
    assert [item.name for item in folder_items(bilingual.parent, template) if item.name.endswith("mkv")] == ["film.mkv"]
    table = tmp_path / "table.csv"
    table.write_text("path,query,stream\nfilm.mkv,dog,ger\nfilm.mkv,dog,\nfilm.mkv,dog,?!\n")
    german, default, wrong = manifest_items(table, template)
    assert german.spec is not None
    assert default.spec is not None
    assert (german.spec.files.stream, default.spec.files.stream) == ("ger", None)
    assert wrong.error is not None
    assert "a sound stream is chosen by its number" in wrong.error.message


def reaper_project(folder: Path, movie: Path) -> Path:
    """Write a REAPER project that plays 1.5 s of a video from 0.5 s on."""
    project = folder / "song.rpp"
    project.write_text(
        '<REAPER_PROJECT 0.1 "7.0" 1\n  SAMPLERATE 48000 0 0\n  <TRACK {A}\n    NAME Film\n    <ITEM\n'
        "      POSITION 1\n      LENGTH 1.5\n      SOFFS 0.5\n      NAME film\n"
        f'      <SOURCE VIDEO\n        FILE "{movie}"\n      >\n    >\n  >\n>\n'
    )
    return project


@pytest.mark.parametrize("lead_seconds", [0.0, 0.25])
def test_a_reaper_session_with_a_video_is_separated(movie: Path, tmp_path: Path, lead_seconds: float) -> None:
    late = tmp_path / "late.mkv"
    ffmpeg("-i", movie, "-itsoffset", str(lead_seconds), "-i", sound_file(tmp_path, 2), "-map", "0:v", "-map", "1:a",
           "-c:v", "copy", "-c:a", "flac", late)  # fmt: skip
    project = reaper_project(tmp_path, late)
    timeline = read_session(project)
    ((_, clip),) = timeline.clips()
    assert clip.obstacle is None
    assert clip.media is not None
    assert (clip.media.rate, clip.media.channels, clip.cut.start, clip.cut.frames) == (
        RATE,
        2,
        RATE // 2,
        RATE * 3 // 2,
    )
    runner = LocalRunner(tmp_path / "FlowSep")
    separation = separate_session(timeline, project, SessionRequest(Request(["dog"]), model="echo"), runner)
    stem = next(placed for _, placed in separation.timeline.clips() if placed.name != clip.name and placed.media)
    assert stem.media is not None
    original = read_clip(late, clip.cut.moved(-round(lead_seconds * RATE))).samples
    assert np.abs(read_clip(stem.media.path, stem.cut).samples - original).max() < 1e-6


@pytest.mark.parametrize("suffix", [".otio", ".fcpxml", ".aaf", ".dawproject", ".edl"])
def test_a_session_that_links_a_video_with_timecode_is_separated(tmp_path: Path, suffix: str) -> None:
    film = video(tmp_path / "film.mov", sound_file(tmp_path, 2), "-timecode", "01:00:00:00")
    session, cut = tmp_path / f"song{suffix}", Span(RATE, RATE, RATE)
    clip = ClipRef("c1", "film", probe_media(film), cut, Span(RATE // 2, RATE, RATE))
    save_session(Timeline("song", RATE, (Track("t1", "Film", (clip,), 2),)), session)
    timeline = read_session(session)
    ((_, read),) = timeline.clips()
    assert (read.obstacle, read.cut) == (None, cut)
    runner = LocalRunner(tmp_path / "FlowSep")
    separation = separate_session(timeline, session, SessionRequest(Request(["dog"]), model="echo"), runner)
    stem = next(placed for _, placed in separation.timeline.clips() if placed.id != read.id and placed.media)
    assert stem.media is not None
    assert np.abs(read_clip(stem.media.path, stem.cut).samples - read_clip(film, cut).samples).max() < 1e-6


def test_the_bridge_processes_the_sound_of_a_video(movie: Path, tmp_path: Path) -> None:
    pytest.importorskip("pedalboard", reason="Pedalboard is missing: pip install 'flowsep-plugin[bridge]'")
    FlowSep("dog", model="echo").process_file(movie, tmp_path / "dog.wav")
    assert samples(tmp_path / "dog.wav").shape == read_clip(movie).samples.shape
