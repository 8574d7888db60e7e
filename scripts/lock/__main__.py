"""Refresh the locks and print what changed.

    python -m scripts.lock [--upgrade NAME|all]... [--torch-index URL]

Versions stay where they are while they satisfy pyproject.toml. Needs uv: `make lock` brings it.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.release.gpu import link

from . import builds
from .changes import changes
from .pins import Pin, read, write
from .resolve import resolve
from .table import CUDA, GPU, LOCKS, PARTS, TOOLS, TORCH, TORCH_CPU, WHOLE, Lock, home

ROOT = Path(__file__).parents[2]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.lock", description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="append", default=[], metavar="NAME", help="take the newest; or: all")
    parser.add_argument("--torch-index", metavar="URL", help="lock the CPU builds of torch that this index lists")
    return parser


def pinned(*locks: Lock) -> tuple[Pin, ...]:
    """Return the pins that are in `locks` now, none for a lock that is not written yet."""
    paths = [ROOT / lock.path for lock in locks]
    return tuple(pin for path in paths if path.exists() for pin in read(path.read_text(encoding="utf-8")))


def without_cuda(torch: Pin, wheels: dict[str, str]) -> Pin:
    """Return the pin of the same release of torch built without CUDA, with the hashes of `wheels`."""
    version = f"{torch.version}+cpu"
    hashes = tuple(sorted(builds.of_version(wheels, version).values()))
    return replace(torch, version=version, hashes=hashes)


def resolved(upgrade: list[str], wheels: dict[str, str]) -> Iterator[tuple[Lock, Iterable[Pin]]]:
    """Yield each lock with its new pins. Raises CalledProcessError where there is no solution."""
    whole = resolve(WHOLE, root=ROOT, preferred=pinned(WHOLE, TORCH, CUDA), upgrade=upgrade)
    for lock in (WHOLE, TORCH, CUDA):
        yield lock, [pin for pin in whole if home(pin.name) is lock]
    yield TORCH_CPU, [without_cuda(pin, wheels) for pin in whole if home(pin.name) is TORCH]
    for lock in PARTS:
        yield lock, resolve(lock, root=ROOT, preferred=pinned(lock), fixed=whole, upgrade=upgrade)
    yield GPU, gpu(whole, upgrade)
    yield TOOLS, resolve(TOOLS, root=ROOT, preferred=pinned(TOOLS), upgrade=upgrade)


def gpu(whole: tuple[Pin, ...], upgrade: list[str]) -> list[Pin]:
    """Return what `flowsep-plugin-gpu[cuda]` has besides pins of `whole` that are not CUDA's."""
    with TemporaryDirectory() as folder:
        link(ROOT, Path(folder))
        pins = resolve(GPU, root=Path(folder), preferred=pinned(GPU), fixed=whole, upgrade=upgrade)
    return [pin for pin in pins if home(pin.name) is not WHOLE]


def torch_builds(index: str | None) -> dict[str, str]:
    """Return the hashes of torch's other builds, after adding what `index` lists. Raises OSError."""
    path = ROOT / builds.PATH
    text = path.read_text(encoding="utf-8")
    wheels = builds.read(text)
    if index:
        versions = {pin.version for pin in pinned(TORCH)}
        listed = builds.fetch(index)
        for version in versions:
            wheels |= builds.of_version(listed, f"{version}+cpu")
        path.write_text(builds.write(text, wheels), encoding="utf-8")
    return wheels


def main() -> int:
    """Write the locks and print the changes; return the exit code."""
    options = parser().parse_args()
    new = list(resolved(options.upgrade, torch_builds(options.torch_index)))
    for lock, pins in new:
        lines = list(changes(pinned(lock), pins))
        (ROOT / lock.path).write_text(write(lock.path, pins), encoding="utf-8")
        print("\n".join([f"{lock.path}: {len(lines)} changes" if lines else f"{lock.path}: as before", *lines]))
    assert {lock for lock, _ in new} == set(LOCKS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
