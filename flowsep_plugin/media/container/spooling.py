"""A container's sound as frames for random access: decoded once, from the first frame to the last, to disk.

Decoding from the middle gives other samples for most codecs (overlapping transforms, noise substitution, prediction);
a copy on disk makes every read equal the linear one.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from flowsep_plugin.media.atomic import DISK_FULL
from flowsep_plugin.media.frames import SpooledFrames, no_room

from .isolation import isolated_call
from .records import AudioStream, DecodedSound

_FLOAT_BYTES: Final = 4
_LEAST_SECONDS: Final = 120.0
_SOUND_SECONDS_A_SECOND: Final = 10.0
_BYTES_A_SECOND: Final = 1_000_000
_LONGEST_SOUND_SECONDS: Final = 86_400.0


def spool_container(path: Path, stream: AudioStream) -> tuple[SpooledFrames, DecodedSound]:
    """Decode a sound stream of `path` to a temporary file, which is deleted on `close`.

    Raises MediaError where it cannot be decoded, StorageFull where the temporary folder has no room.
    """
    folder = Path(tempfile.gettempdir())
    need = (stream.frames or 0) * stream.channels * _FLOAT_BYTES
    need = min(need, path.stat().st_size * 10_000)
    if shutil.disk_usage(folder).free < need:
        raise no_room(path, folder, need)
    handle, name = tempfile.mkstemp(prefix="flowsep-")
    file = _TemporaryCopy(handle, Path(name))
    try:
        sound: DecodedSound = isolated_call(
            "decoding:decode_to", path, stream.index, Path(name), file.forget_name, need, seconds=_limit(path, stream)
        )
    except BaseException as error:
        file.close()
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise no_room(path, folder, need) from error
        raise
    return SpooledFrames(file, sound.frames, sound.channels), sound


class _TemporaryCopy:
    """A temporary file that a child writes and this process reads; it has no name from when the child has opened it.

    On Windows, where an open file cannot lose its name, it is deleted on `close`.
    """

    def __init__(self, handle: int, path: Path) -> None:
        self._file, self._path = os.fdopen(handle, "rb"), path
        self.seek: Callable[..., int] = self._file.seek
        self.readinto: Callable[..., int] = self._file.readinto

    def forget_name(self) -> None:
        """Remove the name of the file, where the system allows that while it is open. Idempotent."""
        if os.name != "nt":
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close and delete the file. Idempotent."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _limit(path: Path, stream: AudioStream) -> float:
    """Return the seconds that decoding may take."""
    sound = min((stream.frames or 0) / max(1, stream.rate), _LONGEST_SOUND_SECONDS)
    return _LEAST_SECONDS + path.stat().st_size / _BYTES_A_SECOND + sound / _SOUND_SECONDS_A_SECOND
