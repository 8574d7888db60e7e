"""Audio files: headers, samples from both ends, metadata for stems, and what a truncated file still has."""

import struct
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from fuzzing.harness import Harness, Seed

_MOST_FRAMES = 1 << 16


def read(folder: Path) -> None:
    """Read the audio file of the folder as a separation does, then as the panel does where it is truncated."""
    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.errors import FlowsepError
    from flowsep_plugin.media import open_media, placed_metadata, probe, stem_adm, stem_metadata, truncated_frames

    (path,) = folder.iterdir()
    try:
        truncated_frames(path)
        with open_media(path, allow_truncated=True) as source:
            source.read(0, min(source.frames, _MOST_FRAMES))
    except FlowsepError:
        pass  # the other way of reading says why
    info = probe(path)
    with open_media(path) as source:
        source.read(0, min(source.frames, _MOST_FRAMES))
        source.read(source.frames - 100, source.frames + 100)
        stem_adm(source, Span(0, 1, source.rate))
    stem_metadata(info, 1, "a stem", bits=24)
    placed_metadata(info, 100, "a stem")


def _wavs(folder: Path) -> Sequence[Seed]:
    from media_makers import pcm16_format, riff

    from flowsep_plugin.media.metadata.bext import Bext, pack_bext
    from flowsep_plugin.media.metadata.markers import FileMarker, pack_cue, pack_labels
    from fuzzing.harnesses.metadata import AXML, IXML

    markers = [FileMarker(10, "one"), FileMarker(500, "zwei é")]
    chunks = (
        (b"bext", pack_bext(Bext(description="sSCENE=1", time_reference=48_000, coding_history="A=PCM,\r\n"))),
        (b"fmt ", pcm16_format(2)), (b"chna", bytes(44)), (b"data", bytes(range(256)) * 12),
        (b"cue ", pack_cue(markers)), (b"LIST", pack_labels(markers)), (b"iXML", IXML), (b"axml", AXML),
    )  # fmt: skip
    audio = 256 * 12
    sized = riff((b"ds64", bytes(28)), *chunks).replace(b"data" + struct.pack("<I", audio), b"data" + b"\xff" * 4)
    sizes = struct.pack("<QQQI", len(sized) - 8, audio, audio // 4, 0)
    long = b"\xff" * 4 + sized[8:20] + sizes + sized[48:]
    rich = [
        Seed(name=f"rich {kind}", files={"clip.wav": content})
        for kind, content in (("RIFF", riff(*chunks)), ("RF64", b"RF64" + long), ("BW64", b"BW64" + long))
    ]
    return [
        *rich,
        *_written(("wav16", "wav24", "wav32f", "wav64f", "wavex", "ulaw", "adpcm", "rf64", "w64"), "wav", folder),
    ]


def _written(containers: Iterable[str], suffix: str, folder: Path) -> list[Seed]:
    """Return a small file of each of the containers of `media_makers`."""
    from media_makers import noise, write_with_soundfile

    seeds = []
    for number, container in enumerate(containers):
        path = write_with_soundfile(folder / f"clip.{suffix}", noise(1 + number % 2, 2400), 48_000, container)
        seeds.append(Seed(name=container, files={path.name: without_time(path.read_bytes())}))
    return seeds


def without_time(content: bytes) -> bytes:
    """Return a file without the time of writing in its PEAK chunk."""
    at = content.find(b"PEAK")
    return content if at < 0 else content[: at + 12] + bytes(4) + content[at + 16 :]


def _oggs(folder: Path) -> Sequence[Seed]:
    """Return Ogg files with serial number 1, for which libsndfile draws another one each time."""
    import random

    from fuzzing.mutators.checksums import with_ogg_sums

    seeds = []
    for seed in _written(("ogg", "opus"), "ogg", folder):
        data = bytearray(seed.files["clip.ogg"])
        at = data.find(b"OggS")
        while at >= 0:
            data[at + 14 : at + 18] = (1).to_bytes(4, "little")
            at = data.find(b"OggS", at + 4)
        seeds.append(Seed(name=seed.name, files={"clip.ogg": with_ogg_sums(bytes(data), random.Random(0))}))
    return seeds


def _cafs(folder: Path) -> Sequence[Seed]:
    import soundfile as sf
    from media_makers import noise

    seeds = []
    for subtype in ("PCM_16", "PCM_24", "FLOAT", "ALAC_16"):
        sf.write(folder / "clip.caf", noise(2, 2400).T, 48_000, format="CAF", subtype=subtype)
        seeds.append(Seed(name=subtype, files={"clip.caf": without_time((folder / "clip.caf").read_bytes())}))
    return seeds


def _mxfs(folder: Path) -> Sequence[Seed]:
    import numpy as np
    from mxf_makers import AES3_FRAME, AIFF, BWF_CLIP, Shape, write_mxf

    rng = np.random.default_rng(0)
    sound = rng.integers(-(2**23), 2**23, (2, 1920), dtype=np.int64).astype(np.int32) * 256
    shapes = (Shape(unit=960), Shape(wrapping=BWF_CLIP), Shape(unit=480, wrapping=AES3_FRAME, partition_units=2),
              Shape(coding=AIFF, bits=16), Shape(unit=960, run_in=b"x" * 100, links=False))  # fmt: skip
    return [
        Seed(name=str(number), files={"clip.mxf": write_mxf(folder / "clip.mxf", [sound, sound], shape).read_bytes()})
        for number, shape in enumerate(shapes)
    ]


def _containers(folder: Path) -> Sequence[Seed]:
    """Return small videos and streams, with times and numbers that are the same each time."""
    import av
    import numpy as np

    seeds = []
    kinds = (("mp4", "aac", "mp4"), ("mov", "pcm_s24le", "mov"), ("matroska", "flac", "mkv"),
             ("avi", "pcm_s16le", "avi"), ("adts", "aac", "aac"), ("mpegts", "ac3", "ts"))  # fmt: skip
    for muxer, codec, suffix in kinds:
        path = folder / f"clip.{suffix}"
        options = {"fflags": "+bitexact"}
        with av.open(str(path), "w", format=muxer, container_options=options) as out:
            track = out.add_stream(codec, rate=48_000, layout="mono")
            noise = np.random.default_rng(0).integers(-9000, 9000, (1, 4800)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(noise, "s16", "mono")
            frame.sample_rate, frame.pts = 48_000, 0
            out.mux(track.encode(frame))
            out.mux(track.encode(None))
        seeds.append(Seed(name=suffix, files={path.name: path.read_bytes()}))
    return seeds


def read_container(folder: Path) -> None:
    """Read the container of the folder in this process, whose limits are those of the case, not in a child."""
    from flowsep_plugin.untrusted.child_process import mark_isolated

    mark_isolated()
    read(folder)


def _harness(name: str, seeds: Callable[[Path], Sequence[Seed]], weight: int = 3) -> Harness:
    return Harness(name=name, seeds=seeds, read=read, weight=weight)


HARNESSES = (
    _harness("wav", _wavs, 6),
    _harness("aiff", partial(_written, ("aiff16", "aiff24"), "aiff")),
    _harness("caf", _cafs),
    _harness("flac", partial(_written, ("flac16", "flac24"), "flac")),
    _harness("ogg", _oggs),
    _harness("mp3", partial(_written, ("mp3",), "mp3")),
    Harness(name="mxf", seeds=_mxfs, read=read_container, weight=3, megabytes=2048),
    Harness(name="container", seeds=_containers, read=read_container, weight=2, megabytes=2048),
)
