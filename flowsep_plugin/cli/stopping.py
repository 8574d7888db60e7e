"""Ctrl-C and SIGTERM: the first stops the work at its next progress call, the second at once; both within two seconds.

No partial files are left in either case. A main thread that does not come back from a read or from inference runs no
Python handler; so a thread reads the signals from a socket, and ends the process where the main thread does not.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from flowsep_plugin.errors import Cancelled
from flowsep_plugin.progress import Progress, ProgressCallback
from flowsep_plugin.unfinished import delete_unfinished

CANCELLED = "cancelled; no partial files are left"
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))
_CLEAN_SECONDS = 1.5
"""Time for a clean end after the first signal."""
_AT_ONCE_SECONDS = 0.3
"""Time for a clean end after the second."""


class Stop:
    """A flag, `requested`, that is set by the first Ctrl-C."""

    def __init__(self) -> None:
        self.requested = False

    def check(self) -> None:
        """Raise Cancelled if the user has pressed Ctrl-C."""
        if self.requested:
            raise Cancelled(CANCELLED)

    def before(self, report: ProgressCallback) -> ProgressCallback:
        """Return `report` with a `check` before every call."""

        def checked(progress: Progress) -> None:
            self.check()
            report(progress)

        return checked


@contextmanager
def stoppable(note: Callable[[str], None]) -> Iterator[Stop]:
    """Turn Ctrl-C and SIGTERM into a `Stop` inside the context, and into the end of the process where that is not
    enough. Does nothing outside the main thread.

    note : called with one line for the user at the first Ctrl-C.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield stop
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True
        note("stopping after this step; press Ctrl-C again to stop at once")

    previous: dict[Any, Any] = {number: signal.signal(number, on_signal) for number in _SIGNALS}
    try:
        with _ended_in_time():
            yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _ended_in_time() -> Iterator[None]:
    """End the process where a signal that comes inside the context does not end the context in time."""
    incoming, far_end = socket.socketpair()
    far_end.setblocking(False)
    previous = signal.set_wakeup_fd(far_end.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=_end_late, args=(incoming,), daemon=True, name="stop")
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        far_end.close()
        thread.join()
        incoming.close()


def _end_late(incoming: socket.socket) -> None:
    """Read the numbers of signals until the other end closes; end the process once their time is over."""
    signals, deadline_s = 0, float("inf")
    while True:
        incoming.settimeout(None if signals == 0 else max(0.001, deadline_s - time.monotonic()))
        try:
            numbers = incoming.recv(64)
        except TimeoutError:
            _end_at_once()
        if not numbers:
            return
        new = sum(number in _SIGNALS for number in numbers)
        if new:
            signals += new
            deadline_s = min(deadline_s, time.monotonic() + (_CLEAN_SECONDS if signals == 1 else _AT_ONCE_SECONDS))


def _end_at_once() -> NoReturn:
    delete_unfinished(_AT_ONCE_SECONDS / 2)
    with suppress(OSError):
        os.write(2, f"flowsep: {CANCELLED}\n".encode())
    os._exit(Cancelled.exit_code)
