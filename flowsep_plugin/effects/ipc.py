"""Messages between a program and its process of effects: a JSON object and raw audio, each behind its length.

program ─► {"do": "scan" | "open" | "process" | "finish" | "update" | "close" | "edit" | "close_editor", "limit_s", …}
           + audio
effects ─► {"is": "at", "slot", "effect"}: what runs now, so that a crash has a name
           {"is": "edited", …}   {"is": "done", …} + audio   {"is": "failed", "kind", "message", …}

Audio is (channels, frames) float32, row by row; "channels" in the JSON tells the shape.
"""

import json
import struct
import threading
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np

from flowsep_plugin.audio.types import Samples

_LENGTHS: Final = struct.Struct("<II")


class EffectMessage(NamedTuple):
    """One message: plain values, and audio (channels, frames) where it has some."""

    values: dict[str, Any]
    audio: Samples | None = None


class EffectPipe:
    """Sends and receives messages over two binary files; sending may be used from any thread."""

    def __init__(self, source: BinaryIO, out: BinaryIO) -> None:
        self._source, self._out = source, out
        self._lock = threading.Lock()

    def send(self, values: dict[str, Any], audio: Samples | None = None) -> None:
        """Send one message, perhaps with audio (channels, frames). Raises OSError where the other process has ended."""
        payload = b""
        if audio is not None:
            values = {**values, "channels": audio.shape[0]}
            payload = np.ascontiguousarray(audio, np.float32).tobytes()
        head = json.dumps(values, separators=(",", ":")).encode()
        with self._lock:
            self._out.write(_LENGTHS.pack(len(head), len(payload)) + head)
            self._out.write(payload)
            self._out.flush()

    def receive(self) -> EffectMessage | None:
        """Return the next message, None where the other process has ended. Blocks until there is one."""
        lengths = self._read(_LENGTHS.size)
        if lengths is None:
            return None
        head_bytes, audio_bytes = _LENGTHS.unpack(lengths)
        head, payload = self._read(head_bytes), self._read(audio_bytes)
        if head is None or payload is None:
            return None
        values = json.loads(head)
        if "channels" not in values:
            return EffectMessage(values)
        return EffectMessage(values, np.frombuffer(payload, np.float32).reshape(values["channels"], -1))

    def _read(self, count: int) -> bytes | None:
        """Return exactly `count` bytes, None where the other process has ended before."""
        try:
            content = self._source.read(count) if count else b""
        except (OSError, ValueError):
            return None
        return content if len(content) == count else None
