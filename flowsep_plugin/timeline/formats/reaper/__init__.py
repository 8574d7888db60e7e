"""REAPER projects (.rpp). Reading keeps the text; writing adds tracks, items and markers to it, line by line."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import frames, number
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .item import read_item
from .rpp import RppBlock, parse_project, split_words
from .tempo import read_tempo
from .write import edited_project, new_project

_USUAL_RATE: Final = 48_000


def read(path: Path) -> Timeline:
    """Read a project. Raises SessionError where it is damaged."""
    return timeline_of(parse_project(_text(path)), path)


def write(timeline: Timeline, target: Path, directory: Path) -> None:
    """Write a project: the one it was read from with what is new, or a plain new one."""
    if timeline.document is None:
        text = new_project(timeline, directory)
    else:
        project = parse_project(_text(timeline.document.path))
        text = edited_project(project, timeline_of(project, timeline.document.path), timeline, directory)
    target.write_bytes(text.encode("utf-8", "surrogateescape"))


def timeline_of(project: RppBlock, path: Path) -> Timeline:
    """Make the timeline of a parsed project."""
    probe = cache(probe_media)
    rate = int(number((project.field("SAMPLERATE") or [str(_USUAL_RATE)])[0], "SAMPLERATE"))
    offset = project.field("PROJOFFS")
    tracks = []
    for index, block in enumerate(project.blocks("TRACK"), 1):
        items = (
            read_item(item, f"item {index}.{place}", rate, path.parent, probe)
            for place, item in enumerate(block.blocks("ITEM"), 1)
        )
        tracks.append(_track(block, index, tuple(items)))
    return Timeline(
        path.stem, rate, _distinct(tracks), tuple(_markers(project, rate)), read_tempo(project, rate),
        frames(number(offset[0], "PROJOFFS"), rate) if offset else 0, _frame_rate(project),
    )  # fmt: skip


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _track(block: RppBlock, index: int, clips: tuple[ClipRef, ...]) -> Track:
    words = block.words
    channels = block.field("NCHAN")
    return Track(
        id=words[1] if len(words) > 1 else (block.field("TRACKID") or [f"track {index}"])[0],
        name=(block.field("NAME") or [""])[0],
        clips=clips,
        channels=int(number(channels[0], "NCHAN")) if channels else None,
        muted=(block.field("MUTESOLO") or ["0"])[0] not in ("0", ""),
    )


def _distinct(tracks: list[Track]) -> tuple[Track, ...]:
    """Ids are unique after this; copies that were pasted by hand may share them in the file."""
    seen: set[str] = set()

    def own(given: str, place: str) -> str:
        made = given if given not in seen else f"{given} {place}"
        seen.add(made)
        return made

    named = [replace(track, id=own(track.id, f"track {n}")) for n, track in enumerate(tracks, 1)]
    return tuple(
        replace(track, clips=tuple(replace(c, id=own(c.id, f"item {n}.{m}")) for m, c in enumerate(track.clips, 1)))
        for n, track in enumerate(named, 1)
    )


def _markers(project: RppBlock, rate: int) -> list[Marker]:
    """Markers and regions in the file's order; a region's end is a second line with its number and no name."""
    found: list[Marker] = []
    open_regions: dict[str, int] = {}
    for line in project.fields("MARKER"):
        words = split_words(project.lines[line])[1:]
        if len(words) < 2:
            continue
        at = frames(number(words[1], "a marker's time"), rate)
        is_region = len(words) > 3 and words[3].isdigit() and int(words[3]) & 1 == 1
        if is_region and words[0] in open_regions:
            place = open_regions.pop(words[0])
            start = found[place].span.start
            found[place] = replace(found[place], span=Span(min(start, at), abs(at - start), rate))
            continue
        if is_region:
            open_regions[words[0]] = len(found)
        found.append(Marker(words[2] if len(words) > 2 else "", Span(at, 0, rate)))
    return found


def _frame_rate(project: RppBlock) -> FrameRate | None:
    """TIMEMODE's fourth word is the nominal rate; its fifth is 1 for drop-frame, 2 for rates like 23.976."""
    words = project.field("TIMEMODE")
    if len(words) < 5 or not words[3].isdigit() or not int(words[3]):
        return None
    fps = Fraction(int(words[3])) if words[4] == "0" else Fraction(int(words[3]) * 1000, 1001)
    try:
        return FrameRate(fps, drop=words[4] == "1")
    except UsageError:
        return FrameRate(fps)


def _stored_name(text: str) -> str:
    """Return a name as a project can hold it: REAPER has no quotes for a word that holds all three kinds."""
    name = clean(text)
    return name.replace("`", "'") if all(mark in name for mark in "\"'`") else name


FORMAT: Final = SessionFormat(
    name="REAPER",
    suffixes=(".rpp",),
    read=read,
    write=write,
    text_suffixes=(".rpp",),
    stored_name=_stored_name,
    capabilities=Capabilities(
        stretch=True, reverse=True, channels=True, mixed_rates=True, negative_gain=True, ramps=True, takes=True
    ),
)
"""REAPER writes no lock file of its own."""
