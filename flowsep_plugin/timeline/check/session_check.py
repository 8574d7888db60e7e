"""The check of a session: which clips can be separated, what will differ, what is missing, and where it is instead."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats import by_suffix
from flowsep_plugin.timeline.media_finder import MediaFinder
from flowsep_plugin.timeline.save import check_writable
from flowsep_plugin.timeline.timeline import Timeline

from .differences import DifferenceOwner, difference_owners

_ROUNDING: Final = 1
"""Frames that a clip may reach past its file: edges of clips at other rates than their file are rounded."""


@dataclass(frozen=True, slots=True)
class ClipGroup:
    """The names of clips that share a reason, which reads on from a clip's name: "is muted"."""

    reason: str
    clips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingMedia:
    """A file that is not where the session says.

    clips : how many play it.   matches : files of its name, and of its length where the session has that; one that fits
    best, or several that fit equally.
    """

    path: Path
    clips: int
    matches: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCheck:
    """Result of `check_session`.

    separable : number of clips that can be separated.     refused : those that cannot, by reason.
    silent : clips that the session does not play.     differences : features that the stems will not have.
    moving_gains : names of clips with a gain curve.     missing : media that were not found.
    relinked : missing path -> path of the file that is used instead.
    other_rates : clips whose media have another rate than the session, where its format minds.
    past_media : clips that play silence before or after their file.
    untouched : content besides tracks that is left as it is.
    duplicate_ids : ids that several clips have.     obstacle : why the session cannot be written now.
    """

    name: str
    rate: int
    tracks: int
    clips: int
    separable: int
    refused: tuple[ClipGroup, ...] = ()
    silent: tuple[ClipGroup, ...] = ()
    differences: tuple[DifferenceOwner, ...] = ()
    moving_gains: tuple[str, ...] = ()
    missing: tuple[MissingMedia, ...] = ()
    relinked: Mapping[Path, Path]
    other_rates: tuple[ClipGroup, ...] = ()
    past_media: tuple[ClipGroup, ...] = ()
    untouched: tuple[str, ...] = ()
    duplicate_ids: tuple[str, ...] = ()
    obstacle: str | None = None


def check_session(timeline: Timeline, finder: MediaFinder) -> SessionCheck:
    """Check a session that was read with `finder`; missing media are also looked for below the session's own folder.

    Raises ValueError for a timeline that was not read from a file.
    """
    if timeline.document is None:
        raise ValueError(f"{timeline.name} was not read from a session; save it and read it first")
    path = timeline.document.path
    clips = [clip for _, clip in timeline.clips()]
    usable = [clip for clip in clips if clip.why_not() is None]
    pairs = list(timeline.clips())
    return SessionCheck(
        name=path.name,
        rate=timeline.rate,
        tracks=len(timeline.tracks),
        untouched=timeline.untouched,
        clips=len(clips),
        separable=len(usable),
        refused=_grouped((clip, _refusal(clip)) for clip in clips),
        silent=_grouped((clip, track.why_silent(clip)) for track, clip in pairs),
        differences=tuple(difference_owners(timeline, [clip.id for clip in clips])),
        moving_gains=tuple(clip.name for clip in clips if clip.gain_curve is not None),
        missing=tuple(_missing(clips, finder, MediaFinder([path.parent]))),
        relinked=dict(finder.relinked),
        other_rates=() if by_suffix(path).capabilities.mixed_rates else _other_rates(usable, timeline.rate),
        past_media=_grouped((clip, _past_media(clip)) for clip in usable),
        duplicate_ids=tuple(id for id, count in Counter(clip.id for clip in clips).items() if count > 1),
        obstacle=_write_obstacle(timeline, path),
    )


def _grouped(reasons: Iterable[tuple[ClipRef, str | None]]) -> tuple[ClipGroup, ...]:
    groups: dict[str, list[str]] = {}
    for clip, reason in reasons:
        if reason is not None:
            groups.setdefault(reason, []).append(clip.name)
    return tuple(ClipGroup(reason, tuple(names)) for reason, names in groups.items())


def _refusal(clip: ClipRef) -> str | None:
    return "plays a file that is missing" if clip.obstacle is None and _is_offline(clip) else clip.why_not()


def _is_offline(clip: ClipRef) -> bool:
    return clip.media is not None and clip.media.member is None and not clip.media.is_online


def _missing(clips: Iterable[ClipRef], finder: MediaFinder, nearby: MediaFinder) -> Iterator[MissingMedia]:
    """Yield every missing file once, in the order of the clips."""
    counts = Counter(clip.media.path for clip in clips if clip.media is not None and _is_offline(clip))
    for path, count in counts.items():
        near = (media.path for media in nearby.best(path, finder.missing.get(path)))
        yield MissingMedia(path, count, finder.ambiguous.get(path) or tuple(near))


def _other_rates(clips: Iterable[ClipRef], rate: int) -> tuple[ClipGroup, ...]:
    rates = ((clip, clip.media.rate if clip.media is not None else None) for clip in clips)
    return _grouped((clip, f"plays a file of {own} Hz") for clip, own in rates if own not in (None, rate))


def _past_media(clip: ClipRef) -> str | None:
    media = clip.media
    if media is None or media.frames is None or media.rate != clip.cut.rate:
        return None
    sides = [("before", -clip.cut.start), ("after", clip.cut.stop - media.frames)]
    past = [side for side, frames in sides if frames > _ROUNDING]
    return f"plays silence {' and '.join(past)} its file" if past else None


def _write_obstacle(timeline: Timeline, path: Path) -> str | None:
    try:
        check_writable(timeline, path)
    except SessionError as error:
        return str(error)
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return f"{path.name} or its folder is read-only; save under another name, or allow writing there"
    return None
