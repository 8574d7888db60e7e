"""Background work: functions run in threads, their value or error text returns to the window's thread."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from flowsep_ui.studio.texts import translate
from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.errors import FlowsepError

from .ways_out import message_of

log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 2.0
_THREADS = 3
T = TypeVar("T")


class TaskRunner(Protocol):
    """Runs functions in the background and reports to the window's thread."""

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Call `work` in the background, then `done` with its value or `failed` with its error as text."""
        ...

    def close(self) -> None:
        """Wait for running work; neither `done` nor `failed` is called any more."""
        ...


class Tasks(QObject):
    """Threads for reading and writing sessions and files; one of them may print effects for minutes."""

    _ended = pyqtSignal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="flowsep-task")
        self._open = True
        self._ended.connect(self._answer)

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Run `work` in the pool; does nothing after `close`."""
        if self._open:
            self._pool.submit(self._do, work, done, failed)

    def close(self) -> None:
        """Cancel waiting work and wait for running work."""
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


class DaemonTasks(QObject):
    """A thread of its own for each work: for calls that last long or may hang, such as loading a plug-in."""

    _ended = pyqtSignal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[threading.Thread] = []
        self._open = True
        self._ended.connect(self._answer)

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Run `work` in a new thread; does nothing after `close`."""
        if self._open:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            thread = threading.Thread(target=self._do, args=(work, done, failed), daemon=True, name="flowsep-long-task")
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Wait for running work for a moment; what hangs ends with the program."""
        self._open = False
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)

    def _do(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        try:
            value = work()
        except Exception as error:
            self._send(failed, error_text(error))
        else:
            self._send(done, value)

    def _send(self, call: Callable[[Any], None], value: object) -> None:
        if self._open:
            self._ended.emit(call, value)

    def _answer(self, call: Callable[[Any], None], value: object) -> None:
        if self._open:
            call(value)


class InlineTasks:
    """Runs everything at once in the caller's thread: for tests."""

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Call `work`, then `done` or `failed`."""
        try:
            value = work()
        except Exception as error:
            failed(error_text(error))
        else:
            done(value)

    def close(self) -> None:
        """Do nothing: no work is left running."""


def error_text(error: BaseException) -> str:
    """Return the text of an error for the user; an unexpected one is logged with its traceback."""
    if isinstance(error, FlowsepError):
        return message_of(error)
    log.error("unexpected error", exc_info=error)
    return translate("Studio", "An unexpected error occurred ({0}: {1}).").format(type(error).__name__, error)
