"""Actions for what is listened to: the original, all lanes, a lane by its number, the choice before."""

from collections.abc import Callable
from typing import Final

from flowsep_ui.actions import tip_with_keys
from flowsep_ui.icons import icon
from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.audition import LANES, ORIGINAL

from .player import Player

MOST_LANES: Final = 9


class ListeningActions(QObject):
    """Actions of `player`; `choices` returns those of the lanes in the order of the view."""

    def __init__(self, player: Player, choices: Callable[[], tuple[str, ...]], parent: QWidget) -> None:
        super().__init__(parent)
        self._player, self._choices = player, choices
        self._previous = ORIGINAL
        self._current = player.choice
        self.original = self._action("original", self.tr("Original"), "C", self._bypass)
        tip = self.tr("Hear the clips as they are, without stems, solo, mute, gain and effects")
        self.original.setToolTip(tip_with_keys(tip, ("C",)))
        self.original.setIcon(icon("original"))
        self.original.setCheckable(True)
        self.lanes = self._action("lanes", self.tr("Listen to all lanes"), "0", lambda: player.listen(LANES))
        self.numbered = [self._lane_action(number) for number in range(1, MOST_LANES + 1)]
        self.compare = self._action("compare", self.tr("A/B"), "B", self._compare)
        self.compare.setToolTip(tip_with_keys(self.tr("Switch between the last two you listened to"), ("B",)))
        player.choice_changed.connect(self._choice_changed)

    @property
    def all(self) -> list[QAction]:
        """The actions in the order of the menu."""
        return [self.original, self.compare, self.lanes, *self.numbered]

    def enable(self) -> None:
        """Enable the lanes that there are."""
        count = len(self._choices())
        for number, action in enumerate(self.numbered):
            action.setEnabled(number < count)

    def _bypass(self) -> None:
        """Play the original; where that is played, what was played before, or all lanes."""
        before = self._previous if self._previous in self._player.choices else LANES
        self._player.listen(ORIGINAL if self._player.choice != ORIGINAL else before)
        self.original.setChecked(self._player.choice == ORIGINAL)

    def _compare(self) -> None:
        """Play the choice before; where it is gone, the original or all lanes."""
        other = self._previous
        if other == self._player.choice or other not in self._player.choices:
            other = LANES if self._player.choice == ORIGINAL else ORIGINAL
        self._player.listen(other)

    def _pick(self, index: int) -> None:
        """Play lane `index` alone; all lanes where it is played already."""
        choices = self._choices()
        if index < len(choices):
            self._player.listen(LANES if self._player.choice == choices[index] else choices[index])

    def _choice_changed(self, choice: str) -> None:
        if choice != self._current:
            self._previous, self._current = self._current, choice
        self.original.setChecked(choice == ORIGINAL)

    def _lane_action(self, number: int) -> QAction:
        text = self.tr("Listen to lane {0}").format(number)
        return self._action(f"lane{number}", text, str(number), lambda: self._pick(number - 1))

    def _action(self, name: str, text: str, key: str, slot: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"audition.{name}")
        action.setShortcut(key)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(tip_with_keys(text, (key,)))
        action.triggered.connect(lambda _=False: slot())
        parent = self.parent()
        assert isinstance(parent, QWidget)
        parent.addAction(action)
        return action
