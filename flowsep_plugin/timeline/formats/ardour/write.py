"""Write the XML of an Ardour session: a new one, or a session plus changes.

A new track is a copy of its source's, with its own ids, names and ports and without plugins. Old elements change only
in `id-counter`, the `order` of tracks further down, and `muted` of sources to be muted.
"""

import copy
import re
from collections.abc import Mapping
from fractions import Fraction
from itertools import count
from types import MappingProxyType
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.xml_text import Element, add, insert_after, new_element
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean, unique
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .parts import VERSION, add_tempo, plain_route
from .read import FRAME_RATES, SUPERCLOCKS, audio_routes, presentation_order

_COPIED_PROCESSORS: Final = {"diskwriter", "diskreader", "polarity", "trim", "amp", "meter", "main-outs"}


def new_session(timeline: Timeline, name: str) -> Element:
    """Return a session of only the timeline. Raises UsageError for what Ardour cannot hold."""
    session = new_element("Session", version=VERSION, name=name, sample_rate=None)
    session.set("sample-rate", str(timeline.rate))
    session.set("id-counter", "1")
    config = add(session, "Config")
    fps = next((key for key, rate in FRAME_RATES.items() if rate == timeline.frame_rate), None)
    if fps:
        add(config, "Option", name="timecode-format", value=fps)
    add(config, "Option", name="timecode-offset", value=abs(timeline.origin))
    add(config, "Option", name="timecode-offset-negative", value=int(timeline.origin < 0))
    for tag in ("Sources", "Regions", "Locations", "Routes", "Playlists"):
        add(session, tag)
    add_tempo(session, timeline.tempo)
    writer = _Writer(session, timeline.rate)
    stop = max((clip.place.stop for _, clip in timeline.clips()), default=timeline.rate)
    writer.location("session", 0, stop, "IsSessionRange")
    for order, track in enumerate(timeline.tracks, 1):
        writer.track(track, None, order)
    for marker in timeline.markers:
        writer.marker(marker)
    writer.close()
    return session


def edit_session(session: Element, before: Timeline, after: Timeline) -> None:
    """Add the changes from `before` to `after` to `session`. Raises UsageError for what Ardour cannot hold."""
    changes = compare(before, after)
    regions = {region.get("id"): region for region in session.iterfind("Playlists/Playlist/Region")}
    writer = _Writer(session, after.rate, {clip.id: (clip, regions[clip.id]) for _, clip in before.clips()})
    for clip, muted in changes.mutes.items():
        regions[clip].set("muted", str(int(muted)))
    routes = {route.get("id"): route for route in audio_routes(session)}
    for new in reversed(changes.tracks):
        above = routes.get(new.above or "")
        order = 1 if above is None else presentation_order(above) + 1
        for route in session.iterfind("Routes/Route"):
            if presentation_order(route) >= order and "MasterOut" not in (
                route.find("PresentationInfo").get("flags") or ""
            ):
                route.find("PresentationInfo").set("order", str(presentation_order(route) + 1))
        writer.track(new.track, routes.get(new.track.like or ""), order)
    for marker in changes.markers:
        writer.marker(marker)
    writer.close()


