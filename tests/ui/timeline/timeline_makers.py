"""Scenes and views that the timeline's tests are made from."""

from pathlib import Path

import numpy as np
import soundfile as sf
from flowsep_ui.timeline import Lane, LanePart, MarkerView, Scene, SceneClip, SceneTrack
from PyQt6.QtGui import QImage

from flowsep_plugin.audio.span import Span

RATE = 8_000
SECONDS = 8


def write_burst(path: Path, first: float = 2.0, last: float = 4.0, seconds: float = SECONDS, channels: int = 1) -> Path:
    """Noise between two times, silence around it."""
    samples = np.zeros((round(seconds * RATE), channels), np.float32)
    loud = slice(round(first * RATE), round(last * RATE))
    samples[loud] = np.random.default_rng(0).uniform(-0.9, 0.9, samples[loud].shape)
    sf.write(path, samples, RATE, subtype="PCM_16")
    return path


def span(first: float, last: float) -> Span:
    return Span(round(first * RATE), round((last - first) * RATE), RATE)


def clip_of(path: Path | None, name: str = "c", first: float = 0, last: float = SECONDS, **more) -> SceneClip:
    return SceneClip(name, name, path, span(first, last), span(0, last - first), **more)


def part_of(path: Path | None, first: float = 0, last: float = SECONDS, **more) -> LanePart:
    return LanePart(path, span(first, last), **more)


def lane_of(path: Path | None, name: str = "l", presence: tuple[float, ...] = (), **more) -> Lane:
    return Lane(name, f"the {name}", "stem", "", (part_of(path, presence=presence),), **more)


def scene_of(path: Path | None, lanes: tuple[Lane, ...] = (), markers: tuple[MarkerView, ...] = ()) -> Scene:
    tracks = (
        SceneTrack("t1", "first", (clip_of(path),), lanes),
        SceneTrack("t2", "second", (clip_of(path, "a", 1, 3), clip_of(path, "b", 5, 7)), height=60),
    )
    return Scene("scene", RATE, SECONDS * RATE, tracks, markers)


def pixels_of(image: QImage) -> np.ndarray:
    """(height, width, 3) red, green, blue."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    buffer = image.constBits()
    buffer.setsize(image.sizeInBytes())
    return np.frombuffer(buffer, np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].copy()
