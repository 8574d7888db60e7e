"""The mutators of a file, chosen by its suffix; bytes of every kind can be damaged, too."""

import random
from collections.abc import Callable

from .checksums import with_ogg_sums
from .chunked import mutate_chunks
from .json_tree import mutate_json, mutate_json_lines
from .lines import LINES
from .raw import RAW
from .sqlite_rows import mutate_rows
from .xml_tree import mutate_xml
from .zipped import mutate_zip

Mutator = Callable[[bytes, random.Random], bytes]


def _zip(data: bytes, rng: random.Random) -> bytes:
    return mutate_zip(data, rng, mutate)


def _ogg(data: bytes, rng: random.Random) -> bytes:
    return with_ogg_sums(rng.choice(RAW)(data, rng), rng)


_JSON: tuple[Mutator, ...] = (mutate_json,) * 14 + LINES
_XML: tuple[Mutator, ...] = (mutate_xml,) * 14 + LINES
_CHUNKS: tuple[Mutator, ...] = (mutate_chunks,) * 12 + RAW
_ZIP: tuple[Mutator, ...] = (_zip,) * 20 + RAW
_TEXT: tuple[Mutator, ...] = LINES * 3 + RAW[:4]
_OGG: tuple[Mutator, ...] = (_ogg,) * 8 + RAW

_BY_SUFFIX: dict[str, tuple[Mutator, ...]] = {
    **dict.fromkeys((".json", ".otio"), _JSON), ".jsonl": (mutate_json_lines,) * 14 + LINES,
    **dict.fromkeys((".ardour", ".xml", ".fcpxml", ".ixml", ".axml"), _XML),
    **dict.fromkeys((".dawproject", ".otioz", ".npz"), _ZIP),
    **dict.fromkeys((".wav", ".aif", ".aiff", ".caf", ".mid", ".rf64", ".w64"), _CHUNKS),
    **dict.fromkeys((".ogg", ".opus"), _OGG), ".db": (mutate_rows,) * 16 + RAW,
    **dict.fromkeys((".rpp", ".edl", ".csv", ".toml", ".txt", ".ini"), _TEXT),
}  # fmt: skip


def mutate(name: str, data: bytes, rng: random.Random) -> bytes:
    """Return `data`, of a file of that name, damaged once or a few times."""
    mutators = _BY_SUFFIX.get(name[name.rfind(".") :].lower(), RAW)
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3, 6))):
        data = rng.choice(mutators)(data, rng)
        if len(data) > 1 << 22:  # what only grows is cut: the readers' limits have cases of their own
            data = data[: 1 << 22]
    return data
