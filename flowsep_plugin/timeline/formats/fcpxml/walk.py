"""Walk through the story of an FCPXML project: spines, clips in clips, connected clips in lanes, compound clips."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef, media_frames
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.formats.file_url import path_of_url
from flowsep_plugin.timeline.formats.nesting import within
from flowsep_plugin.timeline.formats.xml_text import Element, children
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.numbers import frames

from .features import LocalTime, channels_of, is_silent, retiming, with_features
from .times import seconds_of

SOUNDS: Final = ("asset-clip", "audio")
CONTAINERS: Final = (
    "clip",
    "sync-clip",
    "gap",
    "audition",
    "video",
    "title",
    "asset-clip",
    "audio",
    "ref-clip",
    "mc-clip",
)
_MOST_DEPTH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A clip that plays sound.

    lane : sum of the lanes around it.   element : its own.   is_shared : whether it is inside a compound clip.
    """

    clip: ClipRef
    lane: int
    element: Element
    is_shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An element of a storyline, from `at` on for `duration`; both in seconds."""

    element: Element
    at: Fraction
    duration: Fraction


class StoryWalker:
    """Walks down a sequence. rate : of the session, in Hz."""

    def __init__(self, root: Element, path: Path, probe: Probe, rate: int) -> None:
        self._path, self._probe, self._rate = path, probe, rate
        self._resources = {element.get("id"): element for element in root.iterfind("resources/*")}

    def leaves(self, sequence: Element) -> Iterator[Leaf]:
        """Yield the clips of a sequence, in the order of the file; those in no-op containers too."""
        for item in items(sequence):
            yield from self._visit(item.element, item.at, lane=0, depth=0)

    def _visit(self, element: Element, at: Fraction, *, lane: int, depth: int) -> Iterator[Leaf]:
        """Yield the clips of an element that begins at `at` seconds of the timeline."""
        if depth > _MOST_DEPTH:
            raise RecursionError("compound clips contain each other")
        if element.tag == "spine":
            yield from self._storyline(element, at, lane=lane, depth=depth)
            return
        if element.tag not in CONTAINERS:
            return
        local = LocalTime(at, self.start_of(element))
        outline = self._outline(element, local)
        if (sound := self._sound(element, local)) is not None:
            yield Leaf(clip=sound, lane=lane, element=element)
        for leaf in self._contents(element, local, lane=lane, depth=depth):
            inside = within(leaf.clip, outline) if element.get("duration") is not None else leaf.clip
            if inside.place.frames:
                yield replace(leaf, clip=inside, lane=lane if element.tag == "clip" else leaf.lane)
        for child in children(element):
            if int(child.get("lane") or 0):
                begin = at + seconds_of(child.get("offset"), local.start) - local.start
                for leaf in self._visit(child, begin, lane=lane + int(child.get("lane")), depth=depth + 1):
                    obstacle = "is connected to a retimed clip; render it first" if retiming(element) else None
                    yield replace(leaf, clip=replace(leaf.clip, obstacle=leaf.clip.obstacle or obstacle))

    def _contents(self, element: Element, local: LocalTime, *, lane: int, depth: int) -> Iterator[Leaf]:
        """Yield the clips inside an element: of its own content, or of the compound clip that it refers to."""
        if element.tag == "ref-clip":
            media = self._resources.get(element.get("ref"))
            sequence = None if media is None else media.find("sequence")
            if sequence is None:
                return
            for item in items(sequence):
                begin = local.at + item.at + seconds_of(sequence.get("tcStart")) - local.start
                for leaf in self._visit(item.element, begin, lane=lane, depth=depth + 1):
                    yield replace(leaf, is_shared=True)
            return
        inner = children(element)[:1] if element.tag == "audition" else children(element)
        for child in inner:
            if not int(child.get("lane") or 0):
                begin = local.at + seconds_of(child.get("offset")) - local.start
                yield from self._visit(child, begin, lane=lane, depth=depth + 1)

    def _storyline(self, spine: Element, at: Fraction, *, lane: int, depth: int) -> Iterator[Leaf]:
        for item in items_of(spine, Fraction(0)):
            yield from self._visit(item.element, at + item.at, lane=lane, depth=depth + 1)

    def _outline(self, element: Element, local: LocalTime) -> ClipRef:
        """Return an element as a clip without media: place, gain, fades, mute, obstacle, differences."""
        first = frames(local.at, self._rate)
        last = frames(local.at + self._duration(element), self._rate)
        place = Span(first, max(0, last - first), self._rate)
        clip = ClipRef("", element.get("name") or "", None, Span(0, 0, self._rate), place)
        clip = replace(clip, differences=_crossfades(element))
        return with_features(clip, element, local)

    def _sound(self, element: Element, local: LocalTime) -> ClipRef | None:
        """Return the clip of an element that plays a file itself; None for all others."""
        if element.tag == "mc-clip":
            return replace(self._outline(element, local), obstacle="is a multicam clip; flatten it first")
        asset = self._resources.get(element.get("ref"))
        if element.tag not in SOUNDS or asset is None or asset.get("hasAudio") == "0":
            return None
        if element.tag == "asset-clip" and asset.get("hasAudio") != "1" and asset.get("audioChannels") is None:
            return None
        outline, media = self._outline(element, local), self._media(asset)
        media_rate = media.rate or self._rate
        start = frames(local.start - seconds_of(asset.get("start")), media_rate)
        cut = Span(start, media_frames(outline.place.frames, self._rate, media_rate), media_rate)
        return replace(
            outline,
            media=media,
            cut=cut,
            channels=channels_of(element, media.channels),
            muted=outline.muted or is_silent(element),
        )

    def _media(self, asset: Element) -> Media:
        rep = next((r for r in asset.findall("media-rep") if r.get("kind") != "proxy-media"), None)
        url = asset.get("src") or (rep.get("src") if rep is not None else None) or asset.get("name") or ""
        rate, length = hertz(asset.get("audioRate")), seconds_of(asset.get("duration"))
        is_exact = rate is not None and asset.get("hasVideo") != "1" and (length * rate).denominator == 1
        media = self._probe(path_of_url(url, self._path.parent), int(length * rate) if is_exact and rate else None)
        if media.rate is not None:
            return media
        width = asset.get("audioChannels") or ""
        return replace(media, rate=rate, channels=int(width) if width.isdigit() else None)

    def _duration(self, element: Element) -> Fraction:
        resource = self._resources.get(element.get("ref"))
        source = resource.find("sequence") if resource is not None and element.tag == "ref-clip" else resource
        whole = seconds_of(None if source is None else source.get("duration"))
        return seconds_of(element.get("duration"), whole)

    def start_of(self, element: Element) -> Fraction:
        """Return the local time at which an element begins; that of its file or its sequence where it states none."""
        if element.get("start") is not None:
            return seconds_of(element.get("start"))
        resource = self._resources.get(element.get("ref"))
        if resource is None:
            return Fraction(0)
        if element.tag == "ref-clip":
            sequence = resource.find("sequence")
            return seconds_of(None if sequence is None else sequence.get("tcStart"))
        return seconds_of(resource.get("start")) if element.tag in ("asset-clip", "audio", "video") else Fraction(0)


def items(sequence: Element) -> Iterator[Item]:
    """Yield the elements of a sequence's primary storyline; times count from the start of the sequence."""
    spine = sequence.find("spine")
    if spine is not None:
        yield from items_of(spine, seconds_of(sequence.get("tcStart")))


