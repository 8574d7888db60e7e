"""Runs the blocks of a page in one folder, in their order, as its reader would."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.errors import FlowsepError

from .blocks import ROOT, Block
from .files import make_files
from .marks import fate

SECONDS = 60
UNTIL_SECONDS = 60
_PROGRAM = re.compile(
    r"(?<![\w./-])[\w./~-]+/(flowsep|flowsep-export|flowsep-train|python3?|pip|pyinstaller|pytest)(?=\s|$)"
)
"""A program by its path in an environment that the page made: the tests take the one on their PATH."""

_STOPPED = {0, 4, 130, -2}


@dataclass
class Outcome:
    """How a block ended: what is wrong, empty where nothing is, and its output."""

    problem: str = ""
    output: str = ""


@dataclass
class Page:
    """The folder and the names in which the blocks of one page run."""

    folder: Path
    environment: Mapping[str, str]
    names: dict[str, Any] = field(default_factory=dict)

    def run(self, block: Block) -> str:
        """Run or parse a block, as it is marked. Returns what is wrong, empty where nothing is."""
        if fate(block) == "not run":
            return ""
        start = time.time()
        if fate(block) == "run":
            try:
                make_files(block.text, self.folder, Path(self.environment["HOME"]))
            except FlowsepError as error:
                return f"names a file that cannot be made: {error}"
        if block.language == "python":
            outcome = self._python(block)
        elif block.language == "console":
            outcome = self._console(block)
        else:
            outcome = self._shell(block, block.text)
        return outcome.problem or self._missing(block, start)

    def _python(self, block: Block) -> Outcome:
        try:
            code = compile(block.text, str(ROOT / block.page), "exec")
            if fate(block) == "run":
                with _user(self.folder, self._environment_of(block)):
                    exec(code, self.names)
        except Exception as error:
            return Outcome(f"{type(error).__name__}: {error}")
        return Outcome()

    def _console(self, block: Block) -> Outcome:
        """Run the lines after `$`; the lines below each have to be in its output, `…` standing for anything."""
        for command, expected in _console_commands(block.text):
            outcome = self._shell(block, command)
            if outcome.problem:
                return outcome
            if not all(_is_in(line, outcome.output) for line in expected):
                return Outcome(f"{command} prints something else:\n{outcome.output}")
        return Outcome()

    def _shell(self, block: Block, text: str) -> Outcome:
        until, log, start = block.mark("run until"), self.folder / ".log", time.time()
        line = ["/bin/bash", "-euo", "pipefail", "-c", _PROGRAM.sub(r"\1", text)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                line, cwd=self.folder, env=self._environment_of(block), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_heed_ctrl_c,
            )  # fmt: skip
        try:
            code = (
                process.wait(SECONDS)
                if until is None
                else _stopped(process, lambda: self._is_there(block, until, start))
            )
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        printed = log.read_text(errors="replace")
        right = code in _STOPPED if until is not None else code == 0
        return Outcome("" if right else f"ends with {code}:\n{printed}", printed)

    def _environment_of(self, block: Block) -> dict[str, str]:
        parsed = {"COMMANDS_PARSED": "1", "PATH": f"{self.environment['PARSED_PATH']}"}
        model = block.mark("model")
        return {
            **self.environment,
            **({"FLOWSEP_MODEL": model} if model else {}),
            **(parsed if fate(block) == "parsed" else {}),
        }

    def _is_there(self, block: Block, text: str, start: float) -> bool:
        printed = (self.folder / ".log").read_text(errors="replace")
        return text in printed and not self._missing(block, start)

    def _missing(self, block: Block, start: float) -> str:
        """Return which of the files that the block's mark promises were not written since `start`."""
        patterns = [text.strip() for text in (block.mark("writes") or "").split(",") if text.strip()]
        home = Path(self.environment["HOME"])
        missing = [pattern for pattern in patterns if not _is_new(pattern, self.folder, home, start)]
        there = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*"))
        return f"does not write {missing}; there are {there}" if missing else ""


