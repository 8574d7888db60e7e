"""Read an AAF by pyaaf2: the clips of its mono slots that a program would play."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import aaf2
import numpy as np
from renderer import Curve, PlayedClip, lines

_AMPLITUDE = "e4962321-2267-11d3-8a4c-0050040ef7d2"
_SIDES = {0: (1.0, 0.0), 1: (0.0, 1.0)}
"""Outputs of the channels of a sound of several."""


def played(path: Path) -> Iterator[PlayedClip]:
    """Yield every clip that is heard."""
    with aaf2.open(str(path)) as file:
        (mob,) = file.content.toplevel()
        for slot in mob.slots:
            if slot.media_kind == "Sound":
                yield from _slot(slot)


def _slot(slot: Any) -> Iterator[PlayedClip]:
    at, rate = 0, Fraction(slot.edit_rate)
    for part in slot.segment.components:
        length, curve = int(part.length), np.ones_like
        while type(part).__name__ == "OperationGroup":
            curve = _product(curve, _gain(part, float(length / rate)))
            (part,) = part.segments
        if type(part).__name__ == "SourceClip":
            file, channel, offset = _trace(part, rate)
            yield PlayedClip(
                file=file, start=at / rate, length=length / rate, offset=offset, channels=[channel],
                gains=_SIDES[channel], curve=curve,
            )  # fmt: skip
        at += length


def _product(one: Curve, other: Curve) -> Curve:
    return lambda at: one(at) * other(at)


def _gain(group: Any, seconds: float) -> Curve:
    """Return the gain of an effect by its amplitude: one value, or points at shares of its length."""
    gains: list[Curve] = []
    for parameter in group.parameters:
        if str(parameter.parameterdef.auid) != _AMPLITUDE:
            continue
        if type(parameter).__name__ == "ConstantValue":
            gains.append(lines([(0.0, float(parameter.value))]))
        else:
            points = [(float(point.time) * seconds, float(point.value)) for point in parameter["PointList"].value]
            gains.append(lines(points))
    (gain,) = gains
    return gain


def _trace(clip: Any, rate: Fraction) -> tuple[Path, int, Fraction]:
    """Return the file that a clip leads to, its channel, and the second in it."""
    offset = int(clip.start) / rate
    while type(clip.mob).__name__ != "SourceMob":
        slot = clip.slot
        clip = slot.segment
        offset += int(clip.start) / Fraction(slot.edit_rate)
    (locator,) = clip.mob.descriptor["Locator"].value
    channel = int(clip.slot["PhysicalTrackNumber"].value) - 1
    return Path(unquote(urlparse(str(locator["URLString"].value)).path)), channel, offset
