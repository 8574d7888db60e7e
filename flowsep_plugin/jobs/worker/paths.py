"""Where jobs may read and write: inside the user's own places, never in the worker's folder."""

import os
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
    """`roots` may be read and written, `private` may not."""

    roots: tuple[Path, ...]
    private: tuple[Path, ...]

    def allow(self, spec: JobSpec) -> JobSpec:
        """`spec` with its paths made real: no links, no "..". Raises UsageError for one outside the roots."""
        return replace(
            spec,
            input=self.real("input", spec.input),
            files=replace(spec.files, out=self.real("out", spec.files.out)),
        )

    def real(self, name: str, path: Path) -> Path:
        """The place `path` leads to. Raises UsageError where a job may not go there."""
        if not path.is_absolute():
            raise UsageError(f"{name}: {path} is no absolute path; the worker has no folder of its own to start from")
        try:
            there = path.resolve()
        except (OSError, RuntimeError) as error:
            raise UsageError(f"{name}: {path} leads nowhere ({error}); check the links in it") from error
        if any(there.is_relative_to(place) for place in self.private):
            raise UsageError(f"{name}: {path} lies in the worker's own folder; choose another")
        if not any(there.is_relative_to(root) for root in self.roots):
            raise UsageError(
                f"{name}: {path} lies outside of where jobs may read and write "
                f"({', '.join(map(str, self.roots))}); add its folder to worker.roots in settings.toml"
            )
        return there


def path_rules(directory: Path, more: Sequence[Path] = ()) -> PathRules:
    """The user's home, temporary files, mounted disks, and `more`; not `home`, the worker's folder."""
    roots = [Path.home(), Path(tempfile.gettempdir()), *_disks(), *more]
    real = dict.fromkeys(root.resolve() for root in roots if root.exists())
    return PathRules(tuple(real), (directory.resolve(),))


def _disks() -> list[Path]:
    if sys.platform == "win32":
        system = Path(os.environ.get("SYSTEMROOT", "C:\\Windows")).drive.upper()
        return [Path(f"{letter}:\\") for letter in string.ascii_uppercase if f"{letter}:" != system]
    return [Path("/Volumes")] if sys.platform == "darwin" else [Path("/media"), Path("/run/media"), Path("/mnt")]