@contextmanager
def _user(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Have this process in the folder and with the variables of a page's reader, for `SECONDS` at most."""
    here, variables, path, modules = Path.cwd(), dict(os.environ), list(sys.path), set(sys.modules)
    os.chdir(folder)
    os.environ.update({name: text for name, text in environment.items() if name not in {"PYTHONPATH", "PATH"}})
    sys.path.insert(0, str(folder))
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        os.chdir(here)
        os.environ.clear()
        os.environ.update(variables)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if str(getattr(sys.modules[name], "__file__", None)).startswith(str(folder)):
                del sys.modules[name]


def _stop(*_: object) -> None:
    raise TimeoutError(f"nothing after {SECONDS} s")


def _is_new(pattern: str, folder: Path, home: Path, start: float) -> bool:
    """Return whether a file that fits was written, or came there, since `start`."""
    base, rest = (home, pattern[2:]) if pattern.startswith("~/") else (folder, pattern)
    times = [max(path.stat().st_mtime, path.stat().st_ctime) for path in base.glob(rest.replace("[", "[[]"))]
    return any(moment >= start - 0.1 for moment in times)


def _console_commands(text: str) -> list[tuple[str, list[str]]]:
    commands: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands and commands[-1][0].endswith("\\") and not commands[-1][1]:
            commands[-1] = (f"{commands[-1][0]}\n{line}", [])
        elif commands and line.strip():
            commands[-1][1].append(line.strip())
    return commands


def _is_in(line: str, output: str) -> bool:
    words = r"\s+".join(re.escape(word).replace("…", r"\S.*?|") for word in line.split())
    pattern = re.sub(r"\\S\.\*\?\|", r".*?", words)
    return re.search(pattern, output) is not None


def _heed_ctrl_c() -> None:
    """Have Ctrl-C end what is started, also where the tests themselves were started in the background of a script."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _stopped(process: "subprocess.Popen[bytes]", is_done: Callable[[], bool]) -> int:
    """Send Ctrl-C as soon as `is_done`, and return the exit code; that of SIGKILL where it does not get there."""
    until = time.monotonic() + UNTIL_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if is_done():
            os.killpg(process.pid, signal.SIGINT)
            return process.wait(UNTIL_SECONDS)
        time.sleep(0.05)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait() or 1


def given_names() -> dict[str, Any]:
    """Return the names that a Python block may use without defining them: sound, and how many frames a second."""
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, (2, 48_000)).astype(np.float32)
    return {"__name__": "page", "audio": noise, "block": noise, "sample_rate": 48_000}


def reader_of(name: str, environment: Mapping[str, str]) -> Page:
    """Return the page of a reader with a home of his own, settings of DAWs in it, and the worker of all pages."""
    shared = Path(environment["HOME"])
    home = shared / "readers" / re.sub(r"\W", "-", name)
    for folder in (".config/REAPER", ".config/ardour8", ".local/share/flowsep", "work"):
        (home / folder).mkdir(parents=True)
    worker = Path(".local/share/flowsep/worker")
    (home / worker).symlink_to(shared / worker)
    return Page(home / "work", {**environment, "HOME": str(home)}, given_names())


def environment_of(folder: Path, bins: tuple[Path, Path], home: Path, socket: Path) -> dict[str, str]:
    """Return the variables that a page's commands run with.

    bins : folders of programs for blocks that run, and for those that are parsed.
    """
    system = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    inherited = {name: os.environ[name] for name in ("PYTHONPATH", "FLOWSEP_TEST_SESSION") if name in os.environ}
    return {
        **inherited, "PATH": f"{bins[0]}:{system}", "PARSED_PATH": f"{bins[1]}:{system}", "HOME": str(home),
        "TMPDIR": str(folder), "LANG": "C.UTF-8", "COLUMNS": "150", "TERM": "dumb", "NO_COLOR": "1",
        "MPLBACKEND": "Agg", "QT_QPA_PLATFORM": "offscreen", "FLOWSEP_MODEL": "echo", "COMMANDS_SOCKET": str(socket),
        "HTTPS_PROXY": "http://127.0.0.1:9",  # nothing listens there: what asks the internet fails at once
    }  # fmt: skip
