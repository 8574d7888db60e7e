"""The process that hosts effects: `python -m flowsep_plugin.effects.process`.

A plug-in that crashes ends this process and not the program; one that hangs is killed with it. It ends with the
program: when its standard input closes, it exits at once. Editors need the main thread, so commands run on it.
"""

import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.untrusted.child_process import end_after, leave_signals_to_parent, message_files

from .chain import EffectChain
from .editor import show_editor
from .ipc import EffectMessage, EffectPipe
from .loading import describe_file
from .open_chain import OpenChain


class EffectServer:
    """Runs the commands of the program, one after the other."""

    def __init__(self, pipe: EffectPipe) -> None:
        self._pipe = pipe
        self._streams: dict[int, OpenChain] = {}
        self._commands: queue.SimpleQueue[EffectMessage] = queue.SimpleQueue()
        self._close_editor = threading.Event()
        threading.Thread(target=self._listen, daemon=True, name="effect-commands").start()

    def serve(self) -> None:
        """Run commands until the program ends."""
        while True:
            message = self._commands.get()
            end_after(message.values.get("limit_s"))
            try:
                values, audio = getattr(self, f"_{message.values['do']}")(message)
                self._pipe.send({"is": "done", **values}, audio)
            except FlowsepError as error:
                self._fail(type(error).__name__, str(error))
            except Exception as error:  # whatever an effect raises: the stream fails, the process goes on
                self._fail("", f"{error}" or type(error).__name__)
            finally:
                end_after(None)

    def _scan(self, message: EffectMessage) -> tuple[dict[str, Any], None]:
        path = Path(message.values["path"])
        self._announce(0, path.name)
        return {"effects": [info.as_json() for info in describe_file(path)]}, None

    def _open(self, message: EffectMessage) -> tuple[dict[str, Any], None]:
        values = message.values
        chain = EffectChain.from_json(values["chain"])
        earlier = self._streams.get(values["instead_of"])
        stream = OpenChain(chain, values["rate"], values["channels"], self._announce, earlier)
        self._streams.pop(values["instead_of"], None)
        self._streams[values["stream"]] = stream
        return {"latency": stream.latency}, None

    def _process(self, message: EffectMessage) -> tuple[dict[str, Any], Samples]:
        stream = self._streams[message.values["stream"]]
        if message.values["reset"]:
            stream.reset()
        assert message.audio is not None
        return {}, stream.push(message.audio)

    def _finish(self, message: EffectMessage) -> tuple[dict[str, Any], Samples]:
        return {}, self._streams[message.values["stream"]].finish()

    def _update(self, message: EffectMessage) -> tuple[dict[str, Any], None]:
        self._streams[message.values["stream"]].update(EffectChain.from_json(message.values["chain"]))
        return {}, None

    def _close(self, message: EffectMessage) -> tuple[dict[str, Any], None]:
        self._streams.pop(message.values["stream"], None)
        return {}, None

    def _edit(self, message: EffectMessage) -> tuple[dict[str, Any], None]:
        (slot,) = EffectChain.from_json(message.values["chain"]).slots
        self._announce(message.values["index"], slot.effect)

        def changed(chain: EffectChain) -> None:
            self._pipe.send({"is": "edited", "chain": chain.as_json()})

        return {"chain": show_editor(slot, self._close_editor, changed).as_json()}, None

    def _announce(self, slot: int, effect: str) -> None:
        self._pipe.send({"is": "at", "slot": slot, "effect": effect})

    def _fail(self, kind: str, reason: str) -> None:
        self._pipe.send({"is": "failed", "kind": kind, "message": " ".join(reason.split())})

    def _listen(self) -> None:
        while (message := self._pipe.receive()) is not None:
            if message.values["do"] == "close_editor":
                self._close_editor.set()
            else:
                self._commands.put(message)
        os._exit(0)  # the program has ended, whatever an effect is doing


def main() -> int:
    """Serve the program on standard input and output until it closes them; returns the exit code."""
    leave_signals_to_parent()
    pipe = EffectPipe(*message_files())  # plug-ins that print do not break the messages
    EffectServer(pipe).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
