"""REAPER projects (.rpp). Writing adds lines for tracks, items, takes and markers, and keeps all others."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Probe
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .differences import read_sends, track_differences
from .item import read_item
from .lanes import folder_silence, lane_silence, with_masks
from .rpp import RppBlock, finite, parse_project, split_words
from .tempo import read_tempo
from .write import edited_project, new_project

_USUAL_RATE: Final = 48_000


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a project. Raises SessionError where its blocks or numbers are damaged."""
    return timeline_of(parse_project(_text(path)), path, probe)


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write a project to `target`: a new one, or the one that was read plus its changes.

    Files below the folder of `destination` are written as relative paths. Raises UsageError for what a project cannot
    hold.
    """
    if timeline.document is None:
        text = new_project(timeline, destination)
    else:
        document = timeline.document
        project = parse_project(_text(document.path))
        before = timeline_of(project, document.path, document.probe)
        text = edited_project(project, before, timeline, destination)
    target.write_bytes(text.encode("utf-8", "surrogateescape"))


def timeline_of(project: RppBlock, path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a parsed project at `path`. Raises SessionError for damaged numbers."""
    probe = cache(probe)
    rate = int(finite((project.field("SAMPLERATE") or ["0"])[0], "SAMPLERATE")) or _USUAL_RATE
    offset = project.field("PROJOFFS")
    tracks = []
    blocks = list(project.blocks("TRACK"))
    sends = read_sends(blocks)
    for index, (block, reason) in enumerate(zip(blocks, folder_silence(blocks, sends), strict=True), 1):
        items = [
            _audible(read_item(item, f"item {index}.{place}", rate, path.parent, probe), reason, block, item)
            for place, item in enumerate(block.blocks("ITEM"), 1)
        ]
        tracks.append(_track(block, index, with_masks(block, items), track_differences(block, sends[index - 1])))
    return Timeline(
        path.stem,
        rate,
        _with_unique_ids(tracks),
        tuple(_markers(project, rate)),
        tempo=read_tempo(project, rate),
        origin=frames(finite(offset[0], "PROJOFFS"), rate) if offset else 0,
        frame_rate=_frame_rate(project),
        untouched=tuple(_project_bay(project)),
    )


def _project_bay(project: RppBlock) -> Iterator[str]:
    entries = sum(isinstance(child, RppBlock) for bay in project.blocks("PROJBAY") for child in bay.children)
    if entries:
        yield f"a project bay with {entries} {'entries' if entries > 1 else 'entry'}"


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _audible(clip: ClipRef, reason: str | None, track: RppBlock, item: RppBlock) -> ClipRef:
    """Return the clip with why it is silent: its own reason, that of its lane, or `reason` of its track."""
    return replace(clip, silence_reason=clip.silence_reason or lane_silence(track, item) or reason)


def _track(block: RppBlock, index: int, clips: tuple[ClipRef, ...], differences: tuple[Difference, ...]) -> Track:
    words = block.words
    channels = block.field("NCHAN")
    return Track(
        id=words[1] if len(words) > 1 else (block.field("TRACKID") or [f"track {index}"])[0],
        name=(block.field("NAME") or [""])[0],
        clips=clips,
        channels=int(finite(channels[0], "NCHAN", 2)) if channels else None,
        muted=(block.field("MUTESOLO") or ["0"])[0] not in ("0", ""),
        differences=differences,
    )


def _with_unique_ids(tracks: list[Track]) -> tuple[Track, ...]:
    """Return the tracks with ids that differ; blocks that were copied in a text editor share theirs."""
    ids: set[str] = set()

    def unique_id(guid: str, position: str) -> str:
        new = guid if guid not in ids else f"{guid} {position}"
        ids.add(new)
        return new

    unique = [replace(track, id=unique_id(track.id, f"track {n}")) for n, track in enumerate(tracks, 1)]
    return tuple(
        replace(
            track,
            clips=tuple(replace(c, id=unique_id(c.id, f"item {n}.{m}")) for m, c in enumerate(track.clips, 1)),
        )
        for n, track in enumerate(unique, 1)
    )


def _markers(project: RppBlock, rate: int) -> list[Marker]:
    """Return markers and regions in the file's order; a region ends at a second line with its number and no name."""
    markers: list[Marker] = []
    open_regions: dict[str, int] = {}
    for line in project.fields("MARKER"):
        words = split_words(project.lines[line])[1:]
        if len(words) < 2:
            continue
        at = frames(finite(words[1], "a marker's time"), rate)
        is_region = len(words) > 3 and words[3].isdigit() and int(words[3]) & 1 == 1
        if is_region and words[0] in open_regions:
            place = open_regions.pop(words[0])
            start = markers[place].span.start
            markers[place] = replace(markers[place], span=Span(min(start, at), abs(at - start), rate))
            continue
        if is_region:
            open_regions[words[0]] = len(markers)
        markers.append(Marker(words[2] if len(words) > 2 else "", Span(at, 0, rate)))
    return markers


def _frame_rate(project: RppBlock) -> FrameRate | None:
    """Return the rate of TIMEMODE: its fourth word is nominal, its fifth 1 for drop-frame, 2 for rates like 23.976."""
    words = project.field("TIMEMODE")
    if len(words) < 5 or not words[3].isdigit() or not int(words[3]):
        return None
    fps = Fraction(int(words[3])) if words[4] == "0" else Fraction(int(words[3]) * 1000, 1001)
    try:
        return FrameRate(fps, drop=words[4] == "1")
    except UsageError:
        return FrameRate(fps)
