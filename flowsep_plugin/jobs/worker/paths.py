"""Folders in which jobs may read and write: the user's own, never the worker's."""

import os
import stat
import string
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.spec import JobSpec


@dataclass(frozen=True, slots=True)
class PathRules:
    """Jobs may read and write below `roots`, but not below `private`; all paths are without links."""

    roots: tuple[Path, ...]
    private: tuple[Path, ...]

    def allow(self, spec: JobSpec) -> JobSpec:
        """Return `spec` with its paths resolved: no links, no "..".

        Raises UsageError for a path outside the roots, and an `out` that is or leads through anything but folders.
        """
        out = self.resolve("out", spec.files.out)
        _check_folder(spec.files.out, out)
        return replace(spec, input=self.resolve("input", spec.input), files=replace(spec.files, out=out))

    def resolve(self, name: str, path: Path) -> Path:
        """Return `path` without links and "..". Raises UsageError, with `name`, where jobs may not read and write."""
        setting = "out" if name == "out" else None
        if not path.is_absolute():
            raise UsageError(
                f"{name}: {path} is not an absolute path; give the whole path, the worker has no current folder"
            )
        try:
            target = path.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(f"{name}: {path} cannot be resolved ({error}); check its links") from error
        if any(target.is_relative_to(place) for place in self.private):
            raise UsageError(f"{name}: {path} is in the worker's own folder; choose another folder", setting=setting)
        if not any(target.is_relative_to(root) for root in self.roots):
            raise UsageError(
                f"{name}: {path} is outside the folders that jobs may use ({', '.join(map(str, self.roots))}); "
                "add its folder to worker.roots in settings.toml",
                setting=setting,
            )
        return target


def path_rules(directory: Path, more: Sequence[Path] = ()) -> PathRules:
    """Return rules that allow the user's home, temporary files, mounted disks and `more`, not the worker's folder."""
    roots = [Path.home(), Path(tempfile.gettempdir()), *_disks(), *more]
    real = dict.fromkeys(root.resolve() for root in roots if root.exists())
    return PathRules(tuple(real), (directory.resolve(),))


def _check_folder(path: Path, target: Path) -> None:
    """Raise UsageError where folders cannot be created at `target`, because something there is none."""
    for place in (target, *target.parents):
        try:
            mode = place.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            reason = f"cannot be used ({error.strerror})"
        else:
            if stat.S_ISDIR(mode):
                return
            reason = f"cannot be a folder, because {place} is a file, a pipe or a device"
        raise UsageError(f"out: {path} {reason}; choose another folder", setting="out")


def _disks() -> list[Path]:
    if sys.platform == "win32":
        system = Path(os.environ.get("SYSTEMROOT", "C:\\Windows")).drive.upper()
        return [Path(f"{letter}:\\") for letter in string.ascii_uppercase if f"{letter}:" != system]
    return [Path("/Volumes")] if sys.platform == "darwin" else [Path("/media"), Path("/run/media"), Path("/mnt")]
