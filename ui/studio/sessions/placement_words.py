"""A placement in words: one sentence, and a line for each change with its time in the ruler's unit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsep_ui.studio.difference_texts import difference_texts, rendered_gains, shortened
from flowsep_ui.studio.texts import translate

from flowsep_plugin.timeline import Changes, ClipRef, Timeline
from flowsep_plugin.timeline.position import bars_text, timecode_text

_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class PlacementCounts:
    """The numbers of a placement. `under`: names of the tracks whose clips get stems, from top to bottom."""

    tracks: int = 0
    clips: int = 0
    takes: int = 0
    muted: int = 0
    markers: int = 0
    under: tuple[str, ...] = ()


def counts_of(changes: Changes, timeline: Timeline) -> PlacementCounts:
    """Return the numbers of `changes`; those of all tracks for a new session, which has no changes."""
    new = [one.track for one in changes.tracks] if changes else list(timeline.tracks)
    sources = {clip.like for track in new for clip in track.clips} | {clip for clip, _ in changes.takes}
    return PlacementCounts(
        tracks=len(new),
        clips=sum(len(track.clips) for track in new),
        takes=len(changes.takes),
        muted=len(changes.muted),
        markers=len(changes.markers) if changes else len(timeline.markers),
        under=tuple(track.name for track in timeline.tracks if any(clip.id in sources for clip in track.clips)),
    )


def placement_sentence(changes: Changes, timeline: Timeline, path: Path, *, is_new: bool) -> str:
    """Return one sentence on what placing does to the session at `path`. `is_new`: it does not exist yet."""
    counts = counts_of(changes, timeline)
    parts = list(_parts(counts, is_new))
    if not is_new:
        if not parts:
            return translate("Place", "Changes nothing: {0} already holds these stems.").format(path.name)
        parts.append(_muted(counts.muted))
        parts.append(translate("Place", "a backup of {0} is saved first").format(path.name))
    else:
        parts.append(translate("Place", "no other file changes"))
    first, *others = parts
    return "; ".join([first[:1].upper() + first[1:], *others]) + "."


def placement_lines(changes: Changes, timeline: Timeline, position: Callable[[int], str]) -> tuple[str, ...]:
    """Return a line for each change; `position` writes a frame of the session in the ruler's unit."""
    names = {clip.id: clip.name for _, clip in timeline.clips()}
    lines = []
    for new in changes.tracks:
        lines.append(translate("Place", "+ track {0}").format(new.track.name))
        lines += [f"      {_clip(clip, position)}" for clip in new.track.clips]
    text = translate("Place", "+ take {0} in clip {1}")
    lines += [text.format(take.name, names.get(clip, clip)) for clip, take in changes.takes]
    lines += [translate("Place", "~ clip {0} is muted").format(names.get(clip, clip)) for clip in changes.muted]
    for marker in changes.markers:
        form = (
            translate("Place", "+ region {0}, {1} to {2}")
            if marker.span.frames
            else translate("Place", "+ marker {0} at {1}")
        )
        lines.append(form.format(marker.name, position(marker.span.start), position(marker.span.stop)))
    return tuple(lines)


def placement_remarks(timeline: Timeline, path: Path, notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the user should know besides the changes.

    That is what stems will not have of their clips, gain that is rendered into them, what stays untouched in the
    session, and the `notes` of receipts.
    """
    remarks = []
    if texts := difference_texts(timeline):
        remarks.append(translate("Place", "Not in the stems: {0}").format(shortened(texts)))
    if gains := rendered_gains(timeline, path):
        text = translate("Place", "Gain automation is rendered into the stems of: {0}")
        remarks.append(text.format(shortened(gains)))
    if timeline.untouched:
        remarks.append(translate("Place", "Stays as it is: {0}").format(shortened(timeline.untouched)))
    return (*remarks, *notes)


def position_text(timeline: Timeline, ruler: str, frame: int) -> str:
    """Return a frame in the unit of the ruler: "time", "timecode" or "bars"; time where it has no timecode."""
    if ruler == "bars":
        return bars_text(frame, timeline)
    timecode = timecode_text(frame, timeline) if ruler == "timecode" else None
    return timecode or _clock(frame / timeline.rate)


def counted(number: int, one: str, many: str) -> str:
    """Return `one` for 1, else `many`, with the number in place of {0}."""
    return (one if number == 1 else many).format(number)


def _parts(counts: PlacementCounts, is_new: bool) -> Iterator[str]:
    tracks = counted(counts.tracks, translate("Place", "{0} track"), translate("Place", "{0} tracks"))
    clips = counted(counts.clips, translate("Place", "{0} clip"), translate("Place", "{0} clips"))
    if is_new:
        yield translate("Place", "creates a session of {0} with {1}").format(tracks, clips)
    elif counts.tracks:
        yield translate("Place", "adds {0} with {1} under {2}").format(tracks, clips, _listed(counts.under))
    if counts.takes:
        takes = counted(counts.takes, translate("Place", "{0} take"), translate("Place", "{0} takes"))
        yield translate("Place", "adds {0} on {1}").format(takes, _listed(counts.under))
    if counts.markers:
        markers = counted(counts.markers, translate("Place", "{0} marker"), translate("Place", "{0} markers"))
        yield translate("Place", "adds {0}").format(markers)


def _muted(number: int) -> str:
    if not number:
        return translate("Place", "mutes nothing")
    return counted(number, translate("Place", "mutes {0} clip"), translate("Place", "mutes {0} clips"))


def _listed(names: tuple[str, ...]) -> str:
    """Return the first names, and how many more there are."""
    if len(names) > _MOST_NAMES:
        return translate("Place", "{0} and {1} more").format(", ".join(names[:_MOST_NAMES]), len(names) - _MOST_NAMES)
    if len(names) < 2:
        return "".join(names)
    return translate("Place", "{0} and {1}").format(", ".join(names[:-1]), names[-1])


def _clip(clip: ClipRef, position: Callable[[int], str]) -> str:
    file = "" if clip.media is None else clip.media.path.name
    form = translate("Place", "{0}: {1} to {2} ({3})")
    return form.format(clip.name, position(clip.place.start), position(clip.place.stop), file)


def _clock(seconds: float) -> str:
    thousandths = round(abs(seconds) * 1000)
    minutes, remainder = divmod(thousandths, 60_000)
    text = f"{minutes // 60}:{minutes % 60:02d}" if minutes >= 60 else str(minutes)
    return f"{'-' if seconds < 0 and thousandths else ''}{text}:{remainder // 1000:02d}.{remainder % 1000:03d}"
