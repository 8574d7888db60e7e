"""The corner above the heads: units of the ruler, and waveform or spectrogram."""

from typing import Final

from flowsep_ui.icons import set_icon
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from .scene import RULERS, RulerMode

_TALL: Final = 26


class Corner(QWidget):
    """Two controls; the user's choices are signals, and `show_...` sets them without any."""

    ruler_picked = pyqtSignal(str)
    spectrogram_picked = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = {"time": self.tr("Time"), "timecode": self.tr("Timecode"), "bars": self.tr("Bars")}
        self.ruler = QComboBox(self)
        for mode in RULERS:
            self.ruler.addItem(names[mode], mode)
        self.ruler.setToolTip(self.tr("Units of the ruler (U)"))
        self.ruler.setAccessibleName(self.tr("Ruler"))
        self.ruler.setAccessibleDescription(self.ruler.toolTip())
        self.ruler.activated.connect(lambda place: self.ruler_picked.emit(RULERS[place]))
        self.spectrogram = QToolButton(self)
        self.spectrogram.setText(self.tr("Spectrum"))
        self.spectrogram.setCheckable(True)
        set_icon(self.spectrogram, "spectrogram")
        self.spectrogram.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.spectrogram.setToolTip(self.tr("Spectrograms instead of waveforms (G)"))
        self.spectrogram.setAccessibleName(self.tr("Spectrogram"))
        self.spectrogram.setAccessibleDescription(self.spectrogram.toolTip())
        self.spectrogram.clicked.connect(self.spectrogram_picked)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(6)
        for widget in (self.ruler, self.spectrogram):
            widget.setFixedHeight(_TALL)
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(widget)

    def show_ruler(self, mode: RulerMode) -> None:
        """Show the units of the ruler."""
        self.ruler.setCurrentIndex(RULERS.index(mode))

    def show_spectrogram(self, on: bool) -> None:
        """Show whether spectrograms are on."""
        self.spectrogram.setChecked(on)