class _Writer:
    """Adds elements to a session, with ids from its counter. `looks`: old clips by id, whose fades new ones copy."""

    def __init__(
        self, session: Element, rate: int, looks: Mapping[str, tuple[ClipRef, Element]] = MappingProxyType({})
    ) -> None:
        self._session, self._rate, self._looks = session, rate, looks
        used = [int(value) for element in session.iter() for value in [element.get("id") or ""] if value.isdigit()]
        self._ids = count(max([int(session.get("id-counter") or 1), *(n + 1 for n in used)]))
        self._names = {route.get("name") or "" for route in session.iterfind("Routes/Route")}
        self._sources = {
            (s.get("name"), s.get("channel")): s.get("id")
            for s in session.iterfind("Sources/Source")
            if s.get("type") == "audio"
        }

    def close(self) -> None:
        self._session.set("id-counter", str(next(self._ids)))

    def id(self) -> int:
        return next(self._ids)

    def track(self, track: Track, like: Element | None, order: int) -> None:
        name = unique(clean(track.name).replace("/", "_") or "track", self._names)
        self._names.add(name)
        route = plain_route(track.channels or 2) if like is None else copy.deepcopy(like)
        route.tail = None
        old = route.get("name")
        for processor in route.findall("Processor"):
            if processor.get("type") not in _COPIED_PROCESSORS:
                route.remove(processor)
        for element in route.iter():
            if element.get("id") is not None:
                element.set("id", str(self.id()))
            for attribute in ("name", "output"):
                element.set(attribute, _renamed(element.get(attribute), old, name)) if element.get(attribute) else None
        route.set("name", name)
        for connection in route.iterfind("IO[@direction='Input']/Port/Connection"):
            connection.getparent().remove(connection)
        route.find("PresentationInfo").set("order", str(order))
        route.find("MuteMaster").set("muted", str(int(track.muted)))
        playlist = new_element("Playlist", id=self.id(), name=name, type="audio", orig_track=None)
        for key, value in (("orig-track-id", route.get("id")), ("frozen", 0), ("combine-ops", 0)):
            playlist.set(key, str(value))
        route.set("audio-playlist", playlist.get("id"))
        for layer, clip in enumerate(track.clips):
            playlist.append(self._region(clip, layer))
        if like is None:
            self._session.find("Routes").append(route)
        else:
            insert_after(like, route)
        self._session.find("Playlists").append(playlist)

    def marker(self, marker: Marker) -> None:
        flags = "IsRangeMarker" if marker.span.frames else "IsMark"
        self.location(clean(marker.name), marker.span.start, marker.span.stop, flags)

    def location(self, name: str, start: int, stop: int, flags: str) -> None:
        element = add(self._session.find("Locations"), "Location", id=self.id(), name=name, start=self._time(start))
        for key, value in (("end", self._time(stop)), ("flags", flags), ("locked", 0)):
            element.set(key, str(value))

    def _region(self, clip: ClipRef, layer: int) -> Element:
        if clip.media is None or clip.play_rate != 1 or clip.reverse:
            raise UsageError(
                f"clip {clip.name!r} is stretched, reversed or has no file, which Ardour cannot express; glue it first"
            )
        if clip.cut.rate != self._rate:
            raise UsageError(
                f"{clip.media.path.name} is at {clip.cut.rate} Hz, the session at {self._rate}; convert it first"
            )
        channels = clip.channels or tuple(range(clip.media.channels or 2))
        sources = [self._source(clip.media, channel) for channel in channels]
        values = {
            "name": clean(clip.name), "muted": int(clip.muted), "opaque": 1, "locked": 0, "automatic": 0,
            "whole-file": 0, "hidden": 0, "start": self._time(clip.cut.start),
            "length": f"{self._time(clip.place.frames)}@{self._time(clip.place.start)}",
            "layering-index": layer, "type": "audio", "first-edit": "nothing", "scale-amplitude": repr(clip.gain),
            "channels": len(channels), "fade-in-active": int(clip.fade_in > 0),
            "fade-out-active": int(clip.fade_out > 0),
        }  # fmt: skip
        for index, source in enumerate(sources):
            values |= {f"source-{index}": source, f"master-source-{index}": source}
        region = new_element("Region", id=self.id())
        for key, value in values.items():
            region.set(key, str(value))
        old, looks = self._looks.get(clip.like or "", (clip, None))
        for tag, length, was in (("FadeIn", clip.fade_in, old.fade_in), ("FadeOut", clip.fade_out, old.fade_out)):
            if length and looks is not None and length == was:
                self._copy_fade(region, looks, tag)
            elif length:
                self._straight_fade(region, tag, length)
        return region

    def _copy_fade(self, region: Element, looks: Element, tag: str) -> None:
        """Copy the fade of a source's region: with another curve the stems would not sum to the source."""
        default = f"default-fade-{tag.removeprefix('Fade').lower()}"
        if looks.get(default) is not None:
            region.set(default, looks.get(default))
        for name in (tag, f"Inverse{tag}"):
            for fade in looks.findall(name):
                copied = copy.deepcopy(fade)
                for element in copied.iter():
                    if element.get("id") is not None:
                        element.set("id", str(self.id()))
                region.append(copied)

    def _straight_fade(self, region: Element, tag: str, length: int) -> None:
        first, last = ("0", "1") if tag == "FadeIn" else ("1", "0")
        curve = add(add(region, tag), "AutomationList", id=self.id())
        curve.set("interpolation-style", "Curved")
        curve.set("time-domain", "AudioTime")
        add(curve, "events").text = f"a0 {first}\n{self._time(length)} {last}\n"

    def _source(self, media: Media, channel: int) -> int | str:
        key = (media.path.name, str(channel))
        if key not in self._sources:
            source = add(
                self._session.find("Sources"), "Source", name=media.path.name, type="audio", flags="", id=self.id()
            )
            for name, value in (("channel", channel), ("origin", ""), ("gain", 1)):
                source.set(name, str(value))
            self._sources[key] = source.get("id")
        return str(self._sources[key])

    def _time(self, frame: int) -> str:
        exact = Fraction(frame * SUPERCLOCKS, self._rate)
        if exact.denominator != 1:
            raise UsageError(f"Ardour cannot count frames at {self._rate} Hz exactly; use 44100, 48000 or a multiple")
        return f"a{exact.numerator}"


def _renamed(text: str, old: str | None, new: str) -> str:
    """Return `text` with the track's name replaced, in names of ports (`old/audio_in 1`) and processors too."""
    if not old:
        return text
    return (
        new
        if text == old
        else re.sub(
            rf"^{re.escape(old)}(?=/)|(?<=^meter-){re.escape(old)}$|(?<=:){re.escape(old)}$", lambda _: new, text
        )
    )
