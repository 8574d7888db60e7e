"""A controller's keys and knobs as actions, learnt by touching them; kept as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flowsep_plugin.errors import SessionError, UsageError

if TYPE_CHECKING:
    import mido

ACTIONS: Final = ("separate", "audition", "compare", "next_query", "previous_query", "cancel")
_PRESSED: Final = 64

Control = tuple[str, int, int]
"""Kind ("note_on", "control_change", "program_change"), channel, number."""


def control_of(message: "mido.Message") -> Control | None:
    """Return which control a message is the press of; None for releases and for what is no control."""
    match message.type:
        case "note_on" if message.velocity:
            return ("note_on", message.channel, message.note)
        case "control_change" if message.value >= _PRESSED:
            return ("control_change", message.channel, message.control)
        case "program_change":
            return ("program_change", message.channel, message.program)
    return None


@dataclass(slots=True)
class MidiMap:
    """Controls and their actions. `learning` takes the next control that is pressed."""

    actions: dict[Control, str] = field(default_factory=dict)
    learning: str | None = None
    _held: set[Control] = field(default_factory=set)

    def learn(self, action: str) -> None:
        """Bind `action` to the next control. Raises UsageError for one that is not known."""
        if action not in ACTIONS:
            raise UsageError(f"the action {action!r} is not known; there is {', '.join(ACTIONS)}")
        self.learning = action

    def receive(self, message: "mido.Message") -> str | None:
        """Return the action a message asks for. A knob acts when it passes its middle, not at each step above it."""
        control = control_of(message)
        if control is None:
            if message.type == "control_change":
                self._held.discard(("control_change", message.channel, message.control))
            return None
        if control[0] == "control_change":
            if control in self._held:
                return None
            self._held.add(control)
        if self.learning is not None:
            self.actions = {c: a for c, a in self.actions.items() if a != self.learning} | {control: self.learning}
            self.learning = None
            return None
        return self.actions.get(control)

    def save(self, path: Path) -> None:
        """Write the map. Inverse: `load_map`."""
        rows = [{"control": list(control), "action": action} for control, action in self.actions.items()]
        path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def load_map(path: Path) -> MidiMap:
    """Read a map; one that is not there yet is empty. Raises SessionError where it is damaged."""
    if not path.exists():
        return MidiMap()
    try:
        rows: list[Mapping[str, object]] = json.loads(path.read_text("utf-8"))
        return MidiMap({_control(row["control"]): _action(row["action"]) for row in rows})
    except (ValueError, KeyError, TypeError) as error:
        raise SessionError(f"{path} is no map of MIDI controls ({error}); delete it and learn again") from error


def _control(given: object) -> Control:
    if not isinstance(given, list) or len(given) != 3:
        raise ValueError(f"a control is a kind, a channel and a number, not {given!r}")
    return (str(given[0]), int(given[1]), int(given[2]))


def _action(given: object) -> str:
    if given not in ACTIONS:
        raise ValueError(f"the action {given!r} is not known")
    return str(given)
