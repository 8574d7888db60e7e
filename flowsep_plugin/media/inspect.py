"""Opens a file and checks its header; errors name what is wrong and what the user can do."""

import io
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import soundfile as sf

from flowsep_plugin.errors import MediaError

from .bext import parse_bext
from .chunks import Chunk, body, ends_in_mid_page, find_chunks
from .info import MediaInfo
from .markers import parse_markers

MOST_CHANNELS: Final = 64
MOST_RATE: Final = 768_000
LENGTH_UNKNOWN: Final = 2**62
"""libsndfile reports 2^63 - 1 frames where a FLAC header leaves the length open."""

_BITS: Final = {
    "PCM_S8": 8, "PCM_U8": 8, "ULAW": 8, "ALAW": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64,
}  # fmt: skip
_EXTENSIBLE: Final = 0xFFFE


@dataclass(frozen=True, slots=True)
class Inspection:
    """`info`, and the number of frames that are in the file: fewer than `info.frames` where it is truncated."""

    info: MediaInfo
    available_frames: int

    @property
    def is_cut_off(self) -> bool:
        """Whether the file has fewer frames than its header declares."""
        return self.available_frames < self.info.frames


def inspect(path: Path, *, allow_truncated: bool = False) -> Inspection:
    """Return the checked header of `path`; samples are not read.

    Raises MediaError where the file is missing, a folder, unreadable, empty, not audio, without frames, an Ogg stream
    that is truncated (unless `allow_truncated`), or its header has impossible values.
    """
    with open_bytes(path) as file:
        chunks = find_chunks(file)
        by_id = {chunk.id: chunk for chunk in reversed(chunks)}
        bodies = {name: body(file, by_id[name]) for name in (b"bext", b"iXML", b"fmt ", b"cue ") if name in by_id}
        size = file.seek(0, 2)
        if ends_in_mid_page(file, size) and not allow_truncated:
            raise cut_off(path)
        ssnd = by_id.get(b"SSND")
        lead = 0 if ssnd is None else 8 + int.from_bytes(body(file, ssnd, 4), "big")  # its offset and block size
        labels = next((body(file, c) for c in chunks if c.id == b"LIST" and body(file, c, 4) == b"adtl"), b"")
    fmt = bodies.get(b"fmt ", b"")
    order: Any = "big" if b"COMM" in by_id else "little"
    if len(fmt) >= 16 and order == "little":
        _check_shape(path, int.from_bytes(fmt[2:4], order), int.from_bytes(fmt[4:8], order))
    with open_sound(path) as sound:
        container, subtype = _names(sound)
        channels, rate, frames = sound.channels, sound.samplerate, sound.frames
    _check_shape(path, channels, rate)
    bits = _BITS.get(subtype)
    declared, available = _lengths(ssnd or by_id.get(b"data"), lead, channels * (bits or 0) // 8, frames)
    if declared == 0 or available == 0:
        raise MediaError(f"{path}: the file holds no audio, 0 frames; {_why_no_frames(by_id.get(b'data'), size)}")
    bext = bodies.get(b"bext")
    info = MediaInfo(
        path=path,
        container=container,
        subtype=subtype,
        bits=bits or (int(subtype[-2:]) if container == "FLAC" else None),
        rate=rate,
        channels=channels,
        frames=declared,
        bext=None if bext is None else parse_bext(bext),
        ixml=bodies.get(b"iXML"),
        markers=parse_markers(bodies.get(b"cue ", b""), labels),
        channel_mask=_mask(fmt),
    )
    return Inspection(info, available)


def open_bytes(path: Path) -> BinaryIO:
    """Open the file `path` for reading. Raises MediaError where it is missing, empty, not a file or not readable."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise MediaError(f"{path} is a folder; name one audio file in it")
        if not stat.S_ISREG(status.st_mode):
            raise MediaError(f"{path} is a pipe or a device; save the audio to a file first")
        if status.st_size == 0:
            raise MediaError(f"{path} is empty, 0 bytes; export it again")
        return path.open("rb")
    except FileNotFoundError:
        raise MediaError(f"{path}: there is no such file; check the name and the folder") from None
    except PermissionError:
        raise MediaError(f"{path}: permission denied; change its permissions or copy it") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise MediaError(f"{path} cannot be read: {reason}; copy it to another disk") from error


class _AsRf64(io.FileIO):
    """A BW64 file with the id of RF64, which libsndfile reads: the layout is the same (ITU-R BS.2088-1, annex 1)."""

    def readinto(self, buffer: Any) -> int:
        at = self.tell()
        count = super().readinto(buffer) or 0
        if at < 4:
            magic = b"RF64"[at : at + count]
            memoryview(buffer).cast("B")[: len(magic)] = magic
        return count


class _Over(sf.SoundFile):  # type: ignore[misc]  # soundfile is untyped
    """A sound file that closes the Python file it reads from."""

    def __init__(self, file: io.IOBase) -> None:
        self._under = file
        try:
            super().__init__(file)
        except BaseException:
            file.close()
            raise

    def close(self) -> None:
        """Close the sound file and the Python file."""
        super().close()
        self._under.close()


def open_sound_over(file: io.IOBase) -> Any:
    """Open a `soundfile.SoundFile` on the open binary `file`; closing it closes `file`."""
    return _Over(file)


def open_sound(path: Path) -> Any:
    """Open a `soundfile.SoundFile` on `path`. Raises MediaError where libsndfile cannot read it as audio."""
    with open_bytes(path) as file:
        is_bw64 = file.read(4) == b"BW64"
    try:
        if is_bw64:
            return open_sound_over(_AsRf64(path, "rb"))
        return sf.SoundFile(path)
    except (sf.SoundFileError, TypeError, ValueError) as error:  # TypeError: headerless ".raw"
        detail = str(getattr(error, "error_string", error)).rstrip(".")
        reason = "" if "does not exist" in detail else f" ({detail})"  # libsndfile's text for an MP3 without frames
        raise MediaError(f"{path} cannot be read as audio{reason}; export it as WAV, FLAC or AIFF") from error


def cut_off(
    path: Path, *, declared: int | None = None, available: int | None = None, rate: int | None = None
) -> MediaError:
    """Return the error for a truncated file: `declared` frames in the header, of which `available` are in the file.

    declared : None for a stream that ends in the middle of a page.     available, rate : None where unknown.
    """
    if declared is None:
        fault = "it ends in mid-stream"
    elif available is None or rate is None:
        fault = f"its header declares {declared} frames, the audio ends sooner"
    else:
        fault = f"its header declares {declared} frames, the audio ends after {available} ({available / rate:.3f} s)"
    return MediaError(
        f"{path} is cut off or damaged: {fault}; copy or export it again, "
        "or read the part that is there from Python: read_clip(path, allow_truncated=True)"
    )


def _names(sound: Any) -> tuple[str, str]:
    container = "WAV" if sound.format == "WAVEX" else sound.format
    return str(container), str(sound.subtype)


def _check_shape(path: Path, channels: int, rate: int) -> None:
    if not 1 <= channels <= MOST_CHANNELS:
        raise MediaError(
            f"{path}: the header gives {channels} channels, 1 to {MOST_CHANNELS} are supported; export it again"
        )
    if not 1 <= rate <= MOST_RATE:
        raise MediaError(f"{path}: the header gives {rate} Hz, 1 to {MOST_RATE} are supported; export it again")


def _lengths(chunk: Chunk | None, lead: int, frame_bytes: int, frames: int) -> tuple[int, int]:
    """Return frames `(declared, available)`; both are libsndfile's count where the chunk gives no size."""
    if chunk is None or chunk.declared is None or not frame_bytes:
        return frames, frames
    declared = (chunk.declared - lead) // frame_bytes
    return max(declared, frames), frames


def _why_no_frames(data: Chunk | None, file_bytes: int) -> str:
    if data is not None and data.declared == 0 and file_bytes > data.start + 8:
        return "its recorder did not finish the header: import it into your DAW as raw audio and save it again"
    return "export it again"


def _mask(fmt: bytes) -> int | None:
    with suppress(IndexError):
        if int.from_bytes(fmt[:2], "little") == _EXTENSIBLE and len(fmt) >= 24:
            return int.from_bytes(fmt[20:24], "little")
    return None
