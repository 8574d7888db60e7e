"""The message bar: information and errors in the window, with buttons for what to do next; no modal boxes."""

from collections.abc import Callable, Sequence

from flowsep_ui.dialogs.parts import show_message
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

MessageAction = tuple[str, Callable[[], None]]
"""Text of a button, and the function it calls."""

_FADE_MS = 8000


class MessageBar(QWidget):
    """One message at a time: information hides after 8 s, an error stays until it is closed or replaced."""

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
    def buttons(self) -> tuple[QToolButton, ...]:
        """The buttons of the message, the one that closes it last."""
        return tuple(self._buttons)

    def tell(self, message: str, actions: Sequence[MessageAction] = ()) -> None:
        """Show information that hides after 8 s."""
        self._show(message, "good", actions)
        self._fade.start()

    def warn(self, message: str, actions: Sequence[MessageAction] = ()) -> None:
        """Show an error, which stays."""
        self._show(message, "error", actions)
        self._fade.stop()

    def _show(self, message: str, kind: str, actions: Sequence[MessageAction]) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(text, call) for text, call in (*actions, ("×", self.hide))]
        show_message(self.text, message, kind)
        self.text.setAccessibleName(message)
        self.show()

    def _button(self, text: str, call: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAccessibleName(self.tr("Close this message") if text == "×" else text)
        button.clicked.connect(self.hide)
        button.clicked.connect(lambda: call())
        self._row.addWidget(button)
        return button
