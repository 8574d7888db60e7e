"""What a model makes of mixtures alone, kept for the next query on the same clip.

Kept by the windows' content and as one stack, so that a kept one is bit for bit what computing it would give.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from flowsep_plugin.audio.types import Floats, Mel

_MOST_BYTES = 64 << 20


class KeptResults:
    """The most recently used results, at most `most_bytes` of them."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[bytes, Floats] = OrderedDict()

    def of(self, mel: Mel, encode: Callable[[Mel], Floats]) -> Floats:
        """What `encode` makes of `mel`: kept, or from a call. Not to be written to."""
        key = hashlib.blake2b(mel.tobytes(), digest_size=16, key=repr(mel.shape).encode()[:64]).digest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = encode(mel)
        made.setflags(write=False)
        self._kept[key] = made
        self._bytes += made.nbytes
        while self._bytes > self._most and self._kept:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return made
