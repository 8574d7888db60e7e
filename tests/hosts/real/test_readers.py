"""Independent readers agree about the stems of a session: position, length, channels, rate, bits."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from real_hosts import HomeDirectory, needs
from wavinfo import WavInfoReader

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, save_session
from flowsep_plugin.timeline.media import probe_media

pytestmark = pytest.mark.host

FRAMES = 30_011


@dataclass(frozen=True)
class Case:
    """A session: `start` is the clip's first frame, `origin_seconds` the time of day of the session's frame 0."""

    rate: int
    channels: int
    format: str
    start: int
    origin_seconds: int


CASES = [
    Case(44_100, 1, "wav24", 48_123, 0),
    Case(48_000, 2, "wav24", 48_123, 3600),
    Case(96_000, 2, "wav32f", 1, 23 * 3600),
    Case(192_000, 2, "wav24", 192_000 * 3600 * 8 + 7, 0),  # past what 32 bits count
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case.rate}-{case.channels}-{case.format}")
def stem(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Case]:
    """Return a stem written by `flowsep session … --stem-set`, and its case."""
    case: Case = request.param
    directory = HomeDirectory(tmp_path_factory.mktemp("home"))
    noise = np.random.default_rng(0).standard_normal((case.channels, case.rate)).astype(np.float32) * 0.1
    write_clip(directory.folder / "take.wav", AudioClip(noise, case.rate))
    place = Span(case.start, FRAMES, case.rate)
    clip = ClipRef("c", "take", probe_media(directory.folder / "take.wav"), Span(5, FRAMES, case.rate), place)
    song = Timeline("song", case.rate, (Track("t", "Täke", (clip,), 2),), origin=case.origin_seconds * case.rate)
    save_session(song, directory.folder / "song.rpp")
    done = directory.flowsep(
        "session", directory.folder / "song.rpp", "separate", "-q", "everything", "--model", "echo", "--here",
        "--no-rest", "--stem-set", directory.folder / "set", "--format", case.format,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (file,) = (directory.folder / "set").glob("*.wav")
    return file, case


def reference(case: Case) -> int:
    return case.origin_seconds * case.rate + case.start


@needs("ffprobe")
def test_ffprobe_agrees(stem: tuple[Path, Case], directory: HomeDirectory) -> None:
    file, case = stem
    fields = "stream=sample_rate,channels,duration_ts,sample_fmt:format_tags=time_reference"
    report = json.loads(directory.run("ffprobe", "-v", "error", "-show_entries", fields, "-of", "json", file))
    assert report["format"]["tags"]["time_reference"] == str(reference(case))
    (stream,) = report["streams"]
    assert (int(stream["sample_rate"]), stream["channels"]) == (case.rate, case.channels)
    assert stream["duration_ts"] == FRAMES
    assert stream["sample_fmt"] == ("flt" if case.format == "wav32f" else "s32")


@needs("mediainfo")
def test_mediainfo_agrees(stem: tuple[Path, Case], directory: HomeDirectory) -> None:
    file, case = stem
    tracks = json.loads(directory.run("mediainfo", "--Full", "--Output=JSON", file))["media"]["track"]
    sound = next(track for track in tracks if track["@type"] == "Audio")
    assert (int(sound["SamplingRate"]), int(sound["Channels"])) == (case.rate, case.channels)
    assert int(sound["SamplingCount"]) == FRAMES
    assert int(sound["BitDepth"]) == (32 if case.format == "wav32f" else 24)
    assert sound["Delay_Source"] == "Container (bext)"
    assert abs(float(sound["Delay"]) - reference(case) / case.rate) <= 0.001  # in whole milliseconds


def test_wavinfo_agrees(stem: tuple[Path, Case]) -> None:
    file, case = stem
    wave = WavInfoReader(str(file))
    assert wave.bext is not None
    assert wave.bext.time_reference == reference(case)
    assert wave.fmt is not None
    assert (wave.fmt.sample_rate, wave.fmt.channel_count) == (case.rate, case.channels)
    assert wave.data is not None
    assert wave.data.frame_count == FRAMES
