"""Ardour: an action that runs inside it, and the exchange with it from outside.

flowsep hosts ardour ─► ask.txt ─► OSC ─► action ─► selection.txt + a snapshot ─► separate_session
                                                                                        │
tracks, one step of undo ◄─ action ◄─ OSC ◄─ placement.txt ◄────────────────────────────┘
"""

from .exchange import Exchange, default_folder
from .fades import fade_shapes
from .installing import InstalledAction, bound_slot, install
from .live import (
    FAILED,
    PLACEMENT,
    ArdourSelection,
    place_in_ardour,
    request_selection,
    separate_selection,
    user_selection,
)
from .osc import OSC_PORT, Trigger, trigger

__all__ = [
    "FAILED",
    "OSC_PORT",
    "PLACEMENT",
    "ArdourSelection",
    "Exchange",
    "InstalledAction",
    "Trigger",
    "bound_slot",
    "default_folder",
    "fade_shapes",
    "install",
    "place_in_ardour",
    "request_selection",
    "separate_selection",
    "trigger",
    "user_selection",
]
