"""Ardour: an action that runs inside it, and the way to it from outside.

flowsep hosts ardour ─► ask.txt ─► OSC ─► action ─► selection.txt + a snapshot ─► separate_session
                                                                                        │
tracks, one step of undo ◄─ action ◄─ OSC ◄─ placement.txt ◄────────────────────────────┘
"""

from .exchange import Exchange, default_folder
from .fades import fade_shapes
from .installing import Installed, bound_slot, install
from .live import FAILED, PLACEMENT, Selection, await_selection, publish_copy, separate_selection, taken_selection
from .osc import OSC_PORT, Trigger, trigger

__all__ = [
    "FAILED",
    "OSC_PORT",
    "PLACEMENT",
    "Exchange",
    "Installed",
    "Selection",
    "Trigger",
    "await_selection",
    "bound_slot",
    "default_folder",
    "fade_shapes",
    "install",
    "publish_copy",
    "separate_selection",
    "taken_selection",
    "trigger",
]
