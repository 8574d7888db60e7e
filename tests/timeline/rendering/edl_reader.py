"""Read an EDL by its lines: the audio events that a program would play, with the rates in its comments."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from renderer import PlayedClip

_EVENT = re.compile(r"^(\d+)\s+(\S+)\s+(A\d*)\s+C\s+" + r"\s+".join([r"(\d\d:\d\d:\d\d[:;]\d\d)"] * 4))


def played(path: Path) -> Iterator[PlayedClip]:
    """Yield every event; sounds begin at timecode 0, as those without a time reference do."""
    text = path.read_text("utf-8")
    rate = int(_setting(text, "SAMPLE RATE"))
    words = _setting(text, "FRAME RATE")
    fps, drop = Fraction(words.removesuffix("df")), words.endswith("df")
    origin = _samples(_setting(text, "ORIGIN"), fps, drop, rate)
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if match := _EVENT.match(line):
            file = next(l for l in lines[number:] if l.startswith("* SOURCE FILE: ")).partition(": ")[2]
            first, last = (_samples(time, fps, drop, rate) for time in match.groups()[5:7])
            offset = Fraction(_frames(match[4], fps, drop)) / fps
            yield PlayedClip(
                file=path.parent / file,
                start=Fraction(first - origin, rate),
                length=Fraction(last - first, rate),
                offset=offset,
            )


def _setting(text: str, name: str) -> str:
    match = re.search(rf"^\* {name}: (.*)$", text, re.MULTILINE)
    assert match is not None, name
    return match[1].strip()


def _samples(time: str, fps: Fraction, drop: bool, rate: int) -> int:
    return math.floor(Fraction(_frames(time, fps, drop)) / fps * rate + Fraction(1, 2))


def _frames(time: str, fps: Fraction, drop: bool) -> int:
    hours, minutes, seconds, frames = (int(word) for word in re.split("[:;]", time))
    nominal = math.ceil(fps)
    whole = (hours * 60 + minutes) * 60
    dropped = nominal // 15 * (hours * 54 + minutes - minutes // 10) if drop else 0
    return (whole + seconds) * nominal + frames - dropped
