"""Press a button in Ardour over Open Sound Control (Preferences, Control Surfaces, OSC)."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from flowsep_plugin.errors import SessionError

_REFUSAL_SECONDS: Final = 0.2
"""In which this machine says that nobody listens; silence means that somebody does."""

OSC_PORT: Final = 3819
"""Where Ardour listens first; a second Ardour takes the next port."""

Trigger = Callable[[], None]
"""Runs the action once. Raises SessionError where nobody listens."""


def message(address: str, *words: str) -> bytes:
    """Return an OSC message whose arguments are strings."""
    return b"".join(map(_padded, (address, "," + "s" * len(words), *words)))


def trigger(slot: int = 1, port: int = OSC_PORT) -> Trigger:
    """Return what runs the action in a script slot, counted from 1."""

    def press() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.connect(("127.0.0.1", port))
            wire.settimeout(_REFUSAL_SECONDS)
            try:
                wire.send(message("/access_action", f"LuaAction/script-{slot}"))
                with suppress(TimeoutError):
                    wire.recv(1)
            except ConnectionError as error:
                raise SessionError(
                    f"no Ardour listens on port {port}; start it with its session, and switch on Preferences, Control "
                    "Surfaces, Open Sound Control (OSC)"
                ) from error

    return press


def _padded(text: str) -> bytes:
    data = text.encode("utf-8") + b"\0"
    return data + b"\0" * (-len(data) % 4)
