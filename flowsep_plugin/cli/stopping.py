"""Ctrl-C: the first one stops the job at its next report, which leaves nothing half-made; the second one at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from flowsep_plugin.errors import Cancelled
from flowsep_plugin.progress import Progress, ProgressCallback

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))


class Stop:
    """Whether the user has asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def check(self) -> None:
        """Raise Cancelled once they have."""
        if self.asked:
            raise Cancelled("cancelled; nothing half-made is left behind")

    def before(self, report: ProgressCallback) -> ProgressCallback:
        """`report`, with a check before every call."""

        def checked(progress: Progress) -> None:
            self.check()
            report(progress)

        return checked


@contextmanager
def stoppable(tell: Callable[[str], None]) -> Iterator[Stop]:
    """Turn Ctrl-C and SIGTERM into a `Stop` while this lasts.

    tell : says one line to the user.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield stop
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        tell("stopping after this step; Ctrl-C again stops at once")

    before: dict[Any, Any] = {number: signal.signal(number, ask) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
