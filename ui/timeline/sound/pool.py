"""Worker pools for slow work: threads, or, in tests, the caller's own thread.

Work calls `check` of its ticket now and then, which raises where it was cancelled. Results return by Qt signals alone.
"""

import logging
import os
from collections.abc import Callable
from threading import Event
from typing import Protocol, TypeAlias

from PyQt6.QtCore import QRunnable, QThreadPool

from flowsep_plugin.errors import Cancelled

_log = logging.getLogger(__name__)


class WorkTicket:
    """Cancels a piece of work from another thread."""

    def __init__(self) -> None:
        self._cancelled = Event()

    def cancel(self) -> None:
        """Make the next `check` raise Cancelled."""
        self._cancelled.set()

    def check(self) -> None:
        """Raises Cancelled where the work was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled("the work was cancelled because its result is not needed any more")


Work: TypeAlias = Callable[[WorkTicket], None]


class WorkerPool(Protocol):
    """Runs work, at once or in threads."""

    @property
    def width(self) -> int:
        """How many pieces of work run at the same time."""
        ...

    def start(self, work: Work, ticket: WorkTicket) -> None:
        """Run `work(ticket)` soon; an error that it raises is logged."""
        ...

    def close(self) -> None:
        """Drop all work that has not started, wait for the remainder, and start nothing afterwards."""
        ...


class ThreadPool:
    """Two to four threads of Qt, at low priority: one core remains for the panel where there are more than two."""

    def __init__(self) -> None:
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(max(2, min(4, (os.cpu_count() or 2) - 1)))
        self._pool.setThreadPriority(self._pool.threadPriority().LowPriority)
        self._closed = False

    @property
    def width(self) -> int:
        """How many pieces of work run at the same time."""
        return self._pool.maxThreadCount()

    def start(self, work: Work, ticket: WorkTicket) -> None:
        """Run `work(ticket)` in a thread."""
        if not self._closed:
            self._pool.start(_Runnable(work, ticket))

    def close(self) -> None:
        """Drop all work that has not started and wait for the remainder."""
        self._closed = True
        self._pool.clear()
        self._pool.waitForDone()


class InlinePool:
    """Runs work in `start` itself, in the caller's thread, for tests."""

    width = 2

    def start(self, work: Work, ticket: WorkTicket) -> None:
        """Run `work(ticket)` at once, before returning."""
        _run(work, ticket)

    def close(self) -> None:
        """Do nothing: all work has ended."""


class _Runnable(QRunnable):
    def __init__(self, work: Work, ticket: WorkTicket) -> None:
        super().__init__()
        self._work, self._ticket = work, ticket

    def run(self) -> None:
        """Run the work; Qt calls this in a thread of the pool."""
        _run(self._work, self._ticket)


def _run(work: Work, ticket: WorkTicket) -> None:
    try:
        ticket.check()
        work(ticket)
    except Cancelled:
        return
    except Exception:
        _log.exception("work for the timeline failed")
