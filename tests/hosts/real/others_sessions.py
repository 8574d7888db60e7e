"""Ardour sessions that others made, without their sounds: noise is written in their place, and plug-ins are taken out.

The session files come from the folder of `tests/timeline/corpus`; neither they nor any sounds are in the repository.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from lxml import etree

from flowsep_plugin.timeline import ClipRef, read_session

_PLAYED = {"diskreader", "diskwriter", "amp", "trim", "polarity", "meter", "main-outs", "latency"}
"""Processors that are left in a session: those that stems have too."""

_NOISE = 0.25
_MIDI = b"MThd\0\0\0\6\0\0\0\1\7\x80MTrk\0\0\0\4\0\xff\x2f\0"
_FORMATS = {".flac": ("FLAC", "PCM_24"), ".wav": ("WAV", "PCM_24"), ".aif": ("AIFF", "PCM_24")}


@dataclass(frozen=True)
class OthersSession:
    """A session, its clip to separate, and that clip's place in seconds."""

    path: Path
    clip: ClipRef

    @property
    def start(self) -> float:
        return self.clip.place.start / self.clip.place.rate

    @property
    def seconds(self) -> float:
        return self.clip.place.frames / self.clip.place.rate


def open_others_session(packed: Path, clip_id: str, folder: Path) -> OthersSession:
    """Copy a session to a folder of its own, with sounds, and return it with one of its clips."""
    session = etree.fromstring(packed.read_bytes(), etree.XMLParser(huge_tree=True))
    name = session.get("name")
    path = folder / name / f"{name}.ardour"
    path.parent.mkdir(parents=True)
    for route in session.iterfind("Routes/Route"):
        for processor in route.findall("Processor"):
            if processor.get("type") not in _PLAYED:
                route.remove(processor)
    path.write_bytes(etree.tostring(session.getroottree(), encoding="UTF-8", xml_declaration=True))
    write_sounds(session, clip_id, path.parent / "interchange" / name)
    (clip,) = [clip for _, clip in read_session(path).clips() if clip.id == clip_id]
    return OthersSession(path, clip)


def write_sounds(session: Any, clip_id: str, folder: Path) -> None:
    """Write a file for every source: noise for those of one clip, silence for the others; MIDI files are empty."""
    (region,) = session.xpath(f"Playlists/Playlist/Region[@id='{clip_id}']")
    wanted = {value for key, value in region.attrib.items() if re.fullmatch(r"source-\d+", key)}
    rate, ends = int(session.get("sample-rate")), ends_of_sources(session)
    for kind in ("audiofiles", "midifiles"):
        (folder / kind).mkdir(parents=True)
    for source in session.iterfind("Sources/Source"):
        if source.get("type") == "midi":
            (folder / "midifiles" / source.get("name")).write_bytes(_MIDI)
            continue
        frames = ends.get(source.get("id"), 1)
        number = int(source.get("id"))
        noise = np.random.default_rng(number).uniform(-_NOISE, _NOISE, frames if source.get("id") in wanted else 1)
        write_sound(folder / "audiofiles" / source.get("name"), noise, rate, frames)


def write_sound(path: Path, samples: np.ndarray, rate: int, frames: int) -> None:
    """Write mono samples, followed by silence up to `frames`."""
    form, subtype = _FORMATS[path.suffix.lower()]
    with soundfile.SoundFile(path, "w", rate, 1, subtype, format=form) as file:
        file.write(samples[:frames])
        if form == "FLAC" or frames - len(samples) < rate:
            for first in range(len(samples), frames, rate):
                file.write(np.zeros(min(rate, frames - first)))
            return
    size = 3 * frames
    with path.open("r+b") as file:  # a hole: takes no time and no disk
        file.seek(path.read_bytes()[:200].index(b"data") + 4)
        file.write(size.to_bytes(4, "little"))
        file.seek(4)
        file.truncate(path.stat().st_size + size - 3 * len(samples))
        file.write((path.stat().st_size - 8).to_bytes(4, "little"))


def ends_of_sources(session: Any) -> dict[str, int]:
    """Return the first frame that no region plays, by the ids of sources."""
    rate = int(session.get("sample-rate"))
    ends: dict[str, int] = {}
    for region in session.iter("Region"):
        end = _frames(region.get("start"), rate) + _frames(region.get("length").partition("@")[0], rate) + 2
        for key, value in region.attrib.items():
            if re.fullmatch(r"(master-)?source-\d+", key):
                ends[value] = max(end, ends.get(value, 0))
    return ends


def _frames(text: str, rate: int) -> int:
    """Return a time in frames; of one in beats so many that it is long enough at 20 beats a minute and more."""
    if text[0] == "b":
        return int(text[1:]) * rate * 3 // 1920
    return int(text[1:]) * rate // 282_240_000 if text[0] == "a" else int(float(text))
