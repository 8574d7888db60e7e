"""Connections with limits of time and number, so that nobody without the token takes the room of the owner.

    accepted ─► waiting: no call with the token yet; dropped first ─► has_token: one call had it
                  │ each head within HEAD_SECONDS, else closed
                  └ waiting ones of other users, MOST_STRANGERS; of the own user, MOST_OWN

All clients are 127.0.0.1. Linux tells the user of a connection, so there strangers cannot crowd out the owner's next
connection; elsewhere everyone counts as a stranger, and a connection is lost only to 256 newer ones.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.job import JobError

from .answers import encoded, error_body
from .peer import is_same_user

HEAD_SECONDS = 10.0
"""Time for the head of a call, from the connection or the end of the last call."""

IDLE_SECONDS = 5
"""A connection between two calls is closed after this time."""

MOST_STRANGERS = 256
MOST_OWN = 1024
_FEW = 128
"""Up to this many waiting connections nobody is dropped, and the kernel is not asked for users."""


class Connection(H11Protocol):
    """A connection of uvicorn's with a time limit for every head; `has_token` once one of its calls had it."""

    has_token = False
    _is_own: bool | None = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection; where too many wait, drop the one that has waited longest."""
        super().connection_made(transport)
        self.app_state = {"connection": self}
        self.since = self.loop.time()
        self._watch_head()
        surplus = crowd([one for one in self.connections if isinstance(one, Connection)])
        if surplus is not None:
            surplus.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection, which is closed."""
        self._cancel_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read bytes of the client."""
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        """Wait for the next call."""
        super().on_response_complete()
        self._watch_head()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or a head that is too long, in the form of all errors; then close."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        body = encoded(error_body(JobError("Refused", f"{msg} See docs/reference/http-api.md.", UsageError.exit_code)))
        headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("connection", "close")]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def shutdown(self) -> None:
        """Close at the worker's end, after the answer that is being sent."""
        with contextlib.suppress(h11.LocalProtocolError):  # it has failed already
            super().shutdown()
            return
        self.transport.close()

    @property
    def is_own(self) -> bool:
        """Whether a process of the worker's own user has connected; asked of the kernel once."""
        if self._is_own is None:
            self._is_own = _same_user(self.client, self.server)
        return self._is_own

    def _watch_head(self) -> None:
        """Start the time limit where a head is expected or has begun, and stop it once it is there."""
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._cancel_deadline()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def crowd(connections: Iterable[Connection]) -> Connection | None:
    """Return the connection to drop, the oldest of a class of waiting ones with too many; None where there is room."""
    waiting = [one for one in connections if not one.has_token and not one.transport.is_closing()]
    if len(waiting) <= _FEW:
        return None
    for own, most in ((False, MOST_STRANGERS), (True, MOST_OWN)):
        same = [one for one in waiting if one.is_own is own]
        if len(same) > most:
            return min(same, key=lambda one: one.since)
    return None


def _same_user(client: Any, server: Any) -> bool:
    return client is not None and server is not None and is_same_user(client, server)
