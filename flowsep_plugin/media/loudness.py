"""Integrated loudness of an audio file."""

from pathlib import Path

from flowsep_plugin.audio.loudness import LoudnessMeter

from .source import open_media

_READ_FRAMES = 1 << 18


def integrated_lufs(path: Path) -> float | None:
    """Return the gated loudness of the file in LUFS, or None below -70 LUFS or under 0.4 s.

    Raises MediaError where the file cannot be read.
    """
    with open_media(path) as source:
        meter = LoudnessMeter(source.rate, source.channels)
        for first in range(0, source.frames, _READ_FRAMES):
            meter.add(source.read(first, min(first + _READ_FRAMES, source.frames)))
    return meter.integrated_lufs()
