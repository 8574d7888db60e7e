"""The message bar: information and errors over the contents of the window, with buttons for what to do next."""

from collections.abc import Callable, Collection, Sequence

from flowsep_ui.icons import icon
from flowsep_ui.theme import colours
from PyQt6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from .buttons import icon_button

MessageAction = tuple[str, Callable[[], None]]
"""Text of a button, and the function it calls."""

_FADE_MS = 8000
_WIDEST = 760
_MARGIN = 12


class MessageBar(QFrame):
    """One message at a time over its parent: information hides after 8 s, an error stays until it is closed.

    area : returns the part of the parent at whose top messages lie.     front : returns the id of the document in
    front, which an error is about.
    """

    def __init__(
        self, parent: QWidget, area: Callable[[], QRect] | None = None, front: Callable[[], str | None] = lambda: None
    ) -> None:
        super().__init__(parent)
        self._area, self._front = area or parent.rect, front
        self._document: str | None = None
        self.setObjectName("message")
        self.setAccessibleName(self.tr("Message"))
        self.picture, self.text = QLabel(self), QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = icon_button("close", self.tr("Close"), self.tr("Close this message"), self)
        self.close_button.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 8, 8, 8)
        self._row.setSpacing(8)
        self._row.addWidget(self.picture)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.close_button)
        self._actions: list[QPushButton] = []
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(_FADE_MS)
        self._fade.timeout.connect(self._end)
        parent.installEventFilter(self)
        self.hide()

    @property
    def buttons(self) -> tuple[QPushButton | QToolButton, ...]:
        """The buttons of the message, the one that closes it last."""
        return (*self._actions, self.close_button)

    def tell(self, message: str, actions: Sequence[MessageAction] = ()) -> None:
        """Show information that hides after 8 s, or later while the mouse is over it."""
        self._show(message, "info", actions)
        self._fade.start()

    def warn(self, message: str, actions: Sequence[MessageAction] = ()) -> None:
        """Show an error, which stays until it is closed, replaced, or the document in front of it is closed."""
        self._fade.stop()
        self._show(message, "error", actions)
        self._document = self._front()

    def forget_closed(self, documents: Collection[str]) -> None:
        """Hide a message about a document that is none of the open `documents`."""
        if self._document is not None and self._document not in documents:
            self.hide()

    def place(self) -> None:
        """Move to the top of the area, centred and as high as the text needs."""
        area = self._area()
        width = min(_WIDEST, area.width() - 2 * _MARGIN)
        height = self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()
        self.setGeometry(area.left() + (area.width() - width) // 2, area.top() + _MARGIN, width, height)
        self.raise_()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the size of the parent."""
        if event is not None and event.type() == QEvent.Type.Resize and self.isVisibleTo(self.parentWidget()):
            self.place()
        return False

    def _end(self) -> None:
        """Hide, unless the mouse or the keyboard is in the message."""
        if self.underMouse() or self.isAncestorOf(self.window().focusWidget() or self.window()):
            self._fade.start()
        else:
            self.hide()

    def _show(self, message: str, kind: str, actions: Sequence[MessageAction]) -> None:
        for button in self._actions:
            button.hide()
            button.deleteLater()
        self._document = None
        self._actions = [self._button(text, call) for text, call in actions]
        self.setProperty("kind", kind)
        style = self.style()
        if style is not None:
            style.unpolish(self)
            style.polish(self)
        shade = colours().error if kind == "error" else colours().good
        self.picture.setPixmap(icon("error" if kind == "error" else "info", shade).pixmap(20, 20))
        self.text.setText(message)
        self.text.setAccessibleName(message)
        self.show()
        self.place()

    def _button(self, text: str, call: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(text)
        button.clicked.connect(self.hide)
        button.clicked.connect(lambda: call())
        self._row.insertWidget(self._row.count() - 1, button)
        return button
