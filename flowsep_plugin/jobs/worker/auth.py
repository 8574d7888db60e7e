"""ASGI middleware: rejects a foreign Host, any Origin, a wrong bearer token, or a body over 4 MiB.

A page in the user's browser can send requests to the loopback. It cannot read the token, cannot omit its Origin, and
cannot hide its Host behind a name that resolves to 127.0.0.1; each alone is enough to be rejected.
"""

import asyncio
import contextlib
import hmac
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any

from flowsep_plugin.jobs.directory import Address

from .web.answers import JsonAnswer, refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 4 << 20
MOST_HEAD_BYTES = 64 << 10
MOST_CALLS = 1024
"""Calls with the token at once, event streams included."""

BODY_SECONDS = 30.0
"""Time for the body of a call."""

DRAIN_SECONDS = 1.0
"""Time in which the body of a refused call is read, and passed over, before the answer."""

DRAIN_BYTES = 64 << 20
"""Bytes of it that are read at most."""

_TOO_LONG = f"a call may have {MOST_BYTES} bytes at most; submit fewer jobs at once"


class AuthMiddleware:
    """Passes requests with the token of `address` on to `app`; `on_call` is called before each.

    names : names that Host may have, with any port; None: the address itself, with its own port.
    """

    def __init__(
        self, app: App, address: Address, on_call: Callable[[], None], names: Collection[str] | None = None
    ) -> None:
        self._app, self._on_call, self._names = app, on_call, names
        self._token = f"Bearer {address.token}".encode()
        host = address.url.removeprefix("http://")
        self._hosts = {host.encode(), f"localhost:{host.rpartition(':')[2]}".encode()}
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 401 to 503."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        refused = self._refusal(scope)
        if refused is not None:
            await _refuse(refused, scope, receive, send)
            return
        _mark_connection(scope)
        self._on_call()
        self._running += 1
        try:
            await self._pass_on(scope, receive, send)
        finally:
            self._running -= 1

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then run the application. Does nothing where the client goes before it has sent all."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(receive)
        except _GoneError:
            return
        except TimeoutError:
            await refusal(408, f"the body did not come within {BODY_SECONDS:g} s; send it at once")(
                scope, receive, send
            )
            return
        if body is None:
            await _refuse(refusal(413, _TOO_LONG), scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _refusal(self, scope: Scope) -> JsonAnswer | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        if not self._is_own_host(headers.get(b"host", [])):
            return refusal(421, "the worker accepts calls only at its own address; see docs/worker.md")
        if b"origin" in headers or headers.get(b"sec-fetch-site", [b"none"]) not in ([b"none"], [b"same-origin"]):
            return refusal(403, "the worker does not accept calls from web pages")
        tokens = headers.get(b"authorization", [])
        if len(tokens) != 1 or not hmac.compare_digest(tokens[0], self._token):
            return refusal(401, "the token is missing or wrong; it is in address.json of the worker's folder",
                           {"www-authenticate": "Bearer"})  # fmt: skip
        return self._too_much(scope, headers)

    def _is_own_host(self, hosts: list[bytes]) -> bool:
        """Whether the call has one Host, which is the worker's."""
        if len(hosts) != 1:
            return False
        if self._names is None:
            return hosts[0] in self._hosts
        name, _, port = hosts[0].decode("latin-1").lower().partition(":")
        return name in self._names and (port.isdecimal() or not port)

    def _too_much(self, scope: Scope, headers: Mapping[bytes, list[bytes]]) -> JsonAnswer | None:
        """Return the refusal of a call that is too large, or one too many; None where it is neither."""
        length = headers.get(b"content-length", [b"0"])[0]
        if not (length.isdigit() and len(length) < 20) or int(length) > MOST_BYTES:
            return refusal(413, _TOO_LONG)
        size = sum(len(name) + len(value) for name, value in scope["headers"]) + len(scope.get("query_string", b""))
        if size > MOST_HEAD_BYTES:
            return refusal(431, f"address and headers may have {MOST_HEAD_BYTES} bytes at most; this call has {size}")
        if self._running >= MOST_CALLS:
            return refusal(503, f"{MOST_CALLS} calls are running; try again later", {"retry-after": "1"})
        return None


def _mark_connection(scope: Scope) -> None:
    """Tell the connection that its client has the token; see `web.connections`."""
    connection = scope.get("state", {}).get("connection")
    if connection is not None:
        connection.has_token = True


class _GoneError(Exception):
    """The client has closed the connection within its body."""


async def _refuse(answer: JsonAnswer, scope: Scope, receive: Receive, send: Send) -> None:
    """Pass over the body, then answer; the connection is closed after it.

    A connection that is closed with bytes unread is reset, and its client may lose the answer (RFC 9112, 9.6). Clients
    that wait for "100 Continue" send no body.
    """
    if not any(name.lower() == b"expect" for name, _ in scope["headers"]):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await _drain(receive)
    await answer(scope, receive, send)


async def _drain(receive: Receive) -> None:
    """Read the body up to its end, `DRAIN_BYTES`, or the end of the connection."""
    size = 0
    while size <= DRAIN_BYTES:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body; None where it is larger than `MOST_BYTES`. Raises _GoneError."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _GoneError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that yields `body` once, then later messages: the client's disconnect."""
    waiting = [body]

    async def next_message() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return next_message
