"""Hearing without a screen: gapless, sample-aligned switching between a clip, its stems, the rest and their sum."""

from .levels import FLOOR_DB, Levels, Needle, decibels, measure
from .mix_weights import LaneState, choices, weights
from .outputs import DeviceChoice, DeviceOutput, Output, SilentOutput, devices, open_output
from .transport import Deck, Heard
from .voices import Piece

__all__ = [
    "FLOOR_DB",
    "Deck",
    "DeviceChoice",
    "DeviceOutput",
    "Heard",
    "LaneState",
    "Levels",
    "Needle",
    "Output",
    "Piece",
    "SilentOutput",
    "choices",
    "decibels",
    "devices",
    "measure",
    "open_output",
    "weights",
]
