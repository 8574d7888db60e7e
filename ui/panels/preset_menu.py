"""History, favourites and presets, behind one button."""

from dataclasses import replace
from functools import partial

from flowsep_ui.studio.queries import with_query
from flowsep_ui.studio.workspace import as_preset, with_preset, without_preset
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

_SHOWN_HISTORY = 20


class PresetMenu(QToolButton):
    """Its menu is filled each time it opens."""

    def __init__(self, model: StudioModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setText("▾")
        self.setToolTip(self.tr("History, favourites and presets"))
        self.setAccessibleName(self.toolTip())
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.shown = QMenu(self)
        self.shown.aboutToShow.connect(self.fill)
        self.setMenu(self.shown)

    def fill(self) -> None:
        """What is known now."""
        menu, workspace = self.shown, self._model.workspace
        menu.clear()
        self._texts(self.tr("Favourites"), workspace.favourites)
        self._texts(self.tr("History"), workspace.history[:_SHOWN_HISTORY])
        menu.addSeparator()
        for preset in workspace.presets:
            menu.addAction(preset.name, partial(self._use_preset, preset.name))
        keep = menu.addAction(self.tr("Save as preset…"), self.save_preset)
        assert keep is not None
        keep.setEnabled(bool(workspace.sounds))
        forget = self._part(self.tr("Forget preset"), bool(workspace.presets))
        for preset in workspace.presets:
            forget.addAction(preset.name, partial(self._forget_preset, preset.name))

    def save_preset(self, name: str | None = None) -> None:
        """Keep sounds and settings under a name, which is asked for where it is not given."""
        if not name:
            name, agreed = QInputDialog.getText(self, self.tr("Save as preset"), self.tr("Name"))
            if not agreed or not name.strip():
                return
        self._model.do(self.tr("Save a preset"), lambda workspace: with_preset(workspace, name.strip()))

    def _texts(self, title: str, texts: tuple[str, ...]) -> None:
        part = self._part(title, bool(texts))
        for text in texts:
            part.addAction(text, partial(self._use, text))

    def _part(self, title: str, enabled: bool) -> QMenu:
        part = self.shown.addMenu(title)
        assert part is not None
        part.setEnabled(enabled)
        return part

    def _use(self, text: str) -> None:
        self._model.do(self.tr("Add a sound"), lambda w: replace(w, sounds=with_query(w.sounds, text)))

    def _use_preset(self, name: str) -> None:
        self._model.do(self.tr("Use a preset"), lambda workspace: as_preset(workspace, name))

    def _forget_preset(self, name: str) -> None:
        self._model.do(self.tr("Forget a preset"), lambda workspace: without_preset(workspace, name))
