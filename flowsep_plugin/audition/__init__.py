"""Playback without a screen: gapless, sample-aligned switching between a session, the mix of its lanes, and one lane.

Transport ─► Playback (one thread) ─► ReadAhead ─► PlaybackMixer ◄─ pull ─ Output
                  ├─► Voice: the pieces of a VoiceSpec, from files that a FilePool opens
                  └─► LoudnessMatch, voice_weights: the gain of every voice
"""

from .clip_player import ClipPlayer, Piece, clip_choice, clip_program
from .levels import FLOOR_DB, Levels, Needle, decibels, measure
from .mix_weights import LANES, ORIGINAL, LaneMix, choices, chosen_lane, lane_choice, voice_weights
from .outputs import DeviceChoice, DeviceOutput, Output, SilentOutput, devices, open_output
from .playback import PlaybackSnapshot
from .program import PlacedPiece, PlaybackProgram, VoiceSpec, difference
from .transport import Transport

__all__ = [
    "FLOOR_DB",
    "LANES",
    "ORIGINAL",
    "ClipPlayer",
    "DeviceChoice",
    "DeviceOutput",
    "LaneMix",
    "Levels",
    "Needle",
    "Output",
    "Piece",
    "PlacedPiece",
    "PlaybackProgram",
    "PlaybackSnapshot",
    "SilentOutput",
    "Transport",
    "VoiceSpec",
    "choices",
    "chosen_lane",
    "clip_choice",
    "clip_program",
    "decibels",
    "devices",
    "difference",
    "lane_choice",
    "measure",
    "open_output",
    "voice_weights",
]
