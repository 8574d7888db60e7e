"""Where slow work is done: a few threads, or, in tests, at once.

`work` gets its `Ticket` and asks it now and then whether anybody still wants it. Results go back by Qt signals, which
cross threads by themselves; nothing else does.
"""

import logging
import os
from collections.abc import Callable
from threading import Event
from typing import Protocol, TypeAlias

from PyQt6.QtCore import QRunnable, QThreadPool

from flowsep_plugin.errors import Cancelled

_log = logging.getLogger(__name__)


class Ticket:
    """A piece of work that can be called off."""

    def __init__(self) -> None:
        self._cancelled = Event()

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._cancelled.set()

    def check(self) -> None:
        """Raise Cancelled where it was called off."""
        if self._cancelled.is_set():
            raise Cancelled("nobody wants it any more")


Work: TypeAlias = Callable[[Ticket], None]


class Pool(Protocol):
    """Does work somewhere."""

    @property
    def width(self) -> int:
        """How many pieces of work go on at once."""
        ...

    def start(self, work: Work, ticket: Ticket) -> None:
        """Do `work` soon. It handles its own errors; one that it lets out is logged."""
        ...

    def close(self) -> None:
        """Wait for what was begun, drop what was not; nothing starts afterwards."""
        ...


class ThreadPool:
    """Qt's threads, as many as leave a core to the panel, two at least."""

    def __init__(self) -> None:
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(max(2, min(4, (os.cpu_count() or 2) - 1)))
        self._pool.setThreadPriority(self._pool.threadPriority().LowPriority)
        self._closed = False

    @property
    def width(self) -> int:
        """How many pieces of work go on at once."""
        return self._pool.maxThreadCount()

    def start(self, work: Work, ticket: Ticket) -> None:
        """Do `work` in a thread."""
        if not self._closed:
            self._pool.start(_Piece(work, ticket))

    def close(self) -> None:
        """Wait for what was begun, drop what was not."""
        self._closed = True
        self._pool.clear()
        self._pool.waitForDone()


class InlinePool:
    """Does everything at once, in the caller's thread: threads vanish from tests."""

    width = 2

    def start(self, work: Work, ticket: Ticket) -> None:
        """Do `work` now."""
        _run(work, ticket)

    def close(self) -> None:
        """There is nothing to wait for."""


class _Piece(QRunnable):
    def __init__(self, work: Work, ticket: Ticket) -> None:
        super().__init__()
        self._work, self._ticket = work, ticket

    def run(self) -> None:
        """Called by Qt, in a thread of the pool."""
        _run(self._work, self._ticket)


def _run(work: Work, ticket: Ticket) -> None:
    try:
        ticket.check()
        work(ticket)
    except Cancelled:
        return
    except Exception:
        _log.exception("work for the timeline failed")
