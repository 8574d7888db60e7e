"""Wheels in environments of their own: what a user who installs one does first."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .variants import Variant

USAGE_ERROR = 2
"""Exit code of a program whose extra is not installed."""

WITHOUT_EXTRAS = {
    ("flowsep-panel",): "[gui]",
    ("flowsep", "panel"): "[gui]",
    ("python", "-m", "flowsep_ui"): "[gui]",
    ("flowsep-train", "--help"): "[train]",
    ("python", "-m", "flowsep_training", "--help"): "[train]",
    ("flowsep-export", "verify", "absent"): "[export]",
}
"""Command -> the extra that its one line must name."""


def try_wheel(wheel: Path, variant: Variant, python: Path, folder: Path) -> None:
    """Install `wheel` with its lock for `python` below `folder`, and separate the example clip with the built-in model.

    Raises CalledProcessError where a step fails, ValueError where a missing extra is not told in one line.
    """
    folder.mkdir()
    environment = folder / "env"
    _run([str(python), "-m", "venv", str(environment)], folder)
    binaries = environment / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [str(binaries / "python"), "-m", "pip", "--disable-pip-version-check"]
    install = [*pip, "install", "--quiet", "--no-deps"]
    _run([*install, "--require-hashes", "--only-binary", ":all:", "-r", str(variant.locks["run"])], folder)
    _run([*install, str(wheel)], folder)
    _run([*pip, "check"], folder)
    _separate(binaries, environment / "share" / "flowsep" / "examples" / "courtyard.flac", variant, folder)
    _without_extras(binaries, variant, folder)
    shutil.rmtree(folder)


def _separate(binaries: Path, clip: Path, variant: Variant, folder: Path) -> None:
    flowsep, stems, home = str(binaries / "flowsep"), str(folder / "stems"), folder
    printed = _run([flowsep, "--version"], folder, home=home)
    if printed.split() != ["flowsep", variant.version]:
        raise ValueError(f"{variant.name} {variant.version} says of itself: {printed}")
    _run([flowsep, "doctor"], folder, home=home)
    _run([flowsep, "separate", str(clip), "-q", "a dog barking", "--out", stems], folder, home=home)
    null_depth = str(variant.tree / "scripts" / "null_depth.py")
    depth = _run([str(binaries / "python"), null_depth, str(clip), stems], folder, home=home)
    print(depth, end="")
    if "exact" not in depth:
        raise ValueError("stems and rest do not sum to the clip")


def _without_extras(binaries: Path, variant: Variant, folder: Path) -> None:
    """Check that programs whose extra is not installed say so in one line, with the command that installs it."""
    for (program, *arguments), extra in WITHOUT_EXTRAS.items():
        command = [str(binaries / program), *arguments]
        run = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=_environment(folder), timeout=120)
        lines = run.stderr.strip().splitlines()
        if run.returncode != USAGE_ERROR or len(lines) != 1 or f"pip install '{variant.name}{extra}'" not in lines[0]:
            raise ValueError(
                f"{' '.join([program, *arguments])} ended with {run.returncode}: {run.stderr.strip()[-600:]}"
            )


def _run(command: Sequence[str], folder: Path, home: Path | None = None) -> str:
    """Run `command` in `folder` and return what it prints. With `home` nothing of this user's settings counts."""
    print("+", " ".join(Path(part).name if part.startswith("/") else part for part in command), flush=True)
    run = subprocess.run(command, cwd=folder, env=_environment(home), stdout=subprocess.PIPE, text=True)
    if run.returncode:
        print(run.stdout)
        run.check_returncode()
    return run.stdout


def _environment(home: Path | None) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    if home is None:
        return inherited
    # On systems with XDG folders and without.
    homes = {"HOME": home, "USERPROFILE": home, "XDG_DATA_HOME": home / "data", "FLOWSEP_WORKER_HOME": home / "worker"}
    return {**inherited, **{name: str(path) for name, path in homes.items()}}
