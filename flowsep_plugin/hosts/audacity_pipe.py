"""Commands to a running Audacity and its replies, over mod-script-pipe; no call waits for an Audacity that has quit."""

import errno
import os
import select
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, Self

from flowsep_plugin.errors import SessionError

_SUCCESS: Final = "BatchCommand finished: OK"
_POLL_MILLISECONDS: Final = 200
_GREETING_SECONDS: Final = 15.0
_REOPEN_SECONDS: Final = 2.0
"""How long to wait for Audacity's pipes: it removes them after every conversation and creates new ones."""

_ADVICE: Final = "start Audacity, switch on Preferences, Modules, mod-script-pipe, and restart it"


class LineStream(Protocol):
    """A stream of lines to or from Audacity."""

    def write(self, text: str, /) -> object:
        """Write a line to the stream's buffer."""
        ...

    def flush(self) -> object:
        """Send all that is buffered."""
        ...

    def readline(self) -> str:
        """Return the next line, "" at the end of the stream."""
        ...


class Fifos:
    """Audacity's pair of named pipes on Linux and macOS.

    deadline : time of `time.monotonic` after which `readline` gives up; None waits as long as Audacity runs.
    """

    def __init__(self, to: Path, back: Path) -> None:
        self.deadline: float | None = None
        self._buffer = b""
        self._to, self._back = _open_pipes(to, back)
        os.set_blocking(self._to, True)
        self._replies = select.poll()
        self._replies.register(self._back, select.POLLIN)

    def write(self, text: str) -> None:
        """Send `text`. Raises OSError where Audacity has quit."""
        left = text.encode("utf-8")
        while left:
            left = left[os.write(self._to, left) :]

    def flush(self) -> None:
        """Do nothing: `write` does not buffer."""

    def readline(self) -> str:
        """Return the next line, "" where Audacity has quit. Raises SessionError past the deadline."""
        while b"\n" not in self._buffer:
            events = dict(self._replies.poll(_POLL_MILLISECONDS)).get(self._back, 0)
            more = os.read(self._back, 1 << 16) if events & select.POLLIN else b""
            self._buffer += more
            if not more and events & (select.POLLHUP | select.POLLERR):
                return ""
            if not more and self.deadline is not None and time.monotonic() > self.deadline:
                raise SessionError("Audacity does not respond; close its dialogs, or restart it, and try again")
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("utf-8", "replace") + "\n"

    def is_alive(self) -> bool:
        """Whether Audacity still reads from its pipe."""
        state = select.poll()
        state.register(self._to, 0)
        return not dict(state.poll(0)).get(self._to, 0) & (select.POLLERR | select.POLLHUP)

    def close(self) -> None:
        """Close both pipes; nothing can be sent after it."""
        os.close(self._to)
        os.close(self._back)


def _open_pipes(to: Path, back: Path) -> tuple[int, int]:
    """Return the descriptors of both pipes.

    Raises SessionError where Audacity reads none for `_REOPEN_SECONDS`, or where one is not a pipe of this user.
    """
    deadline = time.monotonic() + _REOPEN_SECONDS
    while True:
        try:
            writing = _open_own(to, os.O_WRONLY)  # fails at once without a reader
            try:
                return writing, _open_own(back, os.O_RDONLY)
            except (OSError, SessionError):
                os.close(writing)
                raise
        except OSError as error:
            if time.monotonic() > deadline:
                raise SessionError(f"Audacity does not accept commands; {_ADVICE}") from error
            time.sleep(_POLL_MILLISECONDS / 4000)


def _open_own(path: Path, way: int) -> int:
    descriptor = os.open(path, way | os.O_NONBLOCK)
    status = os.fstat(descriptor)
    if stat.S_ISFIFO(status.st_mode) and status.st_uid == os.getuid():
        return descriptor
    os.close(descriptor)
    raise SessionError(f"{path} is not a pipe of yours, so nothing is sent there; remove it and restart Audacity")


class AudacityPipe:
    """Runs commands in Audacity and returns their replies."""

    def __init__(
        self, to: LineStream, back: LineStream, newline: str = "\n", is_alive: Callable[[], bool] = lambda: True
    ) -> None:
        self._to, self._back, self._newline, self._is_alive = to, back, newline, is_alive

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """Connect to the running Audacity. Raises SessionError where none runs, or mod-script-pipe is off."""
        if sys.platform == "win32":
            names = [rf"\\.\pipe\{way}SrvPipe" for way in ("To", "From")]
            with open(names[0], "w", encoding="utf-8") as to, open(names[1], encoding="utf-8") as back:
                yield cls(to, back, "\r\n\0")
            return
        names = [f"/tmp/audacity_script_pipe.{way}.{os.getuid()}" for way in ("to", "from")]  # nosec B108 # Audacity's
        fifos = Fifos(*map(Path, names))
        try:
            pipe = cls(fifos, fifos, is_alive=fifos.is_alive)
            fifos.deadline = time.monotonic() + _GREETING_SECONDS
            pipe.do("GetInfo: Type=Tracks Format=JSON")
            fifos.deadline = None  # an export may take as long as it likes
            yield pipe
        finally:
            fifos.close()

    def check(self) -> None:
        """Raise SessionError if Audacity has quit since it was opened."""
        if not self._is_alive():
            raise SessionError("Audacity was closed, and nothing was placed; start it again and retry")

    def do(self, command: str) -> str:
        """Run one command and return its reply. Raises SessionError where it fails, or Audacity has quit."""
        name = command.split(":")[0]
        try:
            self._to.write(command + self._newline)
            self._to.flush()
            lines = self._reply(name)
        except OSError as error:
            reason = error.strerror or errno.errorcode.get(error.errno or 0, "")
            raise SessionError(f"Audacity quit during {name} ({reason}); start it again and retry") from error
        if not lines or lines[-1].strip() != _SUCCESS:
            raise SessionError(f"Audacity could not run {command!r}: {' '.join(lines) or 'no reply'}")
        return "\n".join(lines[:-1])

    def _reply(self, name: str) -> list[str]:
        """Return the lines of the reply to command `name`, up to the first empty line."""
        lines: list[str] = []
        while True:
            line = self._back.readline()
            if not line:
                raise SessionError(f"Audacity closed its pipe during {name}; start it again and retry")
            if line.strip():
                lines.append(line.rstrip("\r\n"))
            elif lines:
                return lines


def quoted(text: str) -> str:
    """Return `text` in double quotes, escaped, as an argument of a command."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
