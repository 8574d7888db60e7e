"""Fade shapes and layers of Ardour's regions, read from the session: the action can set a shape, but not query it."""

from itertools import pairwise
from pathlib import Path
from typing import Final

from flowsep_plugin.timeline.formats.ardour.layers import RegionLayer
from flowsep_plugin.timeline.formats.ardour.region import read_layer
from flowsep_plugin.timeline.formats.xml_text import Element, parse_xml

_HALFWAY: Final = {
    "FadeLinear": 0.5,
    "FadeFast": 0.036,
    "FadeSlow": 0.11,
    "FadeConstantPower": 0.707,
    "FadeSymmetric": 0.6,
}
"""Gain at half of the fade, as Ardour 7.3 computes it."""


def fade_shapes(session: Path) -> dict[str, tuple[str, str]]:
    """Return the names of the fade-in and fade-out shapes by region id."""
    regions = parse_xml(session.read_bytes(), "Session").iterfind("Playlists/Playlist/Region")
    return {region.get("id") or "": (_shape(region, "FadeIn"), _shape(region, "FadeOut")) for region in regions}


def region_layers(session: Path) -> dict[str, RegionLayer]:
    """Return the layers of the regions by their ids."""
    regions = parse_xml(session.read_bytes(), "Session").iterfind("Playlists/Playlist/Region")
    return {region.get("id") or "": read_layer(region) for region in regions}


def _shape(region: Element, tag: str) -> str:
    words = (region.findtext(f"{tag}/AutomationList/events") or "").split()
    points = [(int(at.lstrip("ab")), float(gain)) for at, gain in zip(words[::2], words[1::2], strict=False)]
    if len(points) < 2:
        return "FadeConstantPower"  # the default of short fades
    half = (points[0][0] + points[-1][0]) / 2
    (start, low), (stop, high) = next((left, right) for left, right in pairwise(points) if right[0] >= half)
    gain = low if stop == start else low + (high - low) * (half - start) / (stop - start)
    return min(_HALFWAY, key=lambda name: abs(_HALFWAY[name] - gain))
