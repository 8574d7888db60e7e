"""The MIDI page: choose a port, and bind actions to the controls of a controller."""

from collections.abc import Callable

from flowsep_ui.controllers.midi_listener import MidiListener, input_names
from flowsep_ui.dialogs.parts import show_message
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
    """A line per action: its title, its control, and buttons to learn and forget the control."""

    def __init__(
        self,
        listener: MidiListener,
        parent: QWidget | None = None,
        names: Callable[[], list[str]] = input_names,
    ) -> None:
        super().__init__(parent)
        self._listener, self._names = listener, names
        self.port, self.again = QComboBox(), QPushButton(self.tr("&Refresh"))
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
        listener.failed.connect(lambda why: self._show_message(why, "error"))
        listener.action_triggered.connect(self.show_triggered)
        self.show_ports()
        self.show_controls()

    def titles(self) -> dict[str, str]:
        """Return the translated titles: action -> text."""
        return {
            "separate": self.tr("Separate"),
            "audition": self.tr("Play or stop"),
            "compare": self.tr("A/B"),
            "next_query": self.tr("Next sound"),
            "previous_query": self.tr("Previous sound"),
            "cancel": self.tr("Cancel"),
        }

    def show_ports(self) -> None:
        """List the MIDI inputs; report why where MIDI is not available."""
        self.port.clear()
        self.port.addItem(self.tr("None"), "")
        try:
            names = self._names()
        except FlowsepError as error:
            self.port.setEnabled(False)
            self._show_message(str(error), "warning")
            self._enable()
            return
        self.port.setEnabled(True)
        for name in names:
            self.port.addItem(name, name)
        current = self._listener.port
        if current and current not in names:
            self.port.addItem(self.tr("{0} (not connected)").format(current), current)
        self.port.setCurrentIndex(max(0, self.port.findData(current)))
        if self._listener.problem:
            self._show_message(self._listener.problem, "error")
        elif not names:
            self._show_message(self.tr("No MIDI port was found; connect a controller and refresh."), "warning")
        else:
            self._show_message(self._instructions(), "hint")
        self._enable()

    def show_controls(self) -> None:
        """Show the learnt control of every action."""
        controls = self._listener.controls()
        for action, label in self._controls.items():
            label.setText(self._control_text(controls.get(action)))
            self.forget_buttons[action].setEnabled(action in controls)
            is_learning = self._listener.learning == action
            self.learn_buttons[action].setChecked(is_learning)

    def show_learnt(self, action: str) -> None:
        """Report that `action` has its control."""
        self.show_controls()
        self._show_message(self.tr("{0} is learnt").format(self.titles()[action]), "good")

    def show_triggered(self, action: str) -> None:
        """Report a used control by its action, so that controls can be tried."""
        self._show_message(self.tr("Used: {0}").format(self.titles()[action]), "hint")

    def chosen_port(self) -> str:
        """Return the name of the chosen port; "" for none."""
        return str(self.port.currentData() or "")

    def _choose(self) -> None:
        self._listener.listen(self.chosen_port())
        if not self._listener.problem:
            self._show_message(self._instructions(), "hint")
        self._enable()

    def _instructions(self) -> str:
        return self.tr("Choose a port, then Learn, then use a key, pad or knob.")

    def _learn(self, action: str, on: bool) -> None:
        self._listener.learn(action if on else None)
        self.show_controls()
        if on:
            text = self.tr("Use the control for {0}; click Learn again to cancel.")
            self._show_message(text.format(self.titles()[action]), "warning")

    def _forget(self, action: str) -> None:
        self._listener.forget(action)
        self.show_controls()

    def _enable(self) -> None:
        listening = bool(self._listener.port) and not self._listener.problem
        for button in self.learn_buttons.values():
            button.setEnabled(listening)

    def _control_text(self, control: Control | None) -> str:
        if control is None:
            return self.tr("nothing")
        kind, channel, number = control
        texts = {
            "note_on": self.tr("note {0}, channel {1}"),
            "control_change": self.tr("controller {0}, channel {1}"),
            "program_change": self.tr("program {0}, channel {1}"),
        }
        return texts.get(kind, f"{kind} {{0}} {{1}}").format(number, channel + 1)

    def _show_message(self, text: str, kind: str) -> None:
        show_message(self.message, text, kind)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        label = QLabel(self.tr("&Port"))
        label.setBuddy(self.port)
        self.port.setAccessibleName(self.tr("MIDI port"))
        self.port.setToolTip(self.tr("MIDI input of the controller; other programs can use it at the same time"))
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
            learn.setAccessibleName(self.tr("Learn {0}").format(title))
            forget.setAccessibleName(self.tr("Forget {0}").format(title))
            for button in (learn, forget):
                button.setAutoDefault(False)
                button.setToolTip(button.accessibleName())
            learn.clicked.connect(lambda on, action=action: self._learn(action, on))
            forget.clicked.connect(lambda _=False, action=action: self._forget(action))
            for column, widget in enumerate((QLabel(title), self._controls[action], learn, forget)):
                grid.addWidget(widget, row, column)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addLayout(grid)
        layout.addWidget(self.message)
        layout.addStretch(1)
