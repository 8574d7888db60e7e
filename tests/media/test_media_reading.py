"""Any range of any file, exactly."""

import os
import subprocess
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile as sf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media_makers import CONTAINERS, DECODED, SEEKING, noise, pcm16_format, riff, write_with_soundfile

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import MediaError, StorageFull, UsageError
from flowsep_plugin.media import open_media, probe, read_clip

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def encode(*arguments: str | Path) -> None:
    subprocess.run([FFMPEG, "-v", "error", "-y", *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each container, stereo, long enough for several blocks of the decoder."""
    folder = tmp_path_factory.mktemp("media")
    samples = noise(2, 200_123)
    return {name: write_with_soundfile(folder / f"{name}.bin", samples, 48_000, name) for name in CONTAINERS}


@pytest.mark.parametrize("container", CONTAINERS)
def test_random_reads_equal_a_slice_of_the_whole(files: dict[str, Path], container: str) -> None:
    rng = np.random.default_rng(len(container))
    with open_media(files[container]) as source:
        whole = source.read(0, source.frames)
        assert whole.shape == (2, 200_123) or container == "adpcm"  # its last block is filled up
        for _ in range(60):
            start = int(rng.integers(-3_000, source.frames + 3_000))
            stop = start + int(rng.integers(0, 9_000))
            padded = np.pad(whole, ((0, 0), (12_000, 12_000)))
            np.testing.assert_array_equal(source.read(start, stop), padded[:, start + 12_000 : stop + 12_000])


@pytest.mark.parametrize("container", SEEKING)
def test_what_seeks_exactly_is_not_copied(files: dict[str, Path], container: str) -> None:
    with open_media(files[container]) as source:
        assert type(source._frames).__name__ == "SeekingFrames"


@pytest.mark.parametrize("container", DECODED)
def test_what_does_not_seek_exactly_is_decoded_once(files: dict[str, Path], container: str) -> None:
    with open_media(files[container]) as source:
        assert type(source._frames).__name__ == "SpooledFrames"


@pytest.mark.parametrize("container", ["ogg", "opus", "mp3"])
def test_a_lossy_file_is_decoded_as_ffmpeg_decodes_it(files: dict[str, Path], container: str) -> None:
    command = [FFMPEG, "-v", "error", "-i", str(files[container]), "-f", "f32le", "-"]
    decoded = subprocess.run(command, capture_output=True, check=True).stdout
    expected = np.frombuffer(decoded, np.float32).reshape(-1, 2).T
    with open_media(files[container]) as source:
        frames = min(source.frames, expected.shape[1])
        np.testing.assert_allclose(source.read(0, frames), expected[:, :frames], atol=1e-3)


@FEW
@given(
    container=st.sampled_from(["wav24", "wav32f", "rf64", "w64", "flac24", "aiff24", "wavex"]),
    channels=st.integers(1, 16),
    frames=st.integers(1, 300),
    rate=st.sampled_from([8_000, 11_025, 44_100, 48_000, 96_000, 192_000]),
    data=st.data(),
)
def test_any_width_rate_and_length_is_read(
    tmp_path: Path, container: str, channels: int, frames: int, rate: int, data: st.DataObject
) -> None:
    channels = min(channels, 8) if container == "flac24" else channels
    samples = noise(channels, frames, seed=frames)
    path = write_with_soundfile(tmp_path / "any.bin", samples, rate, container)
    start, stop = sorted(data.draw(st.tuples(st.integers(-50, frames + 50), st.integers(-50, frames + 50))))
    with open_media(path) as source:
        assert (source.rate, source.channels, source.frames) == (rate, channels, frames)
        whole = source.read(0, frames)
        expected = np.pad(whole, ((0, 0), (60, 60)))[:, start + 60 : stop + 60]
        part = source.read(start, stop)
        assert part.dtype == np.float32
        np.testing.assert_array_equal(part, expected)
    np.testing.assert_allclose(whole, samples, atol=2.0**-23)


@pytest.mark.parametrize(
    ("container", "bits"),
    [("wav16", 16), ("flac16", 16), ("aiff16", 16), ("wav24", 24), ("rf64", 24), ("flac24", 24), ("aiff24", 24)],
)
def test_integers_come_back_as_their_exact_share_of_full_scale(tmp_path: Path, container: str, bits: int) -> None:
    full = 2 ** (bits - 1)
    words = np.array([[-full, -full + 1, -1, 0, 1, full - 1, 12_345, -23_456]], np.int32)
    kind, subtype = CONTAINERS[container]
    sf.write(tmp_path / "words", (words << (32 - bits)).T, 48_000, format=kind, subtype=subtype)
    with open_media(tmp_path / "words") as source:
        np.testing.assert_array_equal(source.read(0, 8), (words / full).astype(np.float32))
        assert source.info.bits == bits


def test_floats_above_full_scale_are_kept(tmp_path: Path) -> None:
    loud = np.array([[1.5, -3.25, 1e-30, 100.0]], np.float32)
    with open_media(write_with_soundfile(tmp_path / "loud.wav", loud, 48_000, "wav32f")) as source:
        np.testing.assert_array_equal(source.read(0, 4), loud)


def test_reading_holds_no_more_than_the_block_in_memory(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "long.ogg", noise(2, 800_000), 48_000, "ogg")
    tracemalloc.start()
    try:
        with open_media(path) as source:
            source.read(700_000, 710_000)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000  # the whole is 6.4 MB
    finally:
        tracemalloc.stop()


def test_the_decoded_copy_goes_on_closing(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with open_media(files["ogg"]) as source:
        source.read(0, 10)
    assert not list(tmp_path.iterdir())


def test_a_full_temporary_folder_is_named(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000))
    with pytest.raises(MediaError, match=rf"{tmp_path} is full: decoding mp3.bin needs 1600984 bytes.*TMPDIR"):
        open_media(files["mp3"])


@pytest.mark.parametrize(
    "options", [["-q:a", "5"], ["-b:a", "128k"], ["-q:a", "9", "-ar", "8000"], ["-ac", "1", "-ar", "22050"]]
)
def test_an_mp3_without_a_length_is_read_to_its_end(files: dict[str, Path], tmp_path: Path, options: list[str]) -> None:
    """Without a Xing header libsndfile stops where the first frame's bit rate lets it guess the end."""
    encode("-i", files["wav24"], "-write_xing", "0", *options, tmp_path / "bare.mp3")
    command = [FFMPEG, "-v", "error", "-i", str(tmp_path / "bare.mp3"), "-f", "f32le", "-"]
    decoded = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)
    with open_media(tmp_path / "bare.mp3") as source:
        expected = decoded.reshape(-1, source.channels).T
        assert source.frames == expected.shape[1]
        np.testing.assert_allclose(source.read(0, source.frames), expected, atol=1e-4)


def test_a_flac_stream_without_a_length_is_read_to_its_end(files: dict[str, Path], tmp_path: Path) -> None:
    with (tmp_path / "piped.flac").open("wb") as piped:
        subprocess.run([FFMPEG, "-v", "error", "-i", str(files["wav24"]), "-f", "flac", "-"], stdout=piped, check=True)
    with open_media(files["wav24"]) as plain, open_media(tmp_path / "piped.flac") as source:
        assert source.frames == plain.frames
        np.testing.assert_allclose(source.read(0, plain.frames), plain.read(0, plain.frames), atol=2.0**-15)


def test_a_bw64_file_is_read_as_rf64(files: dict[str, Path], tmp_path: Path) -> None:
    content = files["rf64"].read_bytes()
    (tmp_path / "adm.wav").write_bytes(b"BW64" + content[4:])
    with open_media(tmp_path / "adm.wav") as source, open_media(files["rf64"]) as plain:
        np.testing.assert_array_equal(source.read(100, 9_000), plain.read(100, 9_000))


def test_probe_reads_the_header_only(files: dict[str, Path]) -> None:
    info = probe(files["mp3"])
    assert (info.container, info.rate, info.channels, info.frames, info.bits) == ("MP3", 48_000, 2, 200_123, None)


@pytest.mark.parametrize("container", CONTAINERS)
def test_one_frame_is_a_file(tmp_path: Path, container: str) -> None:
    if container in ("opus", "adpcm"):
        pytest.skip("this encoder pads what is so short")
    with open_media(write_with_soundfile(tmp_path / "tick", noise(1, 1), 48_000, container)) as source:
        assert source.frames == 1
        assert source.read(-1, 2).shape == (1, 3)


def test_an_aiff_whose_audio_starts_late_is_not_cut_off(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "late.aiff", noise(1, 500), 48_000, "aiff16")
    content = bytearray(path.read_bytes())
    at = content.index(b"SSND")
    size = int.from_bytes(content[at + 4 : at + 8], "big")
    content[at + 4 : at + 16] = (size + 40).to_bytes(4, "big") + (40).to_bytes(4, "big") + bytes(4)
    content[at + 16 : at + 16] = bytes(40)
    path.write_bytes(content)
    with open_media(path) as source:
        assert source.frames == 500


def test_the_speakers_of_a_wide_file_are_told(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "wide.wav", noise(2, 10), 48_000, "wavex")
    assert probe(path).channel_mask == 0x3
    assert probe(write_with_soundfile(path, noise(2, 10), 48_000, "wav16")).channel_mask is None


def test_a_clip_is_the_span_and_starts_where_it_does(files: dict[str, Path]) -> None:
    whole = read_clip(files["flac24"])
    part = read_clip(files["flac24"], Span(1_000, 500, 48_000))
    assert (part.start, part.rate, part.frames) == (1_000, 48_000, 500)
    np.testing.assert_array_equal(part.samples, whole.samples[:, 1_000:1_500])


@pytest.mark.parametrize(
    "span", [Span(-1, 5, 48_000), Span(200_000, 200, 48_000), Span(0, 0, 48_000), Span(0, 5, 44_100)]
)
def test_a_span_that_is_not_in_the_file_is_refused(files: dict[str, Path], span: Span) -> None:
    with pytest.raises(UsageError):
        read_clip(files["flac24"], span)


# What cannot be read


def message(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        open_media(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@contextmanager
def refused_in_words_at_most(path: Path) -> Iterator[None]:
    try:
        yield
    except MediaError as error:
        if str(path) not in str(error):
            raise AssertionError("the message does not name the file") from error


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "no such file" in message(tmp_path / "gone.wav")


def test_a_folder_is_not_audio(tmp_path: Path) -> None:
    assert "is a folder" in message(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "pipe.wav")
    assert "is a pipe or a device" in message(tmp_path / "pipe.wav")


def test_an_unreadable_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_with_soundfile(tmp_path / "shut.wav", noise(1, 10), 48_000, "wav16")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # a mode of 000 does not stop root
    assert "permission denied" in message(path)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    assert "is empty, 0 bytes" in message(tmp_path / "empty.wav")


@pytest.mark.parametrize("name", ["letter.txt", "letter.mp3", "letter.raw", "letter.wav"])
def test_what_is_not_audio_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Dear Sir, " * 500)
    assert "cannot be read as audio" in message(tmp_path / name)


def test_a_file_without_frames_is_named(tmp_path: Path) -> None:
    write_with_soundfile(tmp_path / "none.wav", noise(1, 0), 48_000, "wav16")
    assert "holds no audio, 0 frames" in message(tmp_path / "none.wav")


def test_an_unfinished_recording_is_told_from_an_empty_one(tmp_path: Path) -> None:
    unfinished = riff((b"fmt ", pcm16_format()), (b"data", b"")) + bytes(5_000)
    (tmp_path / "crash.wav").write_bytes(unfinished)
    assert "did not finish the header" in message(tmp_path / "crash.wav")


@pytest.mark.parametrize(
    ("channels", "rate", "text"),
    [
        (0, 48_000, "0 channels"),
        (129, 48_000, "129 channels"),
        (1, 0, "0 Hz"),
        (1, 768_001, "768001 Hz"),
        (1, 2**32 - 1, "4294967295 Hz"),
    ],
)
def test_an_absurd_header_is_told(tmp_path: Path, channels: int, rate: int, text: str) -> None:
    (tmp_path / "odd.wav").write_bytes(riff((b"fmt ", pcm16_format(channels, rate)), (b"data", bytes(260))))
    assert f"the header gives {text}" in message(tmp_path / "odd.wav")


@pytest.mark.parametrize("container", ["wav24", "wav32f", "rf64", "w64", "flac24", "aiff24", "mp3", "ogg", "opus"])
def test_a_cut_off_file_says_so_and_can_still_be_read(files: dict[str, Path], tmp_path: Path, container: str) -> None:
    content = files[container].read_bytes()
    path = tmp_path / "cut.bin"
    path.write_bytes(content[: len(content) * 6 // 10])
    text = message(path)
    assert "is cut off" in text
    assert "allow_truncated" in text
    assert "200123" in text or container in ("ogg", "opus")
    with open_media(path, allow_truncated=True) as source, open_media(files[container]) as whole:
        assert 0 < source.frames < 200_123
        some = source.frames - 4_000
        np.testing.assert_array_equal(source.read(0, some), whole.read(0, some))


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_damaged_file_is_read_or_refused_in_words(files: dict[str, Path], tmp_path: Path, container: str) -> None:
    content = bytearray(files[container].read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2_000] = np.random.default_rng(5).bytes(2_000)
    path = tmp_path / "damaged.bin"
    path.write_bytes(content)
    with refused_in_words_at_most(path), open_media(path) as source:
        source.read(0, source.frames)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(container=st.sampled_from(["wav24", "rf64", "w64", "aiff24", "flac24"]), data=st.data())
def test_a_damaged_header_never_raises_anything_else(tmp_path: Path, container: str, data: st.DataObject) -> None:
    path = write_with_soundfile(tmp_path / "header.bin", noise(2, 50), 48_000, container)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content) - 1, 120)))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with refused_in_words_at_most(path), open_media(path) as source:
        source.read(0, min(source.frames, 1_000))


def silent_flac(path: Path, seconds: int, *, frames: int) -> Path:
    """Write silence of eight channels to a FLAC whose header declares `frames`, 0 for an unknown length."""
    sf.write(path, np.zeros((seconds * 48_000, 8), np.int16), 48_000, format="FLAC", subtype="PCM_16")
    content = bytearray(path.read_bytes())
    packed = int.from_bytes(content[18:26], "big")
    content[18:26] = ((packed >> 36 << 36) | frames).to_bytes(8, "big")
    path.write_bytes(content)
    return path


def test_silence_of_unknown_length_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = silent_flac(tmp_path / "a.flac", 60, frames=0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sizes: list[int] = []

    def usage(folder: Path) -> SimpleNamespace:
        sizes.append(len(sizes))
        return SimpleNamespace(free=(600 << 20) - (40 << 20) * len(sizes))

    monkeypatch.setattr("shutil.disk_usage", usage)
    with pytest.raises(StorageFull, match=rf"{tmp_path} is full: decoding a.flac needs more, \d+ bytes are free"):
        open_media(path)
    assert path.stat().st_size < 100_000
    assert [one.name for one in tmp_path.iterdir()] == ["a.flac"]


def test_a_length_that_no_file_of_that_size_has_is_not_believed(tmp_path: Path, files: dict[str, Path]) -> None:
    """The file is said to be cut off; its lie is not taken for a need of room."""
    content = bytearray(files["ogg"].read_bytes())
    last = content.rfind(b"OggS")
    content[last + 6 : last + 14] = (2**40).to_bytes(8, "little")
    segments = content[last + 26]
    page = content[last : last + 27 + segments + sum(content[last + 27 : last + 27 + segments])]
    page[22:26] = bytes(4)
    content[last + 22 : last + 26] = ogg_checksum(page).to_bytes(4, "little")
    path = tmp_path / "lie.ogg"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="cut off") as refused, open_media(path):
        pass
    assert not isinstance(refused.value, StorageFull)


def ogg_checksum(page: bytes | bytearray) -> int:
    """Return the CRC-32 of an Ogg page (RFC 3533, section 6), whose own field is zero."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1
        value &= 0xFFFFFFFF
    return value


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_first_frame_that_is_not_a_number_is_named(tmp_path: Path, value: float) -> None:
    samples = noise(3, 9_000)
    samples[1, 7_001] = samples[2, 8_000] = value
    path = write_with_soundfile(tmp_path / "sick.wav", samples, 48_000, "wav32f")
    with open_media(path) as source:
        source.read(0, 7_001)
        with pytest.raises(MediaError, match=r"frame 7001 \(0.146 s\) is NaN or Inf"):
            source.read(6_500, 9_000)
