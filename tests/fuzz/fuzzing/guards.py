"""Observes what a reader does to its surroundings: writes elsewhere, runs programs, connects, leaves things behind."""

import gc
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_GRACE_SECONDS = 1.0
_CHANGING: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.remove": ((0, 1),), "os.rename": ((0, 2), (1, 3)), "os.mkdir": ((0, 2),), "os.rmdir": ((0, 1),),
    "os.link": ((1, 3),), "os.symlink": ((1, 2),), "os.truncate": ((0, None),), "os.chmod": ((0, 2),),
    "os.utime": ((0, 3),), "sqlite3.connect": ((0, None),),
}  # fmt: skip
"""Audit event -> indices of the paths that it changes, and of the descriptors of the folders that these are in."""
_HOSTILE = ("os.system", "os.exec", "pickle.find_class", "socket.connect", "socket.getaddrinfo")
_HELPER = "flowsep_plugin.untrusted."
"""Module of a child process that waits for the next call on purpose."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(slots=True)
class Guard:
    """An audit hook that notes, while `is_on`, changes outside of `places` and what a reader has no business with."""

    places: Sequence[Path]
    programs_allowed: bool = True
    is_on: bool = False
    notes: list[str] = field(default_factory=list)

    def install(self) -> None:
        """Hook into the interpreter; hooks cannot be taken out again."""
        self._prefixes = tuple(f"{place}{os.sep}" for place in self.places)
        sys.addaudithook(self._hook)

    _prefixes: tuple[str, ...] = ()

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event == "open":
            path, _, flags = arguments
            if flags is not None and flags & _WRITING:
                self._check("opens for writing", path)
        elif event in _CHANGING:
            for path, folder in _CHANGING[event]:
                self._check(event, arguments[path], -1 if folder is None else arguments[folder])
        elif event in _HOSTILE:
            self.notes.append(f"{event} {arguments!r}"[:200])

    def _check(self, action: str, path: Any, folder: int = -1) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)):  # a descriptor, which was opened before
            return
        if str(path).startswith("file:") and str(path).endswith("?mode=ro"):  # SQLite's way to read only
            return
        base = os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else os.getcwd()
        text = os.path.normpath(os.path.join(base, os.fsdecode(path)))
        if not f"{text}{os.sep}".startswith(self._prefixes) and text != "/dev/null":
            self.notes.append(f"{action} {text}"[:200])


def memory_in_chain(error: BaseException | None) -> BaseException | None:
    """Return the MemoryError that `error` was raised from or while handling; None where there is none."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, MemoryError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


@dataclass(frozen=True, slots=True)
class Holdings:
    """Threads, child processes and open files of this process."""

    threads: frozenset[int]
    processes: frozenset[int]
    files: int

    @classmethod
    def now(cls) -> "Holdings":
        """Return what is held at this moment."""
        gc.collect()
        own = f"/proc/{os.getpid()}"
        processes = frozenset(
            int(child) for task in os.listdir(f"{own}/task") for child in _text(f"{own}/task/{task}/children").split()
        )
        return cls(
            frozenset(thread.ident or 0 for thread in threading.enumerate()), processes, len(os.listdir(f"{own}/fd"))
        )

    def left_since(self, before: "Holdings") -> str:
        """Return in words what is held more than before; empty for nothing."""
        words = []
        if self.threads - before.threads:
            names = [thread.name for thread in threading.enumerate() if thread.ident in self.threads - before.threads]
            words.append(f"threads {', '.join(names)}")
        if self.processes - before.processes:
            words.append(f"{len(self.processes - before.processes)} processes")
        if self.files > before.files:
            words.append(f"{self.files - before.files} open files")
        return ", ".join(words)


def left_behind(before: Holdings) -> str:
    """Return in words what is still held more than `before` after a moment; empty for nothing."""
    until = time.monotonic() + _GRACE_SECONDS
    while (words := Holdings.now().left_since(before)) and time.monotonic() < until:
        time.sleep(0.02)
    return words


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""
