"""Copies of stems that stay: a DAW into which a file was dropped may play it from its place for years."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import probe
from flowsep_plugin.timeline.names import unique

from .export import ExportItem, ExportOptions, plan_export, run_export


def publish_copy(path: Path, folder: Path) -> Path:
    """Copy the stem at `path` to `folder` as a time-stamped Broadcast Wave file; returns the copy's path.

    On one disk the copy is a hard link, which takes no time or room; a later render replaces the stem, not the link.
    An identical copy is not written again. Raises MediaError where the stem is missing or the folder not writable.
    """
    info = probe(path)
    if path.parent.resolve() == folder.resolve() and info.bext is not None:
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = [other.name for other in folder.iterdir()]
    except OSError as error:
        raise MediaError(
            f"{folder}: cannot be used ({error.strerror}); choose another output folder", setting="out"
        ) from error
    if info.bext is None or info.container not in ("WAV", "RF64"):
        return _converted(path, folder)
    for name in names:
        if name.startswith(path.stem) and _same(path, folder / name):
            return folder / name
    target = folder / (unique(path.stem, [Path(name).stem for name in names]) + path.suffix)
    with suppress(OSError):
        os.link(path, target)
        return target
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copy2(path, part)
        os.replace(part, target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise MediaError(
            f"{target}: cannot be written ({error.strerror}); choose another output folder", setting="out"
        ) from error
    return target


def _converted(path: Path, folder: Path) -> Path:
    info = probe(path)
    fits = info.subtype in ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24")
    options = ExportOptions(folder, "wav24" if fits else "wav32f", "{clip}")
    return run_export(plan_export([ExportItem(path, path.stem, path.stem)], options), options).files[0]


def _same(one: Path, other: Path) -> bool:
    """Return whether both are one file, or have the same size and modification time."""
    with suppress(OSError):
        a, b = one.stat(), other.stat()
        return (a.st_ino, a.st_dev) == (b.st_ino, b.st_dev) or (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)
    return False
