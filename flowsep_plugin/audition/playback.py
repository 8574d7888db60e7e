"""The loaded program on one output: mixer, read-ahead, loudness match and device.

Runs on the transport's thread, but for `snapshot`, `position_seconds` and `apply_mix`, which any thread may call, and
`_pull`, which the output's thread calls.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import ProviderError, UsageError

from .display_clock import DisplayClock
from .levels import Levels, measure
from .loaded_voices import LoadedVoices
from .loudness_match import LoudnessMatch
from .mix_weights import LANES, LaneMix, choices, linear, voice_weights
from .mixer import PlaybackMixer
from .outputs import WIDTH, Output, SilentOutput
from .program import PlaybackProgram
from .read_ahead import FrameRange, ReadAhead
from .voice import EffectFailure

TransportState = Literal["empty", "stopped", "playing", "paused"]

_SILENT_RATE: Final = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackSnapshot:
    """State of the transport at one moment.

    choice, choices : what is listened to, and what can be.     levels : the highest since the last snapshot.
    silent_reason : why nothing is audible on this machine, else None.     is_measuring : loudness is being measured.
    matched_db : the gain of loudness matching in the choice.
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
    matched_db: float
    serial: int


class Playback:
    """Plays the voices of a program in step.

    open_device : opens an output at a rate, on a device of that name.     clock : seconds, steady.
    post : runs a call on the transport's thread.     report : takes a message for people.
    effect_failed : takes lane and error of a slot that failed; None: `report` does.
    """

    def __init__(
        self,
        *,
        open_device: Callable[[int, str | None], Output],
        clock: Callable[[], float],
        read_ahead: ReadAhead,
        post: Callable[[Callable[[], None]], None],
        report: Callable[[str], None],
        effect_failed: EffectFailure | None = None,
    ) -> None:
        self.choice, self.gain_db = LANES, 0.0
        self.mixes: Mapping[str, LaneMix] = {}
        self.loudness = LoudnessMatch()
        self.read_ahead = read_ahead
        self.mixer = PlaybackMixer(read_ahead, _SILENT_RATE, WIDTH)
        self.output: Output = SilentOutput(_SILENT_RATE)
        self.loaded = LoadedVoices(read_ahead, report, effect_failed)
        self.program: PlaybackProgram | None = None
        self._open_device, self._clock, self._post = open_device, clock, post
        self._device: str | None = None
        self._display = DisplayClock()
        self._start_seconds, self._paused, self._running = 0.0, False, False
        self._serial = 0
        self._audible: frozenset[int] = frozenset()

    @property
    def choices(self) -> tuple[str, ...]:
        """Everything that can be listened to; empty where nothing is loaded."""
        return () if self.program is None else choices(self.program.voices)

    def snapshot(self) -> PlaybackSnapshot:
        """Return the current state; may be called from any thread."""
        position, levels = self._display.at(self._clock(), self._seconds if self.mixer.is_silent else None)
        return PlaybackSnapshot(
            state=self._state(),
            position_seconds=position,
            length_seconds=self.mixer.frames / self.mixer.rate,
            choice=self.choice,
            choices=self.choices,
            levels=levels,
            silent_reason=self.output.silent_reason,
            is_measuring=self.loudness.is_measuring,
            matched_db=self.loudness.gain_db(self.choice),
            serial=self._serial,
        )

    def position_seconds(self) -> float:
        """Return the position at the loudspeaker, exact to a fraction of a block; may be called from any thread."""
        return self._display.position(self._clock(), self._seconds if self.mixer.is_silent else None)

    def apply_mix(self) -> None:
        """Cross-fade to the weights of choice, mixes and gains; any thread.

        Raises UsageError where the choice is not loaded.
        """
        program, keys = self.program, self.loaded.keys
        if program is None:
            return
        gain_db = self.gain_db + self.loudness.gain_db(self.choice)
        mix_weights = voice_weights(self.choice, program.voices, self.mixes)
        key_weights = {keys[name]: weight * linear(gain_db) for name, weight in mix_weights.items() if name in keys}
        self._audible = frozenset(key_weights)
        self.mixer.set_weights(key_weights)

    def load(self, program: PlaybackProgram) -> None:
        """Play `program` from now on; voices that are the same stay open, and playback goes on in the same session."""
        if self.program is not None and (program.id, program.rate) != (self.program.id, self.program.rate):
            self._close_voices()
        if self.program is None:
            self.output.stop()
            self.output = self._open_device(program.rate, self._device)
            self.mixer = PlaybackMixer(self.read_ahead, self.output.rate, WIDTH)
        keys = self.loaded.open(program, self.mixer.rate)
        self.mixer.set_frames(-(-program.frames * self.mixer.rate // program.rate))
        if self.choice not in choices(program.voices):
            self.choice = LANES
        self._audible |= {keys[name] for name in voice_weights(self.choice, program.voices, self.mixes)}
        self._fill_enough()
        self.loaded.keys, self.program = keys, program
        self.measure_loudness()
        self.apply_mix()
        self._serial += 1

    def unload(self) -> None:
        """Stop, and close all voices."""
        self._close_voices()

    def play(self, part: tuple[float, float] | None = None) -> None:
        """Play from the position, or `part` from its start to its end in seconds; reopens a lost device first.

        Raises UsageError where nothing is loaded.
        """
        if self.program is None:
            raise UsageError("nothing is loaded to play; open a session or an audio file first")
        if self.output.silent_reason is not None and self.mixer.is_silent:
            self._reopen()
        if part is not None:
            self.seek(part[0])
        self.mixer.set_end(None if part is None else round(part[1] * self.mixer.rate))
        self._fill_enough()
        if not self.mixer.is_running:
            self._start_seconds = 0.0 if self.mixer.position >= self.mixer.frames else self._seconds
        self._paused, self._running = False, True
        self.mixer.start()
        self._start_output()

    def halt(self, *, paused: bool) -> None:
        """Pause at the position, or stop and return to where play began."""
        was_running, self._running = self._running, False
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
        """Prepare to measure all choices over the program's focus, if loudness matching is on."""
        if self.program is None:
            return
        voices = {name: self.loaded[name] for name in self.loaded.keys}
        mix_weights = {choice: voice_weights(choice, self.program.voices, self.mixes) for choice in self.choices}
        self.loudness.measure(mix_weights, voices, self.loaded.keys, self._focus(self.program))

    def fill(self) -> bool:
        """Read the next missing chunk; returns whether one was missing."""
        keep = (self.mixer.sounding, round(self._start_seconds * self.mixer.rate), 0)
        audible = self._audible | self.mixer.in_use()
        return self.read_ahead.fill(self.mixer.position, self.mixer.frames, self.mixer.loop, keep, audible)

    def tidy(self) -> None:
        """Close unused voices, return to the start of play at the end, stop the output in silence."""
        self.loaded.close_unused(self.mixer.in_use())
        if self._running and not self.mixer.is_running:
            self._running = False
            if self.mixer.has_ended:
                self.mixer.seek(round(self._start_seconds * self.mixer.rate))
        if self.mixer.is_silent:
            self.output.stop()

    def close(self) -> None:
        """Stop the output and close all voices."""
        self.output.stop()
        self._close_voices()
        self.loaded.close()

    @property
    def _seconds(self) -> float:
        return self.mixer.position / self.mixer.rate

    def _focus(self, program: PlaybackProgram) -> FrameRange:
        """Return the frames of the output over which loudness is compared."""
        if program.focus is None:
            return 0, self.mixer.frames
        focus = program.focus.at(self.mixer.rate)
        return max(0, focus.start), min(self.mixer.frames, focus.stop)

    def _fill_enough(self) -> None:
        """Read what sounds next; the rest of the read-ahead follows during playback."""
        while not self.read_ahead.is_ready(self.mixer.position, self.mixer.frames, self._audible) and self.fill():
            pass

    def _close_voices(self) -> None:
        self.loudness.forget()
        self.mixer.pause()
        self.output.stop()
        self.program, self.loaded.keys, self._audible = None, {}, frozenset()
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
        """Open the device again; if its rate differs, reload the program at the same position."""
        program = self.program
        if program is None:
            return
        rate, was_running, seconds, loop = self.mixer.rate, self.mixer.is_running, self._seconds, self.mixer.loop
        self.output.stop()
        output = self.output = self._open_device(program.rate, self._device)
        if output.rate != rate:
            self._close_voices()
            self.load(program)
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
        if self.program is None:
            return "empty"
        if self.mixer.is_running:
            return "playing"
        return "paused" if self._paused and self.mixer.position < self.mixer.frames else "stopped"
