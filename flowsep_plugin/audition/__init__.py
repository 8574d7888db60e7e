"""Playback without a screen: gapless, sample-aligned switching between a clip, its stems, the rest and their sum.

Transport ─► Playback (one thread) ─► ReadAhead ─► PlaybackMixer ◄─ pull ─ Output
                  └─► LoudnessMatch, file_weights: the gain of every file
"""

from .levels import FLOOR_DB, Levels, Needle, decibels, measure
from .mix_weights import LaneMix, choices, file_weights
from .outputs import DeviceChoice, DeviceOutput, Output, SilentOutput, devices, open_output
from .playback import PlaybackSnapshot
from .playback_file import Piece
from .transport import Transport

__all__ = [
    "FLOOR_DB",
    "DeviceChoice",
    "DeviceOutput",
    "LaneMix",
    "Levels",
    "Needle",
    "Output",
    "Piece",
    "PlaybackSnapshot",
    "SilentOutput",
    "Transport",
    "choices",
    "decibels",
    "devices",
    "file_weights",
    "measure",
    "open_output",
]
