"""The library that reads containers, PyAV: imported when it is needed, quiet, and told what it opens."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from flowsep_plugin.errors import MediaError
from flowsep_plugin.version import install_command


def libav(path: Path, kind: str) -> Any:
    """Return the module `av`. Raises MediaError, with how to install it, where it is missing; `path` is of `kind`."""
    try:
        import av
        import av.logging
    except ImportError as error:
        raise MediaError(f"{path} is {kind}, which needs PyAV to be read: {install_command('video')}") from error
    av.logging.set_level(None)  # without this, libav's messages wait for a lock of Python's logging
    return av


@contextlib.contextmanager
def one_line_errors(path: Path) -> Iterator[None]:
    """Context manager that raises MediaError, with `path`, for errors of PyAV in its block."""
    from av.error import FFmpegError

    try:
        yield
    except FFmpegError as error:
        raise MediaError(f"{path} cannot be read ({reason_of(error)}); copy or export it again") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the beginning of the file, which damage leads to
            raise
        raise MediaError(f"{path} is damaged ({error.strerror}); copy or export it again") from error
    except (ValueError, OverflowError, UnicodeError, ZeroDivisionError, IndexError) as error:  # of PyAV's own code
        raise MediaError(f"{path} is damaged ({error}); copy or export it again") from error


def reason_of(error: Exception) -> str:
    """Return what an error of libav says, without error number and file name."""
    return str(getattr(error, "strerror", None) or error)


def open_demuxer(av: Any, file: BinaryIO, demuxer: str) -> Any:
    """Open `file` with one demuxer of libavformat, so that it can name no other file and no address.

    Demuxers of playlists are thus never reached, and sound in other files that a .mov refers to is not opened.
    """
    return av.open(file, "r", format=demuxer, metadata_errors="replace")


def pass_over_others(container: Any, stream: Any) -> None:
    """Let an open container read no packets but those of `stream`; containers with an index then skip the picture."""
    for other in container.streams:
        if other is not stream:
            other.discard = type(other.discard)["all"]
