"""Write FCPXML: assets, and clips that are connected to the primary storyline on lanes below all others."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline.changes import Changes
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.time_reference import time_reference
from flowsep_plugin.timeline.formats.xml_text import Element, add, children, new_element
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .features import retiming
from .read import MUTED_KEY, OFF_KEY, TRACK_KEY, UNTIMED_KEY, WIDTH_KEY, Story, frame_duration
from .times import seconds_of, time_text
from .walk import Item, Leaf, items

_RATES: Final = {32_000: "32k", 44_100: "44.1k", 48_000: "48k", 88_200: "88.2k", 96_000: "96k", 176_400: "176.4k",
                 192_000: "192k"}  # fmt: skip
_AFTER_ANCHORS: Final = ("marker", "chapter-marker", "rating", "keyword", "analysis-marker", "hidden-clip-marker",
                         "sync-source", "mc-source", "audio-channel-source", "audio-role-source", "filter-video",
                         "filter-video-mask", "filter-audio", "metadata")  # fmt: skip
_AFTER_MARKERS: Final = _AFTER_ANCHORS[6:]
_USUAL_PICTURE: Final = Fraction(1, 25)
_SILENCE: Final = "-96dB"


def new_document(timeline: Timeline, destination: Path) -> Element:
    """Return an FCPXML of only the timeline. Raises UsageError for what it cannot hold."""
    if timeline.rate not in _RATES:
        raise UsageError(f"a session at {timeline.rate} Hz cannot be an FCPXML, which has {', '.join(_RATES.values())}")
    picture = _USUAL_PICTURE if timeline.frame_rate is None else 1 / timeline.frame_rate.fps
    last = max((Fraction(clip.place.stop, clip.place.rate) for _, clip in timeline.clips()), default=picture)
    length = time_text(max(1, math.ceil(last / picture)) * picture)
    start = time_text(Fraction(timeline.origin, timeline.rate))
    is_drop = timeline.frame_rate is not None and timeline.frame_rate.drop
    root = new_element("fcpxml", version="1.10")
    add(add(root, "resources"), "format", id="r1", frameDuration=time_text(picture), width=1920, height=1080)
    project = add(add(add(root, "library"), "event", name="FlowSep"), "project", name=clean(timeline.name))
    sequence = add(
        project, "sequence", format="r1", duration=length, tcStart=start, tcFormat="DF" if is_drop else "NDF",
        audioLayout="stereo", audioRate=_RATES[timeline.rate],
    )  # fmt: skip
    add(add(sequence, "spine"), "gap", name="Gap", offset=start, start=start, duration=length)
    if timeline.frame_rate is None:
        _note(sequence, UNTIMED_KEY, "1")
    writer = _Writer(root, sequence, destination, {})
    for number, track in enumerate(timeline.tracks, 1):
        writer.add_track(track, -number)
    for marker in timeline.markers:
        writer.add_marker(marker)
    return root


def edit_document(root: Element, story: Story, changes: Changes, destination: Path) -> None:
    """Add the changes to a document. Raises UsageError for what it cannot hold, and for mutes inside compound clips."""
    for clip_id, muted in changes.mutes.items():
        leaf = story.leaves[clip_id]
        _mute(leaf, muted, root)
        if muted and story.timeline.find(clip_id)[0].muted:
            _note(leaf.element, OFF_KEY, "1")
    lowest = min((leaf.lane for leaf in story.leaves.values()), default=0)
    listed = [int(track.id.split()[1]) for track in story.timeline.tracks]
    used = [
        int(e.get("lane"))
        for e in story.sequence.iter()
        if isinstance(e.tag, str) and (e.get("lane") or "").lstrip("-").isdigit()
    ]
    lane = min(0, lowest, *listed, *used)
    writer = _Writer(root, story.sequence, destination, story.leaves, story.walker.start_of)
    for number, new in enumerate(changes.tracks, 1):
        writer.add_track(new.track, lane - number)
    for marker in changes.markers:
        writer.add_marker(marker)


class _Writer:
    """Connects clips and markers to the element of the primary storyline that plays where they begin.

    start_of : local time at which an element begins; None takes its attribute.
    """

    def __init__(
        self, root: Element, sequence: Element, destination: Path, leaves: Mapping[str, Leaf],
        start_of: Callable[[Element], Fraction] | None = None,
    ) -> None:  # fmt: skip
        self._root, self._sequence, self._destination, self._leaves = root, sequence, destination, leaves
        self._start_of = start_of or (lambda element: seconds_of(element.get("start")))
        self._picture = frame_duration(root, sequence) or _USUAL_PICTURE
        self._assets: dict[Path, str] = {}
        ids = {element.get("id") for element in root.iter() if isinstance(element.tag, str)}
        self._ids = (name for name in (f"r{number}" for number in count(1)) if name not in ids)

    def add_track(self, track: Track, lane: int) -> None:
        """Add the clips of a track on a lane, and its name to the sequence's metadata."""
        end = 0
        for clip in track.clips:
            if clip.place.start < end:
                what = "begins before the session" if end == 0 else "overlaps the one before it"
                raise UsageError(f"clip {clip.name!r} {what}, which FCPXML cannot express; move it")
            end = clip.place.stop
            host, offset = self._host(Fraction(clip.place.start, clip.place.rate))
            _insert(host, self._clip(clip, lane, offset, is_off=track.muted), _AFTER_ANCHORS)
        _note(self._sequence, f"{TRACK_KEY}{lane}", clean(track.name))
        if track.channels is not None:
            _note(self._sequence, f"{WIDTH_KEY}{lane}", str(track.channels))
        if track.muted:
            _note(self._sequence, f"{MUTED_KEY}{lane}", "1")

    def add_marker(self, marker: Marker) -> None:
        """Add a marker; the length of a region is not written, as FCPXML has none."""
        host, start = self._host(Fraction(marker.span.start, marker.span.rate))
        new = new_element("marker", start=time_text(start), duration=time_text(self._picture), value=clean(marker.name))
        _insert(host, new, _AFTER_MARKERS)

    def _host(self, at: Fraction) -> tuple[Element, Fraction]:
        """Return the element that plays at a time of the timeline, or the last one, and that time in its own time."""
        able = [item for item in items(self._sequence) if item.element.tag != "spine" and not retiming(item.element)]
        playing = [item for item in able if item.at <= at < item.at + item.duration]
        item = next(iter((*playing, *reversed(able))), None) or self._gap()
        return item.element, self._start_of(item.element) + at - item.at

    def _gap(self) -> Item:
        """Return a new gap at the end of a storyline that has nothing else to connect clips to."""
        spine = self._sequence.find("spine")
        if spine is None:
            raise SessionError("its sequence has no spine; export it from its program again")
        begin = seconds_of(self._sequence.get("tcStart"))
        at = max((item.at + item.duration for item in items(self._sequence)), default=Fraction(0))
        start = time_text(begin + at)
        gap = add(spine, "gap", name="Gap", offset=start, start=start, duration=time_text(self._picture))
        return Item(element=gap, at=at, duration=self._picture)

    def _clip(self, clip: ClipRef, lane: int, offset: Fraction, *, is_off: bool) -> Element:
        media = clip.media
        if media is None or not clip.is_plain or clip.gain < 0:
            raise UsageError(
                f"clip {clip.name!r} has no file, is stretched, reversed, inverted or plays part of its channels, "
                "which FCPXML cannot express; render it first"
            )
        if not clip.place.frames:
            raise UsageError(f"clip {clip.name!r} is empty, which FCPXML cannot express; leave it out")
        first = clip.cut.start + time_reference(media.path)
        source = self._leaves.get(clip.like or "")
        role = None if source is None else source.element.get("audioRole") or source.element.get("role")
        element = new_element(
            "asset-clip", ref=self._asset(media, clip), lane=lane, offset=time_text(offset), name=clean(clip.name),
            start=time_text(Fraction(first, clip.cut.rate)),
            duration=time_text(Fraction(clip.place.frames, clip.place.rate)),
            enabled=0 if clip.muted or is_off else None, audioRole=role or "dialogue",
        )  # fmt: skip
        _add_volume(element, clip, source)
        if is_off and clip.muted:
            _note(element, OFF_KEY, "1")
        return element

    def _asset(self, media: Media, clip: ClipRef) -> str:
        """Return the id of the asset of a file; a new one where it has none yet."""
        if media.path not in self._assets:
            asset_id = self._assets[media.path] = next(self._ids)
            length = clip.cut.stop if media.frames is None else media.frames
            asset = new_element(
                "asset", id=asset_id, name=clean(media.path.stem),
                start=time_text(Fraction(time_reference(media.path), clip.cut.rate)),
                duration=time_text(Fraction(max(1, length), clip.cut.rate)), hasAudio=1, audioSources=1,
                audioChannels=media.channels or 2, audioRate=clip.cut.rate,
            )  # fmt: skip
            add(asset, "media-rep", kind="original-media", src=media.path.absolute().as_uri())
            self._resources().append(asset)
        return self._assets[media.path]

    def _resources(self) -> Element:
        resources = self._root.find("resources")
        if resources is None:
            resources = new_element("resources")
            self._root.insert(0, resources)
        return resources


