"""Presets and chain files of the panel of effects: what their menu asks for, with its dialogs."""

from collections.abc import Callable
from pathlib import Path

from flowsep_ui.studio.effects import find_effect_preset, with_effect_preset, without_effect_preset
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QWidget

from flowsep_plugin.effects import EffectChain
from flowsep_plugin.errors import FlowsepError

from .menus import EffectPresetButton, chain_path

ChainUser = Callable[[str, EffectChain], None]
"""Replaces the chain of the lane, as an undo step of that name."""


class ChainPresets(QObject):
    """Carries out what `button` asks for. `chain` returns the chain of the lane, `use` replaces it."""

    def __init__(
        self, button: EffectPresetButton, model: StudioModel, chain: Callable[[], EffectChain], use: ChainUser
    ) -> None:
        super().__init__(button)
        self._button, self._model, self._chain, self._use = button, model, chain, use
        button.preset_chosen.connect(self._use_preset)
        button.deletion_requested.connect(self._delete_preset)
        button.save_requested.connect(lambda: self.save_preset())
        button.load_requested.connect(lambda: self.load_file())
        button.export_requested.connect(lambda: self.save_file())

    def save_preset(self, name: str | None = None) -> None:
        """Save the chain as the preset `name`; None lets the user enter the name."""
        if not name:
            name, accepted = QInputDialog.getText(self._window, self.tr("Save effects as preset"), self.tr("Name"))
            if not accepted or not name.strip():
                return
        chain = self._chain()
        self._model.do(self.tr("Save a preset"), lambda w: with_effect_preset(w, name.strip(), chain))

    def load_file(self, name: str = "") -> None:
        """Replace the chain by the one in a chain file; without `name` the user chooses it."""
        if not name:
            name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Load a chain of effects"), "", self._filter())
        if not name:
            return
        try:
            loaded = EffectChain.load(Path(name))
        except FlowsepError as error:
            self._model.failed.emit(str(error))
            return
        self._use(self.tr("Effects: {0}").format(Path(name).stem), loaded)

    def save_file(self, name: str = "") -> None:
        """Write the chain to a chain file; without `name` the user chooses it."""
        if not name:
            name, _ = QFileDialog.getSaveFileName(
                self._window, self.tr("Save the chain of effects"), "", self._filter()
            )
        if not name:
            return
        try:
            self._chain().save(chain_path(name))
        except FlowsepError as error:
            self._model.failed.emit(str(error))

    def _use_preset(self, name: str) -> None:
        preset = find_effect_preset(self._model.workspace, name)
        if preset is not None:
            self._use(self.tr("Effects: {0}").format(name), preset.chain)

    def _delete_preset(self, name: str) -> None:
        self._model.do(self.tr("Delete a preset"), lambda workspace: without_effect_preset(workspace, name))

    @property
    def _window(self) -> QWidget | None:
        return self._button.window()

    def _filter(self) -> str:
        return self.tr("Chains of effects (*.json)")
