"""MIDI learn: keys, pads and knobs of a controller are bound to actions by touching them; stored as JSON."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.untrusted.decoding import Origin, read_json

if TYPE_CHECKING:
    import mido

ACTIONS: Final = ("separate", "audition", "compare", "next_query", "previous_query", "cancel")
_PRESSED: Final = 64

Control = tuple[str, int, int]
"""Kind ("note_on", "control_change", "program_change"), channel, number."""


def control_of(message: "mido.Message") -> Control | None:
    """Return the control that `message` presses or turns past its middle; None for releases and other messages."""
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
    """The action of each control; `learning` is the action to bind to the next control that is pressed."""

    actions: dict[Control, str] = field(default_factory=dict)
    learning: str | None = None
    _pressed: set[Control] = field(default_factory=set)

    def learn(self, action: str) -> None:
        """Bind `action` to the next control that is pressed. Raises UsageError for an unknown action."""
        if action not in ACTIONS:
            raise UsageError(f"unknown action {action!r}; choose one of {', '.join(ACTIONS)}")
        self.learning = action

    def receive(self, message: "mido.Message") -> str | None:
        """Return the action that `message` triggers, if any. A knob triggers once, when it passes its middle."""
        control = control_of(message)
        if control is None:
            if message.type == "control_change":
                self._pressed.discard(("control_change", message.channel, message.control))
            return None
        if control[0] == "control_change":
            if control in self._pressed:
                return None
            self._pressed.add(control)
        if self.learning is not None:
            self.actions = {c: a for c, a in self.actions.items() if a != self.learning} | {control: self.learning}
            self.learning = None
            return None
        return self.actions.get(control)

    def save(self, path: Path) -> None:
        """Write the map to `path` as JSON. Inverse: `load_map`."""
        rows = [{"control": list(control), "action": action} for control, action in self.actions.items()]
        path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def load_map(path: Path) -> MidiMap:
    """Read a map; a missing file gives an empty one. Raises SessionError where the file is damaged."""
    try:
        rows = read_json(path, Origin(str(path), SessionError, "delete it and learn again"))
        return MidiMap({_control(row["control"]): _action(row["action"]) for row in rows})
    except FileNotFoundError:
        return MidiMap()
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise SessionError(f"{path} is not a map of MIDI controls ({error}); delete it and learn again") from error


def _control(value: object) -> Control:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError(f"a control is a kind, a channel and a number, not {value!r}")
    return (str(value[0]), int(value[1]), int(value[2]))


def _action(value: object) -> str:
    if value not in ACTIONS:
        raise ValueError(f"unknown action {value!r}")
    return str(value)
