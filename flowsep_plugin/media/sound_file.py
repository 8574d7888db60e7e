"""Opens audio files with libsndfile; errors name what is wrong and what the user can do."""

import io
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

import soundfile as sf

from flowsep_plugin.errors import MediaError


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
        return sf.SoundFile(path if os.name == "nt" else os.fsencode(path))  # soundfile encodes no odd names
    except (sf.SoundFileError, TypeError, ValueError) as error:  # TypeError: headerless ".raw"
        detail = str(getattr(error, "error_string", error)).rstrip(".")
        reason = "" if "does not exist" in detail else f" ({detail})"  # libsndfile's text for an MP3 without frames
        raise MediaError(f"{path} cannot be read as audio{reason}; export it as WAV, FLAC or AIFF") from error
