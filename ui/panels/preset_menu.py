"""The button that opens the menu of history, favourites and presets."""

from dataclasses import replace
from functools import partial

from flowsep_ui.icons import set_icon
from flowsep_ui.studio.queries import with_query
from flowsep_ui.studio.workspace import as_preset, with_preset, without_preset
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from .buttons import SIDE, describe

_SHOWN_HISTORY = 20


class PresetMenu(QToolButton):
    """Tool button whose menu is filled from the workspace each time it opens."""

    def __init__(self, model: StudioModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        set_icon(self, "presets")
        self.setAutoRaise(True)
        self.setFixedSize(SIDE, SIDE)
        describe(self, self.tr("Presets"), self.tr("History, favourites and presets"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self.fill)
        self.setMenu(self._menu)

    def fill(self) -> None:
        """Fill the menu from the workspace."""
        menu, workspace = self._menu, self._model.workspace
        menu.clear()
        self._texts(self.tr("Favourites"), workspace.favourites)
        self._texts(self.tr("History"), workspace.history[:_SHOWN_HISTORY])
        menu.addSeparator()
        for preset in workspace.presets:
            menu.addAction(preset.name, partial(self._use_preset, preset.name))
        save = menu.addAction(self.tr("Save as preset…"), self.save_preset)
        assert save is not None
        save.setEnabled(bool(workspace.queries))
        delete = self._submenu(self.tr("Delete preset"), bool(workspace.presets))
        for preset in workspace.presets:
            delete.addAction(preset.name, partial(self._delete_preset, preset.name))

    def save_preset(self, name: str | None = None) -> None:
        """Save the queries with their render settings as the preset `name`; None lets the user enter the name."""
        if not name:
            name, accepted = QInputDialog.getText(self, self.tr("Save as preset"), self.tr("Name"))
            if not accepted or not name.strip():
                return
        self._model.do(self.tr("Save a preset"), lambda workspace: with_preset(workspace, name.strip()))

    def _texts(self, title: str, texts: tuple[str, ...]) -> None:
        submenu = self._submenu(title, bool(texts))
        for text in texts:
            submenu.addAction(text, partial(self._use, text))

    def _submenu(self, title: str, enabled: bool) -> QMenu:
        submenu = self._menu.addMenu(title)
        assert submenu is not None
        submenu.setEnabled(enabled)
        return submenu

    def _use(self, text: str) -> None:
        self._model.do(self.tr("Add a sound"), lambda w: replace(w, queries=with_query(w.queries, text)))

    def _use_preset(self, name: str) -> None:
        self._model.do(self.tr("Use a preset"), lambda workspace: as_preset(workspace, name))

    def _delete_preset(self, name: str) -> None:
        self._model.do(self.tr("Delete a preset"), lambda workspace: without_preset(workspace, name))
