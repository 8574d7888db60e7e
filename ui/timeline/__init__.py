"""The timeline view: tracks, clips and lanes with their waveforms or spectrograms."""

from .scene import (
    RULERS,
    ContextRequest,
    FileDrop,
    Lane,
    MarkerView,
    Scene,
    SceneClip,
    SceneTrack,
    Selection,
)
from .view import TimelineView

__all__ = [
    "RULERS",
    "ContextRequest",
    "FileDrop",
    "Lane",
    "MarkerView",
    "Scene",
    "SceneClip",
    "SceneTrack",
    "Selection",
    "TimelineView",
]
