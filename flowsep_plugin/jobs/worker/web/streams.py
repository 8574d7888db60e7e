"""Server-sent events: a stream for each listener, from the number it asks for until it or the worker ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from flowsep_plugin.errors import WorkerError
from flowsep_plugin.jobs.worker.events import Event, Events

MOST_STREAMS = 512
"""Listeners at once: beside the room for calls, of which a stream takes none."""

MOST_BEHIND = 10_000
"""A listener that has not read this many events is cut off; it continues with the number of its last one."""

_HEARTBEAT_SECONDS = 15.0


class EventStreams:
    """The open event streams of a worker; to be used on the thread of its loop."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._open: set[_Stream] = set()

    def open(self, after: int | None, job: str | None) -> StreamingResponse:
        """Return the answer that sends events after number `after`, or from now on; those of one job where it is named.

        Raises WorkerError where all room for listeners is taken.
        """
        if len(self._open) >= MOST_STREAMS:
            raise WorkerError(f"{MOST_STREAMS} listeners are connected, no more are allowed; close one")
        stream = _Stream(self._events, job)
        return StreamingResponse(
            self._lines(stream, after), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    def close(self) -> None:
        """End all streams, because the worker ends."""
        for stream in self._open:
            stream.end()

    async def _lines(self, stream: "_Stream", after: int | None) -> AsyncIterator[bytes]:
        self._open.add(stream)
        try:
            async for lines in stream.lines(after):
                yield lines
        finally:
            self._open.discard(stream)


class _Stream:
    """The events that wait for one listener, written as they are sent."""

    def __init__(self, events: Events, job: str | None) -> None:
        self._events, self._job = events, job
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[Event | None] = asyncio.Queue()
        self._has_ended = False

    def end(self) -> None:
        """Send no more than what waits now."""
        if not self._has_ended:
            self._has_ended = True
            self._waiting.put_nowait(None)

    async def lines(self, after: int | None) -> AsyncIterator[bytes]:
        """Yield events, and a comment every 15 seconds, so that a dead connection is noticed."""
        stop = self._events.listen(self._enqueue, after)
        try:
            yield f"retry: 1000\n: event {self._events.last}\n\n".encode()
            while True:
                try:
                    event = await asyncio.wait_for(self._waiting.get(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": heartbeat\n\n"
                    continue
                if event is None:
                    return
                if self._job is None or event.data.get("id", self._job) == self._job:
                    yield event.lines
        finally:
            stop()

    def _enqueue(self, event: Event) -> None:
        """Add an event, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the worker ends
            self._loop.call_soon_threadsafe(self._append, event)

    def _append(self, event: Event) -> None:
        if self._waiting.qsize() >= MOST_BEHIND:
            self.end()
        elif not self._has_ended:
            self._waiting.put_nowait(event)
