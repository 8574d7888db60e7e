"""The menus of the panel of effects: effects to add, and presets."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from flowsep_ui.icons import set_icon
from flowsep_ui.panels.buttons import describe
from flowsep_ui.studio.effects import by_category, category_label, delivered_presets, effect_label, summary_of
from flowsep_ui.studio.workspace import Workspace
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QMenu, QToolButton, QWidget

from flowsep_plugin.effects.info import EffectInfo

CHAIN_FILTER = "*.json"


class AddEffectButton(QToolButton):
    """Button with a menu of all effects.

    effect_chosen : an `EffectInfo`.     file_requested : the user wants to choose a plug-in's file.
    scan_requested : look for plug-ins again.
    """

    effect_chosen = pyqtSignal(object)
    file_requested = pyqtSignal()
    scan_requested = pyqtSignal()

    def __init__(
        self, effects: Callable[[], tuple[Sequence[EffectInfo], Sequence[EffectInfo]]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._effects = effects
        self.setText(self.tr("Add effect"))
        set_icon(self, "add")
        describe(self, self.text(), self.tr("Add an effect of Pedalboard or a plug-in after the selected one"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_of_effects = QMenu(self)
        self.menu_of_effects.setToolTipsVisible(True)
        self.menu_of_effects.aboutToShow.connect(self.fill)
        self.setMenu(self.menu_of_effects)

    def fill(self) -> None:
        """Fill the menu with the effects that are known now."""
        menu = self.menu_of_effects
        menu.clear()
        built_in, plug_ins = self._effects()
        for category, infos in by_category(built_in).items():
            self._submenu(category_label(category), infos)
        menu.addSeparator()
        makers = sorted({info.vendor for info in plug_ins}, key=str.casefold)
        plug_in_menu = menu.addMenu(self.tr("Plug-ins"))
        assert plug_in_menu is not None
        for maker in makers:
            self._fill(_submenu(plug_in_menu, maker or self.tr("Others")), [p for p in plug_ins if p.vendor == maker])
        plug_in_menu.setEnabled(bool(makers))
        menu.addAction(self.tr("Choose a plug-in file…"), self.file_requested)
        menu.addAction(self.tr("Look for plug-ins"), self.scan_requested)

    def _submenu(self, title: str, infos: Sequence[EffectInfo]) -> None:
        self._fill(_submenu(self.menu_of_effects, title), infos)

    def _fill(self, menu: QMenu, infos: Sequence[EffectInfo]) -> None:
        menu.setToolTipsVisible(True)
        for info in infos:
            action = menu.addAction(_entry(effect_label(info)), partial(self.effect_chosen.emit, info))
            assert action is not None
            action.setToolTip(summary_of(info) if info.path is None else str(info.path))


class EffectPresetButton(QToolButton):
    """Button with a menu of presets and chain files.

    preset_chosen, deletion_requested : name of a preset.     save_requested, load_requested, export_requested : asks
    for a name or a file.
    """

    preset_chosen = pyqtSignal(str)
    deletion_requested = pyqtSignal(str)
    save_requested = pyqtSignal()
    load_requested = pyqtSignal()
    export_requested = pyqtSignal()

    def __init__(self, workspace: Callable[[], Workspace], has_slots: Callable[[], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace, self._has_slots = workspace, has_slots
        self.setText(self.tr("Presets"))
        set_icon(self, "presets")
        describe(self, self.text(), self.tr("Replace the effects by a preset; save, load and delete presets"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_of_presets = QMenu(self)
        self.menu_of_presets.aboutToShow.connect(self.fill)
        self.setMenu(self.menu_of_presets)

    def fill(self) -> None:
        """Fill the menu from the workspace."""
        menu, own = self.menu_of_presets, self._workspace().effect_presets
        menu.clear()
        for presets in (own, delivered_presets()):
            for preset in presets:
                menu.addAction(_entry(preset.name), partial(self.preset_chosen.emit, preset.name))
            menu.addSeparator()
        has_slots = self._has_slots()
        for text, signal, is_enabled in (
            (self.tr("Save as preset…"), self.save_requested, has_slots),
            (self.tr("Load a chain file…"), self.load_requested, True),
            (self.tr("Save as chain file…"), self.export_requested, has_slots),
        ):
            action = menu.addAction(text, signal)
            assert action is not None
            action.setEnabled(is_enabled)
        delete = _submenu(menu, self.tr("Delete preset"))
        delete.setEnabled(bool(own))
        for preset in own:
            delete.addAction(_entry(preset.name), partial(self.deletion_requested.emit, preset.name))


def chain_path(name: str) -> Path:
    """Return the path that a file dialog answered, with the suffix of chain files."""
    path = Path(name)
    return path if path.suffix else path.with_suffix(".json")


def _entry(name: str) -> str:
    """Return `name` as a menu shows it: an ampersand is a letter, not a mark of a key."""
    return name.replace("&", "&&")


def _submenu(menu: QMenu, title: str) -> QMenu:
    submenu = menu.addMenu(title)
    assert submenu is not None
    return submenu
