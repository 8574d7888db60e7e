"""The HTTP server of the worker: tells when it accepts calls, and ends within two seconds of a signal."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from flowsep_plugin.jobs.log_privacy import Public

from .connections import IDLE_SECONDS, Connection

log = logging.getLogger(__name__)

END_SECONDS = 1.8
"""After this time from the first signal the process ends, whatever its threads wait for."""

_ANSWER_SECONDS = 1
"""Time for calls that are running when the worker ends."""

_LONGEST_HEAD = 64 << 10
_EXIT_CODE = 1
"""Exit code of a worker that did not end by itself in time."""


class EndDeadline:
    """Ends the process hard, after `last_steps`, where it has not ended `END_SECONDS` after `start`."""

    def __init__(self, last_steps: Callable[[], None]) -> None:
        self._last_steps = last_steps
        self._timer: threading.Timer | None = None

    def start(self) -> None:
        """Start the time limit; calls after the first change nothing."""
        if self._timer is None:
            self._timer = threading.Timer(END_SECONDS, self._end)
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        """Lift the time limit, once everything is closed."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        log.error("the worker did not end within %g s and is ended; threads: %s", END_SECONDS, _thread_names())
        self._last_steps()
        os._exit(_EXIT_CODE)


class WorkerServer(uvicorn.Server):
    """A server on one socket, for an ASGI application.

    on_listening : called once, when the socket accepts calls.     on_end : called on the loop when it stops to.
    deadline : started when the end begins.
    """

    def __init__(
        self, app: Any, on_listening: Callable[[], None], on_end: Callable[[], None], deadline: EndDeadline
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, access_log=False, server_header=False, date_header=False, ws="none",
                lifespan="off", timeout_graceful_shutdown=_ANSWER_SECONDS, timeout_keep_alive=IDLE_SECONDS,
                h11_max_incomplete_event_size=_LONGEST_HEAD, loop="asyncio", http=Connection, proxy_headers=False,
            )
        )  # fmt: skip
        self._on_listening, self._on_end, self._deadline = on_listening, on_end, deadline

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept calls, then say so."""
        await super().startup(sockets)
        self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more calls, end event streams, and answer the calls that are running."""
        self._on_end()
        await super().shutdown(sockets)

    def end(self) -> None:
        """Make `run` return soon; may be called from any thread."""
        self._deadline.start()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End on a signal; a second one changes nothing."""
        self.end()


def _thread_names() -> Public:
    return Public(", ".join(thread.name for thread in threading.enumerate()))
