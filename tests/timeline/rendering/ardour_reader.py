"""Read an Ardour session by lxml: the regions that it would play. No overlaps: an upper one would hide a lower one."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree
from renderer import Curve, Fade, PlayedClip, lines

SUPERCLOCKS = 282_240_000


def played(path: Path) -> Iterator[PlayedClip]:
    """Yield every clip that is heard."""
    session = etree.fromstring(path.read_bytes(), etree.XMLParser(huge_tree=True))
    sources = {source.get("id"): source for source in session.iterfind("Sources/Source")}
    playlists = {playlist.get("id"): playlist for playlist in session.iterfind("Playlists/Playlist")}
    folder = next(path.parent.glob("interchange/*/audiofiles"))
    for route in session.iterfind("Routes/Route"):
        playlist = playlists.get(route.get("audio-playlist"))
        if playlist is None or route.find("MuteMaster").get("muted") == "1":
            continue
        for region in playlist.iterfind("Region"):
            if region.get("muted") != "1":
                yield _clip(region, sources, folder, _level(route))


def _clip(region: Any, sources: dict[str, Any], folder: Path, level: float) -> PlayedClip:
    length, start = region.get("length").split("@")
    mine = [sources[region.get(f"source-{number}")] for number in range(int(region.get("channels")))]
    (name,) = {source.get("name") for source in mine}
    gain = float(region.get("scale-amplitude")) * level
    return PlayedClip(
        file=folder / name,
        start=_time(start),
        length=_time(length),
        offset=_time(region.get("start")),
        channels=[int(source.get("channel")) for source in mine],
        source_gains=[float(source.get("gain") or 1) for source in mine],
        gains=(gain, gain),
        fade_in=_fade(region, "FadeIn", "fade-in-active"),
        fade_out=_fade(region, "FadeOut", "fade-out-active"),
        curve=_envelope(region),
    )


def _level(route: Any) -> float:
    """Return the gain of a route: its trim, polarity and fader."""
    level = 1.0
    for processor in route.iterfind("Processor"):
        if processor.get("type") in ("amp", "trim"):
            control = next(processor.iter("Controllable"), None)
            level *= 1.0 if control is None else float(control.get("value"))
    inverted = next((c for c in route.iter("Controllable") if c.get("name") == "phase"), None)
    return level * (1.0 if inverted is None or not int(float(inverted.get("value") or 0)) else -1.0)


def _fade(region: Any, tag: str, active: str) -> Fade:
    points = _points(region.find(tag)) if region.get(active) == "1" else []
    if not points:
        return Fade(seconds=Fraction(0))
    length = points[-1][0]
    shares = [(float(at / length), gain) for at, gain in points]
    if tag == "FadeOut":
        shares = [(1 - share, gain) for share, gain in reversed(shares)]
    return Fade(seconds=length, curve=lines(shares))


def _envelope(region: Any) -> Curve:
    points = _points(region.find("Envelope")) if region.get("envelope-active") == "1" else []
    return lines([(float(at), gain) for at, gain in points]) if points else np.ones_like


def _points(parent: Any) -> list[tuple[Fraction, float]]:
    events = None if parent is None else parent.find("AutomationList/events")
    rows = [line.split() for line in ("" if events is None else events.text or "").splitlines() if line.strip()]
    return [(_time(at), float(gain)) for at, gain in rows]


def _time(text: str) -> Fraction:
    assert text[0] == "a", text
    return Fraction(text[1:]) / SUPERCLOCKS
