"""Read an OTIO timeline by OpenTimelineIO: the clips that are heard, with the gains and fades of our metadata."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np
import opentimelineio as otio
from renderer import Curve, Fade, PlayedClip, lines


def played(path: Path) -> Iterator[PlayedClip]:
    """Yield every clip that is heard."""
    timeline = otio.adapters.read_from_file(str(path))
    rate = timeline.metadata["flowsep"]["rate"]
    for track in timeline.audio_tracks():
        at = Fraction(0)
        for item in track:
            length = _seconds(item.duration())
            if isinstance(item, otio.schema.Clip) and track.enabled and item.enabled:
                yield _clip(item, at, length, path.parent, rate)
            at += length


def _clip(item: Any, start: Fraction, length: Fraction, folder: Path, rate: int) -> PlayedClip:
    own = dict(item.metadata.get("flowsep", {}))
    gain = float(own.get("gain", 1))
    return PlayedClip(
        file=folder / unquote(urlparse(item.media_reference.target_url).path),
        start=start,
        length=length,
        offset=_seconds(item.source_range.start_time),
        gains=(gain, gain),
        fade_in=Fade(seconds=Fraction(int(own.get("fade_in", 0)), rate)),
        fade_out=Fade(seconds=Fraction(int(own.get("fade_out", 0)), rate)),
        curve=curve_of(own.get("gain_curve") or (), rate),
    )


def curve_of(points: Any, rate: int) -> Curve:
    """Return a gain curve whose points are (frame of the session from the clip's start, gain)."""
    rows = [(float(Fraction(str(frame))) / rate, float(gain)) for frame, gain in points]
    return lines(rows) if rows else np.ones_like


def _seconds(time: Any) -> Fraction:
    return Fraction(time.value) / Fraction(time.rate)
