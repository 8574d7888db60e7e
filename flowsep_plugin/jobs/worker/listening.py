"""Address of the worker and names of those who may call it: the loopback alone, unless the user set a token.

    --host 127.0.0.1 (the default)   a token of each start, or the user's; Host must be this address and port
    --host ADDRESS                   the user's token alone; Host must be the address, localhost, or an allowed name

Beyond the loopback the port may be another one outside, as a container's published port is, so it is not compared.
"""

import ipaddress
import os
import re
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from flowsep_plugin.errors import UsageError, WorkerError
from flowsep_plugin.untrusted.regular_file import read_regular_text

LOOPBACK = "127.0.0.1"
SHORTEST_TOKEN = 32
TOKEN_VARIABLE, TOKEN_FILE_VARIABLE = "FLOWSEP_WORKER_TOKEN", "FLOWSEP_WORKER_TOKEN_FILE"

_LONGEST_TOKEN = 4096
_FEWEST_CHARACTERS = 8
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class BindOptions:
    """Address and port to listen at, port 0 for a free one; names that callers may use; the user's token.

    Raises UsageError for a wrong address or name, and where others could connect but there is no token.
    """

    host: str = LOOPBACK
    port: int = 0
    names: tuple[str, ...] = ()
    token: str | None = None

    def __post_init__(self) -> None:
        if not _is_address(self.host):
            raise UsageError(
                f"the worker cannot listen at {self.host!r}: no IPv4 address; write one such as 127.0.0.1 or 0.0.0.0"
            )
        for name in self.names:
            if _NAME.fullmatch(name) is None:
                raise UsageError(f"nobody can call a computer {name!r}: no name; leave out http:// and the port")
        if not self.is_loopback and self.token is None:
            raise UsageError(
                f"a worker that listens at {self.host} needs a token of yours: put {SHORTEST_TOKEN} random characters "
                f"or more into a file, and its path into {TOKEN_FILE_VARIABLE}"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ipaddress.IPv4Address(self.host).is_loopback

    @property
    def local_host(self) -> str:
        """Address at which programs of this machine find the worker."""
        return LOOPBACK if self.host == "0.0.0.0" else self.host  # nosec B104 # compared, not bound

    @property
    def call_names(self) -> frozenset[str] | None:
        """Names that a call's Host may have, whatever its port; None: the worker's own address and port alone."""
        if self.is_loopback:
            return None
        return frozenset(name.lower() for name in (LOOPBACK, "localhost", self.local_host, *self.names))

    def listen(self) -> socket.socket:
        """Return a socket that is bound to the address. Raises WorkerError where that cannot be."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.bind((self.host, self.port))
        except OSError as error:
            listener.close()
            place = "the loopback" if self.is_loopback else self.host
            raise WorkerError(
                f"port {self.port} of {place} cannot be used ({error.strerror}); choose another, or 0 for a free one"
            ) from error
        return listener


def user_token(environ: MutableMapping[str, str] | None = None) -> str | None:
    """Return the token that the user set in the environment or a file; None where there is none.

    The variable with the token is removed, so that no process that the worker starts gets it.
    Raises UsageError where both are set, the file cannot be read, or the token is too weak.
    """
    environ = os.environ if environ is None else environ
    token, file = environ.pop(TOKEN_VARIABLE, ""), environ.get(TOKEN_FILE_VARIABLE, "")
    if token and file:
        raise UsageError(f"{TOKEN_VARIABLE} and {TOKEN_FILE_VARIABLE} are both set; unset the first")
    if file:
        token = _token_of(Path(file))
    elif not token:
        return None
    _check_token(token, TOKEN_FILE_VARIABLE if file else TOKEN_VARIABLE)
    return token


def _token_of(file: Path) -> str:
    """Return the text of the token's file without the line's end. Raises UsageError."""
    try:
        return read_regular_text(file, _LONGEST_TOKEN).strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{TOKEN_FILE_VARIABLE}: {file} cannot be read ({reason}); check path and permissions"
        ) from error


def _check_token(token: str, variable: str) -> None:
    """Raise UsageError, without the token in it, where somebody could guess it or a header cannot hold it."""
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError(f"the token of {variable} has characters that a call cannot send; take letters and digits")
    if len(token) < SHORTEST_TOKEN or len(set(token)) < _FEWEST_CHARACTERS:
        raise UsageError(
            f"the token of {variable} can be guessed; take {SHORTEST_TOKEN} random characters or more, such as those "
            "of `openssl rand -hex 32`"
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
