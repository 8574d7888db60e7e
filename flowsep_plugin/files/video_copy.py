"""A copy of the separated video with stems or the rest as new sound tracks, and its entry in the receipt."""

from pathlib import Path
from typing import Any

from flowsep_plugin.media import MediaInfo
from flowsep_plugin.media.container import check_fits_track, mux, track_format
from flowsep_plugin.progress import Progress

from .request import FileRequest
from .stem_audio import Rendering
from .stem_paths import StemPaths

_STEPS = 1000


def check_copy(info: MediaInfo, files: FileRequest, *, channels: int) -> None:
    """Raise UsageError where `files` wants a copy of the video `info` that cannot get a track of so many channels."""
    if files.mux is not None:
        check_fits_track(info.path, track_format(info.path), rate=info.rate, channels=channels)


def write_copy(rendering: Rendering, files: FileRequest, stem_paths: StemPaths) -> dict[str, Any] | None:
    """Write the copy that `files` wants to `stem_paths.video`; returns its entry in the receipt.

    None where no copy is wanted, or none of its tracks was written. Raises as `mux` does, and what the progress raises.
    """
    tracks = _tracks(rendering, files, stem_paths)
    if files.mux is None or stem_paths.video is None or not tracks:
        return None
    info = rendering.source.info
    format = mux(
        info.path, stem_paths.video, tracks, stream=files.stream, replace=files.mux_replace,
        offset=rendering.span.start, advance=lambda share: rendering.report(_progress(share)),
    )  # fmt: skip
    return {
        "file": stem_paths.video.name,
        "tracks": [title for _, title in tracks],
        "codec": format.codec,
        "lossless": format.is_lossless,
        "replaces": files.mux_replace,
    }


def _tracks(rendering: Rendering, files: FileRequest, stem_paths: StemPaths) -> list[tuple[str | Path, str]]:
    """Return (path, title) of every new track: the stems that are written, then the rest."""
    tracks: list[tuple[str | Path, str]] = []
    if files.mux in ("stems", "all"):
        pairs = zip(stem_paths.stems, rendering.request.queries, strict=True)
        tracks += [(path, query) for path, query in pairs if path is not None]
    if files.mux in ("rest", "all") and stem_paths.residual is not None:
        tracks.append((stem_paths.residual, "rest"))
    return tracks


def _progress(share: float) -> Progress:
    return Progress("mux", round(share * _STEPS), _STEPS, None)
