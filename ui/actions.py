"""Every action of the window, as one table: menu, words, keys, which are seen everywhere and can be changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action. `name` is what it is called in settings; `text` and `tip` are translated when it is made.

    tick : it is switched on and off.     after : a line is drawn above it.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    tip: str = ""
    tick: bool = False
    after: bool = False


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Mark a text for translation; lupdate looks for this name."""
    return text


_N = QT_TRANSLATE_NOOP
_EDIT_KEYS: Final = (
    "select_all", "select_nothing", "next_clip", "previous_clip", "next_region", "previous_region",
)  # fmt: skip
_VIEW_KEYS: Final = (
    "zoom_in", "zoom_out", "zoom_to_selection", "zoom_to_all", "taller_rows", "lower_rows", "taller_waves",
    "lower_waves", "toggle_spectrogram",
)  # fmt: skip
MENUS: Final = ("File", "Edit", "Sounds", "Play", "View", "Help")
ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec("file.open", "File", _N("Actions", "Open…"), ("Ctrl+O",), _N("Actions", "Audio files or a session")),
    ActionSpec("file.example", "File", _N("Actions", "Open the example"), (),
        _N("Actions", "A courtyard: a dog, voices")),
    ActionSpec("file.close", "File", _N("Actions", "Close"), ("Ctrl+W",), _N("Actions", "Close what is in front")),
    ActionSpec("file.place", "File", _N("Actions", "Place in session…"), ("Ctrl+P",),
        _N("Actions", "Put the stems onto tracks of the session, with a preview; can be undone"), after=True),
    ActionSpec("file.export", "File", _N("Actions", "Export stems…"), ("Ctrl+E",),
        _N("Actions", "Format, names, handles, folder")),
    ActionSpec("file.reveal", "File", _N("Actions", "Show stems in their folder"), ("Ctrl+Shift+O",),
        _N("Actions", "Open the folder of this take")),
    ActionSpec("file.folder", "File", _N("Actions", "Stem folder…"), (),
        _N("Actions", "Where finals are written; default: FlowSep beside the clip or session")),
    ActionSpec("file.quit", "File", _N("Actions", "Quit"), ("Ctrl+Q",), "", after=True),
    ActionSpec("edit.undo", "Edit", _N("Actions", "Undo"), ("Ctrl+Z",)),
    ActionSpec("edit.redo", "Edit", _N("Actions", "Redo"), ("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionSpec("edit.settings", "Edit", _N("Actions", "Settings…"), ("Ctrl+,",), ""),
    ActionSpec("edit.shortcuts", "Edit", _N("Actions", "Shortcuts…")),
    ActionSpec("edit.midi", "Edit", _N("Actions", "MIDI controls…")),
    ActionSpec("sounds.type", "Sounds", _N("Actions", "Type a sound"), ("/", "Ctrl+F"),
        _N("Actions", "Go to the text field")),
    ActionSpec("sounds.draft", "Sounds", _N("Actions", "Draft now"), ("D",), _N("Actions", "Few steps, 20 s at most")),
    ActionSpec("sounds.separate", "Sounds", _N("Actions", "Separate"), ("Ctrl+Return", "Ctrl+Enter"),
        _N("Actions", "Stems in full quality, of what is selected")),
    ActionSpec("sounds.another", "Sounds", _N("Actions", "Another take"), ("T",),
        _N("Actions", "Same sounds, next seed"),
        after=True),
    ActionSpec("sounds.previous", "Sounds", _N("Actions", "Previous take"), ("[",)),
    ActionSpec("sounds.next", "Sounds", _N("Actions", "Next take"), ("]",)),
    ActionSpec("sounds.again", "Sounds", _N("Actions", "Try again"), (),
        _N("Actions", "Ask once more for what failed")),
    ActionSpec("sounds.preset", "Sounds", _N("Actions", "Save as preset…"), ("Ctrl+S",), "", after=True),
    ActionSpec("view.time", "View", _N("Actions", "Ruler: time"), ("Ctrl+1",), "", tick=True),
    ActionSpec("view.timecode", "View", _N("Actions", "Ruler: timecode"), ("Ctrl+2",), "", tick=True),
    ActionSpec("view.bars", "View", _N("Actions", "Ruler: bars and beats"), ("Ctrl+3",), "", tick=True),
    ActionSpec("view.full", "View", _N("Actions", "Full screen"), ("F11",), "", tick=True, after=True),
    ActionSpec("help.first", "Help", _N("Actions", "First steps"), ("F1",)),
    ActionSpec("help.models", "Help", _N("Actions", "Models…"), ("Ctrl+M",), _N("Actions", "Install, check, remove")),
    ActionSpec("help.about", "Help", _N("Actions", "About FlowSep")),
)  # fmt: skip


def make_actions(window: QMainWindow, slots: Mapping[str, Callable[..., None]]) -> dict[str, QAction]:
    """Make every action of the table, with its slot. Raises KeyError for one that has none."""
    made = {}
    for act in ACTIONS:
        action = QAction(_said(act.text), window)
        action.setObjectName(act.name)
        action.setShortcuts([QKeySequence(key) for key in act.keys])
        action.setCheckable(act.tick)
        action.setToolTip(_tip(_said(act.tip) if act.tip else action.text().rstrip("…"), act.keys))
        action.setStatusTip(_said(act.tip) if act.tip else "")
        slot = slots[act.name]
        action.triggered.connect((lambda on, slot=slot: slot(on)) if act.tick else (lambda _=False, slot=slot: slot()))
        window.addAction(action)
        made[act.name] = action
    return made


def fill_menus(window: QMainWindow, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Put them into the menu bar."""
    bar, menus = window.menuBar(), {}
    assert bar is not None
    for title in MENUS:
        menu = bar.addMenu(_said(title))
        assert menu is not None
        menu.setToolTipsVisible(True)
        menus[title] = menu
    for act in ACTIONS:
        if act.after:
            menus[act.menu].addSeparator()
        menus[act.menu].addAction(actions[act.name])
    return menus


def insert_view_keys(menus: Mapping[str, QMenu], keys: Mapping[str, QAction], actions: Mapping[str, QAction]) -> None:
    """Show the timeline view's own actions, with their keys, where one looks for them."""
    for title, before, names in (
        ("View", actions["view.time"], _VIEW_KEYS),
        ("Edit", actions["edit.settings"], _EDIT_KEYS),
    ):
        for name in names:
            menus[title].insertAction(before, keys[name])
        menus[title].insertSeparator(before)


def _tip(text: str, keys: tuple[str, ...]) -> str:
    return f"{text} ({QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)})" if keys else text


def _said(text: str) -> str:
    return QCoreApplication.translate("Actions", text)
