"""The process in which isolated calls run: `python -m flowsep_plugin.untrusted.isolated_process [MODULE]`."""

import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from flowsep_plugin.errors import FlowsepError

from .child_process import (
    end_after,
    forbid_core_files,
    leave_signals_to_parent,
    limit_memory,
    mark_isolated,
    message_files,
)
from .isolated_helper import allow_list
from .json_pipe import JsonPipe
from .packing import Packer

_IDLE_SECONDS: Final = 120
_LONGEST_MESSAGE: Final = 2000


class IsolatedServer:
    """Serves the calls of the program, one after the other."""

    def __init__(self, pipe: JsonPipe) -> None:
        self._pipe = pipe
        self._messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._until = 0.0
        threading.Thread(target=self._listen, daemon=True, name="isolated-calls").start()

    def serve(self) -> None:
        """Serve calls until there was none for a while."""
        while True:
            try:
                call = self._messages.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                return
            self._pipe.send(**{"is": "begun"})
            try:
                self._pipe.send(**{"is": "done", "value": self._run(call)})
            except Exception as error:  # whatever a reader raises belongs to the program
                end_after(None)
                self._pipe.send(**{"is": "failed"}, **_description(error))

    def _run(self, call: dict[str, Any]) -> Any:
        """Return the packed answer of a call."""
        module, _, name = call["function"].partition(":")
        function: Callable[..., Any] = getattr(import_module(module), name)
        packer = Packer(allow_list(call["allowed"]), lambda index: self._callback(index, packer))
        arguments = packer.unpack(call["arguments"])
        limit_memory(call["memory_bytes"])
        self._until = time.monotonic() + call["seconds"]
        end_after(call["seconds"])
        answer = packer.pack(function(*arguments))
        end_after(None)
        return answer

    def _callback(self, index: int, packer: Packer) -> Callable[..., Any]:
        """Return a function that has the program call its own function, and waits for as long as that takes."""

        def ask(*arguments: Any, **options: Any) -> Any:
            left = self._until - time.monotonic()
            end_after(None)
            question = {"callback": index, "arguments": packer.pack(arguments), "options": packer.pack(options)}
            self._pipe.send(**{"is": "ask"}, **question)
            answer = packer.unpack(self._messages.get()["value"])
            self._until = time.monotonic() + left
            end_after(max(0.0, left))
            return answer

        return ask

    def _listen(self) -> None:
        while (message := self._pipe.receive()) is not None:
            self._messages.put(message)
        os._exit(0)  # the program has ended, whatever a reader is doing


def _description(error: Exception) -> dict[str, Any]:
    """Return what the program is told about an error."""
    kind, message = type(error).__name__, str(error)[:_LONGEST_MESSAGE]
    if isinstance(error, FlowsepError):
        return {"kind": kind, "message": str(error), "setting": error.setting}
    if isinstance(error, ModuleNotFoundError):
        return {"kind": "ModuleNotFoundError", "message": message, "name": error.name}
    if isinstance(error, OSError):
        file = None if error.filename is None else os.fsdecode(error.filename)
        return {"kind": "OSError", "message": error.strerror or message, "errno": error.errno, "file": file}
    return {"kind": "MemoryError" if isinstance(error, MemoryError) else kind, "message": message}


def main() -> int:
    """Import the module that is named, then serve the program on standard input and output; returns the exit code."""
    leave_signals_to_parent()
    forbid_core_files()
    mark_isolated()
    server = IsolatedServer(JsonPipe(*message_files()))
    if module := "".join(sys.argv[1:]):
        with contextlib.suppress(Exception):  # the call that needs it will tell
            import_module(module)
    server.serve()
    os._exit(0)  # the thread that listens cannot be stopped while it reads


if __name__ == "__main__":
    sys.exit(main())
