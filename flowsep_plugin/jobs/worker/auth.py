"""What stands before every call: the right host, no web page, the token, no more than so many bytes.

A page in the user's browser can send requests to the loopback. It cannot read the token, cannot leave out its Origin,
and with a name that resolves to 127.0.0.1 it cannot hide its Host; each is refused by itself.
"""

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from flowsep_plugin.jobs.directory import Address

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 4 << 20


class AuthMiddleware:
    """ASGI middleware in front of `app`, for the worker at `address`. `called` hears of every call let through."""

    def __init__(self, app: App, address: Address, called: Callable[[], None]) -> None:
        self._app, self._called = app, called
        self._token = f"Bearer {address.token}".encode()
        host = address.url.removeprefix("http://")
        self._hosts = {host.encode(), f"localhost:{host.rpartition(':')[2]}".encode()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        refused = self._refused(scope)
        if refused is not None:
            await _refuse(send, *refused)
            return
        self._called()
        if (body := await _body(receive)) is None:
            await _refuse(send, 413, f"a call has at most {MOST_BYTES} bytes; submit fewer jobs at once")
            return
        await self._app(scope, _again(body, receive), send)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        if headers.get(b"host", []) == [] or not set(headers[b"host"]) <= self._hosts or len(headers[b"host"]) > 1:
            return 421, "this worker answers only to its own address on the loopback"
        if b"origin" in headers or headers.get(b"sec-fetch-site", [b"none"]) not in ([b"none"], [b"same-origin"]):
            return 403, "web pages may not call the worker"
        given = headers.get(b"authorization", [])
        if len(given) != 1 or not hmac.compare_digest(given[0], self._token):
            return 401, "the token is missing or wrong; it is in address.json of the worker's folder"
        length = headers.get(b"content-length", [b"0"])[0]
        if not length.isdigit() or int(length) > MOST_BYTES:
            return 413, f"a call has at most {MOST_BYTES} bytes; submit fewer jobs at once"
        return None


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where it grows too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand `body` out once, then whatever comes, which is the client's leaving."""
    waiting = [body]

    async def next_message() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return next_message


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps({"error": {"kind": "Refused", "message": message, "exit_code": 2}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
               (b"connection", b"close")]  # fmt: skip
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
