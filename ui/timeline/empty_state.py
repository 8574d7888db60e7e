"""The hint that an empty timeline shows: its purpose, and a button to open a file."""

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from .scene import Scene


class EmptyState(QWidget):
    """Covers `canvas` while nothing is open."""

    pressed = pyqtSignal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.title, self.hint = QLabel(self), QLabel(self)
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self.title.setFont(font)
        self.button = QPushButton(self.tr("Open…"), self)
        self.button.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.addStretch(1)
        for widget in (self.title, self.hint):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            widget.setWordWrap(True)
            column.addWidget(widget)
        column.addSpacing(10)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        canvas.installEventFilter(self)
        self.show_scene(Scene("", 1, 0))

    def show_scene(self, scene: Scene) -> None:
        """Say what to do: where nothing is open, and where the open session has no clips."""
        if not scene.name:
            self.title.setText(self.tr("Drop audio or a session here"))
            self.hint.setText(
                self.tr("Then select a range, type the sound you want, and hear it alone.\n"
                        "WAV, FLAC, AIFF, MP3, OGG, MP4, MOV · REAPER, DAWproject, AAF, OTIO, EDL"))  # fmt: skip
            return
        self.title.setText(self.tr("{0} has no clips").format(scene.name))
        tracks = len(scene.tracks)
        count = self.tr("1 track") if tracks == 1 else self.tr("{0} tracks").format(tracks)
        self.hint.setText(
            self.tr("There is no audio on it ({0}). Add some in your DAW, save, and open it again,\n"
                    "or drop audio files here.").format(count))  # fmt: skip

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the size of the canvas."""
        if event is not None and event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False
