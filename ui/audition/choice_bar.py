"""Buttons for what is played: all lanes, and every lane in its colour; those without room are in a menu."""

from typing import Final

from flowsep_ui.icons import icon, swatch
from flowsep_ui.panels.buttons import describe
from flowsep_ui.studio.playing.program import LaneChoice
from flowsep_ui.theme import lane_colour, rest_colour
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QIcon, QResizeEvent
from PyQt6.QtWidgets import QMenu, QToolButton, QWidget

from flowsep_plugin.audition import LANES

_LONGEST: Final = 32
_GAP: Final = 4
_MOST_KEYS: Final = 9


class ChoiceBar(QWidget):
    """One button is pressed at most. The pressed one is always in view; a menu has all that do not fit."""

    choice_picked = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Listen to"))
        self.choice = LANES
        self.buttons: dict[str, QToolButton] = {}
        self.lanes: tuple[LaneChoice, ...] = ()
        self.more = QToolButton(self)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setIcon(icon("more"))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setMenu(QMenu(self.more))
        self.show_lanes(())

    def sizeHint(self) -> QSize:
        """Return the width of all buttons."""
        widths = sum(button.sizeHint().width() + _GAP for button in self.buttons.values())
        return QSize(max(widths, self.minimumSizeHint().width()), self._height)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest button and the menu."""
        widest = max(button.sizeHint().width() for button in self.buttons.values())
        menu = self.more.sizeHint().width() + _GAP if len(self.buttons) > 1 else 0
        return QSize(widest + menu, self._height)

    def show_lanes(self, lanes: tuple[LaneChoice, ...]) -> None:
        """Show a button for all lanes, and one for each of `lanes`."""
        self.lanes = lanes
        for button in self.buttons.values():
            button.setParent(None)
            button.deleteLater()
        self.buttons = {LANES: self._button(LANES, self.tr("All lanes"), "0")}
        for number, lane in enumerate(lanes, 1):
            self.buttons[lane.choice] = self._lane_button(lane, number)
        self.show_choice(self.choice)
        self.updateGeometry()

    def show_choice(self, choice: str) -> None:
        """Show `choice` as the pressed button, without a signal; none where it has no button."""
        self.choice = choice
        for name, button in self.buttons.items():
            button.setChecked(name == choice)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Show as many buttons as fit."""
        self._arrange()

    @property
    def _height(self) -> int:
        return max(button.sizeHint().height() for button in self.buttons.values())

    def _arrange(self) -> None:
        names = list(self.buttons)
        fitting = self._fitting(names, self.width())
        hidden = [name for name in names if name not in fitting]
        if hidden:
            self._fill_menu(hidden)
            room = self.width() - self.more.sizeHint().width() - _GAP
            fitting = self._fitting(names, room)
        if self.choice in names and self.choice not in fitting:
            fitting = [*self._fitting(names, room - self.buttons[self.choice].sizeHint().width() - _GAP), self.choice]
        hidden = [name for name in names if name not in fitting]
        x = 0
        for name, button in self.buttons.items():
            button.setVisible(name in fitting)
            if name in fitting:
                width = min(button.sizeHint().width(), max(1, self.width() - x))
                button.setGeometry(x, (self.height() - self._height) // 2, width, self._height)
                x += width + _GAP
        self.more.setVisible(bool(hidden))
        if hidden:
            self._fill_menu(hidden)
            self.more.setGeometry(x, (self.height() - self._height) // 2, self.more.sizeHint().width(), self._height)

    def _fitting(self, names: list[str], room: int) -> list[str]:
        """Return the first names whose buttons fit into `room` pixels."""
        fitting = []
        for name in names:
            room -= self.buttons[name].sizeHint().width()
            if room < 0:
                break
            fitting.append(name)
            room -= _GAP
        return fitting

    def _fill_menu(self, hidden: list[str]) -> None:
        self.more.setText(str(len(hidden)))
        describe(self.more, self.tr("More lanes"), self.tr("{0} more lanes to listen to").format(len(hidden)))
        menu = self.more.menu()
        assert menu is not None
        menu.clear()
        for name in hidden:
            button = self.buttons[name]
            action = QAction(button.icon(), button.accessibleName(), menu)
            action.setEnabled(button.isEnabled())
            action.triggered.connect(lambda _=False, name=name: self.choice_picked.emit(name))
            menu.addAction(action)

    def _lane_button(self, lane: LaneChoice, number: int) -> QToolButton:
        button = self._button(lane.choice, lane.title, str(number) if number <= _MOST_KEYS else "")
        colour = rest_colour() if lane.colour is None else lane_colour(lane.colour)
        button.setIcon(QIcon(swatch(colour)))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        font = button.font()
        font.setItalic(not lane.is_ready or lane.is_draft)
        button.setFont(font)
        if not lane.is_ready:
            button.setToolTip(self.tr("{0}: its stems are not ready yet; silent until then").format(lane.title))
        elif lane.is_draft:
            button.setToolTip(self.tr("{0}: a draft, heard only alone or in solo").format(lane.title))
        button.setAccessibleDescription(button.toolTip())
        return button

    def _button(self, name: str, title: str, key: str) -> QToolButton:
        button = QToolButton(self)
        short = title if len(title) <= _LONGEST else title[: _LONGEST - 1] + "…"
        button.setText(f"{key}  {short}" if key else short)
        tip = self.tr("Listen to: {0}").format(title)
        describe(button, title, f"{tip} ({key})" if key else tip)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._pick(name))
        return button

    def _pick(self, name: str) -> None:
        self.show_choice(self.choice)  # the click toggled the button; the player decides what is pressed
        self.choice_picked.emit(name)
