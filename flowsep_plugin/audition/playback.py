"""The loaded files on one output: mixer, read-ahead, loudness match and device.

Runs on the transport's thread, but for `snapshot` and `apply_mix`, which any thread may call, and `_pull`, which the
output's thread calls.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import ProviderError, UsageError
from flowsep_plugin.media import probe

from .display_clock import DisplayClock
from .levels import Levels, measure
from .loaded_files import LoadedFiles
from .loudness_match import LoudnessMatch
from .mix_weights import LaneMix, choices, file_weights, linear
from .mixer import PlaybackMixer
from .outputs import WIDTH, Output, SilentOutput
from .playback_file import Piece
from .read_ahead import ReadAhead

TransportState = Literal["empty", "stopped", "playing", "paused"]

_SILENT_RATE: Final = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackSnapshot:
    """State of the transport at one moment.

    choice, choices : what is listened to, and what can be.     levels : the highest since the last snapshot.
    silent_reason : why nothing is audible on this machine, else None.     is_measuring : loudness is being measured.
    serial : counts loads; `length_seconds` and `choices` belong to the last one that has finished.
    """

    state: TransportState
    position_seconds: float
    length_seconds: float
    choice: str
    choices: tuple[str, ...]
    levels: Levels
    silent_reason: str | None
    is_measuring: bool
    serial: int


class Playback:
    """Plays files in step.

    open_device : opens an output at a rate, on a device of that name.     clock : seconds, steady.
    post : runs a call on the transport's thread.     report : takes a message for people.
    """

    def __init__(
        self,
        *,
        open_device: Callable[[int, str | None], Output],
        clock: Callable[[], float],
        read_ahead: ReadAhead,
        post: Callable[[Callable[[], None]], None],
        report: Callable[[str], None],
    ) -> None:
        self.choice, self.gain_db = "clip", 0.0
        self.lanes: dict[str, LaneMix] = {}
        self.loudness = LoudnessMatch()
        self.read_ahead = read_ahead
        self.mixer = PlaybackMixer(read_ahead, _SILENT_RATE, WIDTH)
        self.output: Output = SilentOutput(_SILENT_RATE)
        self.loaded = LoadedFiles(read_ahead)
        self._open_device, self._clock, self._post, self._report = open_device, clock, post, report
        self._device: str | None = None
        self._display = DisplayClock()
        self._request: tuple[Mapping[str, Piece], Span | None] | None = None
        self._start_seconds, self._paused, self._running = 0.0, False, False
        self._serial = 0

    def snapshot(self) -> PlaybackSnapshot:
        """Return the current state; may be called from any thread."""
        position, levels = self._display.at(self._clock(), self._seconds if self.mixer.is_silent else None)
        return PlaybackSnapshot(
            state=self._state(),
            position_seconds=position,
            length_seconds=self.mixer.frames / self.mixer.rate,
            choice=self.choice,
            choices=choices(self.loaded.keys) if self.loaded.keys else (),
            levels=levels,
            silent_reason=self.output.silent_reason,
            is_measuring=self.loudness.is_measuring,
            serial=self._serial,
        )

    def apply_mix(self) -> None:
        """Cross-fade to the weights of choice, lanes and gains; any thread.

        Raises UsageError where the choice is not loaded.
        """
        keys = self.loaded.keys
        if not keys:
            return
        gain_db = self.gain_db + self.loudness.gain_db(self.choice)
        mix_weights = file_weights(self.choice, keys, self.lanes)
        self.mixer.set_weights({keys[name]: weight * linear(gain_db) for name, weight in mix_weights.items()})

    def load(self, files: Mapping[str, Piece], span: Span | None) -> None:
        """Play `files` from now on, of the length of `span` if given; unchanged files stay open.

        Raises MediaError where a file cannot be opened; what was loaded then stays.
        """
        self._request = (files, span)
        if self.loaded.keys and not self.loaded.is_current("clip", files["clip"]):
            self._close_files()
        if not self.loaded.keys:
            self.output.stop()
            self.output = self._open_device(probe(files["clip"].path).rate, self._device)
            self.mixer = PlaybackMixer(self.read_ahead, self.output.rate, WIDTH)
        self.loaded.replace(files, self.mixer.rate)
        frames = self.loaded["clip"].frames
        self.mixer.set_frames(min(frames, -(-span.frames * self.mixer.rate // span.rate)) if span else frames)
        if self.choice not in choices(self.loaded.keys):
            self.choice = "clip"
        self._fill_enough()
        self.loudness.forget()
        self.measure_loudness()
        self.apply_mix()
        self._serial += 1

    def unload(self) -> None:
        """Stop, and close all files."""
        self._request = None
        self._close_files()

    def play(self) -> None:
        """Play from the position; reopens a lost device first. Raises UsageError where nothing is loaded."""
        if not self.loaded.keys:
            raise UsageError("nothing is loaded to play; select a clip first")
        if self.output.silent_reason is not None and self.mixer.is_silent:
            self._reopen()
        self._fill_enough()
        if not self.mixer.is_running:
            self._start_seconds = 0.0 if self.mixer.position >= self.mixer.frames else self._seconds
        self._paused, self._running = False, True
        self.mixer.start()
        self._start_output()

    def halt(self, *, paused: bool) -> None:
        """Pause at the position, or stop and return to where play began."""
        was_running, self._running = self.mixer.is_running, False
        self.mixer.pause()
        self._paused = paused and (was_running or self._paused)
        if not paused:
            self.seek(self._start_seconds)

    def seek(self, seconds: float) -> None:
        """Move the position; playback continues there."""
        self.mixer.seek(round(seconds * self.mixer.rate))
        self._display.reset(self._seconds)

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Repeat from start to stop, both in seconds; None repeats nothing."""
        rate = self.mixer.rate
        self.mixer.set_loop(None if loop is None else (round(loop[0] * rate), round(loop[1] * rate)))

    def set_device(self, name: str | None) -> None:
        """Continue on the device of that name, None for the system's default."""
        self._device = name
        self._reopen()

    def measure_loudness(self) -> None:
        """Prepare to measure all choices, if loudness matching is on."""
        files = {name: self.loaded[name] for name in self.loaded.keys}
        self.loudness.measure(files, self.lanes, self.mixer.frames)

    def fill(self) -> bool:
        """Read the next missing chunk; returns whether one was missing."""
        keep = (self.mixer.sounding, round(self._start_seconds * self.mixer.rate), 0)
        busy = self.read_ahead.fill(self.mixer.position, self.mixer.frames, self.mixer.loop, keep)
        while self.read_ahead.errors:
            self._report(self.read_ahead.errors.pop(0))
        return busy

    def tidy(self) -> None:
        """Close unused files, return to the start of play at the end, stop the output in silence."""
        self.loaded.close_unused(self.mixer.in_use())
        if self._running and not self.mixer.is_running:
            self._running = False
            if self.mixer.position >= self.mixer.frames:
                self.mixer.seek(round(self._start_seconds * self.mixer.rate))
        if self.mixer.is_silent:
            self.output.stop()

    def close(self) -> None:
        """Stop the output and close all files."""
        self.output.stop()
        self._close_files()

    @property
    def _seconds(self) -> float:
        return self.mixer.position / self.mixer.rate

    def _fill_enough(self) -> None:
        """Read what sounds next; the rest of the read-ahead follows during playback."""
        while not self.read_ahead.is_ready(self.mixer.position, self.mixer.frames) and self.fill():
            pass

    def _close_files(self) -> None:
        self.loudness.forget(gains=True)
        self.mixer.pause()
        self.output.stop()
        self.loaded.keys = {}
        self.mixer = PlaybackMixer(self.read_ahead, self.mixer.rate, WIDTH)
        self.loaded.close_unused(self.mixer.in_use())
        self._paused, self._running, self._start_seconds = False, False, 0.0
        self._display.reset(self._seconds)

    def _start_output(self) -> None:
        try:
            self.output.start(self._pull, lambda reason: self._post(partial(self._lose_device, reason)))
        except ProviderError as error:
            self._lose_device(str(error))

    def _reopen(self) -> None:
        """Open the device again; if its rate differs, reload the files at the same position."""
        if not self.loaded.keys or self._request is None:
            return
        files, span = self._request
        rate, was_running, seconds, loop = self.mixer.rate, self.mixer.is_running, self._seconds, self.mixer.loop
        self.output.stop()
        output = self.output = self._open_device(probe(files["clip"].path).rate, self._device)
        if output.rate != rate:
            self._close_files()
            self.load(files, span)
            self.mixer.seek(round(seconds * self.mixer.rate))
            self.set_loop(loop and (loop[0] / rate, loop[1] / rate))
        if was_running:
            self.mixer.start()
            self._start_output()

    def _lose_device(self, reason: str) -> None:
        """Replace the device by silence: the position goes on without it."""
        self.output.stop()
        self.output = SilentOutput(self.mixer.rate, f"{reason}; connect it and press play again")
        if not self.mixer.is_silent:
            self._start_output()

    def _pull(self, frames: int) -> Samples:
        position = self._seconds
        block = self.mixer.render(frames)
        self._display.add(self._clock() + self.output.latency_seconds, position, measure(block))
        return block

    def _state(self) -> TransportState:
        if not self.loaded.keys:
            return "empty"
        if self.mixer.is_running:
            return "playing"
        return "paused" if self._paused and self.mixer.position < self.mixer.frames else "stopped"
