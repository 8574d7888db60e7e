"""Read one region of an Ardour session: its place, cut, gain, fades and sound."""

from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.xml_text import Element, required_attribute
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.numbers import number

from .clock import SessionClock
from .differences import region_differences
from .envelope import last_event, read_envelope
from .layers import RegionLayer
from .program import is_on
from .sources import SourceFiles

_DEFAULT_FADE: Final = 64


def read_region(region: Element, clock: SessionClock, sources: SourceFiles, *, fades: bool = True) -> ClipRef:
    """Return the clip of a region. fades : whether the session plays its fades.

    Raises SessionError for a missing id, and for times and gains that are no numbers.
    """
    start, frames, first = _span(region, clock)
    sound = sources.sound(region)
    place = Span(start, _played(first, max(0, frames), sound.media), clock.rate)
    gain = float(number(region.get("scale-amplitude") or "1", "a region's gain")) * sound.gain
    edges = [min(_fade(region, edge, clock), place.frames) if fades else 0 for edge in ("In", "Out")]
    return ClipRef(
        id=required_attribute(region, "id"),
        name=region.get("name") or "",
        media=sound.media,
        cut=Span(first, place.frames, clock.rate),
        place=place,
        gain=gain,
        fade_in=edges[0],
        fade_out=edges[1],
        channels=sound.channels,
        muted=is_on(region.get("muted"), False),
        obstacle=sound.obstacle,
        gain_curve=read_envelope(region, clock),
        differences=region_differences(region),
    )


def read_layer(region: Element) -> RegionLayer:
    """Return where a region lies among those of its track."""
    return RegionLayer(int(region.get("layering-index") or 0), is_on(region.get("opaque"), True))


def _span(region: Element, clock: SessionClock) -> tuple[int, int, int]:
    """Return place, length and first frame of a region, in frames."""
    first = clock.frame(region.get("start") or "0")
    length = region.get("length") or "0"
    if "@" not in length:  # before version 7
        return clock.frame(region.get("position") or "0"), clock.frame(length), first
    return *clock.place(length), first


def _played(first: int, frames: int, media: Media | None) -> int:
    """Return the frames that Ardour plays: a region longer than its whole file (tape mode) ends with the file."""
    if media is None or media.frames is None or frames <= media.frames or media.rate is None:
        return frames
    return max(0, media.frames - first)


def _fade(region: Element, edge: str, clock: SessionClock) -> int:
    fade = region.find(f"Fade{edge}")
    active = None if fade is None else fade.get("active")
    if not is_on(active or region.get(f"fade-{edge.lower()}-active"), True):
        return 0
    if fade is None or is_on(fade.get("default"), False) or fade.get("steepness") is not None:
        return _DEFAULT_FADE
    return int(last_event(fade, clock))
