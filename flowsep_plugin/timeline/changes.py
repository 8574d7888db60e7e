"""The difference of two timelines that a session file can take in: new tracks, takes and markers, and muted clips."""

from dataclasses import dataclass, replace

from flowsep_plugin.errors import UsageError

from .clip import ClipRef
from .marker import Marker
from .timeline import Timeline
from .track import Track


@dataclass(frozen=True, slots=True)
class NewTrack:
    """A track to add. `above` and `below`: ids of the nearest old tracks around it; None at an end."""

    track: Track
    above: str | None
    below: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything to add to a session; empty and false where nothing is new.

    muted, unmuted : ids of old clips.   takes : pairs of an old clip's id and its new take.
    """

    tracks: tuple[NewTrack, ...] = ()
    muted: tuple[str, ...] = ()
    unmuted: tuple[str, ...] = ()
    markers: tuple[Marker, ...] = ()
    takes: tuple[tuple[str, ClipRef], ...] = ()

    @property
    def mutes(self) -> dict[str, bool]:
        """Whether each clip in `muted` and `unmuted` is to be muted, by id."""
        return dict.fromkeys(self.muted, True) | dict.fromkeys(self.unmuted, False)

    @property
    def clips(self) -> tuple[ClipRef, ...]:
        """All new clips, takes included."""
        return (*(clip for new in self.tracks for clip in new.track.clips), *(take for _, take in self.takes))

    def __bool__(self) -> bool:
        return bool(self.tracks or self.muted or self.unmuted or self.markers or self.takes)


def compare(before: Timeline, after: Timeline) -> Changes:
    """Return the changes from `before` to `after`.

    Raises UsageError where anything of `before` is missing or different: flowsep only adds to sessions.
    """
    old = {track.id: track for track in before.tracks}
    remaining = [track for track in after.tracks if track.id in old]
    if [track.id for track in remaining] != list(old):
        raise UsageError(
            f"{before.name}: a track is missing or out of order; flowsep adds tracks, it never removes or sorts them"
        )
    for track in remaining:
        if _without_changes(track) != _without_changes(old[track.id]):
            raise UsageError(
                f"{before.name}: track {track.name!r} differs; flowsep never edits tracks that exist, add a new one"
            )
    if (
        after.rate != before.rate
        or after.tempo != before.tempo
        or after.markers[: len(before.markers)] != before.markers
    ):
        raise UsageError(
            f"{before.name}: the rate, the tempo or a marker differs; flowsep keeps them and only adds markers"
        )
    muted_before = {clip.id: clip.muted for _, clip in before.clips()}
    muted_after = {clip.id: clip.muted for track in remaining for clip in track.clips}
    return Changes(
        tracks=tuple(_new_tracks(after, old)),
        muted=tuple(clip for clip, muted in muted_after.items() if muted and not muted_before[clip]),
        unmuted=tuple(clip for clip, muted in muted_after.items() if not muted and muted_before[clip]),
        markers=after.markers[len(before.markers) :],
        takes=tuple((clip.id, take) for track in remaining for clip in track.clips for take in clip.takes),
    )


def describe(changes: Changes, timeline: Timeline) -> list[str]:
    """Return one line of text for each change; `timeline` has the names of the clips."""
    lines = []
    for new in changes.tracks:
        lines.append(f"+ track {new.track.name!r}")
        lines += [
            f"+   clip {clip.name!r} at {clip.place.start}, {clip.place.frames} frames"
            f" ({clip.media.path.name if clip.media else 'no file'} from {clip.cut.start})"
            for clip in new.track.clips
        ]
    lines += [f"+ take {take.name!r} in clip {timeline.find(clip)[1].name!r}" for clip, take in changes.takes]
    lines += [f"~ clip {timeline.find(clip)[1].name!r} is muted" for clip in changes.muted]
    lines += [f"~ clip {timeline.find(clip)[1].name!r} is no longer muted" for clip in changes.unmuted]
    lines += [
        f"+ {'region' if m.span.frames else 'marker'} {m.name!r} at {m.span.start}, {m.span.frames} frames"
        for m in changes.markers
    ]
    return lines


def _new_tracks(after: Timeline, old: dict[str, Track]) -> list[NewTrack]:
    new = []
    for index, track in enumerate(after.tracks):
        if track.id not in old:
            above = next((t.id for t in reversed(after.tracks[:index]) if t.id in old), None)
            below = next((t.id for t in after.tracks[index + 1 :] if t.id in old), None)
            new.append(NewTrack(track, above, below))
    return new


def _without_changes(track: Track) -> Track:
    """Return the track without what may change in an old one: mutes and new takes of its clips."""
    return replace(track, clips=tuple(replace(clip, muted=False, takes=()) for clip in track.clips))
