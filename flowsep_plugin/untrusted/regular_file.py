"""Read files that may be anything: a pipe waits for its writer for good, a device need not end, a file may be endless.

Every reader of files from outside uses these functions instead of `open`. For audio files see `media.sound_file`.
"""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

TEXT_BYTES = 64 << 20
"""Longest text file that is read whole unless its reader says otherwise."""

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_regular(path: Path) -> BufferedReader:
    """Open the regular file at `path`, or where its links lead, for reading bytes.

    Raises OSError where it is missing, a folder, a pipe, a socket or a device, or has a name that no file can have.
    """
    try:
        _check_mode(path, path.stat().st_mode)
        file = os.fdopen(os.open(path, _OPEN_FLAGS), "rb")
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, "has a name that no file can have", str(path)) from error
    try:
        _check_mode(path, os.fstat(file.fileno()).st_mode)
    except OSError:
        file.close()
        raise
    return file


def read_regular(path: Path, most_bytes: int = TEXT_BYTES) -> bytes:
    """Return the content of a regular file. Raises OSError as `open_regular` does, and for over `most_bytes` bytes."""
    with open_regular(path) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"is longer than {most_bytes} bytes", str(path))
    return content


def read_regular_text(path: Path, most_bytes: int = TEXT_BYTES) -> str:
    """Return the text of a regular file in UTF-8. Raises OSError as `read_regular` does, ValueError for other bytes."""
    return read_regular(path, most_bytes).decode("utf-8")


def is_folder(path: Path) -> bool:
    """Whether there is a folder at `path`; False for names that no file can have, too long or with a NUL."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Whether there is a regular file at `path`; False for names that no file can have, too long or with a NUL."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _check_mode(path: Path, mode: int) -> None:
    """Raise OSError where a file's mode is not that of a regular file."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "is a pipe or a device, not a file", str(path))
