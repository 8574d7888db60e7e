"""Use an installed or frozen flowsep as people do, on any system: separate, null, and open the panel without a screen.

    python packaging/smoke.py [--panel PROGRAM] -- FLOWSEP …

Needs NumPy and soundfile. Everything happens in a temporary home; a step that fails ends it with a sentence.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[1]
CLIP = ROOT / "examples" / "clips" / "courtyard.flac"
_START_SECONDS = 180
_STAYS_SECONDS = 5


def main(arguments: list[str] | None = None) -> int:
    """Run all steps; returns 1 where one fails."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # Windows: not every sign is in its code page
    options = parse(arguments)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        try:
            check_commands(options.command, home)
            check_null(options.command, home)
            if options.panel:
                check_panel([options.panel], home)
        except (AssertionError, subprocess.SubprocessError, OSError) as error:
            sys.stderr.write(f"FAILED: {error}\n")
            return 1
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="packaging/smoke.py", description=__doc__.splitlines()[0])
    parser.add_argument("--panel", metavar="PROGRAM", help="program of the panel")
    parser.add_argument("command", nargs="+", metavar="FLOWSEP", help="program of the command line, with arguments")
    return parser.parse_args(arguments)


def environment(home: Path) -> dict[str, str]:
    """Return the variables of a program that runs in `home`, without a screen."""
    return os.environ | {"FLOWSEP_WORKER_HOME": str(home / "worker"), "QT_QPA_PLATFORM": "offscreen"}


def run(command: list[str], *words: str, home: Path) -> str:
    """Return what `command` prints. Raises AssertionError where it fails, with what it says."""
    result = subprocess.run(
        [*command, *words], env=environment(home), capture_output=True, encoding="utf-8", errors="replace",
        timeout=600, check=False,
    )  # fmt: skip
    sys.stdout.write(f"$ flowsep {' '.join(words)}\n{result.stdout}")
    assert result.returncode == 0, f"{words[0]} ended with {result.returncode}: {result.stdout}{result.stderr}"
    return result.stdout


def check_commands(command: list[str], home: Path) -> None:
    """Check that the program names its version and finds nothing broken."""
    assert run(command, "--version", home=home).startswith("flowsep "), "it does not name its version"
    assert "ready" in run(command, "doctor", home=home), "its doctor is not content"


def check_null(command: list[str], home: Path) -> None:
    """Check that stem and rest of the example sum to it, to the last bit."""
    out = home / "out"
    run(command, "separate", str(CLIP), "-q", "a dog barking", "--out", str(out), home=home)
    clip, _ = soundfile.read(CLIP)
    parts = [soundfile.read(path)[0] for path in sorted(out.glob("*.wav"))]
    assert len(parts) == 2, f"{len(parts)} files instead of a stem and a rest"
    assert np.array_equal(sum(parts), clip), "stem and rest do not sum to the clip"


def check_panel(program: list[str], home: Path) -> None:
    """Check that the panel starts, starts a worker, and stays."""
    panel = subprocess.Popen(program, env=environment(home), stdin=subprocess.DEVNULL)
    worker = None
    try:
        until_s = time.monotonic() + _START_SECONDS
        while (worker := _worker(home)) is None:
            assert panel.poll() is None, f"the panel ended with {panel.returncode}"
            assert time.monotonic() < until_s, "the panel starts no worker"
            time.sleep(0.2)
        time.sleep(_STAYS_SECONDS)
        assert panel.poll() is None, f"the panel ended with {panel.returncode}"
        sys.stdout.write("The panel is open, and its worker listens.\n")
    finally:
        panel.kill()
        panel.wait()
        if worker is not None:
            os.kill(worker, signal.SIGTERM)


def _worker(home: Path) -> int | None:
    """Return the process id of the worker once it listens."""
    try:
        return int(json.loads((home / "worker" / "address.json").read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError):
        return None


if __name__ == "__main__":
    sys.exit(main())
