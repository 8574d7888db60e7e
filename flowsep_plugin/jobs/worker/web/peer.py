"""The user at the other end of a loopback connection, as Linux knows it."""

import os
import socket
import struct
from functools import cache

_SOCK_DIAG, _BY_FAMILY, _REQUEST = 4, 20, 1
"""NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY and NLM_F_REQUEST of the Linux headers."""

_HEADER = struct.Struct("=IHHII")
_QUESTION = struct.Struct("=BBBBI2s2s4s12x4s12xIII")
_UID_AT = _HEADER.size + 4 + 48 + 12
"""Offset of idiag_uid: after family and states, inet_diag_sockid, expires, rqueue and wqueue."""

SocketName = tuple[str, int]
"""IPv4 address and port of one end of a connection."""


def is_same_user(client: SocketName, server: SocketName) -> bool:
    """Whether the process that connected from `client` to `server`, both IPv4 addresses of this machine, is ours.

    False too where that cannot be known: on other systems, and once the client has closed its socket.
    """
    owner = peer_uid(client, server)
    return owner is not None and owner == own_uid()


def peer_uid(client: SocketName, server: SocketName) -> int | None:
    """Return the user id of the client's socket, asked of the kernel for this one socket; None where it is unknown."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG) as kernel:
            kernel.settimeout(0.1)
            kernel.send(_question(client, server))
            answer = kernel.recv(4096)
    except (AttributeError, OSError):  # not Linux, or a sandbox without netlink
        return None
    if len(answer) < _UID_AT + 4 or _HEADER.unpack_from(answer)[1] != _BY_FAMILY:
        return None
    return int(struct.unpack_from("=I", answer, _UID_AT)[0])


@cache
def own_uid() -> int | None:
    """Return the user id of this process; None on Windows."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def _question(client: SocketName, server: SocketName) -> bytes:
    """Return the message that asks for one TCP socket by its two ends; its cookie is unknown (all ones)."""
    body = _QUESTION.pack(
        socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF,
        client[1].to_bytes(2, "big"), server[1].to_bytes(2, "big"),
        socket.inet_aton(client[0]), socket.inet_aton(server[0]), 0, 0xFFFFFFFF, 0xFFFFFFFF,
    )  # fmt: skip
    return _HEADER.pack(_HEADER.size + len(body), _BY_FAMILY, _REQUEST, 1, 0) + body
