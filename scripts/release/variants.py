"""The two distributions of a commit: a source tree and locks for each."""

import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.lock.pins import Pin, read, write

from . import gpu

LOCKS = {"run": ("onnxruntime-gpu",), "panel": ("onnxruntime-gpu", "nvidia-")}
"""Locks that each distribution has, and what flowsep-plugin-gpu has in it in place of onnxruntime, by how names start.

A bill of materials is written for each; wheels are tried with `run`, for which CUDA's libraries would be gigabytes.
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """A distribution: its name and version, its source `tree`, and its `locks` by name."""

    name: str
    version: str
    tree: Path
    locks: dict[str, Path]


def variants(tree: Path) -> tuple[Variant, Variant]:
    """Return flowsep-plugin with its source `tree`, and flowsep-plugin-gpu with a tree and locks beside it."""
    other, locks = tree.with_name(f"{tree.name}-gpu"), tree.with_name("locks-gpu")
    shutil.copytree(tree, other)
    gpu.change(other)
    locks.mkdir()
    for name, starts in LOCKS.items():
        pins = exchanged(_pins(tree, name), [pin for pin in _pins(tree, "gpu") if pin.name.startswith(starts)])
        (locks / f"{name}.txt").write_text(write(f"locks/{name}.txt", pins), encoding="utf-8")
    return _variant(tree, tree / "locks"), _variant(other, locks)


def exchanged(pins: Iterable[Pin], cuda: Iterable[Pin]) -> list[Pin]:
    """Return `pins` with those of `cuda` in place of onnxruntime, by name; the CUDA build needs what the other does."""
    others = [replace(pin, sources=tuple(map(_renamed, pin.sources))) for pin in pins if pin.name != "onnxruntime"]
    return sorted([*others, *cuda], key=lambda pin: pin.name)


def _renamed(source: str) -> str:
    return "onnxruntime-gpu" if source == "onnxruntime" else source


def _pins(tree: Path, name: str) -> tuple[Pin, ...]:
    return read((tree / "locks" / f"{name}.txt").read_text(encoding="utf-8"))


def _variant(tree: Path, locks: Path) -> Variant:
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Variant(project["name"], project["version"], tree, {name: locks / f"{name}.txt" for name in LOCKS})
