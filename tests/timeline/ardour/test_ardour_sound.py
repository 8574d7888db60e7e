"""Ardour's audio files: one file per channel, snapshot folders, fade curves, and locks of an open session."""

import os
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.hosts.session import SessionRequest, separate_session
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.formats.ardour.lock import locks
from flowsep_plugin.timeline.formats.ardour.sound import audio_folder, extract
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


def noise(channels: int, seed: int = 0, frames: int = RATE) -> AudioClip:
    whole = np.random.default_rng(seed).integers(-(2**22), 2**22, (channels, frames))
    return AudioClip((whole / 2**23).astype(np.float32), RATE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a session with one stereo clip, imported as Ardour does it: one file per channel."""
    folder = tmp_path / "song" / "interchange" / "song" / "audiofiles"
    folder.mkdir(parents=True)
    path = tmp_path / "song" / "song.ardour"
    write_clip(folder / "take.wav", noise(2))
    clip = ClipRef(
        "c",
        "take",
        probe_media(folder / "take.wav"),
        Span(10, 30_000, RATE),
        Span(48_123, 30_000, RATE),
        gain=0.5,
        fade_in=64,
    )
    save_session(Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),)), path)
    sound = read_clip(folder / "take.wav")
    for number, name in enumerate(("take%L.wav", "take%R.wav")):
        write_clip(folder / name, AudioClip(sound.samples[[number]], RATE), "wav32f")
        text = path.read_text().replace('name="take.wav"', f'name="{name}"', 1)
        path.write_text(text.replace('channel="1"', 'channel="0"'))
    return path


def assert_is_split(path: Path) -> None:
    text = path.read_text()
    assert "take%L.wav" in text
    assert "take%R.wav" in text


def test_one_file_per_channel_is_read_as_one_sound(path: Path, tmp_path: Path) -> None:
    assert_is_split(path)
    ((_, clip),) = read_session(path).clips()
    assert clip.why_not() is None
    assert clip.media is not None
    assert (clip.media.channels, clip.media.frames, clip.channels) == (2, RATE, None)
    stereo_file = extract(path, clip.media, tmp_path)
    assert stereo_file.name == "take.wav"
    assert np.array_equal(read_clip(stereo_file).samples, noise(2).samples)


def test_a_clip_with_one_file_per_channel_is_separated_and_placed(path: Path) -> None:
    song = read_session(path)
    request = SessionRequest(Request(["everything"]), model="echo")
    result = separate_session(song, path, request, LocalRunner(audio_folder(path)))
    save_session(result.timeline, path)
    source, stem, residual = (track.clips[0] for track in read_session(path).tracks)
    assert (stem.place, stem.gain, stem.fade_in) == (source.place, 0.5, 64)
    assert stem.media is not None
    assert residual.media is not None
    difference = (
        noise(2).samples[:, 10:30_010] - read_clip(stem.media.path).samples - read_clip(residual.media.path).samples
    )
    assert np.abs(difference).max() <= 2**-23


def test_a_missing_channel_is_offline(path: Path) -> None:
    (audio_folder(path) / "take%R.wav").unlink()
    ((_, clip),) = read_session(path).clips()
    assert "take%R.wav does not exist" in str(clip.why_not())


def test_channels_of_different_rates_are_refused(path: Path) -> None:
    write_clip(audio_folder(path) / "take%R.wav", AudioClip(noise(1).samples, 44_100))
    ((_, clip),) = read_session(path).clips()
    assert "bounce it first" in str(clip.why_not())


def test_a_channel_may_be_in_a_file_of_several(path: Path, tmp_path: Path) -> None:
    stereo = noise(2, seed=1)
    write_clip(audio_folder(path) / "take%R.wav", stereo)
    ((_, clip),) = read_session(path).clips()
    assert clip.media is not None
    joined = read_clip(extract(path, clip.media, tmp_path)).samples
    assert np.array_equal(joined, np.stack([noise(2).samples[0], stereo.samples[0]]))


def test_a_stem_has_the_fade_curve_of_its_source(path: Path) -> None:
    curve = "<events>a0 0.0000001\na188160 0.7071\na376320 1\n</events>"
    text = path.read_text()
    start = text.index("<events>")
    path.write_text(text[:start] + curve + text[text.index("</events>") + len("</events>") :])
    request = SessionRequest(Request(["everything"]), model="echo", residual=False)
    result = separate_session(read_session(path), path, request, LocalRunner(audio_folder(path)))
    save_session(result.timeline, path)
    assert path.read_text().count(curve) == 2
    assert [clip.fade_in for _, clip in read_session(path).clips()] == [64, 64]


@pytest.mark.parametrize(
    ("folders", "session", "snapshot"),
    [((), "song/song", "song"), (("old",), "song/song", "old"), (("song", "x"), "song/take two", "song"),
     (("mix", "x"), "song/mix", "mix")],
)  # fmt: skip
def test_the_audio_folder_is_where_ardour_looks(
    tmp_path: Path, folders: tuple[str, ...], session: str, snapshot: str
) -> None:
    for folder in folders:
        (tmp_path / "song" / "interchange" / folder).mkdir(parents=True)
    path = tmp_path / f"{session}.ardour"
    assert audio_folder(path) == path.parent / "interchange" / snapshot / "audiofiles"


def process(folder: Path, number: int, name: str, *words: str) -> Path:
    directory = folder / str(number)
    (directory / "fd").mkdir(parents=True)
    (directory / "comm").write_text(f"{name}\n")
    (directory / "cmdline").write_bytes(b"\0".join(os.fsencode(word) for word in words))
    return directory


def test_a_running_ardour_locks_its_session(path: Path, tmp_path: Path) -> None:
    processes = tmp_path / "proc"
    process(processes, 1, "python", "python", str(path))
    process(processes, 2, "ArdourGUI", "ardour", str(tmp_path / "other.ardour"))
    assert locks(path, processes) == (path.with_suffix(".pending"),)
    by_name = process(processes, 3, "ArdourGUI", "ardour", str(path))
    by_sound = process(processes, 4, "ArdourGUI", "ardour")
    (by_sound / "fd" / "7").symlink_to(audio_folder(path) / "take%L.wav")
    assert {*locks(path, processes)[1:]} == {by_name, by_sound}
