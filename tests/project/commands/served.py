"""A process that has flowsep loaded and forks for every command, so that a page of forty needs no forty start-ups.

`python -m commands.served SOCKET` serves calls of `client.py` until it is terminated. What a command promises by its
options (`--out`, `--report`, …) has to be there when it ends, or its exit code is 99.
"""

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

PRELOADED = (
    "flowsep_plugin.cli", "flowsep_plugin.files", "flowsep_plugin.separate", "flowsep_plugin.engine.echo",
    "flowsep_plugin.engine.bundle_engine", "flowsep_plugin.jobs.batch", "flowsep_plugin.jobs.client",
    "flowsep_plugin.timeline", "flowsep_plugin.plot", "flowsep_plugin.hosts.session", "flowsep_plugin.evaluate",
    "flowsep_training.cli", "flowsep_export.cli", "onnxruntime", "soxr", "scipy.signal", "scipy.ndimage",
    "matplotlib.figure",
)  # fmt: skip

OUTPUTS = frozenset({
    "--out", "-o", "--report", "--plot", "--save-as", "--stem-set", "--bundle", "--labels", "--table", "--midi",
})  # fmt: skip
"""Options of flowsep that name what it will write."""

BROKEN_PROMISE = 99


def serve(path: str) -> None:
    """Fork for each connection to the socket at `path`."""
    for name in PRELOADED:
        importlib.import_module(name)
    gc.freeze()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(16)
    listening.settimeout(0.2)
    while True:
        _reap()
        try:
            connection, _ = listening.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            listening.close()
            _answer(connection)
        connection.close()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _answer(connection: socket.socket) -> None:
    """Run one call in a child and send its process id, then its exit code; returns in the child."""
    connection.settimeout(None)
    head, streams, _, _ = socket.recv_fds(connection, 4, 3)
    data = connection.makefile("rb").read(int.from_bytes(head, "big"))
    child = os.fork()
    if child == 0:
        connection.close()
        _become(json.loads(data), streams)
    try:
        connection.sendall(f"{child}\n".encode())
        connection.sendall(f"{_exit_code(child, connection)}\n".encode())
    except OSError:  # the client was killed
        os.kill(child, signal.SIGKILL)
    os._exit(0)


def _exit_code(child: int, connection: socket.socket) -> int:
    """Wait for the child and return its exit code. Raises OSError where the client ends first."""
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if select.select([connection], [], [], 0.005)[0] and not connection.recv(1):
            raise ConnectionResetError


def _become(call: dict[str, Any], streams: list[int]) -> NoReturn:
    """Run the command of `call` as if this process were started for it; does not return."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = (open(n, m, closefd=False) for n, m in ((0, "r"), (1, "w"), (2, "w")))
    os.environ.clear()
    os.environ.update(call["environment"])
    os.chdir(call["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments = call["arguments"]
    sys.argv = [call["name"], *arguments]
    parsed = os.environ.get("COMMANDS_PARSED") == "1"
    code = _parse(call["name"], arguments) if parsed else _run(arguments)
    sys.stdout.flush()
    if code == 0 and not parsed and (missing := _missing(arguments)):
        sys.stderr.write(f"{' '.join(sys.argv)}: promises {missing}, which is not there\n")
        code = BROKEN_PROMISE
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # without taking down each of the preloaded modules


def _run(arguments: list[str]) -> int:
    from flowsep_plugin.cli import main

    return _code(lambda: main(arguments))


def _parse(name: str, arguments: list[str]) -> int:
    from . import parsing

    return _code(lambda: parsing.check(name, arguments))


def _code(call: Callable[[], object]) -> int:
    try:
        call()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    return 0


def _missing(arguments: list[str]) -> list[str]:
    if {"--dry-run", "--help", "-h"} & set(arguments):
        return []
    values = [value for option, value in pairwise(arguments) if option in OUTPUTS]
    return [value for value in values if not Path(value).exists()]


if __name__ == "__main__":
    serve(sys.argv[1])
