"""The transport bar: play, stop, loop, clock, what is played, level matching, volume and meters.

A narrow bar has two lines, so that nothing is cut.
"""

from collections.abc import Callable

from flowsep_ui.actions import tip_with_keys
from flowsep_ui.icons import icon
from flowsep_ui.panels.buttons import action_button
from flowsep_ui.studio.playing.program import LaneChoice
from flowsep_ui.studio.texts import number
from flowsep_ui.timeline.readout import clock_text
from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLayout, QMenu, QSlider, QToolButton, QWidget

from flowsep_plugin.audition import ORIGINAL, Levels

from .choice_bar import ChoiceBar
from .clock_label import ClockLabel
from .listening_actions import ListeningActions
from .meter import LevelMeter
from .player import POLL_MILLISECONDS, Player

LEAST_DB, MOST_DB = -60, 12
_LONGEST_REASON = 110
"""Characters that fit into two lines beside the clock of a narrow window."""

Part = tuple[float, float]


class TransportBar(QWidget):
    """Shows and controls a player. The window lists the `actions` in menus and gives them keys."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self._loop_part: Part | None = None
        self._part: Part | None = None
        self._text_of: Callable[[float], str] = clock_text
        self.setAccessibleName(self.tr("Transport"))
        self._make_actions()
        self.choices, self.clock, self.meter = ChoiceBar(self), ClockLabel(self), LevelMeter(self)
        self.listening = ListeningActions(player, lambda: tuple(lane.choice for lane in self.choices.lanes), self)
        self.compare_action = self.listening.compare
        self.original = self._original_button()
        self.volume = self._volume()
        self.silent, self.reason, self.matched = QLabel(self), QLabel(self), QLabel(self)
        self.silent.setObjectName("warning")
        self.silent.hide()
        self.reason.setObjectName("hint")
        self.reason.setWordWrap(True)
        self.reason.hide()
        self.matched.setObjectName("hint")
        self.matched.hide()
        self._lay_out()
        self._fall = QTimer(self)
        self._fall.setInterval(POLL_MILLISECONDS)
        self._fall.timeout.connect(self._lower_meters)
        self._connect()
        self.show_lanes(())
        self.show_choice(player.choice)
        self.show_state(player.state)

    @property
    def actions_in_order(self) -> list[QAction]:
        """All actions, in the order of a menu."""
        transport = [self.play_action, self.pause_action, self.stop_action, self.loop_action]
        return [*transport, *self.listening.all, self.match_action]

    def fill_menu(self, menu: QMenu) -> None:
        """Add all actions to `menu`, those of single lanes in a menu of their own."""
        numbered = self.listening.numbered
        menu.addActions([action for action in self.actions_in_order if action not in numbered])
        lanes = menu.addMenu(self.tr("Listen to a lane"))
        assert lanes is not None
        lanes.addActions(numbered)

    def minimumSizeHint(self) -> QSize:
        """Return the size of two lines."""
        one, two = self._left.minimumSizeHint(), self._right.minimumSizeHint()
        return QSize(max(one.width(), two.width()) + 12, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use one line where all has room in it, else two."""
        room = self._left.sizeHint().width() + self._right.sizeHint().width() + 24
        directions = QBoxLayout.Direction
        self._rows.setDirection(directions.LeftToRight if self.width() >= room else directions.TopToBottom)
        self.updateGeometry()

    def show_clock(self, text_of: Callable[[float], str]) -> None:
        """Write positions by `text_of` (seconds -> text) from now on: in the units of the ruler."""
        self._text_of = text_of
        self.clock.widen(max(len(text_of(0.0)), len(text_of(self._player.seconds))))
        self.show_position(self._player.position)

    def show_selection(self, loop: Part | None, part: Part | None) -> None:
        """Set what is repeated and what is played, start and stop in seconds; None for everything.

        part : what *Play* begins and ends with; None begins at the playhead.
        """
        self._loop_part = loop if loop is not None and loop[1] > loop[0] else None
        self._part = part if part is not None and part[1] > part[0] else None
        if self.loop_action.isChecked():
            self._toggle_loop(True)

    def show_state(self, state: str) -> None:
        """Show the player's state: empty, stopped, playing or paused."""
        playing = state == "playing"
        self.play_action.setChecked(playing)
        self.play_action.setEnabled(state != "empty")
        self.pause_action.setEnabled(playing)
        self.stop_action.setEnabled(state in ("playing", "paused"))
        listening = (self.listening.original, self.listening.lanes, self.listening.compare)
        for action in (self.loop_action, self.match_action, *listening):
            action.setEnabled(state != "empty")
        if not playing:
            self._fall.start()

    def show_reason(self, reason: str) -> None:
        """Show why nothing can be played, in the bar and as the tooltip of *Play*; "" where something can."""
        self.reason.setText(reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…")
        self.reason.setToolTip(reason)
        self.reason.setVisible(bool(reason))
        self.choices.setVisible(not reason)
        self.play_action.setToolTip(reason or self._play_tip)

    def show_position(self, seconds: float) -> None:
        """Show the position as text."""
        self.clock.show_text(self._text_of(seconds))
        self.clock.setToolTip(self.tr("Position; the end is at {0}").format(self._text_of(self._player.seconds)))

    def show_levels(self, levels: Levels) -> None:
        """Show the levels of the last poll."""
        self.meter.show_levels(levels, POLL_MILLISECONDS / 1000)

    def show_silence(self, why: str) -> None:
        """Show that playback is silent, with the reason as tooltip."""
        self.silent.setText(self.tr("No device: silent"))
        self.silent.setToolTip(why)
        self.silent.setAccessibleDescription(why)
        self.silent.show()

    def show_lanes(self, lanes: tuple[LaneChoice, ...]) -> None:
        """Show a button for each of `lanes`."""
        self.choices.show_lanes(lanes)
        self.listening.enable()
        self.resizeEvent(None)

    def show_choice(self, choice: str) -> None:
        """Press the button of the player's choice, and say on *Original* while that bypasses the lanes."""
        self.choices.show_choice(choice)
        is_bypass = choice == ORIGINAL
        self.original.setText(self._bypass_text(is_bypass))
        self.original.setAccessibleName(self.original.text())

    def _bypass_text(self, is_on: bool) -> str:
        return self.tr("Original on") if is_on else self.tr("Original")

    def show_matching(self, measuring: bool) -> None:
        """Show whether loudness is being measured."""
        self.match_action.setText(self.tr("Measuring…") if measuring else self.tr("Match levels"))

    def show_matched(self, gain_db: float) -> None:
        """Show by how much the choice is raised or lowered to match its loudness."""
        sign = "+" if gain_db > 0.05 else "−" if gain_db < -0.05 else "±"
        self.matched.setText(self.tr("{0} LU").format(f"{sign}{number(abs(gain_db), 1)}"))
        self.matched.setToolTip(self.tr("What you hear is {0} to match the others").format(self.matched.text()))

    def toggle(self) -> None:
        """Stop where it plays; go on where it is paused; else play the selection, or from the playhead."""
        player = self._player
        if player.state == "playing":
            player.stop()
        elif player.state == "paused" or self._part is None:
            player.play()
        elif self.loop_action.isChecked():
            player.seek(self._part[0])
            player.play()
        else:
            player.play(*self._part)

    def _toggle_loop(self, on: bool) -> None:
        if on:
            self._player.set_loop(*(self._loop_part or (0.0, self._player.seconds)))
        else:
            self._player.set_loop(None)

    def _toggle_match(self, on: bool) -> None:
        self._player.set_levels_matched(on)
        self.matched.setVisible(on)
        self.show_matched(self._player.matched_db)
        self.resizeEvent(None)

    def _lower_meters(self) -> None:
        """Let the meters fall to rest after playback has ended."""
        if self._player.state == "playing" or self.meter.is_at_rest:
            self._fall.stop()
            return
        self.meter.show_levels(Levels(), POLL_MILLISECONDS / 1000)

    def _make_actions(self) -> None:
        player = self._player
        self._play_tip = tip_with_keys(self.tr("Play the selection, or from the playhead; stop"), ("Space",))
        self.play_action = self._action("play", self.tr("Play"), "Space", lambda on: self._play(), checkable=True)
        self.play_action.setToolTip(self._play_tip)
        self.pause_action = self._action("pause", self.tr("Pause"), "Shift+Space", lambda on: player.pause())
        self.pause_action.setToolTip(tip_with_keys(self.tr("Pause here"), ("Shift+Space",)))
        self.stop_action = self._action("stop", self.tr("Stop"), "K", lambda on: player.stop())
        self.stop_action.setToolTip(tip_with_keys(self.tr("Stop, and go back to where playback began"), ("K",)))
        self.loop_action = self._action("loop", self.tr("Loop"), "L", self._toggle_loop, checkable=True)
        self.loop_action.setToolTip(tip_with_keys(self.tr("Repeat the selection, or all of it"), ("L",)))
        self.match_action = self._action(
            "match", self.tr("Match levels"), "Shift+M", self._toggle_match, checkable=True
        )  # fmt: skip
        self.match_action.setToolTip(
            tip_with_keys(self.tr("Play all choices equally loud (LUFS, BS.1770)"), ("Shift+M",))
        )

    def _play(self) -> None:
        self.play_action.setChecked(self._player.state == "playing")  # the player sets the button
        self.toggle()

    def _action(
        self, name: str, text: str, key: str, slot: Callable[[bool], object], checkable: bool = False
    ) -> QAction:
        action = QAction(icon(name), text, self)
        action.setObjectName(f"audition.{name}")
        action.setCheckable(checkable)
        action.setShortcut(key)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(slot)  # not `toggled`: the player sets the button, too
        self.addAction(action)
        return action

    def _connect(self) -> None:
        player = self._player
        self.choices.choice_picked.connect(player.listen)
        player.state_changed.connect(self.show_state)
        player.position_changed.connect(self.show_position)
        player.levels_changed.connect(self.show_levels)
        player.device_missing.connect(self.show_silence)
        player.device_found.connect(self.silent.hide)
        player.loaded.connect(lambda choices: self.show_position(player.position))
        player.choice_changed.connect(self.show_choice)
        player.loop_changed.connect(lambda loop: self.loop_action.setChecked(loop is not None))
        player.matching_changed.connect(self.show_matching)
        player.matched_changed.connect(self.show_matched)

    def _original_button(self) -> QToolButton:
        button = action_button(self.listening.original, self)
        button.setObjectName("bypass")
        for text in (self._bypass_text(True), self._bypass_text(False)):  # nothing beside it moves when it is pressed
            button.setText(text)
            button.setMinimumWidth(max(button.minimumWidth(), button.sizeHint().width()))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _volume(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(LEAST_DB, MOST_DB)
        slider.setValue(round(self._player.gain_db))
        slider.setFixedWidth(76)
        slider.setAccessibleName(self.tr("Listening volume, dB"))
        slider.setToolTip(self.tr("Listening volume: 0 dB. Files are not changed."))
        slider.valueChanged.connect(self._turn_volume)
        return slider

    def _turn_volume(self, value_db: int) -> None:
        self._player.set_gain(-200.0 if value_db == LEAST_DB else float(value_db))
        text = "-∞" if value_db == LEAST_DB else f"{value_db:+d}" if value_db else "0"
        self.volume.setToolTip(self.tr("Listening volume: {0} dB. Files are not changed.").format(text))

    def _lay_out(self) -> None:
        self._left, self._right = QWidget(self), QWidget(self)
        left, right = QHBoxLayout(self._left), QHBoxLayout(self._right)
        for row in (left, right):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(5)
        for action in (self.play_action, self.stop_action, self.loop_action):
            left.addWidget(_button(action, self, text=False))
        for widget in (self.clock, self.original, _button(self.compare_action, self)):
            left.addWidget(widget)
        left.addWidget(self.choices, 1)
        left.addWidget(self.reason, 1)
        right.addWidget(self.silent)
        for widget in (_button(self.match_action, self), self.matched, self.volume):
            right.addWidget(widget)
        right.addWidget(self.meter, 1)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(6, 4, 6, 4)
        self._rows.setSpacing(8)
        self._rows.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._rows.addWidget(self._left, 1)
        self._rows.addWidget(self._right)


def _button(action: QAction, parent: QWidget, *, text: bool = True) -> QToolButton:
    button = action_button(action, parent, text=text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
