"""Every Python on this machine that flowsep runs on."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

OLDEST = (3, 11)
_PROBE = """
import platform, sys, sysconfig, venv, ensurepip
usual = platform.python_implementation() == "CPython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
print("%d.%d.%d" % sys.version_info[:3] if usual and sys.version_info.releaselevel == "final" else "")
"""


def pythons(candidates: Iterable[Path] | None = None) -> dict[str, Path]:
    """Return one interpreter for each version from OLDEST on, by version, that can make virtual environments.

    Pre-releases and builds without the global lock are left out.

    candidates : where to look; None: PATH, pyenv's versions and Homebrew.
    """
    usable: dict[str, Path] = {}
    for path in candidates if candidates is not None else on_this_machine():
        if version := _version(path):
            usable.setdefault(version, path)
    return dict(sorted(usable.items(), key=lambda item: tuple(map(int, item[0].split(".")))))


def on_this_machine() -> Iterator[Path]:
    """Yield programs that may be a Python of OLDEST or later, this one first."""
    yield Path(sys.executable)
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    folders += [Path("/usr/bin"), Path("/usr/local/bin"), Path("/opt/homebrew/bin")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [folder for folder in folders if folder != pyenv / "shims"]  # they start another one than their name says
    folders += sorted((pyenv / "versions").glob("*/bin"))
    names = ["python3", *(f"python3.{minor}" for minor in range(OLDEST[1], OLDEST[1] + 9)), "python.exe"]
    for folder in folders:
        yield from (folder / name for name in names if (folder / name).is_file())


def _version(path: Path) -> str:
    """Return the version of the interpreter `path`; empty where flowsep cannot be tried with it."""
    try:
        run = subprocess.run([str(path), "-I", "-c", _PROBE], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    version = run.stdout.strip()
    return version if version and tuple(map(int, version.split(".")[:2])) >= OLDEST else ""
