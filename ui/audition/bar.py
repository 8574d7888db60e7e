"""The transport bar: play, stop, loop, choice of what is played, level matching, volume, meters and time."""

from flowsep_ui.icons import icon
from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QAction, QFontDatabase
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from flowsep_plugin.audition import Levels

from .choice_bar import ChoiceBar
from .meter import LevelMeter
from .player import POLL_MILLISECONDS, Player

LEAST_DB, MOST_DB = -60, 12


class TransportBar(QWidget):
    """Shows and controls a player. The window lists the `..._action` attributes in menus and gives them keys."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self.play_action = self._action("play", self.tr("Play"), self.tr("Play or stop"), "Space", player.toggle)
        self.play_action.setCheckable(True)
        self.pause_action = self._action("pause", self.tr("Pause"), self.tr("Pause here"), "Shift+Space", player.pause)
        self.stop_action = self._action(
            "stop", self.tr("Stop"), self.tr("Stop, and go back to where playback began"), "K", player.stop
        )
        self.loop_action = self._action(
            "loop", self.tr("Loop"), self.tr("Repeat the selection, or all of it"), "L", self._toggle_loop, True
        )
        self.match_action = self._action(
            "match", self.tr("Match levels"),
            self.tr("Play all choices equally loud (LUFS, BS.1770)"), "M", player.set_levels_matched, True,
        )  # fmt: skip
        self.compare_action = self._action(
            "compare", self.tr("A/B"), self.tr("Switch between the last two you listened to"), "B", self._compare
        )
        self.setAccessibleName(self.tr("Transport"))
        self.choices = ChoiceBar(self)
        self.choices.choice_picked.connect(player.listen)
        self.meter, self.time, self.volume, self.silent = (
            LevelMeter(self),
            self._time_label(),
            self._volume(),
            QLabel(self),
        )
        self.silent.setObjectName("warning")
        self.silent.hide()
        self._selection: tuple[float, float] | None = None
        self._previous = "clip"
        self._lay_out()
        self._fall = QTimer(self)
        self._fall.setInterval(POLL_MILLISECONDS)
        self._fall.timeout.connect(self._lower_meters)
        player.state_changed.connect(self.show_state)
        player.position_changed.connect(self.show_position)
        player.levels_changed.connect(self.show_levels)
        player.device_missing.connect(self.show_silence)
        player.device_found.connect(self.silent.hide)
        player.loaded.connect(self.show_choices)
        player.choice_changed.connect(self.show_choice)
        player.loop_changed.connect(lambda loop: self.loop_action.setChecked(loop is not None))
        player.matching_changed.connect(self.show_matching)
        self.show_choices(player.choices)
        self.show_state(player.state)

    def show_selection(self, start: float | None, stop: float | None) -> None:
        """Set the range in seconds that the loop button repeats, also that of an active loop; None for everything."""
        self._selection = None if start is None or stop is None or stop <= start else (start, stop)
        if self.loop_action.isChecked():
            self._toggle_loop(True)

    def show_state(self, state: str) -> None:
        """Show the player's state: empty, stopped, playing or paused."""
        playing = state == "playing"
        self.play_action.setChecked(playing)
        self.play_action.setEnabled(state != "empty")
        self.pause_action.setEnabled(playing)
        self.stop_action.setEnabled(state in ("playing", "paused"))
        for action in (self.loop_action, self.match_action, self.compare_action):
            action.setEnabled(state != "empty")
        if not playing:
            self._fall.start()

    def show_position(self, seconds: float) -> None:
        """Show position and length as text."""
        self.time.setText(f"{clock(seconds)} / {clock(self._player.seconds)}")

    def show_levels(self, levels: Levels) -> None:
        """Show the levels of the last poll."""
        self.meter.show_levels(levels, POLL_MILLISECONDS / 1000)

    def show_silence(self, why: str) -> None:
        """Show that playback is silent, with the reason as tooltip."""
        self.silent.setText(self.tr("No device: silent"))
        self.silent.setToolTip(why)
        self.silent.setAccessibleDescription(why)
        self.silent.show()

    def show_choices(self, choices: tuple[str, ...]) -> None:
        """Show a button for each of `choices`."""
        self.choices.show_choices(choices)
        self.choices.show_choice(self._player.choice)
        self.show_position(self._player.position)

    def show_choice(self, choice: str) -> None:
        """Show the player's choice, and remember the previous one for A/B."""
        previous = self.choices.choice
        if previous != choice:
            self._previous = previous
        self.choices.show_choice(choice)

    def show_matching(self, measuring: bool) -> None:
        """Show whether loudness is being measured."""
        self.match_action.setText(self.tr("Measuring…") if measuring else self.tr("Match levels"))

    def _compare(self) -> None:
        """Play the previous choice; where there is none, the first other one."""
        choices = self._player.choices
        other = self._previous
        if other == self._player.choice or other not in choices:
            other = next((name for name in choices if name != self._player.choice), "clip")
        self._player.listen(other)

    def _toggle_loop(self, on: bool) -> None:
        if on:
            self._player.set_loop(*(self._selection or (0.0, self._player.seconds)))
        else:
            self._player.set_loop(None)

    def _lower_meters(self) -> None:
        """Let the meters fall to rest after playback has ended."""
        if self._player.state == "playing" or self.meter.is_at_rest:
            self._fall.stop()
            return
        self.meter.show_levels(Levels(), POLL_MILLISECONDS / 1000)

    def _action(self, name: str, text: str, hint: str, key: str, slot: object, checkable: bool = False) -> QAction:
        action = QAction(icon(name), text, self)
        action.setObjectName(f"audition.{name}")
        action.setCheckable(checkable)
        action.setShortcut(key)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(f"{hint} ({key})")
        if checkable:
            action.triggered.connect(slot)  # not `toggled`: the player sets the button, too
        else:
            action.triggered.connect(lambda _=False: slot())  # type: ignore[operator]
        self.addAction(action)
        return action

    def _time_label(self) -> QLabel:
        label = QLabel(self)
        label.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        label.setAccessibleName(self.tr("Position and length"))
        label.setToolTip(self.tr("Position and length, in minutes and seconds"))
        return label

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
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(4)
        for action in (self.play_action, self.stop_action, self.loop_action):
            row.addWidget(_button(action, self))
        row.addWidget(self.time)
        row.addSpacing(8)
        row.addWidget(_button(self.compare_action, self, Qt.ToolButtonStyle.ToolButtonTextOnly))
        row.addWidget(self.choices, 1)
        row.addWidget(self.silent)
        row.addWidget(_button(self.match_action, self, Qt.ToolButtonStyle.ToolButtonTextOnly))
        row.addWidget(self.volume)
        row.addWidget(self.meter)
        self.meter.setFixedWidth(150)


def clock(seconds: float) -> str:
    """Return seconds as `m:ss.mmm`, or `h:mm:ss.mmm` from an hour on."""
    thousandths = round(max(0.0, seconds) * 1000)
    minutes, thousandths = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    minutes_text = f"{minutes:02d}" if hours else f"{minutes}"
    return (f"{hours}:" if hours else "") + f"{minutes_text}:{thousandths // 1000:02d}.{thousandths % 1000:03d}"


def _button(action: QAction, parent: QWidget, style: Qt.ToolButtonStyle | None = None) -> QToolButton:
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setIconSize(QSize(16, 16))
    button.setToolButtonStyle(style or Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setAccessibleName(action.text())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
