"""Place stems on the timeline: on new tracks under their sources', or as takes of their sources."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError

from .clip import ClipRef
from .media import Media
from .names import clean, unique
from .timeline import Timeline
from .track import Track


@dataclass(frozen=True, slots=True)
class StemPlacement:
    """A stem file and the clip that it was separated from.

    source : id of the clip.   name : of the stem: its query, or "rest".
    covers : the part of the source's media that the stem file holds, at the media's rate; wider than the clip's cut
    where handles were written.   within : span of the timeline to place; None for all of the clip.
    channels : the channels of the source's media that the stem file holds, in its order; None for all of them.
    """

    source: str
    name: str
    media: Media
    covers: Span
    within: Span | None = None
    channels: tuple[int, ...] | None = None


def place_stem(timeline: Timeline, stem: StemPlacement, *, mute_source: bool = False) -> Timeline:
    """Return the timeline with one stem placed; see `place_stems`."""
    return place_stems(timeline, [stem], mute_source=mute_source)


def place_stems(timeline: Timeline, stems: Sequence[StemPlacement], *, mute_source: bool = False) -> Timeline:
    """Return the timeline with the stems on new tracks, one for each source track and stem name, right under it.

    A stem plays exactly as its source does: same place, gain, fades, play rate, direction and channels, so that all
    stems and the residual sum to the source. `mute_source` mutes the sources; nothing else of `timeline` changes.
    Raises UsageError for a source that the timeline does not have.
    """
    groups: dict[tuple[str, str], list[ClipRef]] = {}
    names = {track.name for track in timeline.tracks}
    ids = {track.id for track in timeline.tracks} | {clip.id for _, clip in timeline.clips()}
    for stem in stems:
        track, source = timeline.find(stem.source)
        clip = _stem_clip(source, stem, _new_id(ids, f"{source.id} {stem.name}"))
        groups.setdefault((track.id, stem.name), []).append(clip)
    added: dict[str, list[Track]] = {}
    for (track_id, stem_name), clips in groups.items():
        source_track = next(track for track in timeline.tracks if track.id == track_id)
        name = unique(clean(f"{source_track.name} [{stem_name}]"), names)
        names.add(name)
        clips.sort(key=lambda clip: clip.place.start)
        new = Track(_new_id(ids, name), name, tuple(clips), source_track.channels, like=track_id)
        added.setdefault(track_id, []).append(new)
    sources = {stem.source for stem in stems} if mute_source else set()
    tracks = (new for old in timeline.tracks for new in (_muted(old, sources), *added.get(old.id, [])))
    return replace(timeline, tracks=tuple(tracks))


def place_takes(timeline: Timeline, stems: Sequence[StemPlacement]) -> Timeline:
    """Return the timeline with the stems as new takes of their sources, which go on playing the takes they play now.

    Raises UsageError for a source that the timeline does not have, and for a stem of only a part of its source: a take
    is as long as its clip.
    """
    ids = {clip.id for _, clip in timeline.clips()}
    takes: dict[str, list[ClipRef]] = {}
    for stem in stems:
        _, source = timeline.find(stem.source)
        if stem.within is not None and source.trimmed(stem.within).place != source.place:
            raise UsageError(f"clip {source.name!r}: a take is as long as its clip; separate all of it, or use tracks")
        take = _stem_clip(source, stem, _new_id(ids, f"{source.id} {stem.name}"))
        takes.setdefault(source.id, []).append(replace(take, name=clean(stem.name)))

    def with_takes(track: Track) -> Track:
        if not any(clip.id in takes for clip in track.clips):
            return track
        return replace(track, clips=tuple(replace(c, takes=(*c.takes, *takes.get(c.id, ()))) for c in track.clips))

    return replace(timeline, tracks=tuple(map(with_takes, timeline.tracks)))


def place_all(timeline: Timeline, stems: Sequence[StemPlacement], *, takes: bool, mute_source: bool) -> Timeline:
    """Return the timeline with stems as takes of their sources (`takes`), or on tracks of their own.

    Raises UsageError as `place_takes` and `place_stems`, and where takes and a muted source are combined.
    """
    if takes and mute_source:
        raise UsageError(
            "stems as takes and a muted source cannot be combined: muting the clip would mute its takes; drop one",
            setting="mute_source",
        )
    return place_takes(timeline, stems) if takes else place_stems(timeline, stems, mute_source=mute_source)


def with_handles(cut: Span, handle_frames: int, media_frames: int | None) -> Span:
    """Return `cut` with up to `handle_frames` more on both sides, as far as the media goes; all at the media's rate."""
    start = max(min(0, cut.start), cut.start - handle_frames)
    stop = cut.stop + handle_frames
    if media_frames is not None:
        stop = max(cut.stop, min(stop, media_frames))
    return Span(start, stop - start, cut.rate)


def _stem_clip(source: ClipRef, stem: StemPlacement, clip_id: str) -> ClipRef:
    part = source if stem.within is None else source.trimmed(stem.within)
    cut = Span(part.cut.start - stem.covers.start, part.cut.frames, stem.covers.rate)
    name = clean(f"{source.name} [{stem.name}]")
    return replace(
        part, id=clip_id, name=name, media=stem.media, cut=cut, muted=False, obstacle=None, silence_reason=None,
        differences=(), like=source.id, channels=_channels(source, stem),
    )  # fmt: skip


def _channels(source: ClipRef, stem: StemPlacement) -> tuple[int, ...] | None:
    """Return the channels of the stem file that sound as those of the source's media do."""
    if stem.channels is None:
        return source.channels
    if source.channels is None or source.channels == stem.channels:
        return None
    return tuple(stem.channels.index(channel) for channel in source.channels)


def _muted(track: Track, clip_ids: set[str]) -> Track:
    if not any(clip.id in clip_ids for clip in track.clips):
        return track
    return replace(track, clips=tuple(replace(c, muted=True) if c.id in clip_ids else c for c in track.clips))


def _new_id(ids: set[str], text: str) -> str:
    """Return an id that is not in `ids`, and add it to them."""
    new = unique(f"new {text}", ids)
    ids.add(new)
    return new
