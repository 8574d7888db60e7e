"""Reading audio files: as a `Source` for the streaming core, or as a clip."""

from dataclasses import replace
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.levels import check_levels
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError, UsageError

from .container.described import with_decoded
from .container.extent import ends_too_early
from .container.records import AudioStream
from .container.spooling import spool_container
from .container.streams import is_container, read_header
from .frames import SEEKS_EXACTLY, Frames, SeekingFrames, spool
from .info import MediaInfo
from .inspect import LENGTH_UNKNOWN, cut_off, inspect
from .mxf import MxfFrames, read_mxf
from .sound_file import open_sound


class MediaSource:
    """An open audio file, an `audio.clip.Source`. Reads are exact at any position and thread-safe."""

    def __init__(self, info: MediaInfo, frames: Frames) -> None:
        self.info = info
        self._frames = frames
        self._lock = Lock()

    @property
    def rate(self) -> int:
        """Sample rate of the file in Hz."""
        return self.info.rate

    @property
    def channels(self) -> int:
        """Number of channels of the file."""
        return self.info.channels

    @property
    def frames(self) -> int:
        """Length of the file in frames."""
        return self.info.frames

    def read(self, start: int, stop: int) -> Samples:
        """Return frames `[start, stop)` as (channels, stop - start) float32; zeros outside the file.

        Raises MediaError where the file is damaged there, or a sample is NaN, Inf or beyond 1e30; it names the frame.
        """
        block = np.zeros((self.channels, max(0, stop - start)), np.float32)
        first, last = max(0, start), min(self.frames, stop)
        if first < last:
            with self._lock:
                part = self._frames.fetch(first, last)
            check_levels(
                part.T, first=first, rate=self.rate, name=str(self.info.path), doubles=self.info.subtype == "DOUBLE"
            )
            block[:, first - start : last - start] = part.T
        return block

    def close(self) -> None:
        """Close the file and delete a decoded copy; nothing can be read after it."""
        with self._lock:
            self._frames.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_media(path: str | Path, *, allow_truncated: bool = False, stream: str | None = None) -> MediaSource:
    """Open an audio file, or the sound of a video, for reading at any position; close it, or use it in a `with`.

    allow_truncated : read the frames that a truncated file still has.
    stream : which sound stream of a container: its number, from 1, or its language, such as "eng"; None is the default.
    Raises MediaError where the file cannot be read; it names the file, the fault and the way out. UsageError where it
    has no such stream.
    """
    path = Path(path)
    inspection = inspect(path, allow_truncated=allow_truncated, stream=stream)
    info, available = inspection.info, inspection.available_frames
    if inspection.is_cut_off and not allow_truncated:
        raise cut_off(path, declared=info.frames, available=available, rate=info.rate)
    if info.stream is not None:
        return _open_container(info, info.stream, allow_truncated)
    frames = _frames(info, available, allow_truncated)
    return MediaSource(replace(info, frames=frames.frames), frames)


def probe(path: str | Path, *, stream: str | None = None) -> MediaInfo:
    """Return the checked header of `path` without decoding; `stream` as in `open_media`.

    Raises MediaError where the file cannot be read, UsageError where it has no such stream.
    """
    return inspect(Path(path), stream=stream).info


def read_clip(
    path: str | Path, span: Span | None = None, *, allow_truncated: bool = False, stream: str | None = None
) -> AudioClip:
    """Read the whole file, or its `span` (in frames of the file's rate); the clip starts where the span does.

    stream : as in `open_media`.
    Raises MediaError for a file that cannot be read, UsageError for a span at another rate or outside the file.
    """
    with open_media(path, allow_truncated=allow_truncated, stream=stream) as source:
        if span is None:
            span = Span(0, source.frames, source.rate)
        if span.rate != source.rate:
            raise UsageError(f"the span is at {span.rate} Hz, {path} at {source.rate} Hz; convert the span with .at()")
        if span.start < 0 or span.stop > source.frames or not span.frames:
            raise UsageError(
                f"the span {span.start} to {span.stop} exceeds {path}, which has {source.frames} frames; shorten it"
            )
        return AudioClip(source.read(span.start, span.stop), source.rate, span.start)


def truncated_frames(path: Path) -> int | None:
    """Return how many frames of a truncated file can be read; None for a whole file.

    Files whose end only decoding finds (MP3, Vorbis, Opus) count as whole. Raises MediaError for a file that cannot be
    read at all.
    """
    if is_container(path):
        return _container_frames(path)
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


def _container_frames(path: Path) -> int | None:
    """Return how many frames of a truncated container can be decoded; None for a whole one."""
    if not ends_too_early(path):
        read_header(path)
        return None
    with open_media(path, allow_truncated=True) as source:
        return source.frames


def _open_container(info: MediaInfo, stream: AudioStream, allow_truncated: bool) -> MediaSource:
    """Decode a sound stream to disk. Raises MediaError where the file ends too early, unless `allow_truncated`."""
    is_cut_off = ends_too_early(info.path)
    frames, sound = spool_container(info.path, stream)
    if is_cut_off and not allow_truncated:
        frames.close()
        raise cut_off(info.path, available=sound.frames, rate=sound.rate)
    return MediaSource(with_decoded(info, sound), frames)


def _frames(info: MediaInfo, available: int, allow_truncated: bool) -> Frames:
    """Return access by seeking where that is exact, else by decoding to disk."""
    if info.container == "MXF":
        return MxfFrames(info.path, read_mxf(info.path))
    if info.subtype in SEEKS_EXACTLY and info.container != "MP3" and available < LENGTH_UNKNOWN:
        direct = SeekingFrames(info.path, open_sound(info.path), available)
        try:
            if info.container == "FLAC":
                direct.fetch(available - 1, available)  # only the last frame reveals a truncated FLAC
            return direct
        except MediaError:
            direct.close()
            if not allow_truncated:
                raise cut_off(info.path, declared=available) from None
        except BaseException:
            direct.close()
            raise
    return spool(info.path, info.container, info.frames, allow_truncated)
