"""The window's actions as one table: menu, text, keys, tooltip; menus and the shortcuts editor follow it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from .icons import icon


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action. `name` is its key in settings; `text` and `tip` are English sources in the context "Actions".

    checkable : can be switched on and off.     separator : a line is drawn above its menu entry.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    tip: str = ""
    checkable: bool = False
    separator: bool = False


_EDIT_KEYS: Final = (
    "", "select_all", "select_nothing", "next_clip", "previous_clip", "next_region", "previous_region",
    "", "set_marker", "set_region", "rename_marker", "remove_marker",
)  # fmt: skip
_VIEW_KEYS: Final = (
    "zoom_in", "zoom_out", "zoom_to_selection", "zoom_to_all", "taller_rows", "lower_rows", "taller_waves",
    "lower_waves", "toggle_lane_zoom", "toggle_spectrogram",
)  # fmt: skip
MENUS: Final = ("File", "Edit", "Sounds", "Play", "View", "Help")
ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec("file.open", "File", "Open…", ("Ctrl+O",), "Open audio files or a session"),
    ActionSpec("file.example", "File", "Open the example", (), "A courtyard with a dog and voices"),
    ActionSpec("file.close", "File", "Close", ("Ctrl+W",), "Close the document in front"),
    ActionSpec("file.remove", "File", "Remove file", (),
               "Remove the selected audio file from this tab; it stays on disk"),
    ActionSpec("file.place", "File", "Place in session…", ("Ctrl+P",),
               "Place the stems on tracks of the session, with a preview; can be undone", separator=True),
    ActionSpec("file.export", "File", "Export stems…", ("Ctrl+E",), "Choose format, names, handles and folder"),
    ActionSpec("file.copy", "File", "Put back into the video…", (),
               "Write a copy of the video with stems or the rest as its sound"),
    ActionSpec("file.reveal", "File", "Show stems in their folder", ("Ctrl+Shift+O",), "Open the folder of this take"),
    ActionSpec("file.folder", "File", "Stem folder…", (),
               "Choose the folder for stems; default: “FlowSep” next to the clip or session"),
    ActionSpec("file.markers", "File", "Export markers…", (),
               "Write the markers as Audacity labels, a table or a MIDI file with the tempo map"),
    ActionSpec("file.check", "File", "Check session…", (),
               "List what cannot be separated, what stems will not have, and missing media", separator=True),
    ActionSpec("file.media", "File", "Find media…", (), "Choose a folder that has the missing media of this session"),
    ActionSpec("file.frame_rate", "File", "Frame rate…", (), "Set the frame rate of an EDL that does not state it"),
    ActionSpec("file.stream", "File", "Sound stream…", (), "Choose which sound of a video with several is separated"),
    ActionSpec("file.quit", "File", "Quit", ("Ctrl+Q",), separator=True),
    ActionSpec("edit.undo", "Edit", "Undo", ("Ctrl+Z",)),
    ActionSpec("edit.redo", "Edit", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionSpec("edit.settings", "Edit", "Settings…", ("Ctrl+,",)),
    ActionSpec("edit.shortcuts", "Edit", "Shortcuts…"),
    ActionSpec("edit.midi", "Edit", "MIDI controls…"),
    ActionSpec("sounds.type", "Sounds", "Type a sound", ("/", "Ctrl+F"), "Go to the text field"),
    ActionSpec("sounds.draft", "Sounds", "Draft now", ("D",), "Few steps, 20 s at most"),
    ActionSpec("sounds.separate", "Sounds", "Separate", ("Ctrl+Return", "Ctrl+Enter"),
               "Make stems of the selection in full quality"),
    ActionSpec("sounds.cancel", "Sounds", "Cancel the job", ("Ctrl+.",), "Stop the running job within one step"),
    ActionSpec("sounds.another", "Sounds", "Another take", ("T",), "Same sounds, next seed", separator=True),
    ActionSpec("sounds.previous", "Sounds", "Previous take", ("[",)),
    ActionSpec("sounds.next", "Sounds", "Next take", ("]",)),
    ActionSpec("sounds.again", "Sounds", "Try again", (), "Separate a failed take once more"),
    ActionSpec("sounds.mark", "Sounds", "Markers from a sound…", (), "Add a region wherever a sound was found"),
    ActionSpec("sounds.preset", "Sounds", "Save as preset…", ("Ctrl+S",), separator=True),
    ActionSpec("picture.before", "Play", "Frame before", (",",), "Move the playhead a frame of the picture back"),
    ActionSpec("picture.after", "Play", "Next frame", (".",), "Move the playhead a frame of the picture on"),
    ActionSpec("picture.full", "Play", "Picture on the whole screen", ("Shift+F11",),
               "Show the picture on the whole screen until Esc"),
    ActionSpec("view.time", "View", "Ruler: time", ("Ctrl+1",), checkable=True),
    ActionSpec("view.timecode", "View", "Ruler: timecode", ("Ctrl+2",), checkable=True),
    ActionSpec("view.bars", "View", "Ruler: bars and beats", ("Ctrl+3",), checkable=True),
    ActionSpec("view.placed", "View", "Show placed stems", (),
               "Show lanes whose stems are on tracks of the session, too", checkable=True, separator=True),
    ActionSpec("view.full", "View", "Full screen", ("F11",), checkable=True, separator=True),
    ActionSpec("help.first", "Help", "First steps", ("F1",)),
    ActionSpec("help.models", "Help", "Models…", ("Ctrl+M",), "Install, verify or remove models"),
    ActionSpec("help.about", "Help", "About FlowSep"),
)  # fmt: skip
ICONS: Final = {
    "file.open": "open", "file.close": "close", "file.place": "place", "file.export": "export",
    "file.copy": "video-export", "file.reveal": "folder", "file.markers": "marker", "file.check": "check",
    "file.media": "search", "edit.undo": "undo", "edit.redo": "redo",
    "edit.settings": "settings", "edit.shortcuts": "keyboard", "edit.midi": "midi", "sounds.draft": "draft",
    "sounds.separate": "separate", "sounds.cancel": "cancel", "sounds.another": "take", "sounds.again": "retry",
    "sounds.mark": "marker", "sounds.preset": "presets", "picture.before": "frame-before",
    "picture.after": "frame-after", "picture.full": "full", "help.first": "help", "help.models": "model",
    "help.about": "info",
}  # fmt: skip
"""Names of the actions' icons, as in `icons`."""


