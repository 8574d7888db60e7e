"""Opens a file, checks all that its header says, and states what is wrong in words a musician can act on."""

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
    """`info`, and how many frames of it the file really holds (equal unless the file was cut off)."""

    info: MediaInfo
    held: int

    @property
    def is_cut_off(self) -> bool:
        """Whether the header promises more than there is."""
        return self.held < self.info.frames


def inspect(path: Path, *, allow_truncated: bool = False) -> Inspection:
    """Return what the header of `path` says, checked. Reads no samples.

    Raises MediaError where the file is missing, a folder, unreadable, empty, not audio, without frames, an Ogg stream
    that is cut off (unless `allow_truncated`), or its header is absurd.
    """
    with open_bytes(path) as file:
        chunks = find_chunks(file)
        named = {chunk.id: chunk for chunk in reversed(chunks)}
        bodies = {name: body(file, named[name]) for name in (b"bext", b"iXML", b"fmt ", b"cue ") if name in named}
        size = file.seek(0, 2)
        if ends_in_mid_page(file, size) and not allow_truncated:
            raise cut_off(path, None, None, 0)
        ssnd = named.get(b"SSND")
        lead = 0 if ssnd is None else 8 + int.from_bytes(body(file, ssnd, 4), "big")  # its offset and block size
        labels = next((body(file, c) for c in chunks if c.id == b"LIST" and body(file, c, 4) == b"adtl"), b"")
    fmt = bodies.get(b"fmt ", b"")
    order: Any = "big" if b"COMM" in named else "little"
    if len(fmt) >= 16 and order == "little":
        _check_shape(path, int.from_bytes(fmt[2:4], order), int.from_bytes(fmt[4:8], order))
    with open_sound(path) as sound:
        container, subtype = _names(sound)
        channels, rate, frames = sound.channels, sound.samplerate, sound.frames
    _check_shape(path, channels, rate)
    bits = _BITS.get(subtype)
    promised, held = _lengths(ssnd or named.get(b"data"), lead, channels * (bits or 0) // 8, frames)
    if promised == 0 or held == 0:
        raise MediaError(f"{path}: the file holds no audio, 0 frames; {_why_no_frames(named.get(b'data'), size)}")
    bext = bodies.get(b"bext")
    info = MediaInfo(
        path=path,
        container=container,
        subtype=subtype,
        bits=bits or (int(subtype[-2:]) if container == "FLAC" else None),
        rate=rate,
        channels=channels,
        frames=promised,
        bext=None if bext is None else parse_bext(bext),
        ixml=bodies.get(b"iXML"),
        markers=parse_markers(bodies.get(b"cue ", b""), labels),
        channel_mask=_mask(fmt),
    )
    return Inspection(info, held)


def open_bytes(path: Path) -> BinaryIO:
    """`path` opened for reading. Raises MediaError where that cannot be."""
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
        raise MediaError(f"{path} may not be read by you; change its permissions or copy it") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        said = getattr(error, "strerror", None) or error
        raise MediaError(f"{path} cannot be read: {said}; copy it to another disk") from error


class _AsRf64(io.FileIO):
    """A BW64 file under the name that libsndfile knows: the layout is the same (ITU-R BS.2088-1, annex 1)."""

    def readinto(self, buffer: Any) -> int:
        at = self.tell()
        count = super().readinto(buffer) or 0
        if at < 4:
            shown = b"RF64"[at : at + count]
            memoryview(buffer).cast("B")[: len(shown)] = shown
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
        """Let go of both."""
        super().close()
        self._under.close()


def open_sound_over(file: io.IOBase) -> Any:
    """Open a `soundfile.SoundFile` on the open binary `file`, which goes with it."""
    return _Over(file)


def open_sound(path: Path) -> Any:
    """Open a `soundfile.SoundFile` on `path`. Raises MediaError where libsndfile finds no audio in it."""
    with open_bytes(path) as file:
        is_bw64 = file.read(4) == b"BW64"
    try:
        if is_bw64:
            return open_sound_over(_AsRf64(path, "rb"))
        return sf.SoundFile(path)
    except (sf.SoundFileError, TypeError, ValueError) as error:  # TypeError: headerless ".raw"
        said = str(getattr(error, "error_string", error)).rstrip(".")
        why = "" if "does not exist" in said else f" ({said})"  # libsndfile says that of an MP3 without frames
        raise MediaError(f"{path} cannot be read as audio{why}; export it as WAV, FLAC or AIFF") from error


def cut_off(path: Path, promised: int | None, held: int | None, rate: int) -> MediaError:
    """Make the error for a file that ends before its header says."""
    what = "it ends in mid-stream" if promised is None else f"its header promises {promised} frames, the audio ends "
    there = "" if promised is None else "sooner" if held is None else f"after {held} ({held / rate:.3f} s)"
    return MediaError(
        f"{path} is cut off or damaged: {what}{there}; copy or export it again, "
        "or read what is there from Python: read_clip(path, allow_truncated=True)"
    )


def _names(sound: Any) -> tuple[str, str]:
    container = "WAV" if sound.format == "WAVEX" else sound.format
    return str(container), str(sound.subtype)


def _check_shape(path: Path, channels: int, rate: int) -> None:
    if not 1 <= channels <= MOST_CHANNELS:
        raise MediaError(f"{path}: the header says {channels} channels, 1 to {MOST_CHANNELS} can be; export it again")
    if not 1 <= rate <= MOST_RATE:
        raise MediaError(f"{path}: the header says {rate} Hz, 1 to {MOST_RATE} can be; export it again")


def _lengths(chunk: Chunk | None, lead: int, frame_bytes: int, frames: int) -> tuple[int, int]:
    """Frames `(promised, held)`; both are libsndfile's count where no chunk tells more."""
    if chunk is None or chunk.promised is None or not frame_bytes:
        return frames, frames
    promised = (chunk.promised - lead) // frame_bytes
    return max(promised, frames), frames


def _why_no_frames(data: Chunk | None, file_bytes: int) -> str:
    if data is not None and data.promised == 0 and file_bytes > data.start + 8:
        return "its recorder did not finish the header: import it into your DAW as raw audio and save it again"
    return "export it again"


def _mask(fmt: bytes) -> int | None:
    with suppress(IndexError):
        if int.from_bytes(fmt[:2], "little") == _EXTENSIBLE and len(fmt) >= 24:
            return int.from_bytes(fmt[20:24], "little")
    return None
