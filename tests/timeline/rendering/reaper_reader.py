"""Read a REAPER project by `rppxml`, the parser of REAPER's own library: the clips that REAPER would play."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import rppxml
from renderer import Curve, Fade, PlayedClip, lines, panned

_SWAPPED, _LEFT, _FIRST_PAIR = 1, 3, 67


def played(path: Path) -> Iterator[PlayedClip]:
    """Yield every clip that is heard."""
    project = rppxml.loads(path.read_bytes().decode("utf-8", "surrogateescape"))
    for track in _blocks(project, "TRACK"):
        values = _values(track)
        if not float(_word(values, "MUTESOLO", 0, 0)):
            for item in _blocks(track, "ITEM"):
                yield from _clip(item, values, path.parent)


def _clip(item: Any, track: dict[str, list[Any]], folder: Path) -> Iterator[PlayedClip]:
    shared, take, number = _active_take(item)
    if float(_word(shared, "MUTE", 0, 0)):
        return
    offset, source, reverse = _number(take, "SOFFS", 0, 0), next(_blocks_of(take, "SOURCE")), False
    if source.params[0] == "SECTION":
        section = _values(source)
        reverse = bool(int(_word(section, "MODE", 0, 0)) & 2)
        offset += _number(section, "STARTPOS", 0, 0)
        source = next(_blocks(source, "SOURCE"))
    volume = "TAKEVOLPAN" if number else "VOLPAN"
    take_gain = _number(take, volume, 1 if number else 2, 1)
    pan = _number(take, volume, 0 if number else 1, 0)
    gain = float(_number(shared, "VOLPAN", 0, 1) * take_gain * _number(track, "VOLPAN", 0, 1))
    gain *= -1 if float(_word(track, "IPHASE", 0, 0)) else 1
    sides = [a * b * gain for a, b in zip(panned(float(pan)), panned(_track_pan(track)), strict=True)]
    delay = _number(track, "PLAYOFFS", 0, 0) if "PLAYOFFS" in track and int(_word(track, "PLAYOFFS", 1, 0)) == 0 else 0
    speed = _number(take, "PLAYRATE", 0, 1)
    yield PlayedClip(
        file=folder / str(_values(source)["FILE"][0]),
        start=_number(shared, "POSITION", 0, 0) + Fraction(delay),
        length=_number(shared, "LENGTH", 0, 0),
        offset=offset,
        speed=speed,
        reverse=reverse,
        channels=_channels(int(_word(take, "CHANMODE", 0, 0))),
        gains=(sides[0], sides[1]),
        fade_in=_fade(shared, "FADEIN"),
        fade_out=_fade(shared, "FADEOUT"),
        curve=_envelope(take, float(speed)),
    )


def _active_take(item: Any) -> tuple[dict[str, list[Any]], dict[str, Any], int]:
    """Return the lines of the item, of the take that plays, and the take's number."""
    takes: list[list[Any]] = [[]]
    active = 0
    for child in item.children:
        if isinstance(child, list) and child[0] == "TAKE":
            takes.append([])
            active = len(takes) - 1 if "SEL" in child else active
        takes[-1].append(child)
    by_take = [{c[0]: c[1:] for c in take if isinstance(c, list)} for take in takes]
    blocks = [child for child in takes[active] if not isinstance(child, list)]
    return by_take[0], {**by_take[active], "": blocks}, active


def _fade(values: dict[str, list[Any]], name: str) -> Fade:
    """Return a fade whose curve depends on its shape and curvature, so that no other one sums to the same."""
    automatic, manual = _number(values, name, 2, 0), _number(values, name, 1, 0)
    power = 1 + 0.3 * int(_word(values, name, 3, 0)) + 0.1 * float(_word(values, name, 5, 0))
    power += 0.05 * float(_word(values, name, 0, 0))
    return Fade(seconds=automatic if automatic > 0 else manual, curve=lambda share: share**power)


def _envelope(take: dict[str, Any], speed: float) -> Curve:
    """Return the gain of the take's volume envelope, whose times run at the play rate of the take."""
    for envelope in _blocks_of(take, "VOLENV"):
        values = _values(envelope)
        if int(_word(values, "ACT", 0, 1)):
            points = [(float(c[1]) / speed, float(c[2])) for c in envelope.children if c[0] == "PT"]
            return lines(points)
    return np.ones_like


def _channels(mode: int) -> tuple[int, ...] | None:
    if mode >= _FIRST_PAIR:
        return mode - _FIRST_PAIR, mode - _FIRST_PAIR + 1
    return (1, 0) if mode == _SWAPPED else (mode - _LEFT,) if mode >= _LEFT else None


def _track_pan(track: dict[str, list[Any]]) -> float:
    return float(_word(track, "VOLPAN", 1, 0))


def _blocks(part: Any, name: str) -> Iterator[Any]:
    return (child for child in part.children if not isinstance(child, list) and child.name == name)


def _blocks_of(take: dict[str, Any], name: str) -> Iterator[Any]:
    return (block for block in take[""] if block.name == name)


def _values(part: Any) -> dict[str, list[Any]]:
    return {child[0]: child[1:] for child in part.children if isinstance(child, list)}


def _word(values: dict[str, list[Any]], name: str, place: int, default: float) -> Any:
    words = values.get(name, [])
    return words[place] if place < len(words) and words[place] != "" else default


def _number(values: dict[str, list[Any]], name: str, place: int, default: float) -> Fraction:
    return Fraction(str(_word(values, name, place, default)))
