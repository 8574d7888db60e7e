"""PCM sound in MXF: bit for bit, at any place, of every kind; what cannot be read is named."""

import random
import struct
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile as sf
from mxf_makers import AES3_CLIP, AES3_FRAME, AIFF, BWF_CLIP, DOLBY_E, Shape, write_mxf

from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import MediaError
from flowsep_plugin.files import FileRequest, separate_file
from flowsep_plugin.media import open_media, probe, read_clip, source_time_reference
from flowsep_plugin.separate import Separator

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
RATE = 48_000
TRACKS = {"mono": (1,), "two of one": (1, 1), "stereo": (2,), "one and six": (1, 6)}
SHAPES = {
    "clip": Shape(wrapping=BWF_CLIP),
    "clip of 16 bits": Shape(bits=16, wrapping=BWF_CLIP),
    "clip of 32 bits": Shape(bits=32, wrapping=BWF_CLIP),
    "frames": Shape(unit=1920),
    "frames in many partitions": Shape(unit=1920, partition_units=3),
    "frames of AES3": Shape(unit=2002, wrapping=AES3_FRAME, kind=0x47, partition_units=4),
    "clip of AES3": Shape(bits=16, wrapping=AES3_CLIP, kind=0x47),
    "big-endian": Shape(coding=AIFF, wrapping=BWF_CLIP),
    "after a run-in": Shape(run_in=b"RIFF" + bytes(60_000), unit=1920),
    "without block align": Shape(unit=1920, kind=0x42, block_align=False),
    "without links": Shape(unit=1920, links=False),
    "without coding": Shape(unit=1920, coding=bytes(16)),
    "without duration": Shape(unit=1920, duration=-1),
}


def full_scale(channels: int, frames: int, bits: int, seed: int = 0) -> np.ndarray:
    """Noise over the whole range, (channels, frames) int32 whose low bits are 0."""
    rng = np.random.default_rng(seed)
    return rng.integers(-(2**31), 2**31, (channels, frames)).astype(np.int32) & np.int32(-1 << (32 - bits))


def decoded(samples: np.ndarray) -> np.ndarray:
    return samples.astype(np.float32) * np.float32(2.0**-31)


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run([FFMPEG, "-v", "error", "-y", *map(str, arguments)], check=True)


def wave(path: Path, channels: int, bits: int, seed: int = 0, frames: int = 2 * RATE) -> np.ndarray:
    """Write noise; returns it as (channels, frames) float32."""
    samples = full_scale(channels, frames, bits, seed)
    sf.write(path, samples.T, RATE, subtype=f"PCM_{bits}")
    return decoded(samples)


