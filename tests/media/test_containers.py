"""Reading the sound of videos and of containers of compressed sound: what ffmpeg decodes, frame for frame."""

import shutil
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from container_makers import PICTURE, RATE, decoded_by_ffmpeg, ffmpeg, sound_file, video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.media import open_media, probe, read_clip, source_time_reference, truncated_frames
from flowsep_plugin.media.container import is_container, streams

pytest.importorskip("av", reason="PyAV is missing: pip install 'flowsep-plugin[video]'")

MADE = {
    "aac.mp4": ("aac", 1, ()),
    "aac51.mov": ("aac", 6, ()),
    "alac.m4a": ("alac", 2, ("-vn",)),
    "pcm24.mov": ("pcm_s24le", 2, ("-timecode", "01:00:00:00")),
    "pcm16be.mov": ("pcm_s16be", 1, ()),
    "float.mov": ("pcm_f32le", 1, ()),
    "opus.mkv": ("libopus", 2, ()),
    "opus.webm": ("libopus", 1, ("-c:v", "libvpx", "-b:v", "50k")),
    "flac.mkv": ("flac", 8, ()),
    "ac3.mkv": ("ac3", 6, ()),
    "eac3.mp4": ("eac3", 2, ()),
    "mp3.avi": ("libmp3lame", 2, ()),
    "pcm8.avi": ("pcm_u8", 1, ()),
    "wma.wma": ("wmav2", 2, ("-vn",)),
    "adts.aac": ("aac", 2, ("-vn",)),
    "plain.ac3": ("ac3", 2, ("-vn",)),
    "ts.ts": ("aac", 2, ()),
}
"""Name of a file -> codec and channels of its sound, options."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the file of a name in MADE."""
    folder = tmp_path_factory.mktemp("containers")

    def file(name: str) -> Path:
        path = folder / name
        if not path.exists():
            codec, channels, options = MADE[name]
            video(path, sound_file(folder, channels), *options, codec=codec)
        return path

    return file


@pytest.mark.parametrize("name", MADE)
def test_the_frames_are_those_of_ffmpeg(files: Callable[[str], Path], name: str) -> None:
    path, channels = files(name), MADE[name][1]
    expected = decoded_by_ffmpeg(path, channels)
    with open_media(path) as source:
        assert (source.channels, source.rate, source.frames) == (channels, RATE, expected.shape[1])
        found = source.read(0, source.frames)
    assert np.abs(found - expected).max() <= (
        2e-5 if MADE[name][0] not in ("alac", "flac") and "pcm" not in name else 0
    )


@pytest.mark.parametrize(
    ("name", "subtype", "bits"),
    [("pcm24.mov", "PCM_24", 24), ("pcm16be.mov", "PCM_16", 16), ("float.mov", "FLOAT", 32), ("pcm8.avi", "PCM_U8", 8),
     ("aac.mp4", "AAC", None)],
)  # fmt: skip
def test_the_word_length_is_that_of_the_file(
    files: Callable[[str], Path], name: str, subtype: str, bits: int | None
) -> None:
    info = probe(files(name))
    assert (info.subtype, info.bits) == (subtype, bits)


def test_24_bits_are_bit_for_bit(files: Callable[[str], Path], tmp_path: Path) -> None:
    original = read_clip(sound_file(tmp_path, 2)).samples
    assert np.array_equal(read_clip(files("pcm24.mov")).samples, original)


def test_speakers_are_those_of_the_layout(files: Callable[[str], Path]) -> None:
    with open_media(files("ac3.mkv")) as source:
        assert source.info.channel_mask in (0x3F, 0x60F)


