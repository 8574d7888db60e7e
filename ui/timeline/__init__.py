"""The timeline view: tracks, clips and lanes with their waveforms or spectrograms."""

from .scene import (
    RULERS,
    Chip,
    ContextRequest,
    FileDrop,
    Lane,
    LanePart,
    MarkerView,
    Scene,
    SceneClip,
    SceneTrack,
    Selection,
)
from .view import TimelineView

__all__ = [
    "RULERS",
    "Chip",
    "ContextRequest",
    "FileDrop",
    "Lane",
    "LanePart",
    "MarkerView",
    "Scene",
    "SceneClip",
    "SceneTrack",
    "Selection",
    "TimelineView",
]
