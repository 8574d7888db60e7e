"""Read and write a lock: a requirements file for `pip install --require-hashes`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HEAD = """\
# Written by `make lock`; do not edit. Install with:  pip install --require-hashes --no-deps -r {path}
"""
_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One distribution: its version, where it applies, SHA-256 of its files, and who asks for it."""

    name: str
    version: str
    marker: str = ""
    hashes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return its lines in a lock."""
        head = f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")
        hashes = " \\\n".join([head, *(f"    --hash=sha256:{value}" for value in self.hashes)])
        return "\n".join([hashes, *(f"    # via {source}" for source in self.sources)]) + "\n"


def read(text: str) -> tuple[Pin, ...]:
    """Return the pins of a lock. Raises ValueError for a line that is none of a pin, a hash or a comment."""
    return tuple(_pin(block) for block in _blocks(text))


def write(path: str, pins: Iterable[Pin]) -> str:
    """Return the text of the lock `path`, which is named in its first line."""
    return HEAD.format(path=path) + "".join(str(pin) for pin in pins)


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            if block:
                yield block
            block = []
        block.append(line)
    if block:
        yield block


def _pin(block: list[str]) -> Pin:
    head, *rest = block
    match = _PIN.match(head)
    if match is None:
        raise ValueError(f"not a pinned distribution: {head!r}")
    hashes, sources = [], []
    for line in (line.strip().removesuffix("\\").strip() for line in rest):
        if hash_ := _HASH.fullmatch(line):
            hashes.append(hash_[1])
        elif line.startswith("#"):
            sources += [source] if (source := line.lstrip("# ").removeprefix("via").strip()) else []
        else:
            raise ValueError(f"not a hash of {match['name']}: {line!r}")
    return Pin(
        name=match["name"],
        version=match["version"],
        marker=match["marker"] or "",
        hashes=tuple(hashes),
        sources=tuple(sources),
    )
