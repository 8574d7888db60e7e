"""The model chooser: installed models, listed again each time it opens."""

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QWidget

from flowsep_plugin.models import DEFAULT, installed


class ModelBox(QComboBox):
    """Combo box of installed models. `model_selected`: name or folder of a model; "default" for the built-in one."""

    model_selected = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Model"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(9)
        self._name = "default"
        self._fill()
        self.activated.connect(lambda index: self.model_selected.emit(str(self.itemData(index))))

    def show_model(self, name: str) -> None:
        """Show the model `name` without emitting `model_selected`; one that is not installed is marked so."""
        if name == self._name and self.findData(name) >= 0:
            self.setCurrentIndex(self.findData(name))
            return
        self._name = name
        self._fill()

    def showPopup(self) -> None:
        """List the installed models again, then open the list."""
        self._fill()
        super().showPopup()

    def _fill(self) -> None:
        blocker = QSignalBlocker(self)
        folders = installed()
        self.clear()
        self.addItem(self.tr("Default"), "default")
        for name in folders:
            if name != DEFAULT:
                self.addItem(name, name)
        if self.findData(self._name) < 0:
            self.addItem(self.tr("{0} (not installed)").format(self._name), self._name)
        for index in range(self.count()):
            folder = folders.get(DEFAULT if index == 0 else str(self.itemData(index)))
            self.setItemData(index, str(folder or ""), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(self.findData(self._name))
        self.setToolTip(self.tr("Model for the next separation; install more under Help, Models…"))
        del blocker
