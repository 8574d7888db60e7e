"""Resolve a lock with uv, for all systems at once."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from .pins import Pin, read
from .systems import SYSTEMS, applies
from .table import Lock


def resolve(
    lock: Lock, *, root: Path, preferred: Iterable[Pin], fixed: Iterable[Pin] = (), upgrade: Sequence[str] = ()
) -> tuple[Pin, ...]:
    """Return the pins of `lock` that any of SYSTEMS installs, with the hashes that the index lists now.

    Versions of `preferred` stay while they satisfy the requirements, unless `upgrade` names them ("all": every one);
    those of `fixed` stay in any case. Raises CalledProcessError where uv finds no solution.
    """
    with TemporaryDirectory() as folder:
        output, constraints = Path(folder, "lock.txt"), Path(folder, "fixed.txt")
        # Without hashes: uv would take them over, and never see files that were added to a release.
        output.write_text(_bare(preferred), encoding="utf-8")
        constraints.write_text(_bare(fixed), encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        command += ["--fork-strategy", "fewest", "--no-header", "--python-version", "3.11"]
        command += ["--output-file", str(output), "--constraint", str(constraints), *_scope(lock), *_upgrades(upgrade)]
        subprocess.run(command, check=True, cwd=root, stdout=subprocess.DEVNULL)
        pins = read(output.read_text(encoding="utf-8"))
    return tuple(_named(pin) for pin in pins if any(applies(pin.marker, system) for system in SYSTEMS))


def _named(pin: Pin) -> Pin:
    """Return `pin` without the constraints file among those who ask for it: its path differs each time."""
    return replace(pin, sources=tuple(source for source in pin.sources if not source.startswith("-c ")))


def _bare(pins: Iterable[Pin]) -> str:
    return "".join(str(replace(pin, hashes=(), sources=())) for pin in pins)


def _scope(lock: Lock) -> list[str]:
    extras = [part for extra in lock.extras for part in ("--extra", extra)]
    groups = [part for group in lock.groups for part in ("--group", group)]
    return ["pyproject.toml"] * lock.project + extras + groups


def _upgrades(names: Sequence[str]) -> list[str]:
    if "all" in names:
        return ["--upgrade"]
    return [part for name in names for part in ("--upgrade-package", name)]
