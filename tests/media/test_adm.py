"""ADM files: the source is only read, and stems of all its channels are files of the same layout."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from media_makers import pcm16_format, riff
from wavinfo import WavInfoReader

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.files import FileRequest, FileSeparation, separate_file
from flowsep_plugin.media import open_media, open_writer, stem_adm
from flowsep_plugin.media.chunks import body, find_chunks
from flowsep_plugin.separate import Separator

RATE, FRAMES, CHANNELS = 48_000, 9_601, 3
DBMD = b"\0\0\0\1\0"  # a version and no segments: an odd number of bytes
BED = ("AT_00010003_01", "AP_00010002")


def chna(channels: int = CHANNELS) -> bytes:
    """A `chna` body: a UID, a track format and a pack format for each channel."""
    entries = (
        struct.pack("<H12s14s11sx", n, b"ATU_%08d" % n, BED[0].encode(), BED[1].encode())
        for n in range(1, channels + 1)
    )
    return struct.pack("<HH", channels, channels) + b"".join(entries)


def axml(*blocks: str) -> bytes:
    """An `axml` body with a programme, an object, and a channel format with these attributes of its blocks."""
    inner = "".join(f'<audioBlockFormat audioBlockFormatID="AB_{n}" {block}/>' for n, block in enumerate(blocks))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2016"><coreMetadata><format><audioFormatExtended>
<audioProgramme audioProgrammeID="APR_1001" audioProgrammeName="Harbour" start="00:00:00.00000" end="00:00:00.20002">
<audioContentIDRef>ACO_1001</audioContentIDRef></audioProgramme>
<audioContent audioContentID="ACO_1001" audioContentName="Bed">
<audioObjectIDRef>AO_1001</audioObjectIDRef></audioContent>
<audioObject audioObjectID="AO_1001" audioObjectName="Sea" start="00:00:00.00000" duration="00:00:00.20002">
<audioPackFormatIDRef>AP_00010002</audioPackFormatIDRef></audioObject>
<audioPackFormat audioPackFormatID="AP_00010002" audioPackFormatName="urn:itu:bs:2051:0:pack:stereo_(0+2+0)"/>
<audioChannelFormat audioChannelFormatID="AC_00010001" audioChannelFormatName="Left">{inner}</audioChannelFormat>
</audioFormatExtended></format></coreMetadata></ebuCoreMain>""".encode()


STATIC = axml('rtime="00:00:00.00000" duration="00:00:00.20002"')
MOVING = axml('rtime="00:00:00.00000" duration="00:00:00.10000"', 'rtime="00:00:00.10000" duration="00:00:00.10002"')


def samples() -> np.ndarray:
    return np.random.default_rng(0).integers(-9_000, 9_000, (FRAMES, CHANNELS)).astype("<i2")


def adm_file(path: Path, xml: bytes = STATIC, magic: bytes = b"RIFF", *others: tuple[bytes, bytes]) -> Path:
    """Write an ADM file as its programs do: `chna` before the audio, `axml` after it."""
    audio, layout = samples().tobytes(), ((b"fmt ", pcm16_format(CHANNELS)), (b"chna", chna()))
    after = ((b"axml", xml), (b"dbmd", DBMD), *others)
    content = riff(*layout, (b"data", audio), *after)
    if magic != b"RIFF":
        sizes = struct.pack("<QQQI", 0, len(audio), FRAMES, 0)
        content = riff((b"ds64", sizes), *layout, (b"data", audio), *after, name=magic)
        content = content.replace(b"data" + struct.pack("<I", len(audio)), b"data" + b"\xff" * 4)
        content = content[:4] + b"\xff" * 4 + content[8:20] + struct.pack("<Q", len(content) - 8) + content[28:]
    path.write_bytes(content)
    return path


def separated(path: Path, **settings: object) -> FileSeparation:
    with Separator.open("echo") as echo:
        return separate_file(echo, path, Request(["a dog"]), FileRequest(path.parent / "out", **settings))  # type: ignore[arg-type]


def chunks_of(path: Path) -> dict[bytes, bytes]:
    with path.open("rb") as file:
        return {chunk.id: body(file, chunk) for chunk in find_chunks(file)}


