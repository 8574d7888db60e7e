"""Messages between a program and a child process: a JSON object behind its length, at most so long."""

import json
import struct
from typing import Any, BinaryIO, Final

MOST_BYTES: Final = 64 << 20
"""Longest message, so that a process that misbehaves cannot fill the memory of the other."""

_LENGTH: Final = struct.Struct("<I")


class JsonPipe:
    """Sends and receives JSON objects over two binary files; one thread sends and one receives at a time."""

    def __init__(self, source: BinaryIO, out: BinaryIO) -> None:
        self._source, self._out = source, out

    def send(self, **message: Any) -> None:
        """Send a message.

        Raises OSError where the other process has ended, ValueError for over `MOST_BYTES` bytes or a number of
        thousands of digits; nothing is sent then.
        """
        content = json.dumps(message, separators=(",", ":")).encode()
        if len(content) > MOST_BYTES:
            raise ValueError(f"holds more than {MOST_BYTES >> 20} MB")
        self._out.write(_LENGTH.pack(len(content)) + content)
        self._out.flush()

    def receive(self) -> dict[str, Any] | None:
        """Return the next message; None where the other process has ended. Blocks until there is one.

        Raises ValueError for what no `send` writes.
        """
        head = self._read(_LENGTH.size)
        if head is None:
            return None
        (length,) = _LENGTH.unpack(head)
        if length > MOST_BYTES:
            raise ValueError(f"a message of {length} bytes arrived")
        content = self._read(length)
        if content is None:
            return None
        message = json.loads(content)
        if not isinstance(message, dict):
            raise ValueError("the message is a list or a plain value, not an object")
        return message

    def close(self) -> None:
        """Close both files; errors of a process that has ended are of no interest."""
        for file in (self._out, self._source):
            try:
                file.close()
            except OSError:
                pass

    def _read(self, count: int) -> bytes | None:
        """Return exactly `count` bytes, None where the other process has ended before."""
        try:
            content = self._source.read(count)
        except (OSError, ValueError):
            return None
        return content if len(content) == count else None
