"""Buttons for what is played: clip, every stem in its colour, residual, sum."""

from flowsep_ui.icons import swatch
from flowsep_ui.theme import lane_colour
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QWheelEvent
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QScrollArea, QToolButton, QWidget

_LONGEST = 18


class ChoiceBar(QScrollArea):
    """Exclusive buttons; scrolls where there are many stems."""

    choice_picked = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Listen to"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._group: QButtonGroup | None = None
        self._buttons: dict[str, QToolButton] = {}
        self.choice = "clip"
        self.show_choices(())

    def sizeHint(self) -> QSize:
        """Return a usual width and the height of a button."""
        return QSize(260, 30)

    def minimumSizeHint(self) -> QSize:
        """Return the width of two buttons."""
        return QSize(120, 30)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll sideways by the wheel."""
        bar = self.horizontalScrollBar()
        if event is not None and bar is not None:
            bar.setValue(bar.value() - (event.angleDelta().y() or event.angleDelta().x()) // 2)
            event.accept()

    def show_choices(self, choices: tuple[str, ...]) -> None:
        """Show buttons for `choices`: "clip", "stem:NAME", "rest", "sum"."""
        if tuple(self._buttons) == choices and choices:
            return
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._group, self._buttons = QButtonGroup(inside), {}
        stems = [name for name in choices if name.startswith("stem:")]
        for name in choices:
            button = self._button(name, inside, stems.index(name) if name in stems else None)
            self._group.addButton(button)
            self._buttons[name] = button
            row.addWidget(button)
        row.addStretch(1)
        self.setWidget(inside)
        self.show_choice(self.choice)

    def show_choice(self, choice: str) -> None:
        """Show `choice` as the pressed button, without a signal."""
        self.choice = choice
        if choice in self._buttons:
            self._buttons[choice].setChecked(True)
            self.ensureWidgetVisible(self._buttons[choice], 4, 0)

    def _button(self, name: str, parent: QWidget, number: int | None) -> QToolButton:
        button = QToolButton(parent)
        title = self._title(name)
        button.setText(title if len(title) <= _LONGEST else title[: _LONGEST - 1] + "…")
        button.setToolTip(self.tr("Listen to: {0}").format(title))
        button.setAccessibleName(button.toolTip())
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if number is not None:
            button.setIcon(QIcon(swatch(lane_colour(number))))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.clicked.connect(lambda: self.choice_picked.emit(name))
        return button

    def _title(self, name: str) -> str:
        fixed = {"clip": self.tr("Clip"), "rest": self.tr("Rest"), "sum": self.tr("Sum")}
        return fixed.get(name, name.removeprefix("stem:"))