@pytest.mark.parametrize("magic", [b"RIFF", b"RF64", b"BW64"])
def test_a_stem_of_all_channels_is_an_adm_file_of_the_same_layout(tmp_path: Path, magic: bytes) -> None:
    source = adm_file(tmp_path / "adm.wav", MOVING, magic)
    before = source.read_bytes()
    separation = separated(source)
    stem, residual = separation.stems[0], separation.residual
    assert residual is not None
    assert source.read_bytes() == before
    chunks = chunks_of(stem)
    assert (chunks[b"chna"], chunks[b"axml"], chunks[b"dbmd"]) == (chna(), MOVING, DBMD)
    wave = WavInfoReader(str(stem))
    assert [uid.track_index for uid in wave.adm.channel_uids] == [0, 1, 2]
    assert wave.adm.programme()["programme_name"] == "Harbour"
    total = sf.read(stem, dtype="int32")[0] + sf.read(residual, dtype="int32")[0]
    np.testing.assert_array_equal(total >> 16, samples())


def test_a_stem_of_a_part_has_a_static_layout_without_its_times(tmp_path: Path) -> None:
    stem = separated(adm_file(tmp_path / "adm.wav"), span=Span(100, 5_000, RATE)).stems[0]
    programme = WavInfoReader(str(stem)).adm.programme()
    assert (programme["programme_name"], programme["programme_start"], programme["programme_end"]) == (
        "Harbour", None, None
    )  # fmt: skip
    assert not any(word in chunks_of(stem)[b"axml"] for word in (b"duration", b"rtime", b"start="))
    assert b'audioObjectName="Sea"' in chunks_of(stem)[b"axml"]


@pytest.mark.parametrize(
    ("settings", "others", "reason"),
    [
        ({"channels": (0, 1)}, (), "is that of all channels"),
        ({"channels": (2, 1, 0)}, (), "is that of all channels"),
        ({"span": Span(100, 5_000, RATE)}, (), "moves in time"),
        ({"span": Span(100, 5_000, RATE)}, ((b"bxml", b"zipped"),), "moves in time"),
    ],
)
def test_a_stem_that_the_metadata_is_not_true_of_has_none_and_the_receipt_says_why(
    tmp_path: Path, settings: dict[str, object], others: tuple[tuple[bytes, bytes], ...], reason: str
) -> None:
    separation = separated(adm_file(tmp_path / "adm.wav", MOVING, b"RIFF", *others), **settings)
    assert not {b"chna", b"axml", b"bxml", b"dbmd"} & set(chunks_of(separation.stems[0]))
    assert any(reason in note for note in separation.record["notes"])


def test_flac_stems_hold_the_chunks_for_a_conversion_back(tmp_path: Path) -> None:
    stem = separated(adm_file(tmp_path / "adm.wav"), format="flac24").stems[0]
    assert chunks_of(stem)[b"axml"] == STATIC
    assert sf.info(stem).frames == FRAMES


def test_a_long_stem_is_an_rf64_file_with_them(tmp_path: Path) -> None:
    with open_media(adm_file(tmp_path / "adm.wav")) as source:
        adm = stem_adm(source, Span(0, FRAMES, RATE))
        with open_writer(tmp_path / "long.wav", RATE, CHANNELS, FRAMES, tail=adm.chunks, rf64_from=1) as stem:
            stem.write(source.read(0, FRAMES))
    content = (tmp_path / "long.wav").read_bytes()
    assert content[:4] == b"RF64"
    assert int.from_bytes(content[20:28], "little") == len(content) - 8
    assert chunks_of(tmp_path / "long.wav")[b"axml"] == STATIC
    np.testing.assert_array_equal(sf.read(tmp_path / "long.wav", dtype="int32")[0] >> 16, samples())


def test_the_size_in_the_header_counts_the_chunks_after_the_audio(tmp_path: Path) -> None:
    content = separated(adm_file(tmp_path / "adm.wav")).stems[0].read_bytes()
    assert int.from_bytes(content[4:8], "little") == len(content) - 8


def test_files_of_128_channels_are_read(tmp_path: Path) -> None:
    audio = np.arange(128, dtype="<i2")
    (tmp_path / "atmos.wav").write_bytes(riff((b"fmt ", pcm16_format(128)), (b"data", audio.tobytes())))
    with open_media(tmp_path / "atmos.wav") as source:
        assert (source.read(0, 1)[:, 0] * 2**15).tolist() == list(range(128))
