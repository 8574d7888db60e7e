"""A stem set: Broadcast Wave files that any DAW can spot to their time, with markers as cues, labels and a list.

Each file holds exactly the clip's cut, at its media's rate; `TimeReference` is the session's time at the clip's start.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import (
    BITS,
    FileMarker,
    Format,
    open_media,
    open_writer,
    passes_full_scale,
    placed_metadata,
    stem_adm,
)
from flowsep_plugin.timeline.clip import ClipRef, media_frames
from flowsep_plugin.timeline.formats.stem_list import write as write_list
from flowsep_plugin.timeline.gain_render import curve_gains, folded
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import file_name, unique
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .labels import format_labels

_BLOCK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class StemSet:
    """Paths of a stem set on disk: its sounds, its list, its Audacity labels."""

    files: tuple[Path, ...]
    list: Path
    labels: Path


def write_stem_set(timeline: Timeline, folder: Path, *, padded: bool = False, format: Format = "wav24") -> StemSet:
    """Write every clip of `timeline` into `folder`, with `stems.csv` and `labels.txt`; returns the paths.

    padded : files start at the session's frame 0, with silence up to the clip; drag them to the start of any track.
    A clip that passes full scale is written as 32-bit float, which does not clip it.
    Clip gain and fades go into the list, not into the sound; gain curves go into the sound.
    Raises UsageError for a clip that cannot be cut out of its file as it is, MediaError for files that cannot be read
    or written.
    """
    check_stem_set(timeline, folder)
    for _, clip in timeline.clips():
        if (reason := clip.why_not()) is not None:
            raise UsageError(f"clip {clip.name!r} {reason}")
    names = [path.name for path in folder.iterdir()]
    tracks, files = [], []
    for track in timeline.tracks:
        clips = []
        for clip in map(folded, track.clips):
            name = unique(file_name(f"{track.name} {clip.name}".strip()), [Path(other).stem for other in names])
            names.append(f"{name}.wav")
            path = folder / f"{name}.wav"
            _write_clip(path, clip, timeline, padded=padded, format=format)
            files.append(path)
            clips.append(_as_written(clip, path, padded))
        tracks.append(replace(track, clips=tuple(clips)))
    return StemSet(tuple(files), *_write_lists(replace(timeline, tracks=tuple(tracks)), folder, names))


def check_stem_set(timeline: Timeline, folder: Path) -> None:
    """Make the folder, and raise the UsageError that `write_stem_set` would raise, before any work is done."""
    for _, clip in timeline.clips():
        if clip.play_rate != 1 or clip.reverse:
            raise UsageError(f"clip {clip.name!r} is stretched or reversed; glue it in its program first")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made ({error.strerror}); name another folder") from error


def time_reference(timeline: Timeline, start: int, rate: int) -> int:
    """Return the BWF TimeReference of session frame `start`: frames at `rate` (Hz) since midnight, at least 0."""
    return max(0, media_frames(timeline.origin + start, timeline.rate, rate))


def _write_clip(path: Path, clip: ClipRef, timeline: Timeline, *, padded: bool, format: Format) -> None:
    clip = clip.as_read()
    assert clip.media is not None
    with open_media(clip.media.path) as source:
        before = media_frames(clip.place.start, timeline.rate, source.rate) if padded else 0
        reference = time_reference(timeline, 0 if padded else clip.place.start, source.rate)
        frames = before + clip.cut.frames
        cues = tuple(_cues(timeline, clip, source.rate, before))
        format = "wav32f" if passes_full_scale(source, clip.cut) else format
        bext, ixml = placed_metadata(source.info, reference, clip.name, bits=BITS[format])
        first = clip.cut.start - before
        adm = stem_adm(source, Span(first, frames, source.rate))
        with open_writer(path, source.rate, source.channels, frames, format, bext=bext, ixml=ixml, markers=cues,
                         channel_mask=source.info.stem_mask, tail=adm.chunks) as stem:  # fmt: skip
            for at in range(first, first + frames, _BLOCK):
                stop = min(at + _BLOCK, first + frames)
                block = source.read(at, stop)
                if clip.gain_curve is not None:
                    gains = curve_gains(clip, Span(at, stop - at, source.rate), timeline.rate)
                    block = (block * gains).astype(np.float32)
                block[:, : max(0, min(stop, clip.cut.start) - at)] = 0
                stem.write(block)


def _cues(timeline: Timeline, clip: ClipRef, rate: int, before: int) -> Iterator[FileMarker]:
    """Yield cue points for markers inside the clip; two for a region, at its start and its end."""
    for marker in timeline.markers:
        ends = [(marker.span.start, marker.name)]
        if marker.span.frames:
            ends.append((marker.span.stop, f"{marker.name} (end)"))
        for frame, name in ends:
            if clip.place.start <= frame < clip.place.stop:
                yield FileMarker(before + media_frames(frame - clip.place.start, timeline.rate, rate), name)


def _as_written(clip: ClipRef, path: Path, padded: bool) -> ClipRef:
    media = probe_media(path)
    start = (media.frames or 0) - clip.cut.frames if padded else 0
    return replace(clip, media=media, gain_curve=None, cut=Span(start, clip.cut.frames, clip.cut.rate))


def _write_lists(timeline: Timeline, folder: Path, names: list[str]) -> tuple[Path, Path]:
    table = folder / unique("stems.csv", names)
    labels = folder / unique("labels.txt", names)
    write_list(replace(timeline, document=None), table, table)
    labels.write_text(format_labels(timeline.markers), "utf-8")
    return table, labels


def only_new(timeline: Timeline) -> Timeline:
    """Return the timeline with only the tracks that `place_stems` added, as a new session."""
    tracks: tuple[Track, ...] = tuple(track for track in timeline.tracks if track.like is not None)
    return replace(timeline, tracks=tracks, document=None)
