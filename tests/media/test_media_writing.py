"""What is written is whole, exact, and read alike by everyone else."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import imageio_ffmpeg
import numpy as np
import pedalboard.io
import pytest
import soundfile as sf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media_makers import noise
from wavinfo import WavInfoReader

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.errors import Cancelled, MediaError, UsageError
from flowsep_plugin.media import (
    SUFFIXES,
    Bext,
    FileMarker,
    Format,
    open_media,
    open_writer,
    probe,
    quantise24,
    read_clip,
    write_clip,
)

FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FORMATS = list(SUFFIXES)
BEXT = Bext(description="take 3 [a dog barking]", originator="flowsep-plugin", time_reference=2**33 + 48_123)
IXML = b"<?xml version='1.0'?><BWFXML><PROJECT>odd</PROJECT></BWFXML>"
MARKERS = (FileMarker(7, "hé"), FileMarker(700, "out"))


def expected(samples: np.ndarray, format: str) -> np.ndarray:
    return samples if format == "wav32f" else quantise24(samples)


def ffmpeg_samples(path: Path, channels: int) -> np.ndarray:
    command = [FFMPEG, "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    decoded = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(decoded, np.float32).reshape(-1, channels).T


def only(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


# What is in the file


@FEW
@given(
    format=st.sampled_from(FORMATS),
    channels=st.integers(1, 16),
    frames=st.integers(1, 400),
    rate=st.sampled_from([8_000, 22_050, 44_100, 48_000, 88_200, 192_000]),
    small=st.booleans(),
    with_metadata=st.booleans(),
    data=st.data(),
)
def test_any_clip_comes_back_from_our_reader_and_from_soundfile(
    tmp_path: Path,
    format: Format,
    channels: int,
    frames: int,
    rate: int,
    small: bool,
    with_metadata: bool,
    data: st.DataObject,
) -> None:
    channels = min(channels, 8) if format == "flac24" else channels
    samples, path = noise(channels, frames, seed=frames), tmp_path / "any"
    cut = data.draw(st.integers(0, frames))
    metadata = {"bext": BEXT, "ixml": IXML, "markers": MARKERS} if with_metadata else {}
    limit = 2**32 - 1 if small else 100
    with open_writer(path, rate, channels, frames, format, rf64_from=limit, **metadata) as stem:
        stem.write(samples[:, :cut])
        stem.write(samples[:, cut:])
    decoded, decoded_rate = sf.read(path, dtype="float32", always_2d=True)
    np.testing.assert_array_equal(decoded.T, expected(samples, format))
    with open_media(path) as source:
        np.testing.assert_array_equal(source.read(0, frames), expected(samples, format))
        assert (
            (source.rate, source.channels, source.frames) == (decoded_rate, channels, frames) == (rate, *samples.shape)
        )
        assert source.info.bext == (BEXT if with_metadata else None)
        assert (source.info.ixml or b"").rstrip() == (IXML if with_metadata else b"")
        assert source.info.markers == (MARKERS if with_metadata else ())
    assert only(tmp_path, "any")


@pytest.mark.parametrize("limit", [2**32 - 1, 100], ids=["riff", "rf64"])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_pedalboard_and_ffmpeg_hear_the_same(tmp_path: Path, format: Format, channels: int, limit: int) -> None:
    samples, path = noise(channels, 1_001), tmp_path / f"stem{SUFFIXES[format]}"
    with open_writer(path, 48_000, channels, 1_001, format, bext=BEXT, ixml=IXML, rf64_from=limit) as stem:
        stem.write(samples)
    np.testing.assert_array_equal(ffmpeg_samples(path, channels), expected(samples, format))
    with pedalboard.io.AudioFile(str(path)) as file:
        assert (file.samplerate, file.num_channels, file.frames) == (48_000, channels, 1_001)
        # JUCE scales 24-bit words by 2^31 - 1
        np.testing.assert_allclose(file.read(1_001), expected(samples, format), atol=2.0**-23, rtol=0)


@pytest.mark.parametrize("limit", [2**32 - 1, 100], ids=["riff", "rf64"])
@pytest.mark.parametrize("format", ["wav24", "wav32f"])
def test_wavinfo_and_ffmpeg_find_the_time_reference(tmp_path: Path, format: Format, limit: int) -> None:
    path = tmp_path / "stem.wav"
    with open_writer(path, 48_000, 1, 801, format, bext=BEXT, ixml=IXML, markers=MARKERS, rf64_from=limit) as stem:
        stem.write(noise(1, 801))
    info = WavInfoReader(str(path))
    assert info.bext.time_reference == BEXT.time_reference
    assert info.bext.description == BEXT.description
    assert info.ixml.project == "odd"
    assert list(info.cues.each_cue()) == [(1, 7), (2, 700)]
    command = [FFMPEG, "-v", "error", "-i", str(path), "-f", "ffmetadata", "-"]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert f"time_reference={BEXT.time_reference}" in output
    assert "title=hé" in output


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not on the PATH")
def test_ffprobe_finds_the_time_reference(tmp_path: Path) -> None:
    write_clip(tmp_path / "stem.wav", AudioClip(noise(2, 100), 48_000), bext=BEXT)
    command = ["ffprobe", "-v", "error", "-show_entries", "format_tags=time_reference", str(tmp_path / "stem.wav")]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert f"time_reference={BEXT.time_reference}" in output


def test_metadata_lies_before_the_audio(tmp_path: Path) -> None:
    write_clip(tmp_path / "stem.wav", AudioClip(noise(1, 100), 48_000), bext=BEXT, ixml=IXML)
    content = (tmp_path / "stem.wav").read_bytes()
    assert content.index(b"bext") < content.index(b"iXML") < content.index(b"fmt ") < content.index(b"data")
    assert len(content) == int.from_bytes(content[4:8], "little") + 8


@pytest.mark.parametrize(("channels", "mask"), [(1, 0x4), (2, 0x3), (6, 0x3F), (8, 0x63F), (9, 0), (16, 0)])
def test_the_speakers_are_named(tmp_path: Path, channels: int, mask: int) -> None:
    write_clip(tmp_path / "wide.wav", AudioClip(noise(channels, 20), 48_000))
    assert probe(tmp_path / "wide.wav").channel_mask == mask


def test_the_source_can_say_which_speakers(tmp_path: Path) -> None:
    with open_writer(tmp_path / "ambisonic.wav", 48_000, 4, 5, channel_mask=0) as stem:
        stem.write(noise(4, 5))
    assert probe(tmp_path / "ambisonic.wav").channel_mask == 0


def test_a_head_past_4_gib_is_rf64_with_its_sizes_in_ds64(tmp_path: Path) -> None:
    """Written sparse: only the head and the last block are real."""
    frames = 2**30
    with open_writer(tmp_path / "long.wav", 48_000, 2, frames, "wav24", bext=BEXT) as stem:
        stem.write(noise(2, 100))
        stem._file.file.seek(6 * (frames - 200), 1)
        stem.written_frames += frames - 200
        stem.write(noise(2, 100, seed=1))
    with (tmp_path / "long.wav").open("rb") as file:
        content = file.read(80)
    assert content[:4] == b"RF64"
    assert int.from_bytes(content[28:36], "little") == 6 * frames
    with open_media(tmp_path / "long.wav") as source:
        assert (source.info.container, source.frames, source.info.bext) == ("RF64", frames, BEXT)
        np.testing.assert_array_equal(source.read(0, 100), quantise24(noise(2, 100)))
        np.testing.assert_array_equal(source.read(frames - 100, frames), quantise24(noise(2, 100, seed=1)))


def test_clipped_samples_are_counted(tmp_path: Path) -> None:
    loud = np.array([[-1.5, -1.0, 1.0 - 2.0**-23, 1.0, 2.0]], np.float32)
    with open_writer(tmp_path / "loud.wav", 48_000, 1, 5) as stem:
        stem.write(loud)
    assert stem.clipped == 3
    np.testing.assert_array_equal(
        read_clip(tmp_path / "loud.wav").samples, [[-1, -1, 1 - 2.0**-23, 1 - 2.0**-23, 1 - 2.0**-23]]
    )
    with open_writer(tmp_path / "loud.wav", 48_000, 1, 5, "wav32f") as stem:
        stem.write(loud)
    assert stem.clipped == 0


def test_the_same_clip_gives_the_same_bytes(tmp_path: Path) -> None:
    for format in FORMATS:
        for name in ("a", "b"):
            write_clip(tmp_path / name, AudioClip(noise(2, 5_000), 44_100), format, bext=BEXT, ixml=IXML)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# Whole or not at all


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, Cancelled, RuntimeError])
def test_an_interrupted_stem_leaves_nothing_and_spares_what_was_there(
    tmp_path: Path, format: Format, error: type[BaseException]
) -> None:
    (tmp_path / "stem").write_text("older")
    with pytest.raises(error), open_writer(tmp_path / "stem", 48_000, 2, 100, format) as stem:  # noqa: PT012
        stem.write(noise(2, 60))
        raise error
    assert only(tmp_path, "stem")
    assert (tmp_path / "stem").read_text() == "older"


def test_the_bytes_are_on_the_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, rename = [], os.replace
    monkeypatch.setattr(os, "fsync", lambda _: calls.append("fsync"))
    monkeypatch.setattr(os, "replace", lambda *names: (calls.append("replace"), rename(*names)))
    write_clip(tmp_path / "stem.wav", AudioClip(noise(1, 10), 48_000))
    assert calls[:2] == ["fsync", "replace"]


def test_a_stem_that_is_too_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="60 of 100 frames"), open_writer(tmp_path / "s", 48_000, 1, 100) as stem:
        stem.write(noise(1, 60))
    assert only(tmp_path)


@pytest.mark.parametrize("shape", [(1, 5), (3, 5), (2, 101), (100,)])
def test_a_block_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"block|fit"), open_writer(tmp_path / "s", 48_000, 2, 100) as stem:
        stem.write(np.zeros(shape, np.float32))
    assert only(tmp_path)


def test_a_sample_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    sick = noise(2, 50)
    sick[1, 9] = np.nan
    with pytest.raises(MediaError, match="frame 59 is NaN"), open_writer(tmp_path / "s", 48_000, 2, 100) as stem:  # noqa: PT012
        stem.write(noise(2, 50))
        stem.write(sick)
    assert only(tmp_path)


@pytest.mark.parametrize("format", FORMATS)
def test_a_killed_writer_leaves_no_file_under_the_final_name(tmp_path: Path, format: Format) -> None:
    program = (
        "import sys, time, numpy as np\n"
        "from flowsep_plugin.media import open_writer\n"
        f"with open_writer(sys.argv[1], 48000, 2, 48000, {format!r}) as stem:\n"
        "    stem.write(np.full((2, 24000), 0.1, np.float32))\n"
        "    print('half', flush=True)\n"
        "    time.sleep(60)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "stem.wav")], stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline().strip() == b"half"
        writer.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        writer.wait(timeout=20)
    finally:
        writer.kill()
        writer.communicate()
    assert not (tmp_path / "stem.wav").exists()


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or os.name == "nt", reason="Ctrl-C is sent as a POSIX signal here")
def test_ctrl_c_cleans_up(tmp_path: Path) -> None:
    program = (
        "import signal, sys, time, numpy as np\n"
        "from flowsep_plugin.media import open_writer\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        "with open_writer(sys.argv[1], 48000, 2, 48000) as stem:\n"
        "    stem.write(np.full((2, 24000), 0.1, np.float32))\n"
        "    print('half', flush=True)\n"
        "    time.sleep(60)\n"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "stem.wav")], **pipes)
    assert writer.stdout is not None
    assert writer.stdout.readline().strip() == b"half"
    time.sleep(0.05)
    writer.send_signal(signal.SIGINT)
    writer.communicate(timeout=20)
    assert only(tmp_path)


def test_too_little_room_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000))
    pattern = rf"{tmp_path} is full: s.wav needs \d{{4}} bytes, 1000 are free"
    with pytest.raises(MediaError, match=pattern), open_writer(tmp_path / "s.wav", 48_000, 2, 1_000):
        pass
    assert only(tmp_path)


class FullDisk:
    """An open file on a disk that fills up after `room` bytes."""

    def __init__(self, file: object, room: int) -> None:
        self._file, self._room = file, room

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, content: bytes) -> int:
        self._room -= len(content)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(content)


@pytest.mark.parametrize("room", [10, 5_000, 60_000])
@pytest.mark.parametrize("format", FORMATS)
def test_a_disk_that_fills_up_meanwhile_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Format, room: int
) -> None:
    plain = Path.open

    def open_on_full_disk(path: Path, mode: str = "r", *rest: object) -> object:
        file = plain(path, mode, *rest)
        return FullDisk(file, room) if "x" in mode else file

    monkeypatch.setattr(Path, "open", open_on_full_disk)
    with pytest.raises(MediaError, match=rf"{tmp_path} is full"):
        write_clip(tmp_path / "stem", AudioClip(noise(2, 30_000), 48_000), format)
    assert only(tmp_path)


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root can mount a small disk",
)
@pytest.mark.parametrize("format", FORMATS)
def test_a_real_full_disk_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Format) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", tmp_path], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        monkeypatch.setattr("flowsep_plugin.media.atomic.shutil.disk_usage", lambda _: SimpleNamespace(free=1 << 40))
        with pytest.raises(MediaError, match="is full"):
            write_clip(tmp_path / "stem", AudioClip(noise(2, 300_000), 48_000), format)
        assert only(tmp_path)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # a mode of 555 does not stop root
    with pytest.raises(MediaError, match=r"s.wav cannot be written \(Permission denied\); choose another folder"):
        write_clip(tmp_path / "s.wav", AudioClip(noise(1, 10), 48_000))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write into any folder")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(MediaError, match="cannot be written"):
            write_clip(tmp_path / "s.wav", AudioClip(noise(1, 10), 48_000))
    finally:
        tmp_path.chmod(0o755)


def test_a_missing_folder_and_a_folder_in_the_way_are_named(tmp_path: Path) -> None:
    clip = AudioClip(noise(1, 10), 48_000)
    with pytest.raises(MediaError, match="no such folder"):
        write_clip(tmp_path / "gone" / "s.wav", clip)
    with pytest.raises(MediaError, match="is a folder"):
        write_clip(tmp_path, clip)


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    for channels, rate, frames in [(0, 48_000, 5), (129, 48_000, 5), (1, 0, 5), (1, 768_001, 5), (1, 48_000, 0)]:
        with pytest.raises(MediaError):
            open_writer(tmp_path / "s", rate, channels, frames)
    with pytest.raises(UsageError, match="wav24, wav32f, flac24"):
        open_writer(tmp_path / "s", 48_000, 1, 5, "mp3")
    with pytest.raises(MediaError, match="FLAC holds at most 8"), open_writer(tmp_path / "s", 48_000, 9, 5, "flac24"):
        pass
    assert only(tmp_path)