SHIFTED: dict[str, Callable[[Path, Path], None]] = {
    "offset.mp4": lambda a, b: ffmpeg(
        "-i", a, "-itsoffset", "0.5", "-i", a, "-map", "0:v", "-map", "1:a", "-c", "copy", b
    ),
    "offset.mkv": lambda a, b: ffmpeg(
        "-i", a, "-itsoffset", "0.5", "-i", a, "-map", "0:v", "-map", "1:a", "-c", "copy", b
    ),
    "early.mp4": lambda a, b: ffmpeg(
        "-itsoffset", "0.4", "-i", a, "-i", a, "-map", "0:v", "-map", "1:a", "-c", "copy", b
    ),
    "cut.mp4": lambda a, b: ffmpeg("-ss", "1.1", "-i", a, "-c", "copy", b),
    "cut.mov": lambda a, b: ffmpeg("-ss", "0.7", "-t", "1.3", "-i", a, "-c", "copy", b),
    "cut.mkv": lambda a, b: ffmpeg("-ss", "1.1", "-i", a, "-c", "copy", b),
    "fragments.mp4": lambda a, b: ffmpeg("-i", a, "-c", "copy", "-movflags", "frag_keyframe+empty_moov", b),
}


@pytest.mark.parametrize("name", SHIFTED)
def test_edit_lists_and_offsets_are_those_of_ffmpeg(files: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    SHIFTED[name](files("aac.mp4"), path := tmp_path / name)
    expected = decoded_by_ffmpeg(path, 1)
    found = read_clip(path).samples
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 2e-5


@pytest.mark.parametrize("name", [*MADE, *SHIFTED])
def test_the_header_has_the_decoded_length(files: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    """To a millisecond, which Matroska rounds to, or to one frame of a codec whose last or first one is not whole."""
    path = files(name) if name in MADE else tmp_path / name
    if name in SHIFTED:
        SHIFTED[name](files("aac.mp4"), path)
    codec_frame = 2048 if name == "wma.wma" else 1024 if name in ("offset.mp4", "fragments.mp4") else 0
    with open_media(path) as source:
        assert probe(path).frames == pytest.approx(source.frames, abs=max(RATE // 1000, codec_frame))


@pytest.mark.parametrize("options", [(), ("-use_editlist", "0"), ("-movflags", "frag_keyframe+empty_moov")])
@pytest.mark.parametrize("seconds", ["0", "0.25"])
def test_opus_in_an_mp4_starts_after_its_pre_skip(tmp_path: Path, seconds: str, options: tuple[str, ...]) -> None:
    path = tmp_path / "opus.mp4"
    ffmpeg(*PICTURE, "-itsoffset", seconds, "-i", sound_file(tmp_path), "-map", "0:v", "-map", "1:a", "-c:v", "mpeg4",
           "-c:a", "libopus", *options, path)  # fmt: skip
    import av

    with av.open(str(path)) as container:
        first = next(container.decode(audio=0))
    (stream,) = streams(path)
    with open_media(path) as source:
        assert (stream.start, stream.lead) == (first.pts * first.time_base,) * 2
        assert stream.frames == pytest.approx(source.frames, abs=960)


@pytest.mark.parametrize("suffix", ["mkv", "ts", "avi", "webm"])
def test_sound_that_ends_long_before_the_picture_has_its_own_length(tmp_path: Path, suffix: str) -> None:
    path, codec = tmp_path / f"short.{suffix}", {"ts": "aac", "webm": "libopus"}.get(suffix, "pcm_s16le")
    picture = ("-c:v", "libvpx", "-b:v", "50k") if suffix == "webm" else ("-c:v", "mpeg4")
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=60", "-i", sound_file(tmp_path), *picture, "-c:a", codec, path)
    with open_media(path) as source:
        assert probe(path).frames == pytest.approx(source.frames, abs=RATE // 1000)


def test_the_end_is_looked_for_in_a_bounded_part_of_the_file(
    files: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flowsep_plugin.media.container import ends
    from flowsep_plugin.media.container.streams import read_here

    monkeypatch.setattr(ends, "_MOST_BYTES", 1_000)
    whole, _ = read_here(files("flac.mkv")).streams[0], monkeypatch.undo()
    assert (whole.frames, probe(files("flac.mkv")).frames) == (3 * RATE, RATE * 12 // 5)


@pytest.mark.parametrize(
    ("name", "start"), [("offset.mp4", 0.5), ("offset.mkv", 0.5), ("early.mp4", -0.4), ("cut.mp4", 0)]
)
def test_the_start_is_told_relative_to_the_picture(
    files: Callable[[str], Path], tmp_path: Path, name: str, start: float
) -> None:
    SHIFTED[name](files("aac.mp4"), path := tmp_path / name)
    info = probe(path)
    assert info.stream is not None
    assert float(info.stream.start) == pytest.approx(start, abs=0.023)  # ffmpeg itself moves it by the encoder's delay
    assert source_time_reference(info) == max(0, round(info.stream.start * RATE))


def test_timecode_becomes_the_time_reference(files: Callable[[str], Path]) -> None:
    assert source_time_reference(probe(files("pcm24.mov"))) == 3600 * RATE


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(st.integers(-500, 130_000), st.integers(0, 9000)), min_size=1, max_size=6))
@pytest.mark.parametrize("name", ["aac.mp4", "opus.mkv", "ac3.mkv"])
def test_random_reads_equal_a_slice_of_the_whole(
    files: Callable[[str], Path], name: str, cuts: list[tuple[int, int]]
) -> None:
    with open_media(files(name)) as source:
        whole = np.pad(source.read(0, source.frames), ((0, 0), (500, 140_000)))
        for start, length in cuts:
            assert np.array_equal(source.read(start, start + length), whole[:, start + 500 : start + length + 500])


def test_gaps_in_the_time_stamps_are_silence(tmp_path: Path) -> None:
    import av

    path = tmp_path / "gap.mkv"
    with av.open(str(path), "w") as out:
        track = out.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for start in (0, 4096, 4096 + 4096 + RATE // 2):
            block = np.full((1, 4096), 9000, np.int16)
            frame = av.AudioFrame.from_ndarray(block, "s16", "mono")
            frame.sample_rate, frame.pts = RATE, start
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    with open_media(path) as source:
        assert source.frames == pytest.approx(3 * 4096 + RATE // 2, abs=RATE // 1000)
        assert not source.read(8192, source.frames - 4096).any()
        assert "gaps in the time stamps are silence: 0.5" in source.info.remarks[0]


def several(folder: Path) -> Path:
    sound, path = sound_file(folder), folder / "several.mkv"
    ffmpeg(*PICTURE, "-i", sound, "-i", sound_file(folder, 2), "-map", "0:v", "-map", "1:a", "-map", "2:a",
           "-map", "1:a",
           "-c:v", "mpeg4", "-c:a", "flac", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger",
           "-metadata:s:a:1", "title=Kommentar", "-disposition:a", "0", "-disposition:a:2", "default",
           path)  # fmt: skip
    return path


def test_streams_are_chosen_by_number_and_language(tmp_path: Path) -> None:
    path = several(tmp_path)
    described = streams(path)
    assert [(one.index, one.channels, one.language, one.title, one.default) for one in described] == [
        (0, 1, "eng", "", False), (1, 2, "ger", "Kommentar", False), (2, 1, "", "", True),
    ]  # fmt: skip
    chosen = [probe(path, stream=choice).stream for choice in (None, "1", "2", "eng", "en", "DE", "deu")]
    assert [one.index for one in chosen if one] == [2, 0, 1, 0, 0, 1, 1]
    for missing in ("4", "0", "fra"):
        with pytest.raises(
            UsageError, match=r"several.mkv has no sound stream .*; choose among 1 \(eng, flac, 1 ch\), 2 "
        ):
            open_media(path, stream=missing)


def test_a_file_of_one_stream_refuses_another(tmp_path: Path) -> None:
    path = sound_file(tmp_path)
    open_media(path, stream="1").close()
    with pytest.raises(UsageError, match="has one sound stream"):
        open_media(path, stream="2")


def test_a_truncated_file_says_what_is_there(files: Callable[[str], Path], tmp_path: Path) -> None:
    whole = files("opus.mkv")
    path = tmp_path / "cut off.mkv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"is cut off or damaged: it ends in mid-stream after [0-9]+ frames"):
        open_media(path)
    frames = truncated_frames(path)
    assert frames is not None
    with open_media(path, allow_truncated=True) as source:
        assert 0 < source.frames == frames
    assert truncated_frames(whole) is None


def test_an_mp4_without_its_index_is_refused_in_one_line(files: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "half.mp4"
    path.write_bytes(files("aac.mp4").read_bytes()[:9000])
    with pytest.raises(MediaError, match=r"half.mp4 cannot be read .*; copy or export it again") as error:
        open_media(path)
    assert "\n" not in str(error.value)


def test_damaged_packets_keep_the_length(files: Callable[[str], Path], tmp_path: Path) -> None:
    damaged = bytearray(files("aac.mp4").read_bytes())
    start = damaged.index(b"mdat")
    damaged[start + 8_000 : start + 20_000 : 40] = bytes(300)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(damaged)
    with open_media(path) as source:
        assert source.frames == read_clip(files("aac.mp4")).samples.shape[1]
        assert "damaged packets were passed over" in source.info.remarks[0]


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    ffmpeg(*PICTURE, "-c:v", "mpeg4", path := tmp_path / "silent.mp4")
    with pytest.raises(MediaError, match="has no sound in it"):
        open_media(path)


def test_without_pyav_one_line_says_how_to_install_it(
    files: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flowsep_plugin.untrusted import child_process

    path = shutil.copy(files("aac.mp4"), files("aac.mp4").with_name("other.mp4"))
    monkeypatch.setattr(child_process, "_IS_ISOLATED", type("Yes", (), {"is_set": staticmethod(lambda: True)}))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(
        MediaError, match=r"other.mp4 is MP4, which needs PyAV .*: pip install 'flowsep-plugin\[video\]'"
    ):
        probe(path)


def test_files_of_libsndfile_are_no_containers(tmp_path: Path) -> None:
    assert not is_container(sound_file(tmp_path))
    assert probe(sound_file(tmp_path)).stream is None


def test_other_demuxers_are_never_reached(tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/secret.ts\n")
    assert not is_container(path)
    with pytest.raises(MediaError, match="cannot be read as audio"):
        open_media(path)


def test_drop_frame_timecode_counts_real_time() -> None:
    from flowsep_plugin.media.container.timecode import parsed

    rate = Fraction(30_000, 1001)
    assert parsed("01:00:00;00", rate) == Fraction(107_892 * 1001, 30_000)
    assert parsed("00:01:00;02", rate) == Fraction(1800 * 1001, 30_000)
    assert parsed("01:00:00:00", rate) == Fraction(108_000 * 1001, 30_000)
    assert [parsed(text, rate) for text in ("", "24:00:00:00", "00:00:00:30", "x")] == [None] * 4


def test_a_sound_that_changes_its_rate_is_refused(files: Callable[[str], Path], tmp_path: Path) -> None:
    other = tmp_path / "other.aac"
    ffmpeg("-i", sound_file(tmp_path, 2, rate=44_100), "-c:a", "aac", other)
    (path := tmp_path / "both.aac").write_bytes(files("adts.aac").read_bytes() + other.read_bytes())
    with pytest.raises(MediaError, match=r"changes from 48000 Hz, 2 channels to 44100 Hz, 2 channels at 2\.4"):
        open_media(path)


def test_a_temporary_copy_leaves_no_name(
    files: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with open_media(files("aac.mp4")) as source:
        assert source.read(0, 10).shape == (1, 10)
        assert not list(tmp_path.iterdir())
