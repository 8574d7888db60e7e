"""What went wrong or happened, as a strip in the window with ways out: never a box that stops everything."""

from collections.abc import Callable, Sequence

from flowsep_ui.dialogs.parts import say
from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

MessageAction = tuple[str, Callable[[], None]]
"""A button's text, and what it does."""

_FADE_MS = 8000


class MessageBar(QWidget):
    """One message at a time; information fades, errors stay until they are closed or another comes."""

    shown = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Message"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 4, 6, 4)
        self._row.addWidget(self.text, 1)
        self._buttons: list[QToolButton] = []
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(_FADE_MS)
        self._fade.timeout.connect(self.hide)
        self.hide()

    @property
    def ways(self) -> tuple[QToolButton, ...]:
        """The buttons."""
        return tuple(self._buttons)

    def tell(self, message: str, ways: Sequence[MessageAction] = ()) -> None:
        """Say what happened."""
        self._show(message, "good", ways)
        self._fade.start()

    def warn(self, message: str, ways: Sequence[MessageAction] = ()) -> None:
        """Say what went wrong."""
        self._show(message, "error", ways)
        self._fade.stop()

    def _show(self, message: str, kind: str, ways: Sequence[MessageAction]) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(text, call) for text, call in (*ways, ("×", self.hide))]
        say(self.text, message, kind)
        self.text.setAccessibleName(message)
        self.show()
        self.shown.emit(message)

    def _button(self, text: str, call: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAccessibleName(self.tr("Close this message") if text == "×" else text)
        button.clicked.connect(lambda: (self.hide(), call()))
        self._row.addWidget(button)
        return button
