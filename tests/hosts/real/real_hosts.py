"""Real programs in tests: each has its own home folder and screen, is ended by its process id, and has bounded tries.

A missing program skips its tests with a reason that names what to install; `scripts/hosts.sh` installs all.
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TRIES = 3
TOOL_SECONDS = 90
LOG = logging.getLogger("real hosts")


class HostCrash(AssertionError):
    """The program of a test crashed; the test is repeated, with at most `TRIES` runs in all."""


@contextmanager
def host_crashes(process: subprocess.Popen[bytes], name: str) -> Iterator[None]:
    """Turn an exception into a HostCrash where the program has crashed, except by SIGKILL or SIGTERM."""
    try:
        yield
    except Exception as error:
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
        if process.returncode not in (None, -signal.SIGKILL, -signal.SIGTERM):
            raise HostCrash(f"{name} ended with {process.returncode}: {error}") from error
        raise


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(
        bool(missing),
        reason=f"REAL HOST NOT TESTED: {', '.join(missing)} is not installed; run scripts/hosts.sh as root",
    )


def wait_for(condition: Callable[[], object], seconds: float, name: str) -> object:
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"{name} did not come within {seconds} s"
        time.sleep(0.05)
    return value


@dataclass
class HomeDirectory:
    """A home folder and the programs that run in it; closing it ends all that it started."""

    folder: Path
    display: str | None = None
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        variables = {
            key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "FLOWSEP_", "DISPLAY"))
        }
        variables |= {
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
            "FLOWSEP_WORKER_HOME": str(self.worker),
        }
        variables |= {"TMPDIR": str(self.temporary)}
        return variables | ({"DISPLAY": self.display} if self.display else {})

    @property
    def temporary(self) -> Path:
        """Return the folder for temporary files of this home's programs."""
        folder = self.folder / "temporary"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def worker(self) -> Path:
        return self.folder / "worker"

    def start(self, *command: object, **options: object) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{Path(str(command[0])).name}.log").open("ab")
        with log:
            process = subprocess.Popen(
                [str(word) for word in command], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **options,
            )  # type: ignore[call-overload]  # fmt: skip
        self._running.append(process)
        return process

    def log(self, program: str) -> str:
        with suppress(OSError):
            return (self.folder / f"{program}.log").read_text(errors="replace")[-2000:]
        return ""

    def run(
        self, *command: object, seconds: float = TOOL_SECONDS, tries: int = TRIES,
        is_done: Callable[[str], bool] = lambda _: False,
    ) -> str:  # fmt: skip
        """Run a tool of a host and return its output. A failure is logged and repeated.

        is_done : whether a run with that output did its work although it failed, for tools that crash when they end.
        """
        output = ""
        for attempt in range(1, tries + 1):
            try:
                done = subprocess.run(
                    [str(word) for word in command], env=self.environment, stdin=subprocess.DEVNULL,
                    capture_output=True, text=True, errors="replace", timeout=seconds, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                LOG.warning("%s: still runs after %s s, try %s of %s", command[0], seconds, attempt, tries)
                continue
            if done.returncode == 0 or is_done(done.stdout):
                return done.stdout
            output = f"{done.stdout[-1000:]}\n{done.stderr[-1000:]}"
            LOG.warning("%s: exit %s, try %s of %s: %s", command[0], done.returncode, attempt, tries, output[-200:])
        raise AssertionError(f"{command[0]} failed {tries} times: {output}")

    def flowsep(self, *words: object, seconds: float = 240) -> subprocess.CompletedProcess[str]:
        """Run the installed `flowsep` command, as a user does."""
        return subprocess.run(
            [str(flowsep_command()), *map(str, words)], env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip

    def close(self) -> None:
        for process in reversed(self._running):
            end(process)
        with suppress(OSError, ValueError, KeyError):
            pid = int(json.loads((self.worker / "address.json").read_text())["pid"])
            os.kill(pid, signal.SIGTERM)


def flowsep_command() -> Path:
    return Path(sys.executable).with_name("flowsep")


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
    """End a program that was started here, and the programs in its process group; no other one.

    The group gets its last signal before the program is waited for, so that no other process can have its number.
    """
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        until = time.monotonic() + 5
        while not _has_ended(process.pid) and time.monotonic() < until:
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


@contextmanager
def screen(directory: HomeDirectory) -> Iterator[None]:
    """Run an X server and a window manager for the programs of this home."""
    read_end, write_end = os.pipe()
    try:
        server = directory.start(
            "Xvfb", "-displayfd", write_end, "-screen", "0", "1280x800x24", "-nolisten", "tcp", pass_fds=[write_end]
        )
    finally:
        os.close(write_end)
    with os.fdopen(read_end) as pipe:
        number = pipe.readline().strip()
    assert number, f"Xvfb did not start: {directory.log('Xvfb')}"
    directory.display = f":{number}"
    manager = directory.start("openbox")
    try:
        yield
    finally:
        end(manager)
        end(server)
        directory.display = None


def titles(directory: HomeDirectory) -> list[str]:
    """Return the titles of the visible windows."""
    tool: Sequence[str] = ("xdotool", "search", "--onlyvisible", "--name", ".+", "getwindowname", "%@")
    done = subprocess.run(tool, env=directory.environment, capture_output=True, text=True, timeout=20, check=False)
    return [line for line in done.stdout.splitlines() if line.strip()]


def type_and_confirm(directory: HomeDirectory, title: str, text: str) -> None:
    """Type into the dialog of that title and click the button at its lower right, with xdotool."""
    time.sleep(1)  # a new dialog moves first, then takes the keyboard
    window = _xdotool(directory, "search", "--onlyvisible", "--name", f"^{title}$").split()[-1]
    _xdotool(directory, "type", "--delay", "20", text)
    size = dict(line.split("=") for line in _xdotool(directory, "getwindowgeometry", "--shell", window).split())
    corner = int(size["WIDTH"]) - 60, int(size["HEIGHT"]) - 30
    _xdotool(directory, "mousemove", "--sync", "--window", window, *map(str, corner))
    _xdotool(directory, "click", "1")


def _xdotool(directory: HomeDirectory, *words: str) -> str:
    tool = ("xdotool", *words)
    return subprocess.run(
        tool, env=directory.environment, capture_output=True, text=True, timeout=30, check=True
    ).stdout
