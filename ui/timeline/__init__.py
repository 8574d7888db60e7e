"""The timeline view: tracks, clips, lanes, waveforms and spectrograms, drawn."""

from .scene import (
    ContextRequest,
    Dropped,
    Lane,
    LaneState,
    MarkerView,
    Scene,
    SceneClip,
    SceneTrack,
    Selection,
)

__all__ = [
    "ContextRequest",
    "Dropped",
    "Lane",
    "LaneState",
    "MarkerView",
    "Scene",
    "SceneClip",
    "SceneTrack",
    "Selection",
]
