"""The welcome page: first steps, the example, the last workspace, and the files that were opened last."""

from collections.abc import Sequence
from pathlib import Path

from flowsep_ui.icons import app_icon, set_icon
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from .buttons import describe, section

_SHOWN_RECENT = 4


class WelcomePage(QWidget):
    """Shown while no document is open. `recent_requested`: a path.     files_dropped : the paths of dropped files."""

    open_requested = pyqtSignal()
    example_requested = pyqtSignal()
    reopen_requested = pyqtSignal()
    back_requested = pyqtSignal()
    recent_requested = pyqtSignal(object)
    files_dropped = pyqtSignal(object)

    def __init__(self, example: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        card = QFrame(self)
        card.setMaximumWidth(720)
        self._fill(card, example)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(2)
        self.open.clicked.connect(self.open_requested)
        self.example.clicked.connect(self.example_requested)
        self.resume.clicked.connect(self.reopen_requested)
        self.back.clicked.connect(self.back_requested)

    def _fill(self, card: QFrame, example: Path | None) -> None:
        column = QVBoxLayout(card)
        column.setSpacing(10)
        head = QHBoxLayout()
        picture = QLabel(card)
        picture.setPixmap(app_icon().pixmap(40, 40))
        title = QLabel(self.tr("Type a sound. Get it as a stem."), card)
        title.setObjectName("title")
        head.addWidget(picture)
        head.addWidget(title, 1)
        column.addLayout(head)
        for number, text in enumerate(self._steps(), start=1):
            step = QLabel(f"{number}.  {text}", card)
            step.setTextFormat(Qt.TextFormat.RichText)
            column.addWidget(step)
        column.addSpacing(6)
        self.open = QPushButton(self.tr("Open audio or a session…"), card)
        self.open.setObjectName("primary")
        self.open.setToolTip(self.tr("WAV, FLAC, AIFF, OGG, MP3; REAPER, Ardour, DAWproject, AAF, OTIO (Ctrl+O)"))
        self.example = QPushButton(self.tr("Try the example"), card)
        self.example.setEnabled(example is not None)
        self.example.setToolTip(
            self.tr("12 seconds of a courtyard, GPL-3.0: a dog, a speaker, a guitar\n{0}").format(example)
            if example is not None
            else self.tr("Not in this installation; the source archive has it under examples/clips")
        )
        self.resume = QPushButton(self.tr("Continue where you were"), card)
        self.resume.hide()
        self.back = QPushButton(self.tr("Back to the timeline"), card)
        self.back.setShortcut("Esc")
        describe(self.back, self.tr("Back to the timeline"), self.tr("Show the open document again (Esc)"))
        self.back.hide()
        for row in ((self.open,), (self.example, self.resume, self.back)):
            buttons = QHBoxLayout()
            buttons.setSpacing(8)
            for button in row:
                buttons.addWidget(button)
            buttons.addStretch(1)
            column.addLayout(buttons)
        self.recent_title = section(self.tr("Opened last"))
        self.recent: list[QToolButton] = []
        self._recent_column = QVBoxLayout()
        self._recent_column.setSpacing(4)
        column.addWidget(self.recent_title)
        column.addLayout(self._recent_column)
        self.recent_title.hide()
        note = QLabel(self.tr("Nothing leaves this computer. Sessions are added to, never rewritten."), card)
        note.setObjectName("hint")
        note.setToolTip(self.tr("Only installing a model downloads anything, and only on request; see docs/privacy.md"))
        column.addWidget(note)

    def offer_last(self, names: tuple[str, ...]) -> None:
        """Show the button that reopens the last workspace, with the document `names` as tooltip; hide it for none."""
        self.resume.setVisible(bool(names))
        self.resume.setToolTip("\n".join(names))

    def show_recent(self, recent: Sequence[tuple[Path, str]]) -> None:
        """Show buttons for the first of `recent`, which are (path, title); nothing for none."""
        for button in self.recent:
            button.hide()
            button.deleteLater()
        self.recent = [self._recent_button(path, title) for path, title in recent[:_SHOWN_RECENT]]
        self.recent_title.setVisible(bool(self.recent))

    def _recent_button(self, path: Path, title: str) -> QToolButton:
        button = QToolButton(self)
        set_icon(button, "file")
        button.setText(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        describe(button, self.tr("Open {0}").format(title), str(path))
        button.clicked.connect(lambda: self.recent_requested.emit(path))
        self._recent_column.addWidget(button)
        return button

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Accept files that are dragged in."""
        if event is not None and (data := event.mimeData()) is not None and data.hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Emit `files_dropped` with the paths of local files."""
        if event is not None and (data := event.mimeData()) is not None:
            event.acceptProposedAction()
            self.files_dropped.emit([Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()])

    def _steps(self) -> tuple[str, ...]:
        return (
            self.tr("<b>Open</b> audio files or a session, or drop them here."),
            self.tr("<b>Select</b> a clip, or drag over a part of one."),
            self.tr("<b>Type</b> the sound to separate: “a dog barking”. A draft plays in seconds."),
            self.tr("<b>Separate</b> with Ctrl+Enter; adjust it with the sliders; compare takes."),
            self.tr("<b>Drag</b> stems into your DAW, or place them in the session."),
        )
