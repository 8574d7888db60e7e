"""Ctrl-C: the first stops the work at its next progress call and leaves no partial files; the second stops at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from flowsep_plugin.errors import Cancelled
from flowsep_plugin.progress import Progress, ProgressCallback

CANCELLED = "cancelled; no partial files are left"
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))


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
    """Turn Ctrl-C and SIGTERM into a `Stop` inside the context. Does nothing outside the main thread.

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
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
