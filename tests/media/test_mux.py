"""Copies of videos with new sound tracks: all else packet for packet, the tracks where the sound was."""

import hashlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from container_makers import PICTURE, RATE, ffmpeg, sound_file, video

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.errors import Cancelled, MediaError, UsageError
from flowsep_plugin.media import open_media, read_clip, write_clip
from flowsep_plugin.media.container import mux, streams

av = pytest.importorskip("av", reason="PyAV is missing: pip install 'flowsep-plugin[video]'")

Packets = list[tuple[str, Fraction | None, bool]]

SUBTITLES = "1\n00:00:00,500 --> 00:00:01,500\nA dog.\n"
CHAPTER = "[CHAPTER]\nTIMEBASE=1/1000\nSTART={}\nEND={}\ntitle={}\n"
TAGS = ";FFMETADATA1\ntitle=A film\n" + CHAPTER.format(0, 1000, "One") + CHAPTER.format(1000, 2000, "Two")


def packets(path: Path, kind: str) -> list[Packets]:
    """Return checksum, time stamp and flag of all packets of every stream of a kind."""
    with av.open(str(path)) as container:
        result: dict[int, Packets] = {one.index: [] for one in container.streams if one.type == kind}
        for packet in container.demux(*(container.streams[number] for number in result)):
            if packet.size:
                time = None if packet.pts is None else packet.pts * packet.time_base
                digest = hashlib.sha256(bytes(packet)).hexdigest()
                result[packet.stream_index].append((digest, time, packet.is_keyframe))
    return list(result.values())


def film(folder: Path, name: str, codec: str, text: str, channels: int = 2) -> Path:
    """Write a video with subtitles, chapters and a title."""
    (folder / "sub.srt").write_text(SUBTITLES)
    (folder / "tags.txt").write_text(TAGS)
    path = folder / name
    ffmpeg(*PICTURE, "-i", sound_file(folder, channels), "-i", folder / "sub.srt", "-i", folder / "tags.txt",
           "-map", "0:v", "-map", "1:a", "-map", "2:s", "-map_metadata", "3", "-map_chapters", "3",
           "-c:v", "mpeg4", "-bf", "2", "-c:a", codec, "-c:s", text, "-metadata:s:a", "language=eng", path)  # fmt: skip
    return path


def stem_of(path: Path, folder: Path, *, stream: str | None = None, start: int = 0) -> tuple[Path, np.ndarray]:
    """Write half the sound of a video as a stem of 24 bits."""
    clip = read_clip(path, stream=stream)
    half = np.round(clip.samples[:, start:] * 2.0**22) / 2.0**23
    write_clip(folder / "stem.wav", AudioClip(half.astype(np.float32), clip.rate), "wav24")
    return folder / "stem.wav", half.astype(np.float32)


def shift(first: np.ndarray, second: np.ndarray) -> int:
    """Return by how many frames `second` is later than `first`."""
    size = 2 * max(first.shape[1], second.shape[1])
    correlation = np.fft.irfft(np.fft.rfft(second[0], size) * np.conj(np.fft.rfft(first[0], size)))
    place = int(np.argmax(correlation))
    return place if place < size // 2 else place - size


@pytest.mark.parametrize(
    ("name", "codec", "text", "error"),
    [("a.mkv", "libopus", "srt", 0), ("a.mov", "pcm_s24le", "mov_text", 0), ("a.mp4", "aac", "mov_text", 0.2)],
)
def test_a_copy_has_everything_and_the_stem_in_its_place(
    tmp_path: Path, name: str, codec: str, text: str, error: float
) -> None:
    source, copy = film(tmp_path, name, codec, text), tmp_path / f"copy of {name}"
    stem, samples = stem_of(source, tmp_path)
    format = mux(source, copy, [(stem, "a dog barking")])
    assert format.is_lossless == (error == 0)
    for kind in ("video", "subtitle"):
        assert packets(copy, kind) == packets(source, kind)
    assert packets(copy, "audio")[:1] == packets(source, "audio")
    with av.open(str(source)) as old, av.open(str(copy)) as new:
        titles = [[chapter["metadata"]["title"] for chapter in one.chapters()] for one in (old, new)]
        assert titles == [["One", "Two"], ["One", "Two"]]
        assert new.metadata["title"] == "A film"
        assert new.streams.video[0].disposition == old.streams.video[0].disposition
    original, track = streams(copy)
    assert (track.title, track.language, track.default) == ("a dog barking", "eng", False)
    assert original.default == streams(source)[0].default
    assert track.start == original.start
    back = read_clip(copy, stream="2").samples
    assert back.shape == samples.shape
    assert shift(samples, back) == 0
    assert np.abs(back - samples).max() <= error
    assert np.array_equal(read_clip(copy, stream="1").samples, read_clip(source).samples)


