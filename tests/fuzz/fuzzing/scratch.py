"""A folder for seeds and cases, always at the same path where it is free: paths are part of some seeds."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_MOST = 10


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty folder that no other fuzzer uses, and remove what is in it afterwards."""
    for number in range(_MOST):
        folder = Path(tempfile.gettempdir()) / f"flowsep-fuzz-{os.getuid()}-{number}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.getuid() or folder.is_symlink():
            continue
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            _empty(folder)
            try:
                yield folder
            finally:
                _empty(folder)
        return
    raise OSError(f"{_MOST} fuzzers run already")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != "lock":
            path.unlink()
