"""Messages between the worker and its engine process: one JSON object a line, in both directions.

worker ─► {"do": "run", "id", "spec", "key", "device"}   {"do": "cancel", "id"}   {"do": "wait", "waiting"}
engine ─► {"is": "loading" | "loaded" | "progress" | "heard" | "done" | "failed" | "cancelled", "id", …}
"""

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO


class MessageChannel:
    """Writes messages to `out`, each in one piece; may be used from any thread."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def send(self, **message: Any) -> None:
        """Send one message. Raises OSError where the other process has ended."""
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._out.write(line)
            self._out.flush()


def messages(source: BinaryIO) -> Iterator[Mapping[str, Any]]:
    """Yield messages until the other process ends; a last line without line break is dropped."""
    while line := source.readline():
        if not line.endswith(b"\n"):
            return
        yield json.loads(line)
