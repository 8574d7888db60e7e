"""Shared by panels: buttons with icons, and hints in empty lists.

The accessible name of a button is its label, the accessible description its tooltip.
"""

from flowsep_ui.icons import set_icon
from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QAbstractItemView, QLabel, QToolButton, QVBoxLayout, QWidget

SIDE = 26
"""Height and width in pixels of a button with an icon alone."""


def icon_button(name: str, label: str, tip: str, parent: QWidget | None = None, *, flat: bool = True) -> QToolButton:
    """Return a square tool button with the icon `name`; `label` is its accessible name, `tip` its tooltip.

    flat : without a frame until the mouse is over it. Raises KeyError for an unknown icon.
    """
    button = QToolButton(parent)
    set_icon(button, name)
    describe(button, label, tip)
    button.setAutoRaise(flat)
    button.setFixedSize(SIDE, SIDE)
    return button


def action_button(action: QAction, parent: QWidget, *, text: bool = True) -> QToolButton:
    """Return a tool button of `action`: its icon, and its text where `text` is set or it has no icon."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    both = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly if action.icon().isNull() else both)
    describe(button, action.text().replace("&", ""), action.toolTip())
    return button


def describe(widget: QWidget, label: str, tip: str) -> None:
    """Set the accessible name `label`, and `tip` as tooltip and accessible description."""
    widget.setAccessibleName(label)
    widget.setToolTip(tip)
    widget.setAccessibleDescription(tip)


def section(title: str) -> QLabel:
    """Return the heading of a part of a panel, which takes the place of a frame."""
    label = QLabel(title)
    label.setObjectName("section")
    label.setIndent(0)
    return label


class EmptyHint(QObject):
    """Label in an empty list that says what the list will hold."""

    def __init__(self, view: QAbstractItemView, text: str) -> None:
        super().__init__(view)
        self._view = view
        surface, model = view.viewport(), view.model()
        assert surface is not None
        assert model is not None
        self.label = QLabel(text, surface)
        self.label.setObjectName("hint")
        self.label.setWordWrap(True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(surface)
        column.addWidget(self.label)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self.update)
        self.update()

    def update(self) -> None:
        """Show the label if the list is empty."""
        model = self._view.model()
        self.label.setVisible(model is not None and model.rowCount() == 0)
