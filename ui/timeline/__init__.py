"""The timeline view: tracks, clips, lanes, waveforms and spectrograms, drawn."""

from .scene import RULERS, ContextRequest, Dropped, Lane, LaneState, MarkerView, Scene, SceneClip, SceneTrack, Selection
from .view import TimelineView

__all__ = [
    "RULERS",
    "ContextRequest",
    "Dropped",
    "Lane",
    "LaneState",
    "MarkerView",
    "Scene",
    "SceneClip",
    "SceneTrack",
    "Selection",
    "TimelineView",
]
