"""Effects in a process of their own: open a chain, run audio through it, change it, show a plug-in's window."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import EffectError, UsageError
from flowsep_plugin.progress import ProgressCallback, ignore

from .builtins import default_parameters
from .catalog import BUILTINS_BY_NAME, check_chain
from .chain import EffectChain, EffectSlot
from .changes import can_run_on
from .child import EffectProcess
from .info import EffectInfo
from .ipc import EffectMessage
from .render import EffectRender, render_file

CALL_SECONDS: Final = 10.0
OPEN_SECONDS: Final = 60.0
"""Plug-ins that check a licence or load samples take a while."""


class EffectHost:
    """Hosts chains of effects in one child process, which starts at the first use and again after a crash.

    call_limit_s : seconds for one block; open_limit_s : for loading a chain or a scan. A plug-in that takes longer is
    killed. May be used from any thread; calls wait for each other. Close it, or use it in a `with`.
    """

    def __init__(self, *, call_limit_s: float = CALL_SECONDS, open_limit_s: float = OPEN_SECONDS) -> None:
        self._call_limit_s, self._open_limit_s = call_limit_s, open_limit_s
        self._lock = threading.Lock()
        self._process: EffectProcess | None = None
        self._editor: EffectProcess | None = None
        self._starts = 0
        self._streams = 0
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """Process id of the child; None where none runs."""
        process = self._process
        return process.pid if process is not None and process.is_alive else None

    @property
    def editor_pid(self) -> int | None:
        """Process id of the child that shows a window; None where none is open."""
        editor = self._editor
        return None if editor is None else editor.pid

    def open(self, chain: EffectChain, rate: int, channels: int) -> "EffectStream":
        """Open `chain` for audio of `channels` channels at `rate` Hz.

        Raises UsageError for an effect or a value that does not exist, EffectError where an effect cannot be loaded.
        """
        check_chain(chain)
        return EffectStream(self, chain, rate, channels)

    def scan(self, path: str | Path) -> tuple[EffectInfo, ...]:
        """Load the plug-in file `path` and return the effects in it. Raises EffectError where that fails."""
        answer = self._call({"do": "scan", "path": str(path)}, limit_s=self._open_limit_s)
        return tuple(EffectInfo.from_json(plain) for plain in answer.values["effects"])

    def render_file(
        self, chain: EffectChain, source: str | Path, destination: str | Path, progress: ProgressCallback = ignore
    ) -> EffectRender:
        """Write the audio file `source` through `chain` to `destination`; see `render.render_file`."""
        return render_file(self, chain, source, destination, progress)

    def show_editor(
        self, chain: EffectChain, index: int, edited: Callable[[EffectSlot], None] = lambda slot: None
    ) -> EffectSlot:
        """Show the own window of the plug-in in slot `index`; returns the slot with its new values once it is closed.

        Runs in a child process of its own, and blocks the calling thread until the window or `close_editor` closes it.
        edited : called on that thread with the slot after each change, some times a second.
        Raises UsageError where another window is open, EffectError for effects without a window or a crash.
        """
        process = EffectProcess()
        with self._lock:
            busy, self._editor = self._editor, self._editor or process
        if busy is not None:
            process.close()
            raise UsageError("the window of another plug-in is open; close it first")
        try:
            command = {"do": "edit", "index": index, "chain": EffectChain((chain.slots[index],)).as_json()}
            answer = process.call(command, limit_s=None, edited=lambda values: edited(_slot_of(values)))
            return _slot_of(answer.values)
        finally:
            with self._lock:
                self._editor = None
            process.close()

    def close_editor(self) -> None:
        """Close the window of `show_editor`, from any thread. Does nothing where none is open."""
        editor = self._editor
        if editor is not None:
            editor.send({"do": "close_editor"})

    def close(self) -> None:
        """End the child process. Idempotent; streams cannot be used after it."""
        self._is_closed = True
        for running in (self._editor, self._process):
            if running is not None:
                running.kill()
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, values: dict[str, Any], audio: Samples | None = None, *, limit_s: float) -> EffectMessage:
        """Run a command in the child, which is started where none runs."""
        with self._lock:
            return self._running().call(values, audio, limit_s=limit_s)

    def _running(self) -> EffectProcess:
        if self._is_closed:
            raise UsageError("the host of effects is closed; open another one")
        if self._process is not None and not self._process.is_alive:
            self._process.close()
            self._process = None
        if self._process is None:
            self._process = EffectProcess()
            self._starts += 1
        return self._process

    def _open_stream(
        self, chain: EffectChain, rate: int, channels: int, instead_of: tuple[int, int]
    ) -> tuple[int, int, int]:
        """Open a stream in the child; returns (number of the child, number of the stream, latency).

        instead_of : numbers of a stream that ends with it, and whose effects it takes over; zeros for none.
        """
        with self._lock:
            process = self._running()
            self._streams += 1
            number = self._streams
            command = {
                "do": "open", "stream": number, "rate": rate, "channels": channels, "chain": chain.as_json(),
                "instead_of": instead_of[1] if instead_of[0] == self._starts else 0,
            }  # fmt: skip
            answer = process.call(command, limit_s=self._open_limit_s)
            return self._starts, number, int(answer.values["latency"])

    def _stream_call(self, starts: int, values: dict[str, Any], audio: Samples | None = None) -> EffectMessage | None:
        """Run a command of a stream that was opened in child number `starts`; None where that child has ended."""
        with self._lock:
            process = self._running()
            if self._starts != starts:
                return None
            return process.call(values, audio, limit_s=self._call_limit_s)


class EffectStream:
    """Audio through an open chain, block by block. In all, as many frames come out as go in, without latency.

    latency : frames that the effects hold back; so many more frames than wanted must go in before the end.
    open_count : how often the effects began anew: once, again after `update` to other effects, and when the plug-in of
    another stream crashed their process.
    Close it, or use it in a `with`.
    """

    def __init__(self, host: EffectHost, chain: EffectChain, rate: int, channels: int) -> None:
        self._host, self.chain, self._rate, self._channels = host, chain, rate, channels
        self.latency, self.open_count = 0, 0
        self._child = self._number = 0
        self._begin()

    def process(self, block: Samples, reset: bool = False) -> Samples:
        """Return the frames (channels, m) that are ready after `block` (channels, n) float32.

        reset : forget all earlier sound first.
        Raises EffectError, which names the slot, where an effect fails, crashes or hangs.
        """
        if block.ndim != 2 or block.shape[0] != self._channels:
            raise ValueError(f"a block must be ({self._channels}, n), got {block.shape}")
        if not self.chain:
            return block
        return self._audio({"do": "process", "reset": reset}, block)

    def finish(self) -> Samples:
        """Return the frames (channels, m) that the effects still hold back; `reset` before the next block."""
        if not self.chain:
            return np.zeros((self._channels, 0), np.float32)
        return self._audio({"do": "finish"})

    def update(self, chain: EffectChain) -> None:
        """Change to `chain`: parameters in place where the effects are the same, else by opening those that are new.

        Raises as `EffectHost.open` does; then the old chain stays.
        """
        check_chain(chain)
        before = self.chain
        if chain == before:
            return
        if chain and before and can_run_on(before, chain):
            filled = _with_defaults(chain)
            command = self._addressed({"do": "update", "chain": filled.as_json()})
            if self._host._stream_call(self._child, command) is not None:
                self.chain = chain
                return
        self.chain = chain
        try:
            self._begin()
        except BaseException:
            self.chain = before
            raise

    def close(self) -> None:
        """Close the effects in the child process. Idempotent."""
        child, number = self._child, self._number
        self._child = self._number = 0
        self._close(child, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> None:
        self.latency = 0
        self.open_count += 1
        if self.chain:
            filled = _with_defaults(self.chain)
            self._child, self._number, self.latency = self._host._open_stream(
                filled, self._rate, self._channels, (self._child, self._number)
            )

    def _audio(self, values: dict[str, Any], block: Samples | None = None) -> Samples:
        answer = self._host._stream_call(self._child, self._addressed(values), block)
        if answer is None:
            self._begin()
            answer = self._host._stream_call(self._child, self._addressed(values), block)
        if answer is None or answer.audio is None:
            raise EffectError("the process of effects ended twice; try again", reason="it ended twice", is_crash=True)
        return answer.audio

    def _addressed(self, values: dict[str, Any]) -> dict[str, Any]:
        return {**values, "stream": self._number}

    def _close(self, child: int, number: int) -> None:
        if number and self._host.pid is not None:
            try:
                self._host._stream_call(child, {"do": "close", "stream": number})
            except (EffectError, UsageError):
                pass  # its process is gone, and the effects with it


def _with_defaults(chain: EffectChain) -> EffectChain:
    """Return `chain` with all parameters of Pedalboard's own effects, so that one that went back is set too."""
    return EffectChain(tuple(_filled(slot) for slot in chain.slots))


def _filled(slot: EffectSlot) -> EffectSlot:
    if slot.path is not None:
        return slot
    parameters = {**default_parameters(BUILTINS_BY_NAME[slot.effect]), **slot.parameters}
    return EffectSlot(effect=slot.effect, parameters=parameters, enabled=slot.enabled)


def _slot_of(values: dict[str, Any]) -> EffectSlot:
    (slot,) = EffectChain.from_json(values["chain"]).slots
    return slot
