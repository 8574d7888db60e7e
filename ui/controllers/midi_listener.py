"""MIDI input as signals: the port is polled 100 times a second; learnt controls trigger actions."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import platformdirs
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.hosts.midi_learn import Control, MidiMap, load_map

_POLL_MILLISECONDS = 10
_MOST_A_POLL = 64

OpenPorts = Callable[[Sequence[str]], AbstractContextManager[Sequence[Any]]]


def map_file() -> Path:
    """Return the file of learnt controls, which `flowsep hosts midi` shares."""
    return Path(platformdirs.user_config_dir("flowsep", appauthor=False)) / "midi.json"


class MidiListener(QObject):
    """Listens to one MIDI port until `close`.

    action_triggered : an action of `midi_learn.ACTIONS` whose control was used.     learnt : an action that got its
    control.     failed : why there is no MIDI or the port is gone, with a way out.
    """

    action_triggered = pyqtSignal(str)
    learnt = pyqtSignal(str)
    failed = pyqtSignal(str)

    def __init__(
        self, parent: QObject | None = None, path: Path | None = None, open_ports: OpenPorts | None = None
    ) -> None:
        super().__init__(parent)
        self._path, self._open = path or map_file(), open_ports or _open_ports
        self._stack, self._ports = ExitStack(), list[Any]()
        self.port = ""
        try:
            self._map = load_map(self._path)
        except FlowsepError as error:
            self._map, self._problem = MidiMap(), str(error)
        else:
            self._problem = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MILLISECONDS)
        self._timer.timeout.connect(self.poll)

    @property
    def problem(self) -> str:
        """Why it does not listen, or why the learnt controls could not be read; "" where there is no problem."""
        return self._problem

    @property
    def learning(self) -> str | None:
        """The action that the next used control is bound to; None while not learning."""
        return self._map.learning

    def controls(self) -> dict[str, Control]:
        """Return the learnt controls: action -> control."""
        return {action: control for control, action in self._map.actions.items()}

    def listen(self, port: str) -> None:
        """Listen to the port `port` from now on; "" listens to none. Emits `failed` where it cannot be opened."""
        self.close()
        self.port = port
        if not port:
            self._problem = ""
            return
        try:
            self._ports = list(self._stack.enter_context(self._open([port])))
        except FlowsepError as error:
            self._fail(str(error))
        else:
            self._problem = ""
            self._timer.start()

    def learn(self, action: str | None) -> None:
        """Bind `action` to the control that is used next; None stops learning."""
        if action is None:
            self._map.learning = None
        else:
            self._map.learn(action)

    def forget(self, action: str) -> None:
        """Remove the control of `action` and save."""
        self._map.actions = {control: other for control, other in self._map.actions.items() if other != action}
        self._save()

    def poll(self) -> None:
        """Handle the waiting messages of the port, at most 64 per port."""
        for _ in range(_MOST_A_POLL):
            try:
                messages = [message for port in self._ports if (message := port.poll()) is not None]
            except OSError as error:
                self.close()
                self._fail(
                    self.tr("{0} was disconnected ({1}); connect it and choose it again").format(self.port, error)
                )
                return
            for message in messages:
                self._take(message)
            if not messages:
                return

    def close(self) -> None:
        """Close the port; `listen` opens one again."""
        self._timer.stop()
        self._ports = []
        self._stack.close()

    def _take(self, message: Any) -> None:
        learning = self._map.learning
        action = self._map.receive(message)
        if learning is not None and self._map.learning is None:
            self._save()
            self.learnt.emit(learning)
        elif action is not None:
            self.action_triggered.emit(action)

    def _save(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._map.save(self._path)
        except OSError as error:
            self._fail(self.tr("Controls cannot be saved in {0}: {1}").format(self._path, error.strerror))

    def _fail(self, why: str) -> None:
        self._problem = why
        self.failed.emit(why)


def _open_ports(names: Sequence[str]) -> AbstractContextManager[Sequence[Any]]:
    from flowsep_plugin.hosts.midi_ports import open_inputs

    return open_inputs(names)


def input_names() -> list[str]:
    """Return the names of the MIDI inputs. Raises ProviderError where MIDI is not available."""
    from flowsep_plugin.hosts import midi_ports

    return midi_ports.input_names()
