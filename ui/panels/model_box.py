"""Which model is asked: the ones that are installed, looked for each time the list is opened."""

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QWidget

from flowsep_plugin.models import DEFAULT, installed


class ModelBox(QComboBox):
    """`chosen`: name or folder of a model; "default" is the built-in one."""

    chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Model"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(9)
        self._shown = "default"
        self._fill()
        self.activated.connect(lambda index: self.chosen.emit(str(self.itemData(index))))

    def show_model(self, name: str) -> None:
        """Follow the workspace, without saying so; a model that is not installed is shown as such."""
        if name == self._shown and self.findData(name) >= 0:
            self.setCurrentIndex(self.findData(name))
            return
        self._shown = name
        self._fill()

    def showPopup(self) -> None:
        """Look what is installed now."""
        self._fill()
        super().showPopup()

    def _fill(self) -> None:
        blocker = QSignalBlocker(self)
        known = installed()
        self.clear()
        self.addItem(self.tr("Default"), "default")
        for name in known:
            if name != DEFAULT:
                self.addItem(name, name)
        if self.findData(self._shown) < 0:
            self.addItem(self.tr("%1 (not installed)").replace("%1", self._shown), self._shown)
        for index in range(self.count()):
            folder = known.get(DEFAULT if index == 0 else str(self.itemData(index)))
            self.setItemData(index, str(folder or ""), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(self.findData(self._shown))
        self.setToolTip(self.tr("Model for what is separated next. More: Help, Models…"))
        del blocker
