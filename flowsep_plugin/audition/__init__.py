"""Hearing without a screen: gapless, sample-aligned switching between a clip, its stems, the rest and their sum."""

from .levels import FLOOR_DB, Levels, Needle, decibels, measure
from .mix_weights import LaneState, choices, weights
from .outputs import DeviceChoice, DeviceOutput, Output, SilentOutput, devices, open_output
from .transport import Heard, Transport
from .voices import Piece

__all__ = [
    "FLOOR_DB",
    "DeviceChoice",
    "DeviceOutput",
    "Heard",
    "LaneState",
    "Levels",
    "Needle",
    "Output",
    "Piece",
    "SilentOutput",
    "Transport",
    "choices",
    "decibels",
    "devices",
    "measure",
    "open_output",
    "weights",
]
