"""Timecode at which audio files start, from their broadcast metadata."""

from functools import lru_cache
from pathlib import Path

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import probe, source_time_reference


def time_reference(path: Path) -> int:
    """Return the timecode at which a file starts, in its samples since midnight; 0 where it has none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return 0
    return _time_reference(path, status.st_size, status.st_mtime_ns)


@lru_cache(4096)
def _time_reference(path: Path, *version: int) -> int:
    try:
        info = probe(path)
        return source_time_reference(info) - info.lead_frames
    except (MediaError, OSError):
        return 0
