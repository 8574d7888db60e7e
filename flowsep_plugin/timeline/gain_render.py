"""Gain curves rendered into sound, for sessions that cannot hold them.

A clip's curve goes into a second file next to its own, "NAME (gain).wav"; its steady gain and fades stay as they are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import Format, MediaInfo, open_media, open_writer, source_time_reference, stem_metadata

from .clip import ClipRef
from .formats import by_suffix
from .gain_curve import GainCurve
from .media import probe_media
from .names import unique
from .timeline import Timeline
from .track import Track

_BLOCK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class GainRendering:
    """The file `path` to be written for `clip`: `covers` of its file, times its gain curve; `rate` is the session's.

    covers : at the media's rate; None for the whole file.
    """

    clip: ClipRef
    path: Path
    rate: int
    covers: Span | None = None


def render_for(timeline: Timeline, target: Path) -> Timeline:
    """Return the timeline with all gain curves rendered that the session `target` could not hold.

    Where `target` is of another format than the session that was read, that goes for old clips too, whose sound as they
    play it is written to the folder of `target` for media. Raises MediaError as `render_gain_curves` does.
    """
    return _rendered(*plan_for(timeline, target))


def plan_for(timeline: Timeline, target: Path) -> tuple[Timeline, tuple[GainRendering, ...]]:
    """Return the timeline as `render_for` returns it, and the files that it writes."""
    form, document = by_suffix(target), timeline.document
    if form.capabilities.gain_curves:
        return timeline, ()
    is_new = document is None or document.format != form.name
    return _plan(timeline, form.media_folder(target) if is_new else None)


def render_gain_curves(timeline: Timeline) -> Timeline:
    """Return the timeline with the gain curves of its new clips rendered into files next to theirs.

    A curve that rises above 1 is rendered lower, and the clip's gain raised instead, so that no sample is clipped.
    Raises MediaError for files that cannot be read or written; no file is left then.
    """
    return _rendered(*_plan(timeline, None))


def _plan(timeline: Timeline, folder: Path | None) -> tuple[Timeline, tuple[GainRendering, ...]]:
    """Return the timeline without the curves of its new clips, and with a `folder` for their files of its old clips."""
    renderings: list[GainRendering] = []

    def without_curve(clip: ClipRef) -> ClipRef:
        if clip.like is None and folder is None:
            return clip
        flat = folded(clip)
        if flat.media is None or flat.gain_curve is None or (clip.like is None and not _is_readable(clip)):
            return flat
        flat = flat.as_read()
        assert flat.media is not None
        rendering = _rendering(flat, None if clip.like is not None else folder, timeline.rate, renderings)
        renderings.append(rendering)
        if rendering.covers is None:
            return replace(flat, media=replace(flat.media, path=rendering.path), gain_curve=None)
        media = replace(flat.media, path=rendering.path, frames=flat.cut.frames, lead=0)
        return replace(flat, media=media, cut=replace(flat.cut, start=0), gain_curve=None)

    return _with_clips(timeline, without_curve), tuple(renderings)


def _rendering(clip: ClipRef, folder: Path | None, rate: int, others: list[GainRendering]) -> GainRendering:
    assert clip.media is not None
    path = clip.media.path
    if folder is None:
        return GainRendering(clip, _unused(path, others), rate)
    return GainRendering(clip, _unused(folder / f"{path.stem}.wav", others), rate, clip.cut)


def _is_readable(clip: ClipRef) -> bool:
    return clip.media is not None and clip.media.member is None and clip.media.is_online


def _rendered(planned: Timeline, renderings: Sequence[GainRendering]) -> Timeline:
    new_paths: list[Path] = []
    try:
        for rendering in renderings:
            rendering.path.parent.mkdir(parents=True, exist_ok=True)
            _render(rendering)
            new_paths.append(rendering.path)
    except BaseException:
        for path in new_paths:
            path.unlink(missing_ok=True)
        raise
    return _with_clips(planned, lambda clip: _probed(clip, frozenset(new_paths)))


def folded(clip: ClipRef) -> ClipRef:
    """Return the clip with its gain curve at 1 or below: what is above, or does not move, goes into its gain."""
    curve = clip.gain_curve
    if curve is None:
        return clip
    highest = max(gain for _, gain in curve.points)
    if curve.is_steady:
        return replace(clip, gain=clip.gain * highest, gain_curve=None)
    if highest <= 1:
        return clip
    points = tuple((frame, gain / highest) for frame, gain in curve.points)
    return replace(clip, gain=clip.gain * highest, gain_curve=GainCurve(points))


def curve_gains(clip: ClipRef, frames: Span, session_rate: int) -> np.ndarray[Any, Any]:
    """Return the gain of a clip's curve at each of `frames` of its media, (n,) float64; 1 where it has no curve.

    frames : at the media's rate. Before and after the part that the clip plays, the curve's ends are held.
    """
    if clip.gain_curve is None:
        return np.ones(frames.frames)
    cut = clip.cut
    media = np.arange(frames.start, frames.stop, dtype=np.float64)
    played = cut.stop - 1 - media if clip.reverse else media - cut.start
    return clip.gain_curve.at(played * float(Fraction(session_rate, cut.rate) / clip.play_rate))


def _render(rendering: GainRendering) -> None:
    clip = rendering.clip
    assert clip.media is not None
    with open_media(clip.media.path) as source:
        covers = rendering.covers or Span(0, source.frames, source.rate)
        bext, ixml = stem_metadata(source.info, max(covers.start, -source_time_reference(source.info)), clip.name)
        format = _format(source.info, rendering.path)
        with open_writer(rendering.path, source.rate, source.channels, covers.frames, format, bext=bext, ixml=ixml,
                         channel_mask=source.info.stem_mask) as stem:  # fmt: skip
            for start in range(covers.start, covers.stop, _BLOCK):
                stop = min(start + _BLOCK, covers.stop)
                gains = curve_gains(clip, Span(start, stop - start, source.rate), rendering.rate)
                stem.write((source.read(start, stop) * gains).astype(np.float32))


def _format(info: MediaInfo, path: Path) -> Format:
    """Return the format for `path` that loses nothing of a stem."""
    if info.subtype in ("FLOAT", "DOUBLE"):
        return "wav32f"
    return "flac24" if path.suffix.lower() == ".flac" else "wav24"


def _unused(path: Path, renderings: list[GainRendering]) -> Path:
    names = [other.stem for other in path.parent.glob("*(gain)*")] if path.parent.is_dir() else []
    names += [rendering.path.stem for rendering in renderings if rendering.path.parent == path.parent]
    return path.with_stem(unique(f"{path.stem} (gain)", names))


def _probed(clip: ClipRef, new_paths: frozenset[Path]) -> ClipRef:
    return replace(clip, media=probe_media(clip.media.path)) if clip.media and clip.media.path in new_paths else clip


def _with_clips(timeline: Timeline, change: Callable[[ClipRef], ClipRef]) -> Timeline:
    """Return the timeline with `change` applied to all clips and their new takes."""

    def changed(track: Track) -> Iterator[ClipRef]:
        for clip in track.clips:
            new = change(clip)
            yield replace(new, takes=tuple(map(change, clip.takes))) if clip.takes else new

    tracks = (replace(track, clips=tuple(changed(track))) for track in timeline.tracks)
    return replace(timeline, tracks=tuple(tracks))
