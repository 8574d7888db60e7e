"""The panel "Picture": the picture at the playhead, steps by a frame, the whole screen."""

from flowsep_ui.picture import PictureCanvas, PictureController
from flowsep_ui.studio.playing.picture import ClipPicture
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from .buttons import SIDE, icon_button


class PicturePanel(QWidget):
    """Shows the picture of `controller`; `show_full_screen` shows it on the whole screen too."""

    def __init__(self, controller: PictureController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.canvas = PictureCanvas(self)
        self.name = QLabel(self)
        self.name.setObjectName("hint")
        self.name.setMinimumWidth(1)
        self.before = icon_button("frame-before", self.tr("Frame before"), self.tr("The frame before (,)"), self)
        self.after = icon_button("frame-after", self.tr("Next frame"), self.tr("The next frame (.)"), self)
        self.full = icon_button("full", self.tr("Whole screen"), self.tr("Show the picture on the whole screen"), self)
        self.full_screen: FullScreenPicture | None = None
        self._lay_out()
        controller.add_canvas(self.canvas)
        controller.picture_changed.connect(self._show_name)
        self.canvas.full_screen_requested.connect(self.show_full_screen)
        self.before.clicked.connect(lambda: controller.step(-1))
        self.after.clicked.connect(lambda: controller.step(1))
        self.full.clicked.connect(self.show_full_screen)
        self._show_name(controller.picture)

    def show_full_screen(self) -> None:
        """Show the picture on the whole screen until Esc, Enter or a double click."""
        if self.full_screen is None:
            self.full_screen = FullScreenPicture(self._controller, self.window())
            self.full_screen.setGeometry(self.screen().geometry() if self.screen() is not None else self.geometry())
            self.full_screen.destroyed.connect(self._forget_full_screen)
            self.full_screen.showFullScreen()
            self.full_screen.activateWindow()

    def _forget_full_screen(self) -> None:
        self.full_screen = None

    def _show_name(self, picture: ClipPicture | None) -> None:
        self.name.setText("" if picture is None else picture.file.path.name)
        self.name.setToolTip("" if picture is None else str(picture.file.path))
        for button in (self.before, self.after, self.full):
            button.setEnabled(picture is not None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(6, 2, 6, 4)
        row.setSpacing(2)
        row.addWidget(self.name, 1)
        for button in (self.before, self.after, self.full):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addLayout(row)
        self.setMinimumHeight(self.canvas.minimumHeight() + SIDE)


class FullScreenPicture(QWidget):
    """The picture on the whole screen. A tool window: the keys of the main window go on working in it."""

    def __init__(self, controller: PictureController, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Picture"))
        self.setAccessibleName(self.tr("Picture on the whole screen"))
        self.canvas = PictureCanvas(self, shows_focus=False)
        self.canvas.setToolTip("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)
        controller.add_canvas(self.canvas)
        self.canvas.full_screen_requested.connect(self.close)
        self.canvas.setFocus()

    def event(self, event: QEvent | None) -> bool:
        """Take Esc before the main window's shortcuts do."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.close()
                return True
        return super().event(event)
