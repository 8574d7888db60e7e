"""A copy of a video with stems or the rest as its sound: what is written, and under which name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowsep_ui.studio.results import TakeResult
from flowsep_ui.studio.texts import translate
from flowsep_ui.studio.workspace import Take

from flowsep_plugin.media.container import mux


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """A sound for the copy. is_rest : what is left of the clip, without its stems."""

    path: Path
    title: str
    is_rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCopy:
    """A copy to be written. replaces : the tracks take the place of the sound that they were separated from.

    stream, offset : the sound stream, and the frame of it at which the tracks begin.
    """

    video: Path
    target: Path
    tracks: tuple[VideoTrack, ...]
    replaces: bool
    stream: str | None
    offset: int

    def write(self, advance: Callable[[float], Any]) -> Path:
        """Write the copy and return its path; `advance` is called with the share that is written.

        Raises as `mux` does, and what `advance` raises; no unfinished file is left then.
        """
        tracks = [(track.path, track.title) for track in self.tracks]
        mux(
            self.video, self.target, tracks, stream=self.stream, replace=self.replaces, offset=self.offset,
            advance=advance,
        )  # fmt: skip
        return self.target


def tracks_of(take: Take, result: TakeResult) -> tuple[VideoTrack, ...]:
    """Return the stems of a take that are in its folder, then the rest; none while they are being written."""
    files = result.final_files
    if files is None:
        return ()
    stems = zip(files.stems, take.stem_queries, strict=True)
    tracks = [VideoTrack(path, query.text) for path, query in stems if path is not None]
    if files.residual is not None:
        tracks.append(VideoTrack(files.residual, translate("Studio", "Rest"), is_rest=True))
    return tuple(tracks)


def new_copy_path(video: Path, folder: Path) -> Path:
    """Return a name in `folder` for a copy of `video` that no file has."""
    number, names = 1, f"{video.stem} [FlowSep]"
    while (path := folder / f"{names}{'' if number == 1 else f' {number}'}{video.suffix}").exists():
        number += 1
    return path


def copy_of(take: Take, tracks: Sequence[VideoTrack], target: Path, *, replaces: bool) -> VideoCopy:
    """Return the copy of a take's video with `tracks`."""
    return VideoCopy(
        video=take.input, target=target, tracks=tuple(tracks), replaces=replaces, stream=take.stream,
        offset=take.covers.start,
    )  # fmt: skip
