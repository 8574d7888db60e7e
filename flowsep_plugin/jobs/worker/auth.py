"""ASGI middleware: rejects a foreign Host, any Origin, a wrong bearer token, or a body over 4 MiB.

A page in the user's browser can send requests to the loopback. It cannot read the token, cannot omit its Origin, and
cannot hide its Host behind a name that resolves to 127.0.0.1; each alone is enough to be rejected.
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
    """Passes requests with the token of `address` on to `app`; `on_call` is called before each."""

    def __init__(self, app: App, address: Address, on_call: Callable[[], None]) -> None:
        self._app, self._on_call = app, on_call
        self._token = f"Bearer {address.token}".encode()
        host = address.url.removeprefix("http://")
        self._hosts = {host.encode(), f"localhost:{host.rpartition(':')[2]}".encode()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 400 to 421."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        self._on_call()
        if (body := await _body(receive)) is None:
            await _refuse(send, 413, f"a call may have {MOST_BYTES} bytes at most; submit fewer jobs at once")
            return
        await self._app(scope, _replay(body, receive), send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        if headers.get(b"host", []) == [] or not set(headers[b"host"]) <= self._hosts or len(headers[b"host"]) > 1:
            return 421, "the worker accepts calls only at its own address on the loopback"
        if b"origin" in headers or headers.get(b"sec-fetch-site", [b"none"]) not in ([b"none"], [b"same-origin"]):
            return 403, "the worker does not accept calls from web pages"
        tokens = headers.get(b"authorization", [])
        if len(tokens) != 1 or not hmac.compare_digest(tokens[0], self._token):
            return 401, "the token is missing or wrong; it is in address.json of the worker's folder"
        length = headers.get(b"content-length", [b"0"])[0]
        if not length.isdigit() or int(length) > MOST_BYTES:
            return 413, f"a call may have {MOST_BYTES} bytes at most; submit fewer jobs at once"
        return None


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body; None where it is larger than `MOST_BYTES`."""
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


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that yields `body` once, then later messages: the client's disconnect."""
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
