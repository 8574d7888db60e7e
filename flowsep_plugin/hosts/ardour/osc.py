"""Runs an action in Ardour over Open Sound Control (Preferences, Control Surfaces, OSC)."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from flowsep_plugin.errors import SessionError

_REFUSAL_SECONDS: Final = 0.2
"""How long to wait for the refusal of a closed port; without one, a program listens there."""

OSC_PORT: Final = 3819
"""Ardour's default port; a second Ardour takes the next one."""

Trigger = Callable[[], None]
"""Runs the action once. Raises SessionError where no Ardour listens."""


def message(address: str, *words: str) -> bytes:
    """Return an OSC message to `address` with string arguments."""
    return b"".join(map(_padded, (address, "," + "s" * len(words), *words)))


def trigger(slot: int = 1, port: int = OSC_PORT) -> Trigger:
    """Return a function that runs the action in script slot `slot`, counted from 1, over `port`."""

    def press() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.connect(("127.0.0.1", port))
            connection.settimeout(_REFUSAL_SECONDS)
            try:
                connection.send(message("/access_action", f"LuaAction/script-{slot}"))
                with suppress(TimeoutError):
                    connection.recv(1)
            except ConnectionError as error:
                raise SessionError(
                    f"no Ardour listens on port {port}; start it with its session, and switch on Preferences, Control "
                    "Surfaces, Open Sound Control (OSC)"
                ) from error

    return press


def _padded(text: str) -> bytes:
    data = text.encode("utf-8") + b"\0"
    return data + b"\0" * (-len(data) % 4)
