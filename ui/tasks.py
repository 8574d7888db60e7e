"""The one function that crosses threads: work goes out, its value or its error comes back to the window's thread."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.errors import FlowsepError

from .ways_out import message_of

log = logging.getLogger(__name__)
T = TypeVar("T")


class TaskRunner(Protocol):
    """Who does work beside the window."""

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Call `work` elsewhere, then `done` with its value or `failed` with its error in words, here."""
        ...

    def close(self) -> None:
        """Wait for what runs; nothing more is called."""
        ...


class Tasks(QObject):
    """Two threads for reading and writing sessions; errors travel as words."""

    _ended = pyqtSignal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="flowsep-task")
        self._open = True
        self._ended.connect(self._answer)

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """See `Runs`."""
        if self._open:
            self._pool.submit(self._do, work, done, failed)

    def close(self) -> None:
        """See `Runs`."""
        self._open = False
        self._pool.shutdown(cancel_futures=True)

    def _do(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        try:
            value = work()
        except Exception as error:
            self._ended.emit(failed, error_text(error))
        else:
            self._ended.emit(done, value)

    def _answer(self, call: Callable[[Any], None], value: object) -> None:
        if self._open:
            call(value)


class InlineTasks:
    """Does everything at once, in the caller's thread: for tests."""

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """See `Runs`."""
        try:
            value = work()
        except Exception as error:
            failed(error_text(error))
        else:
            done(value)

    def close(self) -> None:
        """See `Runs`."""


def error_text(error: BaseException) -> str:
    """What to tell the user of an error."""
    if isinstance(error, FlowsepError):
        return message_of(error)
    log.error("unforeseen", exc_info=error)
    return f"an unforeseen {type(error).__name__}: {error}"
