"""A reader under attack: the files it is tried on, how it is called, and what it may do."""

import importlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flowsep_plugin.errors import FlowsepError

from .mutators import mutate

Files = dict[str, bytes]
"""Content of files by their paths in the folder of a case, with slashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Whole files that the reader accepts, and the names of those that cases damage; none for all of them.

    repair : puts checksums right after damage, so that what is behind them is reached; left out in one case of four.
    """

    name: str
    files: Mapping[str, bytes]
    targets: tuple[str, ...] = ()
    repair: Callable[[Files], Files] | None = None

    def damaged(self, rng: random.Random, change: Callable[[str, bytes, random.Random], bytes] = mutate) -> Files:
        """Return the files with one target changed."""
        files = dict(self.files)
        target = rng.choice(self.targets or tuple(sorted(files)))
        files[target] = change(target, files[target], rng)
        return self.repair(files) if self.repair is not None and rng.random() < 0.75 else files


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """A reader, by name in the table.

    seeds : writes what it needs into a folder, and returns the seeds.     read : reads the files in a case's folder.
    errors : classes that the reader's documentation names.
    seconds : of a processor that one case may take.     wall_seconds : of the clock, as waits take no processor.
    megabytes : of memory that one case may ask for.
    writes : patterns of files that the reader may leave in the case's folder.     changes : of files it may change.
    weight : share of the cases.     before : called before each case, such as to start a process that stays.
    """

    name: str
    seeds: Callable[[Path], Sequence[Seed]]
    read: Callable[[Path], None]
    errors: tuple[type[BaseException], ...] = (FlowsepError,)
    seconds: float = 4.0
    wall_seconds: float = 60.0
    megabytes: int = 512
    writes: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    weight: int = 2
    before: Callable[[], object] = bool
    change: Callable[[str, bytes, random.Random], bytes] = field(default=mutate)


def case_files(harness: Harness, seeds: Sequence[Seed], seed: int, case: int) -> Files:
    """Return the files of a case: the same ones for the same reader, seed and number."""
    rng = random.Random(f"{harness.name} {seed} {case}")
    return rng.choice(seeds).damaged(rng, harness.change)


def load(where: str) -> Harness:
    """Return the harness that `MODULE:NAME` names: the one of that name in `HARNESSES` of the module."""
    module, _, name = where.partition(":")
    harnesses: tuple[Harness, ...] = importlib.import_module(module).HARNESSES
    return next(harness for harness in harnesses if harness.name == name)
