"""Read the project of an FCPXML file: lanes become tracks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.xml_text import Element, children
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Probe
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .times import seconds_of
from .walk import CONTAINERS, Leaf, StoryWalker, hertz, items

TRACK_KEY: Final = "io.flowsep.track."
"""Start of the keys in a sequence's metadata that hold our track names, by lane."""

WIDTH_KEY, MUTED_KEY, UNTIMED_KEY = "io.flowsep.width.", "io.flowsep.muted.", "io.flowsep.no-frame-rate"
OFF_KEY: Final = "io.flowsep.off"
"""Key in the metadata of a muted clip on a muted track; the others there are off only because of their track."""

_USUAL_RATE: Final = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A parsed project. leaves : by the ids of the timeline's clips."""

    timeline: Timeline
    sequence: Element
    walker: StoryWalker
    leaves: dict[str, Leaf]


def story_of(root: Element, path: Path, probe: Probe) -> Story:
    """Return the project in a file. Raises SessionError where it holds none, or several."""
    sequence = _sequence(root)
    rate = hertz(sequence.get("audioRate")) or _USUAL_RATE
    walker = StoryWalker(root, path, probe, rate)
    leaves = {f"clip {number}": leaf for number, leaf in enumerate(walker.leaves(sequence), 1)}
    notes = notes_of(sequence)
    lanes: dict[int, list[ClipRef]] = {
        int(key.removeprefix(TRACK_KEY)): [] for key in notes if key.startswith(TRACK_KEY)
    }
    for clip_id, leaf in leaves.items():
        lanes.setdefault(leaf.lane, []).append(replace(leaf.clip, id=clip_id))
    tracks = tuple(_track(lane, lanes[lane], notes, leaves) for lane in sorted(lanes, reverse=True))
    timeline = Timeline(
        path.stem, rate, tracks, tuple(_markers(sequence, walker, rate)),
        origin=frames(seconds_of(sequence.get("tcStart")), rate),
        frame_rate=None if UNTIMED_KEY in notes else _frame_rate(root, sequence),
    )  # fmt: skip
    return Story(timeline=timeline, sequence=sequence, walker=walker, leaves=leaves)


def notes_of(element: Element) -> dict[str, str]:
    """Return the entries of an element's metadata."""
    return {note.get("key") or "": note.get("value") or "" for note in element.iterfind("metadata/md")}


def frame_duration(root: Element, sequence: Element) -> Fraction:
    """Return the length of a picture of the sequence in seconds; 0 where it states none."""
    formats = (form for form in root.iterfind("resources/format") if form.get("id") == sequence.get("format"))
    form = next(formats, None)
    return seconds_of(None if form is None else form.get("frameDuration"))


def _sequence(root: Element) -> Element:
    projects = [project for project in root.iter("project") if project.find("sequence") is not None]
    if len(projects) > 1:
        names = ", ".join(repr(project.get("name") or "") for project in projects)
        raise SessionError(f"it holds {len(projects)} projects ({names}); export one of them")
    if not projects:
        raise SessionError("it holds no project with a sequence; export a project, not clips or an event")
    return projects[0].find("sequence")


def _frame_rate(root: Element, sequence: Element) -> FrameRate | None:
    duration = frame_duration(root, sequence)
    if duration <= 0:
        return None
    try:
        return FrameRate(1 / duration, drop=sequence.get("tcFormat") == "DF")
    except UsageError:
        return FrameRate(1 / duration)


def _track(lane: int, clips: list[ClipRef], notes: dict[str, str], leaves: dict[str, Leaf]) -> Track:
    name = notes.get(f"{TRACK_KEY}{lane}", f"Lane {lane}" if lane else "Storyline")
    width, muted = notes.get(f"{WIDTH_KEY}{lane}", ""), f"{MUTED_KEY}{lane}" in notes
    ordered = sorted(clips, key=lambda clip: clip.place.start)
    if muted:
        ordered = [replace(clip, muted=OFF_KEY in notes_of(leaves[clip.id].element)) for clip in ordered]
    return Track(f"lane {lane}", name, tuple(ordered), int(width) if width.isdigit() else None, muted=muted)


def _markers(sequence: Element, walker: StoryWalker, rate: int) -> Iterator[Marker]:
    """Yield the markers of the primary storyline's elements and of the clips connected to them."""
    for item in items(sequence):
        yield from _markers_in(item.element, item.at, walker, rate)


def _markers_in(element: Element, at: Fraction, walker: StoryWalker, rate: int) -> Iterator[Marker]:
    start = walker.start_of(element)
    for child in children(element):
        if child.tag in ("marker", "chapter-marker"):
            place = frames(at + seconds_of(child.get("start")) - start, rate)
            yield Marker(child.get("value") or "", Span(place, 0, rate))
        elif child.tag in CONTAINERS and int(child.get("lane") or 0):
            begin = at + seconds_of(child.get("offset"), start) - start
            yield from _markers_in(child, begin, walker, rate)