def _add_volume(element: Element, clip: ClipRef, source: Leaf | None) -> None:
    """Add gain and fades; fades have the shapes of the source's."""
    if clip.gain == 1 and not clip.fade_in and not clip.fade_out:
        return
    amount = f"{20 * math.log10(clip.gain)!r}dB" if clip.gain > 0 else _SILENCE
    volume = add(element, "adjust-volume", amount=amount)
    if not clip.fade_in and not clip.fade_out:
        return
    param = add(volume, "param", name="amount")
    for tag, length in (("fadeIn", clip.fade_in), ("fadeOut", clip.fade_out)):
        if length:
            like = None if source is None else source.element.find(f"adjust-volume/param/{tag}")
            shape = "linear" if like is None else like.get("type", "easeIn")
            add(param, tag, type=shape, duration=time_text(Fraction(length, clip.place.rate)))


def _mute(leaf: Leaf, muted: bool, root: Element) -> None:
    """Mute a clip: switched off, or played as picture only where its file has one."""
    if leaf.is_shared:
        raise UsageError(f"clip {leaf.clip.name!r} is inside a compound clip; mute that in your program")
    asset = next((a for a in root.iterfind("resources/asset") if a.get("id") == leaf.element.get("ref")), None)
    has_picture = asset is not None and asset.get("hasVideo") == "1"
    if leaf.element.tag == "asset-clip" and has_picture and leaf.element.get("srcEnable") != "audio":
        leaf.element.set("srcEnable", "video" if muted else "all")
    else:
        leaf.element.set("enabled", str(int(not muted)))


def _insert(parent: Element, new: Element, before: tuple[str, ...]) -> None:
    """Insert `new` before the first child named in `before`, else as the last child."""
    new.tail = parent.text if parent.text and not parent.text.strip() else None
    follower = next((child for child in children(parent) if child.tag in before), None)
    parent.insert(len(parent) if follower is None else parent.index(follower), new)


def _note(element: Element, key: str, value: str) -> None:
    """Add an entry to the metadata of an element, which is its last child."""
    metadata = element.find("metadata")
    if metadata is None:
        metadata = add(element, "metadata")
    add(metadata, "md", key=key, value=value)
