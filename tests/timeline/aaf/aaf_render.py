"""Render the slots of an AAF with pyaaf2 alone: what a program plays of clips, gains, fades and combined channels."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import soundfile

RATE = 48_000
DISSOLVE_CURVE = "8134fc48-3bd6-4904-9520-7a6360cc7127"


def render(slots: list[Any], folder: Path, frames: int) -> np.ndarray:
    """Return the sum of slots, (2, frames) float64; a mono slot sounds in the channel that its source mob names."""
    mix = np.zeros((2, frames))
    for slot in slots:
        mix += _segment(slot.segment, float(slot.edit_rate), folder, frames, 0.0)
    return mix


def _segment(segment: Any, rate: float, folder: Path, frames: int, at: float) -> np.ndarray:
    """Return a segment that begins `at` seconds."""
    return _KINDS[type(segment).__name__](segment, rate, folder, frames, at)


def _sequence(sequence: Any, rate: float, folder: Path, frames: int, at: float) -> np.ndarray:
    mix, seconds = np.zeros((2, frames)), np.arange(frames) / RATE
    parts = list(sequence.components)
    for number, part in enumerate(parts):
        length = part.length / rate
        if type(part).__name__ == "Transition":
            at -= length
            continue
        sound = _segment(part, rate, folder, frames, at)
        for neighbour, begins in ((number - 1, True), (number + 1, False)):
            if 0 <= neighbour < len(parts) and type(parts[neighbour]).__name__ == "Transition":
                fade = parts[neighbour].length / rate
                share = (seconds - at) / fade if begins else (at + length - seconds) / fade
                curve = next(p for p in parts[neighbour]["OperationGroup"].value.parameters)
                is_power = str(curve.auid) == DISSOLVE_CURVE and curve.value == 1
                sound *= np.sin(np.clip(share, 0, 1) * np.pi / 2) if is_power else np.clip(share, 0, 1)
        mix += sound
        at += length
    return mix


def _group(group: Any, rate: float, folder: Path, frames: int, at: float) -> np.ndarray:
    inputs = [_segment(part, rate, folder, frames, at) for part in group.segments]
    if len(inputs) > 1:
        return np.stack([one.sum(axis=0) for one in inputs])
    gain = np.ones(frames)
    share = (np.arange(frames) / RATE - at) / (group.length / rate)
    for parameter in group.parameters:
        if type(parameter).__name__ == "VaryingValue":
            gain *= np.interp(share, *np.array([(p.time, p.value) for p in parameter["PointList"].value]).T)
        elif parameter.parameterdef.name == "Amplitude":
            gain *= float(parameter.value)
    return inputs[0] * gain


def _clip(clip: Any, rate: float, folder: Path, frames: int, at: float) -> np.ndarray:
    mix = np.zeros((2, frames))
    mob, slot, start, length = clip.mob, clip.slot, clip.start / rate, clip.length / rate
    while type(mob).__name__ != "SourceMob":
        inner = slot.segment
        start += inner.start / float(slot.edit_rate)
        mob, slot = inner.mob, inner.slot
    url = str(next(iter(mob.descriptor["Locator"].value))["URLString"].value)
    name = Path(unquote(url.removeprefix("file://")))
    samples, _ = soundfile.read(folder / name, dtype="float64", always_2d=True)
    channel = slot["PhysicalTrackNumber"].value - 1
    first, begins, count = round(start * RATE), round(at * RATE), round(length * RATE)
    part = samples[first : first + count, min(channel, samples.shape[1] - 1)]
    mix[channel, begins : begins + len(part)] = part
    return mix


def _silence(filler: Any, rate: float, folder: Path, frames: int, at: float) -> np.ndarray:
    return np.zeros((2, frames))


_KINDS = {"Sequence": _sequence, "OperationGroup": _group, "SourceClip": _clip, "Filler": _silence}