@pytest.mark.parametrize("options", [("-ss", "0.7"), ("-itsoffset", "0.3")], ids=["edit list", "offset"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_sound_that_starts_elsewhere_stays_in_its_place(
    tmp_path: Path, suffix: str, options: tuple[str, str]
) -> None:
    whole = video(tmp_path / "whole.mp4", sound_file(tmp_path))
    source, copy = tmp_path / f"moved{suffix}", tmp_path / f"copy{suffix}"
    if options[0] == "-ss":
        ffmpeg(*options, "-i", whole, "-c", "copy", source)
    else:
        ffmpeg("-i", whole, *options, "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy", source)
    stem, samples = stem_of(source, tmp_path)
    mux(source, copy, [(stem, "dog")])
    original, track = streams(copy)
    later = float(track.start - original.start) * RATE + shift(samples, read_clip(copy, stream="2").samples)
    assert abs(later) <= (1 if suffix == ".mp4" else RATE / 1000)  # time stamps of Matroska are milliseconds
    assert [[one[0] for one in packet] for packet in packets(copy, "video")] == [
        [one[0] for one in packet] for packet in packets(source, "video")
    ]
    assert np.array_equal(read_clip(copy, stream="1").samples, read_clip(source).samples)


def test_a_stem_of_a_part_is_put_over_that_part(tmp_path: Path) -> None:
    source, copy = video(tmp_path / "a.mkv", sound_file(tmp_path), codec="flac"), tmp_path / "b.mkv"
    stem, samples = stem_of(source, tmp_path, start=48_000)
    mux(source, copy, [(stem, "dog")], offset=48_000)
    original, track = streams(copy)
    assert float(track.start - original.start) == pytest.approx(1.0, abs=0.001)
    assert np.array_equal(read_clip(copy, stream="2").samples, samples)


def test_replacing_leaves_the_separated_stream_out(tmp_path: Path) -> None:
    source, copy = film(tmp_path, "a.mkv", "flac", "srt"), tmp_path / "b.mkv"
    stem, samples = stem_of(source, tmp_path)
    mux(source, copy, [(stem, "dog"), (stem, "rest")], replace=True)
    assert [(one.title, one.default) for one in streams(copy)] == [("dog", True), ("rest", False)]
    assert np.array_equal(read_clip(copy, stream="1").samples, samples)
    assert packets(copy, "video") == packets(source, "video")


def test_stems_of_floats_pass_full_scale_in_matroska(tmp_path: Path) -> None:
    source, copy = video(tmp_path / "a.mkv", sound_file(tmp_path), codec="flac"), tmp_path / "b.mkv"
    clip = read_clip(source)
    write_clip(tmp_path / "loud.wav", AudioClip(clip.samples * np.float32(3), clip.rate), "wav32f")
    assert mux(source, copy, [(tmp_path / "loud.wav", "dog")]).codec == "pcm_f32le"
    assert np.array_equal(read_clip(copy, stream="2").samples, clip.samples * np.float32(3))


def test_the_video_itself_is_never_written(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mp4", sound_file(tmp_path))
    before = source.read_bytes()
    with pytest.raises(UsageError, match="is the video itself"):
        mux(source, source, [(sound_file(tmp_path), "dog")])
    assert source.read_bytes() == before


def test_a_cancelled_copy_leaves_nothing(tmp_path: Path) -> None:
    source, copy = video(tmp_path / "a.mp4", sound_file(tmp_path)), tmp_path / "b.mp4"
    copy.write_bytes(b"older")

    def stop(share: float) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        mux(source, copy, [(sound_file(tmp_path), "dog")], advance=stop)
    assert copy.read_bytes() == b"older"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".flowsep")]


@pytest.mark.parametrize(
    ("name", "problem"), [("a.avi", "a.avi is AVI"), ("a.ts", "is MPEG-TS"), ("a.wav", "is not a video; sound tracks")]
)
def test_other_files_get_no_tracks(tmp_path: Path, name: str, problem: str) -> None:
    sound = sound_file(tmp_path)
    source = video(tmp_path / name, sound) if name != "a.wav" else sound
    with pytest.raises((UsageError, MediaError), match=problem):
        mux(source, tmp_path / f"copy of {name}", [(sound, "dog")])


def test_a_track_at_another_rate_is_refused(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mkv", sound_file(tmp_path))
    with pytest.raises(UsageError, match=r"is at 44100 Hz, the sound of a\.mkv at 48000 Hz"):
        mux(source, tmp_path / "b.mkv", [(sound_file(tmp_path, rate=44_100), "dog")])


def test_webm_gets_opus_without_a_shift(tmp_path: Path) -> None:
    source = video(tmp_path / "a.webm", sound_file(tmp_path), "-c:v", "libvpx", "-b:v", "50k", codec="libopus")
    stem, samples = stem_of(source, tmp_path)
    mux(source, tmp_path / "b.webm", [(stem, "dog")])
    with open_media(tmp_path / "b.webm", stream="2") as track:
        back = track.read(0, track.frames)
    assert back.shape == samples.shape
    assert shift(samples, back) == 0


def test_rotation_place_and_day_of_a_phone_stay(tmp_path: Path) -> None:
    sound = sound_file(tmp_path)
    ffmpeg("-display_rotation", "90", "-i", video(tmp_path / "flat.mp4", sound), "-c", "copy",
           "-metadata", "location=+48.1+011.5/", "-metadata", "creation_time=2024-01-02T03:04:05Z",
           source := tmp_path / "phone.mp4")  # fmt: skip
    mux(source, copy := tmp_path / "copy.mp4", [(stem_of(source, tmp_path)[0], "dog")])
    seen = []
    for path in (source, copy):
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            seen.append([frame.rotation, *(container.metadata[name] for name in ("location", "creation_time"))])
    assert seen[0] == seen[1]
    assert seen[0][0] != 0
