"""Key commands of the view, one row each, as QActions that the shortcut editor lists and changes.

They work only while the timeline or a part of it has the focus, so that letters can be typed elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PyQt6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class TimelineKey:
    """A key command: `name` is the method of `Commands`, and "timeline." + `name` the action's object name."""

    name: str
    text: str
    keys: tuple[str, ...]


_CONTEXT: Final = "TimelineView"


def _rows(*rows: tuple[str, str, str]) -> tuple[TimelineKey, ...]:
    return tuple(TimelineKey(name, text, tuple(keys.split(" "))) for name, text, keys in rows)


KEYS: Final = _rows(
    ("zoom_in", QT_TRANSLATE_NOOP("TimelineView", "Zoom in"), "+ = Ctrl+="),
    ("zoom_out", QT_TRANSLATE_NOOP("TimelineView", "Zoom out"), "- Ctrl+-"),
    ("zoom_to_selection", QT_TRANSLATE_NOOP("TimelineView", "Zoom to selection"), "Z"),
    ("zoom_to_all", QT_TRANSLATE_NOOP("TimelineView", "Zoom to everything"), "Shift+Z"),
    ("scroll_earlier", QT_TRANSLATE_NOOP("TimelineView", "Scroll a page earlier"), "PgUp"),
    ("scroll_later", QT_TRANSLATE_NOOP("TimelineView", "Scroll a page later"), "PgDown"),
    ("playhead_left", QT_TRANSLATE_NOOP("TimelineView", "Playhead a step left"), "Left"),
    ("playhead_right", QT_TRANSLATE_NOOP("TimelineView", "Playhead a step right"), "Right"),
    ("previous_edge", QT_TRANSLATE_NOOP("TimelineView", "Playhead to the previous edge"), "Ctrl+Left"),
    ("next_edge", QT_TRANSLATE_NOOP("TimelineView", "Playhead to the next edge"), "Ctrl+Right"),
    ("go_to_start", QT_TRANSLATE_NOOP("TimelineView", "Playhead to the start"), "Home"),
    ("go_to_end", QT_TRANSLATE_NOOP("TimelineView", "Playhead to the end"), "End"),
    ("extend_left", QT_TRANSLATE_NOOP("TimelineView", "Select a step to the left"), "Shift+Left"),
    ("extend_right", QT_TRANSLATE_NOOP("TimelineView", "Select a step to the right"), "Shift+Right"),
    ("extend_to_previous_edge", QT_TRANSLATE_NOOP("TimelineView", "Select to the previous edge"), "Ctrl+Shift+Left"),
    ("extend_to_next_edge", QT_TRANSLATE_NOOP("TimelineView", "Select to the next edge"), "Ctrl+Shift+Right"),
    ("extend_to_start", QT_TRANSLATE_NOOP("TimelineView", "Select to the start"), "Shift+Home"),
    ("extend_to_end", QT_TRANSLATE_NOOP("TimelineView", "Select to the end"), "Shift+End"),
    ("select_all", QT_TRANSLATE_NOOP("TimelineView", "Select everything"), "Ctrl+A"),
    ("select_nothing", QT_TRANSLATE_NOOP("TimelineView", "Select nothing"), "Esc"),
    ("row_up", QT_TRANSLATE_NOOP("TimelineView", "Row above"), "Up"),
    ("row_down", QT_TRANSLATE_NOOP("TimelineView", "Row below"), "Down"),
    ("next_clip", QT_TRANSLATE_NOOP("TimelineView", "Select the next clip"), "N"),
    ("previous_clip", QT_TRANSLATE_NOOP("TimelineView", "Select the previous clip"), "Shift+N"),
    ("next_region", QT_TRANSLATE_NOOP("TimelineView", "Select the next region of the sound"), "R"),
    ("previous_region", QT_TRANSLATE_NOOP("TimelineView", "Select the previous region of the sound"), "Shift+R"),
    ("set_marker", QT_TRANSLATE_NOOP("TimelineView", "Set a marker at the playhead"), "Shift+K"),
    ("set_region", QT_TRANSLATE_NOOP("TimelineView", "Mark the selection as a region"), "Ctrl+Shift+K"),
    ("rename_marker", QT_TRANSLATE_NOOP("TimelineView", "Rename the marker"), "F2"),
    ("remove_marker", QT_TRANSLATE_NOOP("TimelineView", "Remove the marker"), "Del Backspace"),
    ("activate", QT_TRANSLATE_NOOP("TimelineView", "Open the selected clip"), "Return Enter"),
    ("toggle_solo", QT_TRANSLATE_NOOP("TimelineView", "Solo the lane or track"), "S"),
    ("toggle_mute", QT_TRANSLATE_NOOP("TimelineView", "Mute the lane or track"), "M"),
    ("gain_up", QT_TRANSLATE_NOOP("TimelineView", "Lane or track louder by half a decibel"), "Ctrl+Up"),
    ("gain_down", QT_TRANSLATE_NOOP("TimelineView", "Lane or track softer by half a decibel"), "Ctrl+Down"),
    ("taller_waves", QT_TRANSLATE_NOOP("TimelineView", "Draw waveforms taller"), "Shift+Up"),
    ("lower_waves", QT_TRANSLATE_NOOP("TimelineView", "Draw waveforms lower"), "Shift+Down"),
    ("toggle_lane_zoom", QT_TRANSLATE_NOOP("TimelineView", "Magnify quiet lanes"), "Q"),
    ("taller_rows", QT_TRANSLATE_NOOP("TimelineView", "Taller rows"), "Ctrl+Shift+Up"),
    ("lower_rows", QT_TRANSLATE_NOOP("TimelineView", "Lower rows"), "Ctrl+Shift+Down"),
    ("fit_rows", QT_TRANSLATE_NOOP("TimelineView", "Fit rows to the height"), "F"),
    ("toggle_spectrogram", QT_TRANSLATE_NOOP("TimelineView", "Waveform or spectrogram"), "G"),
    ("next_ruler", QT_TRANSLATE_NOOP("TimelineView", "Ruler in time, timecode or bars"), "U"),
)


def add_actions(view: QWidget, call: Callable[[str], None]) -> dict[str, QAction]:
    """Add an action for every row to `view`, which calls `call(name)`; return them by name."""
    actions = {}
    for row in KEYS:
        action = QAction(QCoreApplication.translate(_CONTEXT, row.text), view)
        action.setObjectName(f"timeline.{row.name}")
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _=False, name=row.name: call(name))
        view.addAction(action)
        actions[row.name] = action
    return actions
