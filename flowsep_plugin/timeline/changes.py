"""What writing a timeline back would change: stems come, sources are muted, markers come. Nothing else may."""

from dataclasses import dataclass, replace

from flowsep_plugin.errors import UsageError

from .clip import ClipRef
from .marker import Marker
from .timeline import Timeline
from .track import Track


@dataclass(frozen=True, slots=True)
class NewTrack:
    """A track to add. `above` and `below`: ids of its neighbours that were there before; None at an end."""

    track: Track
    above: str | None
    below: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that is new. `muted` and `unmuted`: ids of clips that were there; `takes`: such an id and a take."""

    tracks: tuple[NewTrack, ...] = ()
    muted: tuple[str, ...] = ()
    unmuted: tuple[str, ...] = ()
    markers: tuple[Marker, ...] = ()
    takes: tuple[tuple[str, ClipRef], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tracks or self.muted or self.unmuted or self.markers or self.takes)


def compare(before: Timeline, after: Timeline) -> Changes:
    """Return what is new in `after`.

    Raises UsageError where something that was there is gone or different: a session is added to, never rewritten.
    """
    old = {track.id: track for track in before.tracks}
    kept = [track for track in after.tracks if track.id in old]
    if [track.id for track in kept] != list(old):
        raise UsageError(
            f"{before.name}: a track is gone or moved; flowsep adds tracks, it never removes or sorts them"
        )
    for track in kept:
        if _unmuted(track) != _unmuted(old[track.id]):
            raise UsageError(f"{before.name}: track {track.name!r} differs; flowsep never edits what is there")
    if (
        after.rate != before.rate
        or after.tempo != before.tempo
        or after.markers[: len(before.markers)] != before.markers
    ):
        raise UsageError(f"{before.name}: rate, tempo and markers that are there stay; flowsep only adds markers")
    was = {clip.id: clip.muted for _, clip in before.clips()}
    now = {clip.id: clip.muted for track in kept for clip in track.clips}
    return Changes(
        tuple(_new_tracks(after, old)),
        tuple(clip for clip, muted in now.items() if muted and not was[clip]),
        tuple(clip for clip, muted in now.items() if not muted and was[clip]),
        after.markers[len(before.markers) :],
        tuple((clip.id, take) for track in kept for clip in track.clips for take in clip.takes),
    )


def describe(changes: Changes, timeline: Timeline) -> list[str]:
    """Say the changes in words, a line each."""
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
    found = []
    for index, track in enumerate(after.tracks):
        if track.id not in old:
            above = next((t.id for t in reversed(after.tracks[:index]) if t.id in old), None)
            below = next((t.id for t in after.tracks[index + 1 :] if t.id in old), None)
            found.append(NewTrack(track, above, below))
    return found


def _unmuted(track: Track) -> Track:
    return replace(track, clips=tuple(replace(clip, muted=False, takes=()) for clip in track.clips))
