"""Threads for calls that read the user's disks: a disk that does not answer holds neither other calls nor the end.

A read of a network mount that has gone cannot be interrupted. Such a thread is abandoned: it is a daemon, which Python
does not wait for at its end.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from flowsep_plugin.errors import WorkerError

MOST_THREADS = 24
WAIT_SECONDS = 10.0
"""Time for a thread to come free; where all of them hang, calls are then refused."""


class DiskCalls:
    """Runs calls on at most `MOST_THREADS` threads of their own; to be used on the thread of one loop."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_THREADS)
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._running = self._threads = 0

    async def run(self, call: Callable[[], Any]) -> Any:
        """Return `call()`, run on a thread. Raises WorkerError where no thread comes free, and the call's own error."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        return await asyncio.shield(self._start(call))

    def close(self) -> None:
        """End every thread after its call, because the worker ends."""
        for _ in range(self._threads):
            self._waiting.put(None)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise WorkerError(
                f"{MOST_THREADS} calls wait for a disk that does not answer; check the network disks, or end the worker"
            ) from None

    def _start(self, call: Callable[[], Any]) -> "asyncio.Future[Any]":
        """Have a thread run `call`; starts another thread where none is idle."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Any] = loop.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            self._running -= 1
            self._free.release()
            if outcome.done():  # cancelled, because the worker ends
                return
            if error is None:
                outcome.set_result(result)
            else:
                outcome.set_exception(error)

        def work() -> None:
            ending: tuple[Any, BaseException | None]
            try:
                ending = (call(), None)
            except BaseException as error:
                ending = (None, error)
            with contextlib.suppress(RuntimeError):  # the loop is closed: the worker has ended
                loop.call_soon_threadsafe(settle, *ending)

        self._running += 1
        self._waiting.put(work)
        if self._running > self._threads:
            self._threads += 1
            threading.Thread(target=self._work, name="disk call", daemon=True).start()
        return outcome

    def _work(self) -> None:
        while (call := self._waiting.get()) is not None:
            call()
