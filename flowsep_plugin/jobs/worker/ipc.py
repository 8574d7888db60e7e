"""What the worker and its engine process say to each other: one JSON object a line, both ways.

worker ─► {"do": "run", "id", "spec", "key", "device"}   {"do": "cancel", "id"}   {"do": "wait", "waiting"}
engine ─► {"is": "loading" | "loaded" | "progress" | "heard" | "done" | "failed" | "cancelled", "id", …}
"""

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO


class MessageChannel:
    """Writes messages to `out`, from any thread, whole."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def send(self, **message: Any) -> None:
        """Send one message. Raises OSError where nobody listens."""
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._out.write(line)
            self._out.flush()


def messages(source: BinaryIO) -> Iterator[Mapping[str, Any]]:
    """Every message until the other side is gone; a line that was cut off by its end is dropped."""
    while line := source.readline():
        if not line.endswith(b"\n"):
            return
        yield json.loads(line)
