"""Commands to a running Audacity and its answers, over mod-script-pipe; nothing here waits for one that is gone."""

import errno
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, Self

from flowsep_plugin.errors import SessionError

_FINE: Final = "BatchCommand finished: OK"
_POLL_MILLISECONDS: Final = 200
_GREETING_SECONDS: Final = 15.0
_AGAIN_SECONDS: Final = 2.0
"""Audacity takes its pipes away after every conversation and makes new ones: for so long they are waited for."""
_ADVICE: Final = "start it, switch on Preferences, Modules, mod-script-pipe, and restart it"


class LineStream(Protocol):
    """A stream of lines to or from Audacity."""

    def write(self, text: str, /) -> object:
        """Send."""
        ...

    def flush(self) -> object:
        """Send now."""
        ...

    def readline(self) -> str:
        """Receive."""
        ...


class Fifos:
    """Audacity's pair of named pipes on Linux and macOS.

    `until` : moment of `time.monotonic` after which a line is no longer waited for; None waits while Audacity runs.
    """

    def __init__(self, to: Path, back: Path) -> None:
        self.until: float | None = None
        self._held = b""
        self._to, self._back = _opened(to, back)
        os.set_blocking(self._to, True)
        self._answers = select.poll()
        self._answers.register(self._back, select.POLLIN)

    def write(self, text: str) -> None:
        """Send. Raises OSError where Audacity is gone."""
        left = text.encode("utf-8")
        while left:
            left = left[os.write(self._to, left) :]

    def flush(self) -> None:
        """Nothing is held back."""

    def readline(self) -> str:
        """Return one line; nothing where Audacity is gone. Raises SessionError where it is too late."""
        while b"\n" not in self._held:
            events = dict(self._answers.poll(_POLL_MILLISECONDS)).get(self._back, 0)
            more = os.read(self._back, 1 << 16) if events & select.POLLIN else b""
            self._held += more
            if not more and events & (select.POLLHUP | select.POLLERR):
                return ""
            if not more and self.until is not None and time.monotonic() > self.until:
                raise SessionError("Audacity does not answer; close its dialogs, or restart it, and repeat")
        line, _, self._held = self._held.partition(b"\n")
        return line.decode("utf-8", "replace") + "\n"

    def is_alive(self) -> bool:
        """Whether somebody still reads."""
        wanted = select.poll()
        wanted.register(self._to, 0)
        return not dict(wanted.poll(0)).get(self._to, 0) & (select.POLLERR | select.POLLHUP)

    def close(self) -> None:
        """Let go of both."""
        os.close(self._to)
        os.close(self._back)


def _opened(to: Path, back: Path) -> tuple[int, int]:
    """Both pipes' descriptors. Raises SessionError where nobody reads for `_AGAIN_SECONDS`."""
    until = time.monotonic() + _AGAIN_SECONDS
    while True:
        try:
            writing = os.open(to, os.O_WRONLY | os.O_NONBLOCK)  # fails at once where nobody reads
            try:
                return writing, os.open(back, os.O_RDONLY | os.O_NONBLOCK)
            except OSError:
                os.close(writing)
                raise
        except OSError as error:
            if time.monotonic() > until:
                raise SessionError(f"Audacity does not listen: {_ADVICE}") from error
            time.sleep(_POLL_MILLISECONDS / 4000)


class AudacityPipe:
    """Commands and their answers."""

    def __init__(
        self, to: LineStream, back: LineStream, newline: str = "\n", is_alive: Callable[[], bool] = lambda: True
    ) -> None:
        self._to, self._back, self._newline, self._is_alive = to, back, newline, is_alive

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """Connect to the Audacity that runs. Raises SessionError where there is none, or its module is off."""
        if sys.platform == "win32":
            names = [rf"\\.\pipe\{way}SrvPipe" for way in ("To", "From")]
            with open(names[0], "w", encoding="utf-8") as to, open(names[1], encoding="utf-8") as back:
                yield cls(to, back, "\r\n\0")
            return
        fifos = Fifos(*(Path(f"/tmp/audacity_script_pipe.{way}.{os.getuid()}") for way in ("to", "from")))
        try:
            pipe = cls(fifos, fifos, is_alive=fifos.is_alive)
            fifos.until = time.monotonic() + _GREETING_SECONDS
            pipe.do("GetInfo: Type=Tracks Format=JSON")
            fifos.until = None  # an export may take as long as it likes
            yield pipe
        finally:
            fifos.close()

    def check(self) -> None:
        """Raise SessionError where Audacity has gone meanwhile."""
        if not self._is_alive():
            raise SessionError("Audacity was closed meanwhile; nothing was placed. Start it again and repeat")

    def do(self, command: str) -> str:
        """Run one command and return what it says. Raises SessionError where it fails, or Audacity is gone."""
        name = command.split(":")[0]
        try:
            self._to.write(command + self._newline)
            self._to.flush()
            text = self._answer(name)
        except OSError as error:
            said = error.strerror or errno.errorcode.get(error.errno or 0, "")
            raise SessionError(f"Audacity went away during {name} ({said}); start it again and repeat") from error
        if not text or text[-1].strip() != _FINE:
            raise SessionError(f"Audacity refused {command!r}: {' '.join(text) or 'no answer'}")
        return "\n".join(text[:-1])

    def _answer(self, name: str) -> list[str]:
        """Return its lines up to an empty one."""
        lines: list[str] = []
        while True:
            line = self._back.readline()
            if not line:
                raise SessionError(f"Audacity closed its pipe during {name}; start it again and repeat")
            if line.strip():
                lines.append(line.rstrip("\r\n"))
            elif lines:
                return lines


def quoted(text: str) -> str:
    """Return a command's argument."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
