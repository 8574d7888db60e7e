"""A picture of a session's tracks before and after placing, as fractions of its length: rows with bars.

Unchanged tracks of a big session are drawn as one row, so that the changed ones can be seen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from flowsep_ui.studio.texts import translate

from flowsep_plugin.timeline import ClipRef, Timeline, Track


@dataclass(frozen=True, slots=True)
class PictureBar:
    """A clip from `start` to `stop`, fractions of the session's length.

    colour : number of the lane's colour; None for clips of the session and residuals.     is_new : a stem.
    muted : not heard.     takes : colours of its new takes.
    """

    start: float
    stop: float
    name: str = ""
    colour: int | None = None
    is_new: bool = False
    muted: bool = False
    takes: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A track. `hidden`: how many unchanged tracks the row stands for, 1 for one track of its own.

    label : short name of a new track without its source's, such as "dog" for "Drums [dog]"; "" where it has none.
    """

    name: str
    bars: tuple[PictureBar, ...] = ()
    is_new: bool = False
    is_changed: bool = False
    hidden: int = 1
    label: str = ""


@dataclass(frozen=True, slots=True)
class PlacementPicture:
    """Rows before and after, and the fractions at which new markers are."""

    before: tuple[PictureRow, ...] = ()
    after: tuple[PictureRow, ...] = ()
    marks: tuple[float, ...] = field(default=())


def picture_of(
    before: Timeline | None, after: Timeline, colours: Mapping[Path, int | None], most_rows: int = 24
) -> PlacementPicture:
    """Return the picture of `after` beside `before`, each in at most about `most_rows` rows.

    before : None for a new session.     colours : media path of a stem -> number of its lane's colour.
    """
    frames = max((clip.place.stop for _, clip in after.clips()), default=0) or 1
    old_ids = set() if before is None else {track.id for track in before.tracks}
    muted = set() if before is None else {clip.id for _, clip in before.clips() if clip.muted}
    rows = [_row(track, frames, colours, is_new=track.id not in old_ids, was_muted=muted) for track in after.tracks]
    changed = {track.like for track in after.tracks if track.id not in old_ids}
    changed |= {track.id for track, row in zip(after.tracks, rows, strict=True) if row.is_changed}
    pairs = [(track, row) for track, row in zip(after.tracks, rows, strict=True)]
    old = [] if before is None else [
        (track, _row(track, frames, {}, is_new=False, was_muted=muted)) for track in before.tracks
    ]  # fmt: skip
    old_markers = 0 if before is None else len(before.markers)
    return PlacementPicture(
        tuple(_condensed(old, changed, most_rows)),
        tuple(_condensed(pairs, changed, most_rows)),
        tuple(marker.span.start / frames for marker in after.markers[old_markers:]),
    )


def _row(
    track: Track, frames: int, colours: Mapping[Path, int | None], *, is_new: bool, was_muted: set[str]
) -> PictureRow:
    bars = tuple(_bar(clip, frames, colours, muted=clip.muted or track.muted) for clip in track.clips)
    is_changed = any(clip.takes or (clip.muted and clip.id not in was_muted) for clip in track.clips)
    return PictureRow(track.name, bars, is_new, not is_new and is_changed, label=_label(track.name) if is_new else "")


def _label(name: str) -> str:
    """Return the sound in a track's name such as "Drums [dog]" or "Drums [dog] 2"; "" where it has none."""
    _, bracket, sound = name.rpartition(" [")
    return sound.replace("]", "", 1) if bracket else ""


def _bar(clip: ClipRef, frames: int, colours: Mapping[Path, int | None], *, muted: bool) -> PictureBar:
    path = None if clip.media is None else clip.media.path
    takes = tuple(colours.get(take.media.path) for take in clip.takes if take.media is not None)
    colour = None if path is None else colours.get(path)
    start, stop = clip.place.start / frames, clip.place.stop / frames
    return PictureBar(start, stop, clip.name, colour, clip.like is not None, muted, takes)


def _condensed(
    pairs: Sequence[tuple[Track, PictureRow]], changed: Iterable[str | None], most_rows: int
) -> Iterator[PictureRow]:
    """Yield the rows; where there are more than `most_rows`, runs of unchanged tracks as one row."""
    if len(pairs) <= most_rows:
        yield from (row for _, row in pairs)
        return
    own_rows, run = set(changed), list[PictureRow]()
    for track, row in pairs:
        if row.is_new or track.id in own_rows:
            yield from _run(run)
            run = []
            yield row
        else:
            run.append(row)
    yield from _run(run)


def _run(rows: Sequence[PictureRow]) -> Iterator[PictureRow]:
    if len(rows) < 2:
        yield from rows
        return
    text = translate("Place", "{0} more tracks").format(len(rows))
    bars = sorted((bar for row in rows for bar in row.bars), key=lambda bar: bar.start)
    yield PictureRow(text, tuple(_merged(bars)), hidden=len(rows))


def _merged(bars: Iterable[PictureBar]) -> Iterator[PictureBar]:
    """Yield bars that overlap or touch as one, without names."""
    last: PictureBar | None = None
    for bar in bars:
        if last is not None and bar.start <= last.stop:
            last = replace(last, stop=max(last.stop, bar.stop))
            continue
        if last is not None:
            yield last
        last = PictureBar(bar.start, bar.stop)
    if last is not None:
        yield last
