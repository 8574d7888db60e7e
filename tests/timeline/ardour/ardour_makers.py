"""Small sessions as Ardour writes them: one audio track with the regions, sources and processors of a test."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.media import write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, read_session

RATE = 48_000
SUPERCLOCKS = 282_240_000
FRAME = SUPERCLOCKS // RATE
"""Superclocks of a frame."""

STEADY = '<Tempo npm="120" enpm="120" note-type="4" sclock="0" quarters="0:0" omega="0"/>'


def region(
    number: int,
    span: str = f'start="a0" length="a{1000 * FRAME}@a0"',
    *,
    sources: Iterable[int] = (90,),
    children: str = "",
    **attributes: object,
) -> str:
    """Return a region with the id `number`; `_` in names of attributes stands for `-`."""
    values = {"muted": 0, "opaque": 1, "layering-index": number, "scale-amplitude": 1, "fade-in-active": 0,
              "fade-out-active": 0, "envelope-active": 0, "type": "audio"}  # fmt: skip
    values |= {f"source-{index}": source for index, source in enumerate(sources)}
    values |= {name.replace("_", "-"): value for name, value in attributes.items()}
    text = " ".join(f'{name}="{value}"' for name, value in values.items())
    return f'<Region name="r{number}" id="{number}" {span} {text}>{children}</Region>'


def source(number: int = 90, name: str = "take.wav", channel: int = 0, **attributes: object) -> str:
    """Return a source with the id `number`."""
    text = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f'<Source name="{name}" type="audio" id="{number}" channel="{channel}" {text}/>'


def curve(tag: str, events: str, style: str = "Curved") -> str:
    """Return an envelope or a fade."""
    shape = f'<AutomationList automation-id="x" id="77" interpolation-style="{style}"><events>{events}</events>'
    return f"<{tag}>{shape}</AutomationList></{tag}>"


def write_session(
    path: Path,
    *regions: str,
    version: str = "7002",
    sources: str = source(),
    processors: str = "",
    route: str = 'active="1"',
    config: str = "",
    tempo: str = f"<Tempos>{STEADY}</Tempos>",
    program: str = "Ardour 7.5",
    whole_files: str = "",
) -> Path:
    """Write a session at `path` and return that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Session version="{version}" name="song" sample-rate="{RATE}" '
        f'id-counter="1000"><ProgramVersion created-with="Ardour 6.9" modified-with="{program}"/>'
        f"<Config>{config}</Config><Sources>{sources}</Sources><Regions>{whole_files}</Regions><Locations/>"
        f'<Routes><Route id="1" name="T" default-type="audio" audio-playlist="2" {route}>'
        '<PresentationInfo order="1" flags="AudioTrack"/><IO name="T" id="3" direction="Input">'
        '<Port type="audio" name="T/audio_in 1"/></IO><MuteMaster mute-point="PostFader,Listen,Main" muted="0"/>'
        f"{processors}</Route></Routes>"
        f'<Playlists><Playlist id="2" name="T" type="audio">{"".join(regions)}</Playlist></Playlists>'
        f'<TempoMap superclocks-per-second="{SUPERCLOCKS}">{tempo}</TempoMap></Session>\n',
        "utf-8",
    )
    return path


def write_take(path: Path, name: str = "take.wav", channels: int = 1, seed: int = 0, frames: int = RATE) -> Path:
    """Write noise of 24 bits to the session's folder of sounds."""
    folder = path.parent / "interchange" / path.stem / "audiofiles"
    folder.mkdir(parents=True, exist_ok=True)
    whole = np.random.default_rng(seed).integers(-(2**20), 2**20, (channels, frames))
    write_clip(folder / name, AudioClip((whole / 2**23).astype(np.float32), RATE))
    return folder / name


def only_clip(path: Path) -> ClipRef:
    """Return the only clip of a session."""
    ((_, clip),) = read_session(path).clips()
    return clip


def by_id(timeline: Timeline) -> dict[str, ClipRef]:
    """Return the clips of a session by their ids."""
    return {clip.id: clip for _, clip in timeline.clips()}
