"""Runs the cases of a reader in a child process, and goes on in a new one where that crashes or hangs."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .case import Outcome
from .child import STACK
from .harness import Harness

_HANG_FACTOR = 3
"""A case is ended once it has taken this many times its seconds of a processor."""
_START_SECONDS = 300.0
_MOST_RESTARTS = 200
_LOOK_SECONDS = 0.1
PATHS = tuple(Path(__file__).parents[2] / name for name in ("fuzz", "media", "timeline", "jobs"))
"""Folders whose modules make seeds."""


class BrokenReader(Exception):
    """A reader cannot be tried at all: a seed is refused, or its process does not come up."""


@dataclass(slots=True)
class ReaderRun:
    """Runs cases of `harness` from the module `where`, in `folder`.

    seed : of all cases.     kept : receives the folder of every failing case, None to throw them away.
    """

    where: str
    harness: Harness
    seed: int
    folder: Path
    kept: Path | None = None
    seeds: str = field(default="", init=False)
    """Digest of the seeds, once the first case has run."""
    _process: Any = field(default=None, init=False)
    _lines: bytes = field(default=b"", init=False)

    def outcomes(self, cases: Iterable[int]) -> Iterator[Outcome]:
        """Yield the outcome of every case in order. Raises BrokenReader."""
        restarts = 0
        try:
            for case in cases:
                if self._process is None:
                    restarts += 1
                    if restarts > _MOST_RESTARTS:
                        raise BrokenReader(f"{self.harness.name}: ended {restarts} times")
                    self._start()
                outcome = self._run(case)
                if outcome.is_failure:
                    self._keep(outcome)
                    if outcome.kind != "uncaught":
                        self.close()
                yield outcome
        finally:
            self.close()

    def close(self) -> None:
        """End the child process, and all that it started. Idempotent."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                pipe.close()
        self._process, self._lines = None, b""

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        errors = (self.folder / "stderr.txt").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fuzzing.child", self.where, str(self.seed), str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=_environment(home, self.folder / "tmp"),
            start_new_session=True,
        )  # fmt: skip
        self._process.stderr = errors
        answer = self._answer(_START_SECONDS, _START_SECONDS)
        self.seeds = answer.get("seeds", "") if isinstance(answer, dict) else ""
        if not isinstance(answer, dict) or not answer.get("ready"):
            trouble = answer.get("trouble") if isinstance(answer, dict) else answer
            text = (self.folder / "stderr.txt").read_text("utf-8", "replace")[-2000:]
            self.close()
            raise BrokenReader(f"{self.harness.name}: {str(trouble or 'its process does not come up')[:1000]}\n{text}")

    def _run(self, case: int) -> Outcome:
        try:
            self._process.stdin.write(f"{case}\n".encode())
            self._process.stdin.flush()
            answer = self._answer(self.harness.seconds, self.harness.wall_seconds)
        except BrokenPipeError:
            answer = "ended"
        if isinstance(answer, dict):
            return Outcome(**answer)
        if answer == "hang":
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGUSR1)  # writes its stack
            time.sleep(0.3)
            return Outcome(case=case, kind="hang", detail=self._stack(), seconds=self.harness.seconds)
        code = self._process.wait()
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return Outcome(case=case, kind="crash", detail=f"{name}: {self._stack()}")

    def _answer(self, processor_seconds: float, wall_seconds: float) -> Any:
        """Return the next answer, "ended" where the process does, or "hang" past a limit."""
        pipe, start = self._process.stdout, time.monotonic()
        used = _processor_seconds(self._process.pid)
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while b"\n" not in self._lines:
                if selector.select(_LOOK_SECONDS):
                    piece = os.read(pipe.fileno(), 1 << 16)
                    if not piece:
                        return "ended"
                    self._lines += piece
                elif time.monotonic() - start > wall_seconds:
                    return "hang"
                elif _processor_seconds(self._process.pid) - used > _HANG_FACTOR * processor_seconds:
                    return "hang"
        line, _, self._lines = self._lines.partition(b"\n")
        return json.loads(line)

    def _stack(self) -> str:
        """Return the innermost frames that the child wrote before its end, or the last that it printed."""
        for name in (STACK, "stderr.txt"):
            with suppress(OSError):
                lines = (self.folder / name).read_text("utf-8", "replace").splitlines()
                frames = [line.strip() for line in lines if line.lstrip().startswith("File")]
                if frames:
                    return " < ".join(frames[:12] if name == STACK else [*lines[-1:], *frames[::-1][:6]])
        return ""

    def _keep(self, outcome: Outcome) -> None:
        if self.kept is None:
            return
        target = self.kept / f"{self.harness.name}-{self.seed}-{outcome.case}"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        if (self.folder / "case").is_dir():
            shutil.copytree(self.folder / "case", target / "input", symlinks=True)
        (target / "report.json").write_text(json.dumps(outcome.as_json(), indent=1) + "\n", "utf-8")


def _environment(home: Path, temporary: Path) -> dict[str, str]:
    """Return the environment of a child: a home of its own, one thread a library, no arenas that look like memory."""
    inherited = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    paths = os.pathsep.join([*map(str, PATHS), *inherited])
    own = {
        "HOME": str(home), "TMPDIR": str(temporary), "XDG_CONFIG_HOME": f"{home}/config",
        "XDG_CACHE_HOME": f"{home}/cache",
        "XDG_DATA_HOME": f"{home}/data", "FLOWSEP_WORKER_HOME": f"{home}/worker", "FLOWSEP_PANEL_HOME": f"{home}/panel",
        "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "MALLOC_ARENA_MAX": "1",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen",
        "ORT_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    return {**os.environ, **own}


def _processor_seconds(pid: int) -> float:
    """Return the seconds of a processor that a process took; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
