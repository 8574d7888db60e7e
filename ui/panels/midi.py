"""MIDI learn: choose a port, touch a control, and it does what a key would."""

from collections.abc import Callable

from flowsep_ui.controllers.midi_listener import MidiListener, input_names
from flowsep_ui.dialogs.parts import say
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.hosts.midi_learn import ACTIONS, Control


class MidiPanel(QWidget):
    """A line an action: what it does, its control, Learn, Forget."""

    def __init__(
        self,
        listener: MidiListener,
        parent: QWidget | None = None,
        names: Callable[[], list[str]] = input_names,
    ) -> None:
        super().__init__(parent)
        self._listener, self._names = listener, names
        self.port, self.again = QComboBox(), QPushButton(self.tr("Look &again"))
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._controls: dict[str, QLabel] = {}
        self.learn_buttons: dict[str, QPushButton] = {}
        self.forget_buttons: dict[str, QPushButton] = {}
        self._lay_out()
        self.again.clicked.connect(self.show_ports)
        self.port.activated.connect(self._choose)
        listener.learnt.connect(self.show_learnt)
        listener.failed.connect(lambda why: self._say(why, "error"))
        listener.acted.connect(self.show_acted)
        self.show_ports()
        self.show_controls()

    def titles(self) -> dict[str, str]:
        """What every action is called."""
        return {
            "separate": self.tr("Separate"),
            "audition": self.tr("Play or stop"),
            "compare": self.tr("A/B"),
            "next_query": self.tr("Next sound"),
            "previous_query": self.tr("Previous sound"),
            "cancel": self.tr("Cancel"),
        }

    def show_ports(self) -> None:
        """List the ports there are; say what is missing where there is no MIDI."""
        self.port.clear()
        self.port.addItem(self.tr("None"), "")
        try:
            names = self._names()
        except FlowsepError as error:
            self.port.setEnabled(False)
            self._say(str(error), "warning")
            self._enable()
            return
        self.port.setEnabled(True)
        for name in names:
            self.port.addItem(name, name)
        queries = self._listener.port
        if queries and queries not in names:
            self.port.addItem(self.tr("%1 (not connected)").replace("%1", queries), queries)
        self.port.setCurrentIndex(max(0, self.port.findData(queries)))
        if self._listener.trouble:
            self._say(self._listener.trouble, "error")
        elif not names:
            self._say(self.tr("No MIDI port was found; connect a controller and look again."), "warning")
        else:
            self._say(self.tr("Choose a port, then Learn, then touch a key, pad or knob."), "hint")
        self._enable()

    def show_controls(self) -> None:
        """Write what is learnt."""
        controls = self._listener.controls()
        for action, label in self._controls.items():
            label.setText(self._control_text(controls.get(action)))
            self.forget_buttons[action].setEnabled(action in controls)
            is_learning = self._listener.learning == action
            self.learn_buttons[action].setChecked(is_learning)

    def show_learnt(self, action: str) -> None:
        """Say that a control is bound."""
        self.show_controls()
        self._say(self.tr("%1 is learnt").replace("%1", self.titles()[action]), "good")

    def show_acted(self, action: str) -> None:
        """Say what a control asks for, so that one can try them."""
        self._say(self.tr("Touched: %1").replace("%1", self.titles()[action]), "hint")

    def chosen_port(self) -> str:
        """The port that is listened to; "" none."""
        return str(self.port.currentData() or "")

    def _choose(self) -> None:
        self._listener.listen(self.chosen_port())
        if not self._listener.trouble:
            self._say(self.tr("Choose a port, then Learn, then touch a key, pad or knob."), "hint")
        self._enable()

    def _learn(self, action: str, on: bool) -> None:
        self._listener.learn(action if on else None)
        self.show_controls()
        if on:
            text = self.tr("Touch the control for %1; click Learn again to leave it.")
            self._say(text.replace("%1", self.titles()[action]), "warning")

    def _forget(self, action: str) -> None:
        self._listener.forget(action)
        self.show_controls()

    def _enable(self) -> None:
        listening = bool(self._listener.port) and not self._listener.trouble
        for button in self.learn_buttons.values():
            button.setEnabled(listening)

    def _control_text(self, control: Control | None) -> str:
        if control is None:
            return self.tr("nothing")
        kind, channel, number = control
        texts = {
            "note_on": self.tr("note %1, channel %2"),
            "control_change": self.tr("controller %1, channel %2"),
            "program_change": self.tr("program %1, channel %2"),
        }
        return texts.get(kind, f"{kind} %1 %2").replace("%1", str(number)).replace("%2", str(channel + 1))

    def _say(self, text: str, kind: str) -> None:
        say(self.message, text, kind)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        label = QLabel(self.tr("&Port"))
        label.setBuddy(self.port)
        self.port.setAccessibleName(self.tr("MIDI port"))
        self.port.setToolTip(self.tr("The controller's port; other programs may listen to it too"))
        self.again.setToolTip(self.tr("List the ports again"))
        top.addWidget(label)
        top.addWidget(self.port, 1)
        top.addWidget(self.again)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for row, action in enumerate(ACTIONS):
            title = self.titles()[action]
            self._controls[action] = QLabel()
            learn = self.learn_buttons[action] = QPushButton(self.tr("Learn"))
            forget = self.forget_buttons[action] = QPushButton(self.tr("Forget"))
            learn.setCheckable(True)
            learn.setAccessibleName(self.tr("Learn %1").replace("%1", title))
            forget.setAccessibleName(self.tr("Forget %1").replace("%1", title))
            for button in (learn, forget):
                button.setAutoDefault(False)
                button.setToolTip(button.accessibleName())
            learn.clicked.connect(lambda on, action=action: self._learn(action, on))
            forget.clicked.connect(lambda _=False, action=action: self._forget(action))
            for column, widget in enumerate((QLabel(title), self._controls[action], learn, forget)):
                grid.addWidget(widget, row, column)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addLayout(grid)
        column.addWidget(self.message)
        column.addStretch(1)
