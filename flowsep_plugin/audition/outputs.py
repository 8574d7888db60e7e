"""Audio outputs: a device through PortAudio, or silence in real time with the reason for it.

sounddevice, with PortAudio's library, is loaded when the first output is opened, not before.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import ProviderError
from flowsep_plugin.version import install_command

PullCallback = Callable[[int], Samples]
"""Returns the next frames, (width, frames) float32; called with their count by the output's thread."""

LostCallback = Callable[[str], None]
"""Called with the reason when an output ends by itself."""

WIDTH: Final = 2
_SILENT_BLOCK_SECONDS: Final = 0.01
_ALSO: Final = "; on Debian and Ubuntu also: apt install libportaudio2"


class Output(Protocol):
    """Pulls blocks at `rate` Hz between `start` and `stop`, both of which may be called repeatedly.

    silent_reason : why nothing is audible; None for a device.
    """

    rate: int
    name: str
    silent_reason: str | None

    @property
    def latency_seconds(self) -> float:
        """Seconds from the rendering of a block until it sounds."""
        ...

    def start(self, pull: PullCallback, on_lost: LostCallback) -> None:
        """Start pulling; does nothing if started. Raises ProviderError where the device cannot be opened."""
        ...

    def stop(self) -> None:
        """Stop pulling; returns once no call of `pull` is running. Idempotent."""
        ...


class SilentOutput:
    """An output without a device: pulls in real time and discards the sound, so that position and meters go on."""

    name = "silent"
    latency_seconds = 0.0

    def __init__(self, rate: int, reason: str | None = None) -> None:
        self.rate, self.silent_reason = rate, reason
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def start(self, pull: PullCallback, on_lost: LostCallback) -> None:
        """Start pulling in real time on a thread of its own; does nothing if started."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, args=(pull,), name="flowsep silent output", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop pulling and end the thread; idempotent."""
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
    """An output device, opened through PortAudio."""

    silent_reason: str | None = None

    def __init__(self, sounddevice: Any, device: int, name: str, rate: int) -> None:
        self.rate, self.name = rate, name
        self._sounddevice, self._device = sounddevice, device
        self._stream: Any = None
        self._on_lost: LostCallback = lambda _: None
        self._stopping = False

    @property
    def latency_seconds(self) -> float:
        """Seconds from the rendering of a block until it sounds, as PortAudio reports it; 0 while stopped."""
        return float(self._stream.latency) if self._stream is not None else 0.0

    def start(self, pull: PullCallback, on_lost: LostCallback) -> None:
        """Open the device and start pulling; does nothing if started.

        Raises ProviderError where the device cannot be opened.
        """
        if self._stream is not None:
            return

        def call(out: Any, frames: int, _when: Any, _status: Any) -> None:
            out[:] = pull(frames).T

        self._on_lost, self._stopping = on_lost, False
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
        """Stop pulling and close the device; idempotent."""
        stream, self._stream, self._stopping = self._stream, None, True
        if stream is not None:
            try:
                stream.close(ignore_errors=True)
            except self._sounddevice.PortAudioError:
                pass  # unplugged: nothing is left to close

    def _finished(self) -> None:
        if not self._stopping:
            self._on_lost(f"{self.name} was disconnected")


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """An output device that the user can choose, by name; `host` is its audio system (ALSA, CoreAudio, WASAPI …)."""

    name: str
    host: str
    is_default: bool


def devices() -> list[DeviceChoice]:
    """Return all stereo output devices. Raises ProviderError where PortAudio is missing or there is no device."""
    sounddevice = _loaded()
    default = sounddevice.default.device[1]
    outputs = [
        DeviceChoice(device["name"], sounddevice.query_hostapis(device["hostapi"])["name"], number == default)
        for number, device in enumerate(sounddevice.query_devices())
        if device["max_output_channels"] >= WIDTH
    ]
    if not outputs:
        raise ProviderError("no sound device was found; connect one, then play again")
    return outputs


def open_output(rate: int, device: str | None = None) -> Output:
    """Return an output on `device`, None for the system's default, at `rate` if it supports it, else at its own rate.

    Returns a SilentOutput with the reason where there is no such device.
    """
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


def _pick(sounddevice: Any, device: str | None) -> tuple[int, str, int]:
    """Return number, name and own rate of the device of that name, None for the default one."""
    choices = devices()
    name = device or next((choice.name for choice in choices if choice.is_default), choices[0].name)
    for number, row in enumerate(sounddevice.query_devices()):
        if row["name"] == name and row["max_output_channels"] >= WIDTH:
            return number, name, int(row["default_samplerate"])
    raise ProviderError(f"the sound device {name!r} is not connected; choose another one in the settings")


def rescan() -> None:
    """Restart PortAudio, which lists devices only when it starts; no output may be playing.

    Raises ProviderError where PortAudio is missing or does not start again.
    """
    sounddevice = _loaded()
    try:
        sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise ProviderError(f"the sound system does not respond ({error}); restart it, then play again") from error


def _loaded() -> Any:
    library = _library()
    if isinstance(library, str):
        raise ProviderError(library)
    return library


@cache
def _library() -> Any:
    """Return the sounddevice module, or the reason why it is missing; cached, as searching for the library is slow."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        return f"playback needs sounddevice and PortAudio ({error}): {install_command('gui')}{_ALSO}"
    return sounddevice
