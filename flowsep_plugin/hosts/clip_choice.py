"""Which clips of a session are separated: those that are selected and heard."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline import ClipRef, Timeline, Track

from .session_request import SessionRequest

_MOST_NAMES: Final = 8


def choose_clips(timeline: Timeline, options: SessionRequest) -> list[ClipRef]:
    """Return the clips that `options` selects and that are heard, in the timeline's order.

    A clip that is selected by itself is taken though it is silent, and the clips of a selected track though the track
    is muted. Raises UsageError where a name is unknown, or no clip is selected.
    """
    _check_names(timeline, "clip", options.clips, [(clip.id, clip.name) for _, clip in timeline.clips()])
    _check_names(timeline, "track", options.tracks, [(track.id, track.name) for track in timeline.tracks])
    selected = list(_selected(timeline, options))
    if not selected:
        raise UsageError(
            f"{timeline.name}: no clip is selected; {_existing('clip', (c.name for _, c in timeline.clips()))}"
        )
    clips = [clip for track, clip in selected if _why_left_out(track, clip, options) is None]
    if not clips:
        track, clip = selected[0]
        raise UsageError(
            f"{timeline.name}: the session plays none of the selected clips: clip {clip.name!r} "
            f"{_why_left_out(track, clip, options)}; select it by itself, or take muted clips too",
            setting="muted",
        )
    return clips


def skipped_clips(timeline: Timeline, options: SessionRequest) -> tuple[tuple[str, str], ...]:
    """Return names of the selected clips that get no stems, with reasons: they cannot be separated, or are silent."""
    clips = list(_selected(timeline, options))
    reasons = [(clip.name, _why_left_out(track, clip, options) or clip.why_not()) for track, clip in clips]
    return tuple((name, reason) for name, reason in reasons if reason is not None)


def _selected(timeline: Timeline, options: SessionRequest) -> Iterator[tuple[Track, ClipRef]]:
    for track, clip in timeline.clips():
        is_selected = not (options.clips or options.tracks) or _names(track, options.tracks)
        is_selected = is_selected or _names(clip, options.clips)
        if is_selected and (options.within is None or clip.place.intersect(options.within).frames):
            yield track, clip


def _why_left_out(track: Track, clip: ClipRef, options: SessionRequest) -> str | None:
    if options.muted or _names(clip, options.clips):
        return None
    return (replace(track, muted=False) if _names(track, options.tracks) else track).why_silent(clip)


def _names(owner: Track | ClipRef, names: Sequence[str]) -> bool:
    return owner.id in names or owner.name in names


def _check_names(timeline: Timeline, kind: str, names: Sequence[str], existing: Sequence[tuple[str, str]]) -> None:
    """Raise UsageError for the first of `names` that is neither id nor name in `existing` (id, name) pairs."""
    accepted = {word for pair in existing for word in pair}
    for name in names:
        if name not in accepted:
            raise UsageError(
                f"{timeline.name} has no {kind} {name!r}; {_existing(kind, (name for _, name in existing))}"
            )


def _existing(kind: str, names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = ", …" if len(unique) > _MOST_NAMES else ""
    return f"{kind}s: {', '.join(map(repr, unique[:_MOST_NAMES]))}{more}" if unique else f"it has no {kind}s"
