"""Write the XML of an Ardour session: a new one, or a session plus changes.

A new track is a copy of its source's, with its own ids, names and ports and without plugins. Old elements change only
in `id-counter`, the `order` of tracks further down, and `muted` of sources to be muted.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from itertools import accumulate, count
from types import MappingProxyType
from typing import Final

from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.formats.xml_text import Element, add, insert_after, new_element
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.names import clean, unique
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .clock import SessionClock
from .differences import COPIED_PROCESSORS
from .parts import VERSION, add_tempo, master_route, plain_route
from .read import FRAME_RATES, SHARED, audio_routes, presentation_order, session_clock
from .region_writer import RegionModel, RegionWriter

_SECTIONS: Final = ("Metadata", "Sources", "Regions", "Locations", "Bundles", "Routes", "Playlists", "UnusedPlaylists",
                    "RouteGroups")  # fmt: skip
"""Sections without which Ardour 7.3 opens no session."""


_FIXED_ROUTES: Final = frozenset({"MasterOut", "MonitorOut", "Auditioner", "SurroundMaster", "Mixbus"})
"""Flags of routes that have no place among the tracks, whatever their order is."""


def new_session(timeline: Timeline, name: str) -> Element:
    """Return a session of only the timeline. Raises UsageError for what Ardour cannot hold."""
    session = new_element("Session", version=VERSION, name=name, sample_rate=None)
    session.set("sample-rate", str(timeline.rate))
    session.set("id-counter", "1")
    config = add(session, "Config")
    add(config, "Option", name="native-file-data-format", value="FormatFloat")  # Ardour opens no session without
    add(config, "Option", name="native-file-header-format", value="WAVE")
    fps = next((key for key, rate in FRAME_RATES.items() if rate == timeline.frame_rate), None)
    if fps:
        add(config, "Option", name="timecode-format", value=fps)
    add(config, "Option", name="timecode-offset", value=abs(timeline.origin))
    add(config, "Option", name="timecode-offset-negative", value=int(timeline.origin < 0))
    for tag in _SECTIONS:
        add(session, tag)
    add_tempo(session, timeline.tempo)
    writer = _Writer(session, session_clock(session))
    stop = max((clip.place.stop for _, clip in timeline.clips()), default=timeline.rate)
    writer.location("session", 0, stop, "IsSessionRange")
    writer.master()
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
    models = {clip.id: RegionModel(clip, regions[_region_id(clip.id)]) for _, clip in before.clips()}
    writer = _Writer(session, session_clock(session), models)
    for clip, muted in changes.mutes.items():
        regions[_region_id(clip)].set("muted", str(int(muted)))
    routes = {route.get("id"): route for route in audio_routes(session)}
    for new in reversed(changes.tracks):
        above = routes.get(new.above or "")
        order = 1 if above is None else presentation_order(above) + 1
        for info in session.iterfind("Routes/Route/PresentationInfo"):
            if int(info.get("order") or 0) >= order and _FIXED_ROUTES.isdisjoint(_flags(info)):
                info.set("order", str(int(info.get("order")) + 1))
        writer.track(new.track, routes.get(new.track.like or ""), order)
    for marker in changes.markers:
        writer.marker(marker)
    writer.close()


class _Writer:
    """Adds elements to a session, with ids from its counter. `models`: its own regions by clip id."""

    def __init__(
        self, session: Element, clock: SessionClock, models: Mapping[str, RegionModel] = MappingProxyType({})
    ) -> None:
        self._session, self._clock = session, clock
        used = [int(value) for element in session.iter() for value in [element.get("id") or ""] if value.isdigit()]
        self._ids = count(max([int(session.get("id-counter") or 1), *(n + 1 for n in used)]))
        self._names = {route.get("name") or "" for route in session.iterfind("Routes/Route")}
        self._regions = RegionWriter(session, clock, self._ids, models)

    def close(self) -> None:
        self._session.set("id-counter", str(next(self._ids)))

    def id(self) -> int:
        return next(self._ids)

    def master(self) -> None:
        route = master_route()
        self._number(route)
        self._names.add(route.get("name"))
        self._session.find("Routes").append(route)

    def _number(self, parent: Element) -> None:
        """Give the elements of a route their own ids; those of `master` elements refer to controls of its VCAs."""
        for element in parent.iter():
            if element.get("id") is not None and element.tag != "master":
                element.set("id", str(self.id()))

    def track(self, track: Track, like: Element | None, order: int) -> None:
        name = unique(clean(track.name).replace("/", "_") or "track", self._names)
        self._names.add(name)
        route = plain_route(track.channels or 2) if like is None else copy.deepcopy(like)
        route.tail = None
        old = {route.get("name"), *(io.get("name") for io in route.iterfind("IO"))} - {None, ""}
        for processor in route.findall("Processor"):
            if processor.get("type") not in COPIED_PROCESSORS:
                route.remove(processor)
        self._number(route)
        for element in route.iter():
            for attribute in ("name", "output"):
                element.set(attribute, _renamed(element.get(attribute), old, name)) if element.get(attribute) else None
        route.set("name", name)
        route.set("version", self._session.get("version"))
        for connection in route.iterfind("IO[@direction='Input']/Port/Connection"):
            connection.getparent().remove(connection)
        for control in route.iterfind("Controllable[@name='rec-enable']"):
            control.set("value", "0")
        info = route.find("PresentationInfo")
        info.set("order", str(order))
        info.set("flags", ",".join(flag for flag in _flags(info) if flag != "Hidden"))
        route.find("MuteMaster").set("muted", str(int(track.muted)))
        playlist = new_element("Playlist", id=self.id(), name=name, type="audio", orig_track=None)
        for key, value in (("orig-track-id", route.get("id")), ("frozen", 0), ("combine-ops", 0)):
            playlist.set(key, str(value))
        route.set("audio-playlist", playlist.get("id"))
        self._add_regions(playlist, track)
        if like is None:
            self._session.find("Routes").append(route)
        else:
            insert_after(like, route)
        self._session.find("Playlists").append(playlist)

    def _add_regions(self, playlist: Element, track: Track) -> None:
        """Add the clips, layered as their sources are; clips without one sound together where they overlap."""
        stops = accumulate((clip.place.stop for clip in track.clips), max)
        overlaps = any(clip.place.start < stop for stop, clip in zip(stops, track.clips[1:], strict=False))
        ordered = sorted(track.clips, key=self._regions.layer)
        layers = {clip.id: layer for layer, clip in enumerate(ordered)}
        for clip in track.clips:
            playlist.append(self._regions.region(clip, layers[clip.id], opaque=not overlaps))

    def marker(self, marker: Marker) -> None:
        flags = "IsRangeMarker" if marker.span.frames else "IsMark"
        self.location(clean(marker.name), marker.span.start, marker.span.stop, flags)

    def location(self, name: str, start: int, stop: int, flags: str) -> None:
        element = add(
            self._session.find("Locations"), "Location", id=self.id(), name=name, start=self._clock.text(start)
        )
        for key, value in (("end", self._clock.text(stop)), ("flags", flags), ("locked", 0)):
            element.set(key, str(value))


def _region_id(clip: str) -> str:
    return clip.partition(SHARED)[0]


def _flags(info: Element) -> list[str]:
    return (info.get("flags") or "").split(",")


def _renamed(text: str, old: Iterable[str], new: str) -> str:
    """Return `text` with the track's name replaced, in names of ports (`old/audio_in 1`) and processors too.

    old : the names of the track and its ports; Ardour 8 keeps the ports' where it forbids a sign in the track's.
    """
    name = "|".join(re.escape(one) for one in sorted(old, key=len, reverse=True))
    return (
        re.sub(rf"^(?:{name})(?=/|$)|(?<=^meter-)(?:{name})$|(?<=:)(?:{name})$", lambda _: new, text) if name else text
    )
