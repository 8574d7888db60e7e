"""The clock of the transport: position in large digits of one width, in the units of the ruler."""

from typing import Final

from flowsep_ui.timeline.readout import clock_text
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontDatabase, QFontMetricsF
from PyQt6.QtWidgets import QLabel, QWidget

_LARGER: Final = 1.55


class ClockLabel(QLabel):
    """Shows a time; it is as wide as the longest text so far, so that nothing beside it moves while it plays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF() * _LARGER)
        self.setFont(font)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName(self.tr("Position"))
        self._characters = 0
        self.show_text(clock_text(0.0))

    def show_text(self, text: str) -> None:
        """Show the text of a position, wider than before where it is longer."""
        self.setText(text)
        if len(text) > self._characters:
            self.widen(len(text))

    def widen(self, characters: int) -> None:
        """Set the width to so many characters, for texts of another unit."""
        self._characters = characters
        self.setFixedWidth(round(QFontMetricsF(self.font()).horizontalAdvance("0" * (characters + 1))))
