"""Read a DAWproject by lxml: the clips in seconds that a program would play. No nested clips, no warps."""

import tempfile
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree
from renderer import Curve, Fade, PlayedClip, lines, steps


def played(path: Path) -> Iterator[PlayedClip]:
    """Yield every clip that is heard; sounds inside the zip are copied to a new folder."""
    folder = Path(tempfile.mkdtemp(dir=path.parent))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    project = etree.fromstring((folder / "project.xml").read_bytes())
    levels = {track.get("id"): _level(track) for track in project.iterfind("Structure/Track")}
    for lane in project.iterfind("Arrangement/Lanes/Lanes"):
        for clip in lane.iterfind("Clips/Clip"):
            level = levels[lane.get("track")]
            if clip.get("enable") != "false" and level:
                yield _clip(clip, level, folder, path.parent)


def _level(track: Any) -> float:
    channel = track.find("Channel")
    muted = channel.find("Mute").get("value") == "true"
    return 0.0 if muted else float(channel.find("Volume").get("value"))


def _clip(clip: Any, level: float, folder: Path, project: Path) -> PlayedClip:
    assert {clip.get("contentTimeUnit"), clip.get("fadeTimeUnit")} == {"seconds"}
    audio = next(clip.iter("Audio"))
    file = audio.find("File")
    offset = Fraction(clip.get("playStart", "0"))
    return PlayedClip(
        file=(project if file.get("external") == "true" else folder) / file.get("path"),
        start=Fraction(clip.get("time")),
        length=Fraction(clip.get("duration")),
        offset=offset,
        gains=(level, level),
        fade_in=Fade(seconds=Fraction(clip.get("fadeInTime", "0"))),
        fade_out=Fade(seconds=Fraction(clip.get("fadeOutTime", "0"))),
        curve=_gain(clip, float(offset)),
    )


def _gain(clip: Any, offset: float) -> Curve:
    """Return the gain of a clip's points, whose times count as its content does: the clip begins at `offset`."""
    for points in clip.iterfind("Lanes/Points"):
        if points.find("Target").get("expression") == "gain":
            assert (points.get("unit"), points.get("timeUnit", "seconds")) == ("linear", "seconds")
            rows = [(float(p.get("time")) - offset, float(p.get("value"))) for p in points.iterfind("RealPoint")]
            held = {p.get("interpolation", "hold") for p in points.iterfind("RealPoint")} == {"hold"}
            return steps(rows) if held else lines(rows)
    return np.ones_like
