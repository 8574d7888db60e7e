"""What a model makes of mixtures alone, kept for the next query on the same clip.

Kept by the windows' content and as one stack, so that a kept one is bit for bit what computing it would give.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from flowsep_plugin.audio.types import Floats, Mel

_MOST_BYTES = 64 << 20


class EncodingCache:
    """The most recently used results, at most `most_bytes` of them."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[bytes, tuple[Floats, ...]] = OrderedDict()

    def of(self, mel: Mel, encode: Callable[[Mel], Floats]) -> Floats:
        """Return the cached encoding of `mel`, computing it on a miss. Not to be written to."""
        return self.of_many(mel, lambda: (encode(mel),))[0]

    def of_many(self, mel: Mel, compute: Callable[[], tuple[Floats, ...]]) -> tuple[Floats, ...]:
        """Return the cached arrays for `mel`, calling `compute` on a miss. Not to be written to."""
        key = hashlib.blake2b(mel.tobytes(), digest_size=16, key=repr(mel.shape).encode()[:64]).digest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        arrays = compute()
        for array in arrays:
            array.setflags(write=False)
        self._kept[key] = arrays
        self._bytes += _bytes(arrays)
        while self._bytes > self._most and self._kept:
            self._bytes -= _bytes(self._kept.popitem(last=False)[1])
        return arrays

    def clear(self) -> None:
        """Remove all results."""
        self._kept.clear()
        self._bytes = 0


def _bytes(arrays: tuple[Floats, ...]) -> int:
    return sum(array.nbytes for array in arrays)
