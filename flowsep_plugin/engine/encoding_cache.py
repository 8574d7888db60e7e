"""Cache of what a model computes from mixtures alone, so that a further query on the same clip does not compute it.

Keyed by the windows' content; a stack of windows is one entry, so that a hit is bit for bit what computing it gives.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from flowsep_plugin.audio.types import Floats, Mel

_MOST_BYTES = 64 << 20

Encoding = TypeVar("Encoding", Floats, tuple[Floats, ...])


class EncodingCache:
    """Arrays, or tuples of arrays, by the log-mels they were computed from; the least recently used go first.

    most_bytes : room for all arrays together.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._entries: OrderedDict[bytes, Floats | tuple[Floats, ...]] = OrderedDict()

    def get_or_compute(self, mel: Mel, encode: Callable[[Mel], Encoding]) -> Encoding:
        """Return the cached encoding of `mel` (windows, …, frames, bands), computing and storing it on a miss.

        The arrays of an encoding are read-only.
        """
        key = hashlib.blake2b(mel.tobytes(), digest_size=16, key=repr(mel.shape).encode()[:64]).digest()
        if key in self._entries:
            self._entries.move_to_end(key)
            return self._entries[key]  # type: ignore[return-value]
        encoding = encode(mel)
        for array in _arrays(encoding):
            array.setflags(write=False)
        self._entries[key] = encoding
        self._bytes += _size(encoding)
        while self._bytes > self._most and self._entries:
            self._bytes -= _size(self._entries.popitem(last=False)[1])
        return encoding

    def clear(self) -> None:
        """Remove all encodings, to free their memory."""
        self._entries.clear()
        self._bytes = 0


def _arrays(encoding: Floats | tuple[Floats, ...]) -> tuple[Floats, ...]:
    return encoding if isinstance(encoding, tuple) else (encoding,)


def _size(encoding: Floats | tuple[Floats, ...]) -> int:
    return sum(array.nbytes for array in _arrays(encoding))
