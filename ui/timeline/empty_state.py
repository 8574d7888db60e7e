"""What an empty view says: what it is for, and how to begin."""

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget


class EmptyState(QWidget):
    """Lies over `canvas` while nothing is open."""

    pressed = pyqtSignal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        title = QLabel(self.tr("Drop audio or a session here"), self)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        title.setFont(font)
        more = QLabel(
            self.tr("Then select a stretch, type the sound you want, and hear it on its own.\n"
                    "WAV, FLAC, AIFF, MP3, OGG · REAPER, DAWproject, AAF, OTIO, EDL"), self)  # fmt: skip
        self.button = QPushButton(self.tr("Open…"), self)
        self.button.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.addStretch(1)
        for widget in (title, more):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            widget.setWordWrap(True)
            column.addWidget(widget)
        column.addSpacing(10)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Be as large as the canvas."""
        if event is not None and event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False