@pytest.mark.parametrize("tracks", TRACKS.values(), ids=TRACKS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_sound_is_read_bit_for_bit_from_any_place(tmp_path: Path, shape: Shape, tracks: tuple[int, ...]) -> None:
    sound = [full_scale(channels, 20_123, shape.bits, seed) for seed, channels in enumerate(tracks)]
    path = write_mxf(tmp_path / "take.mxf", sound, shape)
    whole = decoded(np.vstack(sound))
    rng = np.random.default_rng(0)
    with open_media(path) as source:
        assert (source.info.container, source.info.subtype) == ("MXF", f"PCM_{shape.bits}")
        assert (source.info.bits, source.rate, source.channels, source.frames) == (shape.bits, RATE, len(whole), 20_123)
        np.testing.assert_array_equal(source.read(0, 20_123), whole)
        for start in rng.integers(-100, 20_123, 40):
            stop = int(start) + int(rng.integers(0, 5000))
            padded = np.pad(whole, ((0, 0), (100, 6000)))
            np.testing.assert_array_equal(source.read(int(start), stop), padded[:, int(start) + 100 : stop + 100])


@pytest.mark.parametrize("bits", [16, 24])
def test_op_atom_of_ffmpeg_is_read_bit_for_bit(tmp_path: Path, bits: int) -> None:
    samples = wave(tmp_path / "take.wav", 1, bits)
    path = tmp_path / "take.mxf"
    ffmpeg("-i", tmp_path / "take.wav", "-c:a", f"pcm_s{bits}le", "-f", "mxf_opatom", path)
    assert probe(path).bits == bits
    np.testing.assert_array_equal(read_clip(path).samples, samples)


@pytest.mark.parametrize("pictures", ["25", "30000/1001", "24000/1001"])
def test_interleaved_sound_beside_a_picture_is_read_bit_for_bit(tmp_path: Path, pictures: str) -> None:
    """Where no whole number of frames fits a picture, the elements are of different lengths."""
    names = [tmp_path / f"{number}.wav" for number in range(3)]
    sound = [wave(name, channels, 24, channels) for channels, name in zip((2, 1, 1), names, strict=True)]
    path = tmp_path / "take.mxf"
    inputs = [argument for name in names for argument in ("-i", name)]
    streams = "-map 0 -map 1 -map 2 -map 3 -c:v mpeg2video -c:a pcm_s24le -t 2 -timecode 01:00:00:00"
    ffmpeg("-f", "lavfi", "-i", f"testsrc=s=320x240:r={pictures}", *inputs, *streams.split(), "-f", "mxf", path)
    with open_media(path) as source:
        assert 2 * RATE <= source.frames < 2 * RATE + 2002
        np.testing.assert_array_equal(source.read(0, 2 * RATE), np.vstack(sound))
        assert not source.read(2 * RATE, source.frames).any()
        assert source_time_reference(source.info) == (172_800_000 if pictures == "25" else 172_972_800)


@pytest.mark.parametrize("bits", [16, 24])
def test_sound_of_d10_is_read_bit_for_bit(tmp_path: Path, bits: int) -> None:
    """Eight subframes of AES3, of which the descriptor counts four."""
    samples = wave(tmp_path / "take.wav", 4, bits)
    path = tmp_path / "take.mxf"
    rate = "-b:v 30000k -minrate 30000k -maxrate 30000k -bufsize 1200k -rc_init_occupancy 1200k"
    picture = f"{rate} -pix_fmt yuv422p -flags +ildct+low_delay -dc 10 -non_linear_quant 1 -intra_vlc 1 -g 0 -qmax 12"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=720x576:r=25:d=2", "-i", tmp_path / "take.wav", "-c:v", "mpeg2video",
           *picture.split(), "-ps", "1", "-qmin", "1", "-c:a", f"pcm_s{bits}le", "-f", "mxf_d10", path)  # fmt: skip
    assert probe(path).bits == bits
    np.testing.assert_array_equal(read_clip(path).samples, samples)


def test_a_length_that_the_header_declares_ends_the_sound(tmp_path: Path) -> None:
    sound = full_scale(1, 9000, 24)
    path = write_mxf(tmp_path / "take.mxf", [sound], Shape(wrapping=BWF_CLIP, duration=8000))
    np.testing.assert_array_equal(read_clip(path).samples, decoded(sound[:, :8000]))


@pytest.mark.parametrize(
    "shape", [Shape(unit=1920, origin=2), Shape(origin=3840), Shape(origin=3840, duration=-1, track_duration=5000)]
)
def test_what_is_before_the_beginning_of_a_track_is_not_played(tmp_path: Path, shape: Shape) -> None:
    """Cameras begin before the first picture that can be decoded."""
    sound = full_scale(2, 9600, 24)
    path = write_mxf(tmp_path / "take.mxf", [sound], shape)
    stop = 3840 + (5000 if shape.track_duration else 5760)
    np.testing.assert_array_equal(read_clip(path).samples, decoded(sound[:, 3840:stop]))


def test_a_file_whose_header_declares_too_much_is_read_to_its_end(tmp_path: Path) -> None:
    path = write_mxf(tmp_path / "take.mxf", [full_scale(1, 9600, 24)], Shape(unit=1920, duration=50))
    assert probe(path).frames == 9600


@pytest.mark.parametrize("shape", [Shape(wrapping=BWF_CLIP), Shape(unit=1920)], ids=["clip", "frames"])
def test_a_file_that_is_cut_off_is_named_and_read_where_allowed(tmp_path: Path, shape: Shape) -> None:
    sound = full_scale(1, 96_000, 24)
    path = write_mxf(tmp_path / "take.mxf", [sound], replace(shape, has_footer=False))
    path.write_bytes(path.read_bytes()[:150_000])
    with pytest.raises(MediaError, match=r"take\.mxf is cut off or damaged: its header declares 96000 frames"):
        open_media(path)
    part = read_clip(path, allow_truncated=True).samples
    assert 40_000 < part.shape[1] < 50_000
    np.testing.assert_array_equal(part, decoded(sound)[:, : part.shape[1]])


