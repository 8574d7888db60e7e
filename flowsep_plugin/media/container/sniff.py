"""Tells containers of video and compressed sound by their first bytes, without the library that reads them."""

import stat
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

_START_BYTES: Final = 4096
_MPEGTS_PACKETS: Final = (188, 192, 204)
_ASF: Final = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ISO_BOXES: Final = frozenset((b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp"))
_SYNC_BYTE: Final = 0x47


class ContainerKind(NamedTuple):
    """A kind of container: its `name` for messages, and the `demuxer` of libavformat that reads it."""

    name: str
    demuxer: str


CONTAINER_SUFFIXES: Final = frozenset(
    ".3g2 .3gp .aac .ac3 .amr .ape .asf .avi .divx .dts .ec3 .eac3 .f4v .flv .m2ts .m4a .m4b .m4v .mka .mkv .mov .mp4 "
    ".mpeg .mpg .mts .qt .ts .tta .vob .webm .wma .wmv .wv".split()
)
"""Suffixes of the files that are read as containers, for dialogs and folders; their first bytes decide."""


def container_suffixes() -> frozenset[str]:
    """Return CONTAINER_SUFFIXES where PyAV is installed, else none."""
    return CONTAINER_SUFFIXES if find_spec("av") is not None else frozenset()


def sniff(path: Path) -> ContainerKind | None:
    """Return the kind of container that the file at `path` is; None for any other file, and for one that is missing."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait
            return None
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
            if start[:3] == b"ID3" and len(start) >= 10:  # before AAC, as before MP3
                file.seek(
                    10 + sum((byte & 0x7F) << shift for byte, shift in zip(start[6:10], (21, 14, 7, 0), strict=True))
                )
                tagged = file.read(_START_BYTES)
                return _AAC if _is_adts(tagged) else None
    except (OSError, ValueError):
        return None
    return next((kind for matches, kind in _KINDS if matches(start)), None)


def _is_iso(start: bytes) -> bool:
    return start[4:8] in _ISO_BOXES


def _is_avi(start: bytes) -> bool:
    return start[:4] == b"RIFF" and start[8:11] == b"AVI"


def _is_adts(start: bytes) -> bool:
    """Whether AAC frames with ADTS headers (ISO 14496-3, 1.A.2) begin here: a header, and where it ends another one."""
    if len(start) < 7 or start[0] != 0xFF or start[1] & 0xF6 != 0xF0:
        return False
    length = (start[3] & 3) << 11 | start[4] << 3 | start[5] >> 5
    following = start[length : length + 2]
    return length >= 7 and (len(following) < 2 or (following[0] == 0xFF and following[1] & 0xF6 == 0xF0))


def _is_ac3(start: bytes) -> bool:
    return start[:2] == b"\x0b\x77" and len(start) > 5 and start[5] >> 3 <= 10


def _is_eac3(start: bytes) -> bool:
    return start[:2] == b"\x0b\x77" and len(start) > 5 and 10 < start[5] >> 3 <= 16


def _is_mpegts(start: bytes) -> bool:
    """Whether three packets of a transport stream (ISO 13818-1, 2.4.3) begin here."""
    return any(
        all(start[lead + n * size : lead + n * size + 1] == bytes((_SYNC_BYTE,)) for n in range(3))
        for size in _MPEGTS_PACKETS
        for lead in ((4,) if size == 192 else (0,))
    )


def _starts_with(magic: bytes) -> Callable[[bytes], bool]:
    return lambda start: start.startswith(magic)


_AAC: Final = ContainerKind("AAC", "aac")
_KINDS: Final[tuple[tuple[Callable[[bytes], bool], ContainerKind], ...]] = (
    (_is_iso, ContainerKind("MP4", "mov")),
    (_starts_with(b"\x1a\x45\xdf\xa3"), ContainerKind("Matroska", "matroska")),
    (_is_avi, ContainerKind("AVI", "avi")),
    (_starts_with(_ASF), ContainerKind("ASF", "asf")),
    (_is_adts, _AAC),
    (_is_ac3, ContainerKind("AC-3", "ac3")),
    (_is_eac3, ContainerKind("E-AC-3", "eac3")),
    (_is_mpegts, ContainerKind("MPEG-TS", "mpegts")),
    (_starts_with(b"\x00\x00\x01\xba"), ContainerKind("MPEG-PS", "mpeg")),
    (_starts_with(b"FLV\x01"), ContainerKind("FLV", "flv")),
    (_starts_with(b"#!AMR"), ContainerKind("AMR", "amr")),
    (_starts_with(b"\x7f\xfe\x80\x01"), ContainerKind("DTS", "dts")),
    (_starts_with(b"wvpk"), ContainerKind("WavPack", "wv")),
    (_starts_with(b"MAC "), ContainerKind("APE", "ape")),
    (_starts_with(bytes.fromhex("060e2b34020501010d01020101")), ContainerKind("MXF", "mxf")),
    (_starts_with(b"TTA1"), ContainerKind("TTA", "tta")),
)
"""First bytes -> the kind of container. libsndfile reads none of them; PCM in MXF is read by `media.mxf`."""
