"""Read an FCPXML by lxml: the audio clips that are connected to the storyline."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from lxml import etree
from renderer import Fade, PlayedClip

_POWERS = {"linear": 1.0, "easeIn": 2.0, "easeOut": 0.5, "easeInOut": 1.5}
"""Curves of fades, a different one for each shape."""


def played(path: Path) -> Iterator[PlayedClip]:
    """Yield every clip that is heard."""
    root = etree.fromstring(path.read_bytes())
    assets = {asset.get("id"): asset for asset in root.iterfind("resources/asset")}
    (sequence,) = root.iter("sequence")
    for item in sequence.iterfind("spine/*"):
        begin = _time(item.get("offset")) - _time(sequence.get("tcStart"))
        yield from _connected(item, begin, assets)


def _connected(parent: Any, begin: Fraction, assets: dict[str, Any]) -> Iterator[PlayedClip]:
    """Yield the clips connected to an element that begins at a second of the timeline."""
    for clip in parent.iterfind("asset-clip"):
        at = begin + _time(clip.get("offset")) - _time(parent.get("start"))
        if clip.get("enabled") != "0":
            yield _clip(clip, at, assets[clip.get("ref")])
        yield from _connected(clip, at, assets)


def _clip(clip: Any, at: Fraction, asset: Any) -> PlayedClip:
    volume = clip.find("adjust-volume")
    amount = "0dB" if volume is None else volume.get("amount")
    gain = 10 ** (float(amount.removesuffix("dB")) / 20)
    return PlayedClip(
        file=Path(unquote(urlparse(asset.find("media-rep").get("src")).path)),
        start=at,
        length=_time(clip.get("duration")),
        offset=_time(clip.get("start")) - _time(asset.get("start")),
        gains=(gain, gain),
        fade_in=_fade(clip.find("adjust-volume/param/fadeIn")),
        fade_out=_fade(clip.find("adjust-volume/param/fadeOut")),
    )


def _fade(element: Any) -> Fade:
    if element is None:
        return Fade(seconds=Fraction(0))
    power = _POWERS[element.get("type", "easeIn")]
    return Fade(seconds=_time(element.get("duration")), curve=lambda share: share**power)


def _time(text: str | None) -> Fraction:
    return Fraction((text or "0s").removesuffix("s"))