def make_actions(window: QMainWindow, slots: Mapping[str, Callable[..., object]]) -> dict[str, QAction]:
    """Add an action for every row of ACTIONS to `window`, by name. Raises KeyError where `slots` lacks one."""
    actions = {}
    for spec in ACTIONS:
        slot = slots[spec.name]
        action = QAction(_translated(spec.text), window)
        action.setObjectName(spec.name)
        if spec.name in ICONS:
            action.setIcon(icon(ICONS[spec.name]))
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setCheckable(spec.checkable)
        tip = _translated(spec.tip) if spec.tip else ""
        action.setToolTip(tip_with_keys(tip or action.text().rstrip("…"), spec.keys))
        action.setStatusTip(tip)
        if spec.checkable:
            action.triggered.connect(slot)
        else:
            action.triggered.connect(lambda _=False, slot=slot: slot())
        window.addAction(action)
        actions[spec.name] = action
    return actions


def fill_menus(window: QMainWindow, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Add every menu of MENUS, filled with the rows of ACTIONS, to the menu bar; returns them by English title."""
    bar, menus = window.menuBar(), {}
    assert bar is not None
    for title in MENUS:
        menu = bar.addMenu(_translated(title))
        assert menu is not None
        menu.setToolTipsVisible(True)
        menus[title] = menu
    for spec in ACTIONS:
        if spec.separator:
            menus[spec.menu].addSeparator()
        menus[spec.menu].addAction(actions[spec.name])
    return menus


def insert_view_keys(menus: Mapping[str, QMenu], keys: Mapping[str, QAction], actions: Mapping[str, QAction]) -> None:
    """Add the timeline view's own actions `keys` to the menus View and Edit; an empty name is a line between them."""
    for title, before, names in (
        ("View", actions["view.time"], _VIEW_KEYS),
        ("Edit", actions["edit.settings"], _EDIT_KEYS),
    ):
        for name in names:
            if name:
                menus[title].insertAction(before, keys[name])
            else:
                menus[title].insertSeparator(before)
        menus[title].insertSeparator(before)


def tip_with_keys(text: str, keys: tuple[str, ...]) -> str:
    """Return a tooltip: `text`, and the first of `keys` in parentheses as the system writes it."""
    return f"{text} ({QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)})" if keys else text


def _translated(text: str) -> str:
    return QCoreApplication.translate("Actions", text)
