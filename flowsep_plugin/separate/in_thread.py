"""Work in a thread that an asyncio task waits for and can cancel."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from flowsep_plugin.errors import Cancelled
from flowsep_plugin.progress import Progress, ProgressCallback

_T = TypeVar("_T")
_POLL_SECONDS = 0.05


async def in_thread(work: Callable[[threading.Event], _T]) -> _T:
    """Return `work(cancelled)`, called in a thread; cancelling the task sets `cancelled` and waits for the end.

    Raises what `work` raises, or asyncio.CancelledError.
    """
    cancelled = threading.Event()
    call = partial(contextvars.copy_context().run, work, cancelled)
    future = asyncio.get_running_loop().run_in_executor(None, call)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        cancelled.set()
        while not future.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # read, or asyncio logs that nobody did
        raise


@contextmanager
def turn(lock: threading.Lock, cancelled: threading.Event) -> Iterator[None]:
    """Hold `lock`; raises Cancelled where `cancelled` is set before it is free."""
    while not lock.acquire(timeout=_POLL_SECONDS):
        _check(cancelled)
    try:
        yield
    finally:
        lock.release()


def cancellable(progress: ProgressCallback, cancelled: threading.Event) -> ProgressCallback:
    """Return `progress`, which raises Cancelled once `cancelled` is set."""

    def callback(state: Progress) -> None:
        _check(cancelled)
        progress(state)

    return callback


def _check(cancelled: threading.Event) -> None:
    if cancelled.is_set():
        raise Cancelled("the task was cancelled")
