"""A controller's orders as signals: the port is asked 100 times a second, learnt controls become actions."""

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
    """Where learnt controls are kept; the command line's `flowsep hosts midi` keeps them there too."""
    return Path(platformdirs.user_config_dir("flowsep", appauthor=False)) / "midi.json"


class MidiListener(QObject):
    """Listens to one port. `close` lets it go.

    acted : an action of `midi_learn.ACTIONS` that a control asked for.     learnt : an action has its control.
    failed : why there is no MIDI, or the port is gone, and the way out.
    """

    acted = pyqtSignal(str)
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
            self._map, self._trouble = MidiMap(), str(error)
        else:
            self._trouble = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MILLISECONDS)
        self._timer.timeout.connect(self.poll)

    @property
    def trouble(self) -> str:
        """Why it does not listen, or why the learnt controls could not be read; "" where all is well."""
        return self._trouble

    @property
    def learning(self) -> str | None:
        """The action that the next control will be bound to."""
        return self._map.learning

    def controls(self) -> dict[str, Control]:
        """Action -> control."""
        return {action: control for control, action in self._map.actions.items()}

    def listen(self, port: str) -> None:
        """Listen to the port of that name from now on; "" to none."""
        self.close()
        self.port = port
        if not port:
            self._trouble = ""
            return
        try:
            self._ports = list(self._stack.enter_context(self._open([port])))
        except FlowsepError as error:
            self._fail(str(error))
        else:
            self._trouble = ""
            self._timer.start()

    def learn(self, action: str | None) -> None:
        """Bind `action` to the control that is touched next; None learns nothing after all."""
        if action is None:
            self._map.learning = None
        else:
            self._map.learn(action)

    def forget(self, action: str) -> None:
        """Unbind `action`."""
        self._map.actions = {control: other for control, other in self._map.actions.items() if other != action}
        self._save()

    def poll(self) -> None:
        """Take what came in."""
        for _ in range(_MOST_A_POLL):
            try:
                messages = [found for port in self._ports if (found := port.poll()) is not None]
            except OSError as error:
                self.close()
                self._fail(self.tr("%1 has gone away (%2); connect it and choose it again")
                           .replace("%1", self.port).replace("%2", str(error)))  # fmt: skip
                return
            for message in messages:
                self._take(message)
            if not messages:
                return

    def close(self) -> None:
        """Let the port go; `listen` opens one again."""
        self._timer.stop()
        self._ports = []
        self._stack.close()

    def _take(self, message: Any) -> None:
        wanted = self._map.learning
        action = self._map.receive(message)
        if wanted is not None and self._map.learning is None:
            self._save()
            self.learnt.emit(wanted)
        elif action is not None:
            self.acted.emit(action)

    def _save(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._map.save(self._path)
        except OSError as error:
            self._fail(f"{self._path}: {error.strerror}")

    def _fail(self, why: str) -> None:
        self._trouble = why
        self.failed.emit(why)


def _open_ports(names: Sequence[str]) -> AbstractContextManager[Sequence[Any]]:
    from flowsep_plugin.hosts.midi_ports import open_inputs

    return open_inputs(names)


def input_names() -> list[str]:
    """Ports to listen to. Raises ProviderError where MIDI is not to be had."""
    from flowsep_plugin.hosts import midi_ports

    return midi_ports.input_names()