def items_of(spine: Element, begin: Fraction) -> Iterator[Item]:
    """Yield the elements of a storyline of which the offsets count from `begin`; one without follows the last."""
    at = Fraction(0)
    stated = [seconds_of(child.get("offset")) for child in children(spine) if child.get("offset") is not None]
    zero = begin if stated and min(stated) >= begin else Fraction(0)
    for child in children(spine):
        if child.tag not in (*CONTAINERS, "spine"):
            continue
        at = seconds_of(child.get("offset"), at + zero) - zero
        duration = seconds_of(child.get("duration"))
        yield Item(element=child, at=at, duration=duration)
        at += duration


def hertz(text: str | None) -> int | None:
    """Return a sample rate such as 48000, 48k or 44.1k; None for any other text."""
    word = (text or "").strip().lower()
    try:
        return round(float(word.removesuffix("k")) * 1000) if word.endswith("k") else int(word) or None
    except ValueError:
        return None


def _crossfades(element: Element) -> tuple[Difference, ...]:
    """Return the audio transitions before and after an element of a storyline."""
    beside = (element.getprevious(), element.getnext()) if element.getparent() is not None else ()
    fades = [other for other in beside if other is not None and other.tag == "transition"]
    return tuple(
        Difference("fade", (fade.find("filter-audio").get("name") or fade.get("name") or ""))
        for fade in fades
        if fade.find("filter-audio") is not None
    )
