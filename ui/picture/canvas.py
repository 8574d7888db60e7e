"""The surface that a picture is drawn on: fitted and centred on black; a hint where there is none."""

from typing import Final

from flowsep_ui.colours import colours
from PyQt6.QtCore import QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

from flowsep_plugin.media.container.picture import PictureImage

_MARGIN: Final = 12
_BLACK: Final = QColor(0, 0, 0)


class PictureCanvas(QWidget):
    """Draws the last frame that it was shown, or a text.

    shows_focus : draw a line around it while it has the focus.     full_screen_requested : by a double click or Enter.
    room_changed : it was resized, shown or hidden.
    """

    full_screen_requested = pyqtSignal()
    room_changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None, *, shows_focus: bool = True) -> None:
        super().__init__(parent)
        self._shows_focus = shows_focus
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 54)
        self.setAccessibleName(self.tr("Picture"))
        self.setToolTip(self.tr("The picture at the playhead. A double click shows it on the whole screen"))
        self._frame: PictureImage | None = None
        self._image: QImage | None = None
        self._text = ""

    @property
    def frame(self) -> PictureImage | None:
        """The frame that is drawn; None where a text is."""
        return self._frame

    @property
    def text(self) -> str:
        """The text that is drawn instead of a picture; "" where one is drawn."""
        return "" if self._frame is not None else self._text

    @property
    def room(self) -> tuple[int, int]:
        """Width and height in pixels of the screen."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def show_frame(self, frame: PictureImage) -> None:
        """Draw `frame` from now on."""
        self._frame = frame
        self._image = QImage(frame.pixels, frame.width, frame.height, 4 * frame.width, QImage.Format.Format_RGB32)
        self.update()

    def show_text(self, text: str) -> None:
        """Draw a text instead of a picture from now on."""
        self._frame = self._image = None
        self._text = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of a small picture of 16:9."""
        return QSize(320, 180)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the picture, or the text."""
        painter = QPainter(self)
        if self._image is None:
            painter.fillRect(self.rect(), colours().panel)
            painter.setPen(colours().dim_text)
            inner = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap), self._text)
        else:
            painter.fillRect(self.rect(), _BLACK)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._place(self._image.size()), self._image)
        if self._shows_focus and self.hasFocus():
            painter.setPen(colours().accent)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _place(self, size: QSize) -> QRect:
        """Return where a picture of `size` is drawn: as large as fits, in the middle."""
        place = QRect(self.rect().topLeft(), size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio))
        place.moveCenter(self.rect().center())
        return place

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Ask for the whole screen, or for less of it."""
        self.full_screen_requested.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Ask for the whole screen on Enter."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.full_screen_requested.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Have frames decoded at the new size."""
        self.room_changed.emit()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Have frames decoded from now on."""
        self.room_changed.emit()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Have no frames decoded for it while it is hidden."""
        self.room_changed.emit()