def test_picture_alone_is_named(tmp_path: Path) -> None:
    path = tmp_path / "picture.mxf"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=1", "-c:v", "mpeg2video", "-f", "mxf", path)
    with pytest.raises(MediaError, match=r"picture\.mxf is MXF without sound"):
        probe(path)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (Shape(unit=1920, coding=DOLBY_E), "holds Dolby E, not plain PCM; transcode or consolidate it to PCM"),
        (Shape(unit=1920, coding=bytes(8) + b"\x0e" * 8), "holds sound of the unknown coding 0e0e"),
        (Shape(unit=1920, container=0x25), r"holds sound guided by metadata \(MGA\), not plain PCM"),
        (Shape(unit=1920, container=0x0A, coding=bytes(16)), "holds A-law sound"),
        (Shape(unit=1920, container=0x77, coding=bytes(16)), "holds sound in the unknown container 0d0103010277"),
        (Shape(unit=1920, is_encrypted=True), "holds encrypted sound, not plain PCM"),
        (Shape(unit=1920, bits=8), "holds PCM of 8 bits, 16 to 32 are supported"),
        (Shape(unit=1920, rate=0), "the header gives 0 Hz"),
    ],
)
def test_sound_that_cannot_be_read_is_named(tmp_path: Path, shape: Shape, reason: str) -> None:
    path = write_mxf(tmp_path / "take.mxf", [full_scale(1, 9600, 24)], shape)
    with pytest.raises(MediaError, match=reason):
        open_media(path)


def test_damage_is_an_error_and_never_a_traceback(tmp_path: Path) -> None:
    rng = random.Random(0)
    shapes = [Shape(unit=480, partition_units=2), Shape(wrapping=BWF_CLIP)]
    files = [write_mxf(tmp_path / "whole.mxf", [full_scale(2, 2400, 24)] * 2, shape).read_bytes() for shape in shapes]
    path = tmp_path / "damaged.mxf"
    opened = 0
    for number in range(400):
        data = bytearray(files[number % 2])
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(3000 if rng.random() < 0.8 else len(data))] = rng.randrange(256)
        if rng.random() < 0.3:
            del data[rng.randrange(len(data)) :]
        path.write_bytes(data)
        with suppress(MediaError), open_media(path, allow_truncated=number % 3 == 0) as source:
            assert source.read(-10, source.frames + 10).shape == (source.channels, source.frames + 20)
            opened += 1
    assert 20 < opened < 400


def test_hours_are_opened_and_read_in_flat_memory(tmp_path: Path) -> None:
    """Ten hours of one clip-wrapped element, in a sparse file."""
    path = write_mxf(
        tmp_path / "long.mxf", [full_scale(1, 10, 24)], Shape(wrapping=BWF_CLIP, has_footer=False, duration=-1)
    )
    data = path.read_bytes()
    size = 10 * 3600 * RATE * 3
    with path.open("wb") as file:
        file.write(data[:-38] + struct.pack(">Q", 0x87 << 56 | size))
        file.truncate(len(data) - 30 + size)
    with open_media(path) as source:
        assert source.frames == 10 * 3600 * RATE
        assert source.read(source.frames - 10, source.frames).max() == 0


def test_stems_of_a_file_are_waves_at_its_timecode_and_sum_to_it(tmp_path: Path) -> None:
    samples = wave(tmp_path / "take.wav", 1, 24, frames=RATE)
    path = tmp_path / "take.mxf"
    ffmpeg("-i", tmp_path / "take.wav", "-c:a", "pcm_s24le", "-timecode", "01:00:00:00", "-f", "mxf_opatom", path)
    separator = Separator.open(Path(__file__).parents[1] / "pocket" / "bundle", "cpu")
    separation = separate_file(separator, path, Request(["dog"]), FileRequest(tmp_path / "out", "wav24"))
    parts = [read_clip(file).samples.astype(np.float64) for file in (*separation.stems, separation.residual)]
    np.testing.assert_array_equal(np.sum(parts, axis=0), samples)
    stem = probe(separation.stems[0])
    assert (stem.container, source_time_reference(stem)) == ("WAV", 3600 * RATE)
