"""How much of a truncated audio file is there."""

from pathlib import Path

from flowsep_plugin.errors import MediaError

from .frames import SEEKS_EXACTLY
from .inspect import LENGTH_UNKNOWN, inspect
from .source import open_media


def truncated_frames(path: Path) -> int | None:
    """Return how many frames of a truncated file can be read; None for a whole file.

    Files whose end only decoding finds (MP3, Vorbis, Opus) count as whole. Raises MediaError for a file that cannot be
    read at all.
    """
    inspection = inspect(path, allow_truncated=True)
    info = inspection.info
    if inspection.is_cut_off:
        return inspection.available_frames
    if info.container != "FLAC" or info.subtype not in SEEKS_EXACTLY or info.frames >= LENGTH_UNKNOWN:
        return None
    try:
        open_media(path).close()
    except MediaError:
        with open_media(path, allow_truncated=True) as source:
            return source.frames
    return None
