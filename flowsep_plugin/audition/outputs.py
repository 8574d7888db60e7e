"""Where the sound goes: a device through PortAudio, or nowhere in real time, saying why.

sounddevice (and PortAudio's library under it) is loaded when an output is asked for and not before.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import ProviderError

PullCallback = Callable[[int], Samples]
"""Asks for so many frames, (width, frames); called by the output's own thread."""

LostCallback = Callable[[str], None]
"""Says why an output ended by itself."""

WIDTH: Final = 2
_SILENT_BLOCK_SECONDS: Final = 0.01
NO_LIBRARY = "pip install 'flowsep-plugin[gui]'; on Debian and Ubuntu also: apt install libportaudio2"


class Output(Protocol):
    """Takes blocks at `rate` between `start` and `stop`; both may be called again and again."""

    rate: int
    name: str
    why_silent: str | None

    @property
    def latency_seconds(self) -> float:
        """From a block's making to its sounding."""
        ...

    def start(self, pull: PullCallback, lost: LostCallback) -> None:
        """Begin to pull. Raises ProviderError where the device refuses."""
        ...

    def stop(self) -> None:
        """End pulling; returns when no call is under way. Fine twice."""
        ...


class SilentOutput:
    """No device: pulls in real time and lets it go, so that all that is seen goes on."""

    name = "silent"
    latency_seconds = 0.0

    def __init__(self, rate: int, why: str | None = None) -> None:
        self.rate, self.why_silent = rate, why
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def start(self, pull: PullCallback, lost: LostCallback) -> None:
        """See `Output`."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, args=(pull,), name="flowsep silent output", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """See `Output`."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None

    def _run(self, pull: PullCallback) -> None:
        block = max(1, round(self.rate * _SILENT_BLOCK_SECONDS))
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            pull(block)
            due = max(due + block / self.rate, time.monotonic() - 0.1)


class DeviceOutput:
    """A device, through PortAudio."""

    why_silent: str | None = None

    def __init__(self, sounddevice: Any, device: int, name: str, rate: int) -> None:
        self.rate, self.name = rate, name
        self._sounddevice, self._device = sounddevice, device
        self._stream: Any = None
        self._lost: LostCallback = lambda _: None
        self._stopping = False

    @property
    def latency_seconds(self) -> float:
        """See `Output`."""
        return float(self._stream.latency) if self._stream is not None else 0.0

    def start(self, pull: PullCallback, lost: LostCallback) -> None:
        """See `Output`."""
        if self._stream is not None:
            return

        def call(out: Any, frames: int, _when: Any, _status: Any) -> None:
            out[:] = pull(frames).T

        self._lost, self._stopping = lost, False
        try:
            self._stream = self._sounddevice.OutputStream(
                samplerate=self.rate, device=self._device, channels=WIDTH, dtype="float32", latency="low",
                callback=call, finished_callback=self._finished,
            )  # fmt: skip
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            self.stop()
            raise ProviderError(f"{self.name} cannot be opened: {error}") from error

    def stop(self) -> None:
        """See `Output`."""
        stream, self._stream, self._stopping = self._stream, None, True
        if stream is not None:
            try:
                stream.close(ignore_errors=True)
            except self._sounddevice.PortAudioError:
                pass  # unplugged; there is nothing left to close

    def _finished(self) -> None:
        if not self._stopping:
            self._lost(f"{self.name} has gone away")


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """A device that can be chosen, by name."""

    name: str
    host: str
    is_default: bool


def devices() -> list[DeviceChoice]:
    """Every output that PortAudio finds. Raises ProviderError that says what is missing, or that there is none."""
    sounddevice = _loaded()
    default = sounddevice.default.device[1]
    found = [
        DeviceChoice(device["name"], sounddevice.query_hostapis(device["hostapi"])["name"], number == default)
        for number, device in enumerate(sounddevice.query_devices())
        if device["max_output_channels"] >= WIDTH
    ]
    if not found:
        raise ProviderError("no sound device was found; connect one, then play again")
    return found


def open_output(rate: int, device: str | None = None) -> Output:
    """Open `device`, or the system's default one, at `rate` where it can and else at its own; silence where none is."""
    try:
        sounddevice = _loaded()
        try:
            number, name, own_rate = _pick(sounddevice, device)
        except ProviderError:
            rescan()
            number, name, own_rate = _pick(sounddevice, device)
    except ProviderError as error:
        return SilentOutput(rate, str(error))
    try:
        sounddevice.check_output_settings(device=number, channels=WIDTH, dtype="float32", samplerate=rate)
    except (sounddevice.PortAudioError, ValueError):
        rate = own_rate
    return DeviceOutput(sounddevice, number, name, rate)


def _pick(sounddevice: Any, wanted: str | None) -> tuple[int, str, int]:
    """Number, name and own rate of the device that is called `wanted`, or of the default one."""
    choices = devices()
    if wanted and wanted not in (choice.name for choice in choices):
        raise ProviderError(f"the sound device {wanted!r} is not there; choose another one in the settings")
    fallback = next((choice.name for choice in choices if choice.is_default), choices[0].name)
    name = wanted or fallback
    for number, device in enumerate(sounddevice.query_devices()):
        if device["name"] == name and device["max_output_channels"] >= WIDTH:
            return number, name, int(device["default_samplerate"])
    raise ProviderError(f"the sound device {name!r} is not there; choose another one in the settings")


def rescan() -> None:
    """See what was plugged in or out since: PortAudio lists devices when it starts. No output may be playing."""
    sounddevice = _loaded()
    try:
        sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise ProviderError(f"the sound system does not answer ({error}); restart it, then play again") from error


def _loaded() -> Any:
    library = _library()
    if isinstance(library, str):
        raise ProviderError(library)
    return library


@cache
def _library() -> Any:
    """The module, or why there is none; looking for a library that is not there takes long."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        return f"sound needs what is not installed ({error}): {NO_LIBRARY}"
    return sounddevice
