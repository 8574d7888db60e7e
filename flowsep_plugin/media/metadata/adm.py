"""Audio Definition Model chunks: what the channels of a file are (beds, objects), and where they are heard.

Sources: ITU-R BS.2076 (`axml`, `chna`), BS.2088 (`bxml`, `sxml`), Dolby's `dbmd` of Atmos masters.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

ADM_CHUNKS: Final = (b"chna", b"axml", b"bxml", b"sxml", b"dbmd")

RawChunk = tuple[bytes, bytes]
"""Id and body of a chunk."""

_TIMED: Final = re.compile(rb"<(?:[\w.-]+:)?(?:audioProgramme|audioObject|audioBlockFormat)\s[^<>]*>")
_TIMES: Final = re.compile(rb"""\s(?:start|end|duration|rtime|lstart|lduration)\s*=\s*(?:"[^"]*"|'[^']*')""")
_CHANNEL: Final = re.compile(rb"<(?:[\w.-]+:)?audioChannelFormat\s")
_BLOCK: Final = re.compile(rb"<(?:[\w.-]+:)?audioBlockFormat\s")


def is_static(chunks: Iterable[RawChunk]) -> bool:
    """Whether the metadata holds for all of the file: no channel moves, and nothing is compressed or serial."""
    bodies = dict(chunks)
    xml = bodies.get(b"axml", b"")
    if b"bxml" in bodies or b"sxml" in bodies or b"\0" in xml.rstrip(b"\0"):
        return False
    return all(len(_BLOCK.findall(channel)) <= 1 for channel in _CHANNEL.split(xml))


def of_part(chunks: Sequence[RawChunk]) -> tuple[RawChunk, ...]:
    """Return static chunks as those of a part of their file: without times, which count from the file's start."""
    return tuple((name, _without_times(body) if name == b"axml" else body) for name, body in chunks)


def _without_times(xml: bytes) -> bytes:
    """Remove the times of programmes, objects and blocks; all are optional, and mean "from start to end" then."""
    return _TIMED.sub(lambda tag: _TIMES.sub(b"", tag[0]), xml)
