"""Bad readers, one for each thing that the fuzzer must notice, and a good one."""

import ctypes
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fuzzing.harness import Harness, Seed

from flowsep_plugin.errors import MediaError

_WHOLE = b"0123456789abcdef" * 4
_KEPT: list[object] = []


def _seeds(folder: Path) -> Sequence[Seed]:
    return [Seed(name="whole", files={"a.bin": _WHOLE})]


def _bad(action: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return a reader that reads the whole file, and does `action` on one that is damaged."""

    def read(folder: Path) -> None:
        if (folder / "a.bin").read_bytes() != _WHOLE:
            action(folder)

    return read


def _refuse(folder: Path) -> None:
    raise MediaError("damaged")


def _uncaught(folder: Path) -> None:
    raise KeyError("a")


def _busy(folder: Path) -> None:
    while True:
        pass


def _ask_for_memory(folder: Path) -> None:
    _KEPT.append(bytearray(1 << 32))


def _hide_memory(folder: Path) -> None:
    try:
        bytearray(1 << 32)
    except MemoryError as error:
        raise MediaError("damaged") from error


def _start_program(folder: Path) -> None:
    _KEPT.append(subprocess.Popen(["sleep", "60"]))


def _take_long(folder: Path) -> None:
    until = time.process_time() + 0.6
    while time.process_time() < until:
        pass


READERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "good": (_refuse, "refused"),
    "uncaught": (_uncaught, "uncaught"),
    "exit": (lambda folder: sys.exit(0), "uncaught"),
    "busy": (_busy, "hang"),
    "waiting": (lambda folder: time.sleep(60), "hang"),
    "slow": (_take_long, "slow"),
    "memory": (_ask_for_memory, "memory"),
    "hidden memory": (_hide_memory, "memory"),
    "crash": (lambda folder: ctypes.string_at(0), "crash"),
    "end": (lambda folder: os._exit(0), "crash"),
    "file": (lambda folder: (folder / "b").touch(), "left"),
    "temporary file": (lambda folder: os.close(tempfile.mkstemp()[0]), "left"),
    "thread": (lambda folder: threading.Thread(target=time.sleep, args=(60,), daemon=True).start(), "left"),
    "program": (_start_program, "left"),
    "open file": (lambda folder: _KEPT.append((folder / "a.bin").open("rb")), "left"),
    "changed": (lambda folder: (folder / "a.bin").write_bytes(b""), "changed"),
    "deleted": (lambda folder: (folder / "a.bin").unlink(), "changed"),
    "elsewhere": (lambda folder: (folder.parent / "home" / "b").touch(), "outside"),
    "renamed": (lambda folder: (folder / "a.bin").rename(folder.parent / "a.bin"), "outside"),
    "shell": (lambda folder: os.system("true"), "outside"),
}
"""Name -> what the reader does with a damaged file, and the kind of outcome that this is."""

HARNESSES = (
    *(
        Harness(
            name=name,
            seeds=_seeds,
            read=_bad(action),
            seconds=0.4,
            wall_seconds=3.0 if name == "waiting" else 60.0,
            megabytes=256,
        )
        for name, (action, _) in READERS.items()
    ),
    Harness(name="refuses all", seeds=_seeds, read=_refuse),
)
